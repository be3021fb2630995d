"""How a project releases today, as far as its workflows say, and what becomes of that.

Workflows of other people are searched, not understood: what is said about them is for people to read, and refuses
nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from truewheel.adoption.files import mark_of
from truewheel.builders.cibuildwheel_options import known_options
from truewheel.checks.sentences import join_names
from truewheel.config import Package
from truewheel.errors import ReleaseError
from truewheel.workflow.action_names import PYPI_PUBLISH

FOLDER = Path(".github/workflows")
_UPLOADS = re.compile(
    rf"{PYPI_PUBLISH}|\b(?:twine|maturin) upload|\b(?:uv|poetry|flit|hatch|pdm) publish", re.IGNORECASE
)
# What makes a tag: with the token of its own run, GitHub starts no workflow for it.
_TAGGING = re.compile(r"git tag |release-action@|semantic-release|release-please|create-release@|gh release create")
# What a publishing workflow has, and what becomes of it.
_DROPPED = (
    (
        re.compile(r"sdist|-m build(?!.*(?:-w\b|--wheel))|build-and-inspect-python-package|uv build(?!.*--wheel)"),
        "builds an sdist; the new workflow, only wheels (D7): who has no wheel gets an older release or nothing",
    ),
    (
        re.compile(r"skip-existing"),
        "skips files that PyPI has; the new workflow need not: PyPI accepts identical files, and others must fail",
    ),
    (
        re.compile(r"secrets\.\w*(?:PYPI|TWINE)\w*|TWINE_PASSWORD|\bpassword:", re.IGNORECASE),
        "uses a stored token; the new workflow needs none (D11): remove it after the first release",
    ),
)
_SYSTEMS = ("linux", "macos", "windows")


@dataclass(frozen=True, slots=True)
class OldWorkflow:
    """A workflow that the project has.

    Attributes:
        path: relative to the repository.
        text: of the file.
        document: what is in it; empty if it is not YAML.
    """

    path: Path
    text: str
    document: Mapping[Any, Any]

    @property
    def uploads(self) -> bool:
        """Whether it uploads to PyPI."""
        return _UPLOADS.search(self.text) is not None

    @property
    def events(self) -> Mapping[str, Any]:
        """What starts it; YAML 1.1 reads the key `on` as true."""
        on = self.document.get("on", self.document.get(True)) or {}
        names = [on] if isinstance(on, str) else on
        return names if isinstance(names, Mapping) else dict.fromkeys(map(str, names))

    @property
    def environment(self) -> str | None:
        """The environment of the job that uploads; None if there is none, or only the run knows it."""
        for job in _mappings(self.document.get("jobs")):
            if _UPLOADS.search(str(job)) and (given := job.get("environment")):
                name = str(given.get("name", "") if isinstance(given, Mapping) else given)
                return name if name and "${{" not in name else None
        return None


def read_workflows(root: Path) -> list[OldWorkflow]:
    """Read the workflows of the repository at `root` that init did not write, in the order of their names."""
    found = []
    for path in sorted([*(root / FOLDER).glob("*.yml"), *(root / FOLDER).glob("*.yaml")]):
        text = path.read_text(encoding="utf-8", errors="replace")
        if mark_of(text):
            continue
        try:
            document = YAML(typ="safe", pure=True).load(text)
        except YAMLError:
            document = None
        found.append(OldWorkflow(path.relative_to(root), text, document if isinstance(document, Mapping) else {}))
    return found


def differences(workflows: list[OldWorkflow], new: Path, environment: str) -> Iterator[str]:
    """What the project's ways have that the new workflow has not, one sentence for each."""
    for old in (each for each in workflows if each.uploads):
        name = old.path.name
        yield from (f"{name} {sentence}" for pattern, sentence in _DROPPED if pattern.search(old.text))
        if others := sorted(old.events.keys() - {"push", "pull_request", "workflow_call"}):
            yield f"{name} is started by {join_names(others)}; the new workflow, by the push of a tag (D4)"
        push = old.events.get("push")
        tags = push.get("tags") if isinstance(push, Mapping) else None
        if tags and not any(f"{tag}".startswith(("v", "*")) for tag in tags):
            yield f"{name} waits for tags such as {tags[0]}; the new workflow, for tags vX.Y.Z (D1)"
        if old.path == new and old.environment not in (None, environment):
            yield (
                f"{name} had the environment {old.environment}, which PyPI's publisher may name: if so, write it in "
                "[tool.release], and run truewheel init --upgrade"
            )
        if old.path != new:
            yield (
                f"{name} publishes to PyPI too, and PyPI may trust it already. Remove it; or give its name to the new "
                f"workflow, so that the publisher stays: truewheel init --workflow {name}"
            )
    for old in workflows:
        if _TAGGING.search(old.text) and not isinstance(old.events.get("push"), Mapping) and old.path != new:
            yield (
                f"{old.path.name} makes tags. GitHub starts no workflow for a tag that is made with a job's own token: "
                "push it by hand, or with the token of a GitHub App or a deploy key"
            )


