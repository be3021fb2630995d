"""How a project releases today, as far as its workflows show it, and what the new workflow does differently.

The old workflows are searched, not parsed: what is reported about them is for people to read, and refuses nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from truewheel.adoption.files import mark_of
from truewheel.builders.cibuildwheel_options import known_options
from truewheel.config import Package
from truewheel.errors import ReleaseError
from truewheel.workflow.action_names import PYPI_PUBLISH

FOLDER = Path(".github/workflows")
_UPLOADS = re.compile(rf"{PYPI_PUBLISH}|\b(?:twine|maturin) upload|\b(?:uv|poetry|flit|hatch|pdm) publish")
_JOB = re.compile(r"^  (?=[\w-]+:)", re.MULTILINE)
_ENVIRONMENT = re.compile(r"^ +environment:\s*\{?\s*(?:name:\s*)?['\"]?([\w.-]+)", re.MULTILINE)
_SETTING = re.compile(r"\bCIBW_(\w+?)(?:_(LINUX|MACOS|WINDOWS))?: *(['\"]?)([^'\"\s].*?)\3 *(?: #.*)?$", re.MULTILINE)
# What makes a tag, and what is started by one.
_TAGGING = re.compile(r"git tag |release-action@|semantic-release|release-please|create-release@|gh release create")
_WAITING = re.compile(r"\btags:")
# What a publishing workflow has, and what the new one does instead.
_DROPPED = (
    (
        r"sdist|-m build(?!.*(?:-w\b|--wheel))|build-and-inspect-python-package|uv build(?!.*--wheel)",
        "builds an sdist; the new workflow builds only wheels (D7): without one, pip takes an older release or nothing",
    ),
    (
        r"skip-existing",
        "skips files that PyPI has; the new workflow does not: PyPI accepts identical files, and others must fail",
    ),
    (
        r"secrets\.\w*(?:PYPI|TWINE)|TWINE_PASSWORD|\bpassword:",
        "uses a stored token; the new workflow needs none (D11): remove it after the first release",
    ),
    (
        r"\b(workflow_dispatch|schedule)\b|^on:.*\b(release)\b|^  (release):\s*(?:$|types)",
        "is started by {}; the new workflow is started by the push of a tag (D4)",
    ),
    (
        r"\btags:(?!\s*(?:\[|- )?\s*['\"]?[v*])\s*(?:\[|- )?\s*['\"]?([^\s'\",]+)",
        "is started by tags such as {}; the new workflow is started by tags vX.Y.Z (D1)",
    ),
)


@dataclass(frozen=True, slots=True)
class OldWorkflow:
    """A workflow that the project has: its path, relative to the repository, and its text."""

    path: Path
    text: str

    @property
    def uploads(self) -> bool:
        """Whether it uploads to PyPI."""
        return _UPLOADS.search(self.text) is not None

    @property
    def environment(self) -> str | None:
        """The environment of the job that uploads; None if there is none, or only the run knows it."""
        found = [_ENVIRONMENT.search(job) for job in _JOB.split(self.text) if _UPLOADS.search(job)]
        return next((match[1] for match in found if match), None)


def read_workflows(root: Path) -> list[OldWorkflow]:
    """Read the workflows of the repository at `root` that init did not write, in the order of their names."""
    files = sorted((root / FOLDER).glob("*.y*ml"))
    texts = {file.relative_to(root): file.read_text(encoding="utf-8", errors="replace") for file in files}
    return [OldWorkflow(path, text) for path, text in texts.items() if mark_of(text) is None]


def differences(workflows: list[OldWorkflow], new: Path, environment: str) -> Iterator[str]:
    """What the project's workflows do that the new one does not, one sentence for each."""
    for old in (each for each in workflows if each.uploads):
        name = old.path.name
        for pattern, sentence in _DROPPED:
            if match := re.search(pattern, old.text, re.MULTILINE):
                yield f"{name} {sentence.format(*filter(None, match.groups()))}"
        if old.path != new:
            yield (
                f"{name} publishes to PyPI too, and PyPI may already trust it. Remove it; or give its name to the new "
                f"workflow, which keeps the publisher: truewheel init --workflow {name}"
            )
        elif old.environment not in (None, environment):
            yield (
                f"{name} had the environment {old.environment}, which PyPI's publisher may name: if so, write it in "
                "[tool.release], and run truewheel init --upgrade"
            )
    for old in workflows:
        if _TAGGING.search(old.text) and not _WAITING.search(old.text) and old.path != new:
            yield (
                f"{old.path.name} makes tags. GitHub starts no workflow for a tag that is pushed with a job's own "
                "token: push it by hand, or with the token of a GitHub App or a deploy key"
            )


def demand_tests(package: Package, workflows: list[OldWorkflow]) -> None:
    """Refuse a package without a test-command, before anything else is done; the hint has lines to add."""
    if "test-command" in str(package.table("tool", "cibuildwheel")):
        return
    lines = build_settings(workflows, package)
    if not any("test-command" in line for line in lines):
        # The table is the first one, if it is there.
        rest = lines[1:] if lines[:1] == ["[tool.cibuildwheel]"] else lines
        tests = ['test-requires = ["pytest"]', 'test-command = "pytest {package}/tests"']
        lines = ["[tool.cibuildwheel]", *tests, *rest]
    file = package.pyproject.as_posix()
    raise ReleaseError(
        f"{file} has no test-command in [tool.cibuildwheel]: untested wheels are not published",
        hint="\n".join([f"add to {file} what builds and tests the package, e.g.", *lines]),
    )


def build_settings(workflows: list[OldWorkflow], package: Package) -> list[str]:
    """The `CIBW_` variables of the workflows as lines of TOML, without what `[tool.cibuildwheel]` has already."""
    tables: dict[tuple[str, ...], dict[str, str]] = {}
    known = known_options()
    for old in workflows:
        for name, system, _, value in _SETTING.findall(old.text):
            option = name.lower().replace("_", "-")
            keys = ("tool", "cibuildwheel", *([system.lower()] if system else []))
            if option not in known or option in package.table(*keys):
                continue
            line = f"{option} = {value if value.isdigit() else json.dumps(value, ensure_ascii=False)}"
            if "${{" in value or value[0] in "|>":
                line = f"# {option} = … CIBW_{name} in {old.path.name} is {value}"
            tables.setdefault(keys, {})[option] = line
    return [line for keys, lines in sorted(tables.items()) for line in (f"[{'.'.join(keys)}]", *lines.values())]
