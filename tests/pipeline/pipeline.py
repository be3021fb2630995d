"""Both workflows as plain facts, next to the facts that they must agree with."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]

# A session is a plain name or "wheels($PLATFORM)", what follows `--` are plain options: nothing that a shell
# would act on, and no ${{ }}.
_SESSION = r'(?:[a-z][a-z-]*|"[a-z]+\(\$PLATFORM\)")'
_NOX_CALL = re.compile(rf"nox -s (?P<sessions>{_SESSION}(?: {_SESSION})*)(?: --(?P<options>(?: --[a-z-]+)+))?")


@dataclass(frozen=True, slots=True)
class NoxCall:
    """A `run:` line: the sessions as written, and what follows `--`."""

    sessions: tuple[str, ...]
    options: tuple[str, ...]

    @classmethod
    def parse(cls, line: str) -> NoxCall | None:
        """None when the line is anything else than one call of nox."""
        match = _NOX_CALL.fullmatch(line)
        if match is None:
            return None
        sessions = tuple(word.strip('"') for word in match["sessions"].split(" "))
        return cls(sessions, tuple((match["options"] or "").split()))


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job; `settings` is its YAML."""

    settings: dict[str, Any]

    @property
    def uses(self) -> str:
        """The pinned action, `owner/name@commit`; empty for a `run:` step."""
        return str(self.settings.get("uses", ""))

    @property
    def action(self) -> str:
        """The action without its pin; empty for a `run:` step."""
        return self.uses.partition("@")[0]

    @property
    def inputs(self) -> dict[str, Any]:
        return self.settings.get("with") or {}

    @property
    def env(self) -> dict[str, Any]:
        return self.settings.get("env") or {}

    @property
    def run(self) -> str | None:
        return self.settings.get("run")

    @property
    def nox(self) -> NoxCall | None:
        """The call of nox that the `run:` line makes; None when it makes none, or something else, too."""
        return None if self.run is None else NoxCall.parse(self.run)


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a workflow; `settings` is its YAML."""

    name: str
    settings: dict[str, Any]

    @property
    def needs(self) -> tuple[str, ...]:
        needs = self.settings.get("needs", [])
        return (needs,) if isinstance(needs, str) else tuple(needs)

    @property
    def steps(self) -> list[Step]:
        return [Step(settings) for settings in self.settings.get("steps", [])]

    @property
    def permissions(self) -> dict[str, str] | str:
        """As written; empty when the job takes those of the workflow, which are none."""
        return self.settings.get("permissions") or {}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What `matrix` is in each run of the job; one empty row without a matrix."""
        matrix = self.settings.get("strategy", {}).get("matrix", {})
        if "include" in matrix:
            return list(matrix["include"])
        return [dict(zip(matrix, row, strict=True)) for row in itertools.product(*matrix.values())]

    @property
    def nox_calls(self) -> list[NoxCall]:
        return [step.nox for step in self.steps if step.nox is not None]

    @property
    def builds(self) -> bool:
        """Whether the job builds wheels."""
        return any(session.startswith("wheels") for call in self.nox_calls for session in call.sessions)

    def using(self, action: str) -> list[Step]:
        """The steps that use `action`."""
        return [step for step in self.steps if step.action == action]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file: its name, its text (for what YAML drops: the comments), and its YAML."""

    name: str
    text: str
    document: dict[str, Any]

    @classmethod
    def parse(cls, name: str, text: str) -> Workflow:
        # YAML 1.2, as GitHub reads it: `on` is a string there, and true only in YAML 1.1.
        return cls(name, text, YAML(typ="safe", pure=True).load(text))

    @property
    def jobs(self) -> list[Job]:
        return [Job(name, settings) for name, settings in self.document["jobs"].items()]

    def job(self, name: str) -> Job:
        return Job(name, self.document["jobs"][name])

    def using(self, action: str) -> list[Job]:
        """The jobs that use `action`."""
        return [job for job in self.jobs if job.using(action)]

    def before(self, job: Job) -> set[str]:
        """The names of all jobs that `job` waits for, directly or not."""
        found: set[str] = set()
        waiting = list(job.needs)
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.document["jobs"]:
                found.add(name)
                waiting.extend(self.job(name).needs)
        return found

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything that the invariants compare.

    Attributes:
        publish: the workflow that [tool.release] names.
        ci: the workflow beside it.
        environment: the GitHub environment that [tool.release] names.
        runners: the runner of each platform of [tool.release].
        sessions: the names that `nox -s` takes, such as `wheels` and `wheels(win_amd64)`.
    """

    publish: Workflow
    ci: Workflow
    environment: str
    runners: dict[str, str]
    sessions: frozenset[str]

    @property
    def workflows(self) -> tuple[Workflow, Workflow]:
        return self.publish, self.ci

    @property
    def jobs(self) -> Iterator[tuple[Workflow, Job]]:
        for workflow in self.workflows:
            for job in workflow.jobs:
                yield workflow, job

    @property
    def steps(self) -> Iterator[tuple[str, Step]]:
        """Every step, with the words that say where it is."""
        for workflow, job in self.jobs:
            for step in job.steps:
                yield f"{workflow}, job {job}", step


def in_row(value: str, row: dict[str, Any]) -> str:
    """`value` with its `${{ matrix.NAME }}` replaced by what they are in this row of the matrix."""
    for name, content in row.items():
        value = value.replace(f"${{{{ matrix.{name} }}}}", str(content))
    return value


def load_pipeline() -> Pipeline:
    """Read the repository that this file is part of."""
    release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["release"]
    publish = ROOT / release["workflow"]
    return Pipeline(
        publish=_read(publish),
        ci=_read(publish.with_name("ci.yml")),
        environment=release["environment"],
        runners={name: platform["runner"] for name, platform in release["platforms"].items()},
        sessions=_nox_sessions(),
    )


def _read(path: Path) -> Workflow:
    return Workflow.parse(path.name, path.read_text(encoding="utf-8"))


def _nox_sessions() -> frozenset[str]:
    # `-k True` takes every session; without it the listing holds only those that a bare `nox` runs.
    command = [sys.executable, "-m", "nox", "--json", "-l", "-k", "True"]
    listing = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=60).stdout
    return frozenset(entry[key] for entry in json.loads(listing) for key in ("name", "session"))