def demand_tests(package: Package, workflows: list[OldWorkflow]) -> None:
    """Refuse a package without tests, before anything else is done.

    Raises:
        ReleaseError: `[tool.cibuildwheel]` has no test-command; the hint has lines to add.
    """
    settings = package.table("tool", "cibuildwheel")
    if "test-command" in str(settings):
        return
    tables = build_settings(workflows, settings)
    if not any("test-command" in lines for lines in tables.values()):
        usual = 'test-requires = ["pytest"]\ntest-command = "pytest {package}/tests"'
        tables["tool.cibuildwheel"] = "\n".join(filter(None, [tables.get("tool.cibuildwheel"), usual]))
    raise ReleaseError(
        f"{package.pyproject.as_posix()} has no test-command in [tool.cibuildwheel]: untested wheels are not published",
        hint="\n".join(
            [f"add to {package.pyproject.as_posix()} what builds and tests the package, e.g.", *shown(tables)]
        ),
    )


def shown(tables: Mapping[str, str]) -> Iterator[str]:
    """TOML tables as lines."""
    for name, lines in sorted(tables.items()):
        yield from (f"[{name}]", *lines.splitlines())


def build_settings(workflows: list[OldWorkflow], known: Mapping[str, Any]) -> dict[str, str]:
    """The `CIBW_` variables of the workflows as lines of `[tool.cibuildwheel]`, by the names of their tables.

    What `known`, that table of the package, has already is left out.
    """
    tables: dict[str, dict[str, str]] = {}
    options = known_options()
    for old in workflows:
        for name, value in _variables(old.document):
            option, _, system = name.removeprefix("CIBW_").lower().rpartition("_")
            if system not in _SYSTEMS:
                option, system = name.removeprefix("CIBW_").lower(), ""
            key, table = option.replace("_", "-"), f"tool.cibuildwheel{system and f'.{system}'}"
            inner = known.get(system, {}) if system else known
            if "${{" in value:
                line = f"# {key} = … {name} in {old.path.name} depends on the run: {' '.join(value.split())}"
            else:
                line = f"{key} = {value if value.isdigit() else json.dumps(value.strip(), ensure_ascii=False)}"
            if key in options and key not in inner:
                tables.setdefault(table, {})[key] = line
    return {table: "\n".join(lines.values()) for table, lines in tables.items()}


def _variables(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if f"{key}".startswith("CIBW_") and not isinstance(value, Mapping | list):
                yield key, f"{value}"
            else:
                yield from _variables(value)
    elif isinstance(node, list):
        for item in node:
            yield from _variables(item)


def _mappings(node: Any) -> list[Mapping[Any, Any]]:
    return [each for each in node.values() if isinstance(each, Mapping)] if isinstance(node, Mapping) else []
