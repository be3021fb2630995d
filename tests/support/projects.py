"""Scratch repositories to rehearse, with real wheels built once, and the outcome of `nox -s rehearse`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import ROOT, TRUEWHEEL
from truewheel.programs import rehearse as program

WORKFLOW = Path(".github/workflows/publish.yml")
# The files of a release of quiverdb, without the sources of its wheels.
_FILES = (
    Path("pyproject.toml"),
    Path("bindings/python/pyproject.toml"),
    Path("bindings/python/CMakeLists.txt"),
    Path("bindings/python/tests/smoke.py"),
    Path("requirements/builds.txt"),
    WORKFLOW,
)


@dataclass(frozen=True)
class Project:
    """A repository of one commit."""

    root: Path

    def edit(self, file: Path, change: Callable[[str], str]) -> None:
        """Change a file, which must make a difference; it need not be committed to be rehearsed."""
        path = self.root / file
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before, "the edit changes nothing"
        path.write_text(after, encoding="utf-8")

    def write(self, file: Path | str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=M", "-c", "user.email=m@example.org"]
        command = ["git", "-C", str(self.root), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout

    def commit(self) -> None:
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", "https://github.com/quiver/quiverdb.git")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "All of it")


@dataclass(frozen=True)
class Rehearsed:
    """The exit status and the output of a rehearsal, or of another program."""

    status: int
    output: str
    progress: str

    @property
    def report(self) -> Any:
        return json.loads(self.output)

    def jobs(self, attempt: int = 0) -> dict[str, str]:
        """How the jobs of an attempt ended, by their names."""
        return {job["name"]: job["conclusion"] for job in self.report["attempts"][attempt]["jobs"]}

    def errors(self, attempt: int = 0) -> dict[str, str]:
        """Why jobs of an attempt failed, by their names."""
        return {job["name"]: job["error"] for job in self.report["attempts"][attempt]["jobs"] if job["error"]}

    @property
    def on_index(self) -> list[str]:
        return [file["name"] for file in self.report["index_files"]]


def rehearse(project: Project, *arguments: str, environ: Mapping[str, str] | None = None) -> Rehearsed:
    """Run `truewheel rehearse --json ARGUMENTS` in this process."""
    return run_in(project, program.main, "--json", *arguments, environ=environ)


def run_in(
    project: Project, main: Callable[[Sequence[str]], int], *arguments: str, environ: Mapping[str, str] | None = None
) -> Rehearsed:
    """Run the `main` of a program in the folder of a project, in this process."""
    output, progress = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(progress),
    ):
        patch.chdir(project.root)
        for name, value in (environ or {}).items():
            patch.setenv(name, value)
        status = main(arguments)
    return Rehearsed(status, output.getvalue(), progress.getvalue())


def rehearse_as_program(project: Project, *arguments: str, environ: Mapping[str, str] | None = None) -> Rehearsed:
    """Run `truewheel rehearse --json ARGUMENTS` in a process of its own."""
    result = subprocess.run(
        [sys.executable, TRUEWHEEL, "rehearse", "--json", *arguments],
        cwd=project.root,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=900,
    )
    assert "Traceback" not in result.stderr, result.stderr
    return Rehearsed(result.returncode, result.stdout, result.stderr)


# The sessions of this repository's noxfile, in the environment of the tests: otherwise each job would make new ones.
# A build copies a wheel that was really built.
_NOXFILE = """\
import os
import shutil
import pathlib
import re

import nox

nox.options.default_venv_backend = "none"
PLATFORMS = ["manylinux_x86_64", "win_amd64"]
JOB = pathlib.Path(os.environ.get("GITHUB_WORKSPACE", "")).parent.parent.name


def program(session, name):
    if re.search({running!r}, f"{{JOB}} {{name}}"):
        session.run({python!r}, {truewheel!r}, name, *session.posargs)


@nox.session
@nox.parametrize("platform", PLATFORMS, ids=PLATFORMS)
def wheels(session, platform):
    shutil.copytree(f"{wheels}/{{platform}}", "dist")


@nox.session
def validate(session):
    program(session, "validate")


@nox.session(name="check-dist")
def check_dist(session):
    program(session, "check-dist")


@nox.session
def verify(session):
    program(session, "verify")
"""


def write_noxfile(project: Project, wheels: Path, running: str = "") -> None:
    """Write a noxfile whose builds copy the wheels in `wheels/PLATFORM`; `running` as for `quiverdb_project`."""
    text = _NOXFILE.format(python=sys.executable, truewheel=TRUEWHEEL, wheels=wheels.as_posix(), running=running)
    project.write("noxfile.py", text)


def quiverdb_project(folder: Path, wheels: Path, running: str = "") -> Project:
    """A repository that releases quiverdb by an exact copy of this repository's publish.yml.

    Args:
        folder: the new folder.
        wheels: the wheels that its builds copy, as `build_once` returns them.
        running: a pattern of the programs that sessions run, e.g. `validate-0 check-dist`: the first job `validate`
            runs check-dist. Other sessions do nothing.
    """
    project = Project(folder)
    for file in _FILES:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, folder / file)
    write_noxfile(project, wheels, running)
    project.write(".gitignore", "dist/\n.nox/\n")
    project.commit()
    return project


# The commands of publish.yml.
_SESSIONS = ("nox -s validate -- --tag-only", "nox -s validate check-dist", "nox -s verify")


def without_sessions(project: Project, wheels: Path, keeping: str = "") -> None:
    """Let the jobs of publish.yml run no nox and no `twine check`: builds copy the wheels in `wheels/PLATFORM`.

    A whole release with all of it takes 15 seconds of CPU; this one, whose jobs and artifacts are the same, takes 2.
    Jobs whose command is `keeping` run it all the same.
    """

    def edited(text: str) -> str:
        for session in _SESSIONS:
            assert f"run: {session}\n" in text
            text = text if session == keeping else text.replace(f"run: {session}\n", "run: 'true'\n")
        text = text.replace("packages-dir: dist/\n", "packages-dir: dist/\n          verify-metadata: false\n")
        return text.replace('nox -s "wheels($PLATFORM)"', f"cp -r {wheels.as_posix()}/$PLATFORM dist")

    project.edit(WORKFLOW, edited)
    assert 'nox -s "wheels' not in (project.root / WORKFLOW).read_text(encoding="utf-8")
