"""Real builds with zig: reproducible wheels, what a failed or repeated build leaves in dist/, and what is printed."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.builds import build, new_clone, tiny_project, wheel_line
from tests.support.programs import ROOT, Outcome, run_in
from truewheel.config import load_config
from truewheel.programs.wheels import main
from truewheel.system.pythons import running_python

# Real builds and the index: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
PLATFORMS = [platform.name for platform in load_config(ROOT).platforms]
HERE = running_python().tag
BUILDS = {platform: [HERE] for platform in PLATFORMS}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project for programs that build nothing."""
    return tiny_project(tmp_path_factory.mktemp("tiny") / "tiny", BUILDS)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    return functools.partial(run_in, main, monkeypatch, capfd)


def digest(wheel: Path) -> str:
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Rebuilt:
    """Builds in a used clone: of the wheel for Windows, over older files, and then of the wheel for Linux."""

    outcome: Outcome
    dist: Path
    summary: str

    @property
    def wheel(self) -> Path:
        return self.dist / "quiverdb-0.5.0-py3-none-win_amd64.whl"

    @property
    def wheels(self) -> dict[str, Path]:
        return {"win_amd64": self.wheel, "manylinux_x86_64": next((self.dist / "linux").iterdir())}


OLDER = "quiverdb-0.4.9-py3-none-win_amd64.whl"
KEPT = ("notes.txt", "other-0.4.9-py3-none-win_amd64.whl", "quiverdb-0.4.9-py3-none-manylinux_2_28_x86_64.whl")


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Rebuilt:
    # Another path, much longer, with a space in it, other variables, and another umask.
    clone = new_clone(tmp_path_factory.mktemp("used") / "a longer name with spaces" / "clone")
    stray = clone / "bindings/python/src/quiverdb/__pycache__/stray.pyc"
    stray.parent.mkdir()
    stray.write_bytes(b"left over")
    dist, summary = clone.with_name("dist"), clone.with_name("summary.md")
    dist.mkdir()
    for name in (OLDER, *KEPT):
        (dist / name).write_text("old")
    environ = {"CFLAGS": "-O0 -g", "TZ": "Asia/Tokyo", "TRUEWHEEL_WINE": ""}
    old_umask = os.umask(0o077)
    try:
        for file in clone.rglob("*.py"):
            file.chmod(0o600)
        with_summary = {**environ, "GITHUB_STEP_SUMMARY": str(summary)}
        outcome = build(clone, "win_amd64", "--builder", "zig", "--dist", str(dist), environ=with_summary)
        assert outcome.status == 0, outcome.output
        # The wheel that it is compared with was tested.
        shutil.rmtree(clone / "bindings/python/tests")
        (clone / "bindings/python/tests").mkdir()
        for name in ("smoke.py", "test_nothing.py"):
            (clone / "bindings/python/tests" / name).write_text("def test_nothing() -> None:\n    pass\n")
        linux = build(clone, "manylinux_x86_64", "--builder", "zig", "--dist", str(dist / "linux"), environ=environ)
        assert linux.status == 0, linux.output
    finally:
        os.umask(old_umask)
    return Rebuilt(outcome, dist, summary.read_text(encoding="utf-8"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_two_builds_of_one_commit_are_the_same_bytes(platform: str, rebuilt: Rebuilt, quiverdb_wheels: Path) -> None:
    (first,), again = (quiverdb_wheels / platform).iterdir(), rebuilt.wheels[platform]
    assert (again.name, digest(again)) == (first.name, digest(first))


def test_the_last_lines_say_what_was_built_and_what_dist_holds(rebuilt: Rebuilt) -> None:
    name, sha256 = rebuilt.wheel.name, digest(rebuilt.wheel)
    assert "wheels: building win_amd64 with zig: requested with --builder\n" in rebuilt.outcome.output
    assert wheel_line(rebuilt.outcome).startswith(f"wheels: zig  {name}  ")
    assert f"sha256 {sha256}" in wheel_line(rebuilt.outcome)
    held = ", ".join(sorted({*KEPT, name} - {"notes.txt"}))
    assert rebuilt.outcome.last_line == f"wheels: {rebuilt.dist}/ holds 3 wheels: {held}"
    # scikit-build-core would warn about our own pyproject.toml.
    assert "WARNING" not in rebuilt.outcome.output
    assert f"| zig | {name} |" in rebuilt.summary
    assert sha256 in rebuilt.summary


@pytest.mark.skipif(sys.platform == "win32", reason="the wheel runs on Windows")
def test_a_wheel_that_cannot_run_here_is_reported_as_not_run(rebuilt: Rebuilt) -> None:
    assert wheel_line(rebuilt.outcome).endswith("does not run win_amd64")
    assert "  not run: this machine (" in wheel_line(rebuilt.outcome)


def test_every_wheel_holds_only_tracked_files_of_the_package(rebuilt: Rebuilt) -> None:
    with zipfile.ZipFile(rebuilt.wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if "stray" in name or name.endswith(".pyc")]
    assert "quiverdb/_libs/quiver.dll" in names


def test_an_older_wheel_of_the_platform_is_replaced_and_everything_else_stays(rebuilt: Rebuilt) -> None:
    assert {file.name for file in rebuilt.dist.glob("*.*")} == {*KEPT, rebuilt.wheel.name}
    assert {(rebuilt.dist / name).read_text() for name in KEPT} == {"old"}


def test_a_failed_build_leaves_dist_as_it_was(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    broken = tiny_project(tmp_path / "project", BUILDS, {"tiny.c": "this is no C\n"})
    dist = broken / "dist"
    dist.mkdir()
    (dist / "tiny-1.0.0-py3-none-win_amd64.whl").write_text("old")
    outcome = run(broken, "win_amd64", "--builder", "zig")
    assert outcome.status == 2
    assert outcome.last_line.startswith("wheels: cannot build: the build failed")
    assert [(file.name, file.read_text()) for file in dist.iterdir()] == [("tiny-1.0.0-py3-none-win_amd64.whl", "old")]
    assert not list(broken.glob(".release-*"))


@pytest.mark.skipif(sys.platform != "linux", reason="builds a Linux wheel that must run here")
def test_a_wheel_that_cannot_be_imported_never_reaches_dist(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    broken = tiny_project(tmp_path / "project", BUILDS, {"src/tiny/__init__.py": "import not_there\n"})
    outcome = run(broken, "manylinux_x86_64", "--builder", "zig")
    assert outcome.status == 1
    assert "clean-import: the import failed with exit status 1" in outcome.output
    assert outcome.last_line.startswith(f"wheels: refused: 1 finding in tiny-1.0.0-{HERE}-{HERE}-manylinux")
    assert not (broken / "dist").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="builds a Linux wheel that must run here")
def test_a_wheel_whose_tests_fail_reaches_dist_only_if_that_is_accepted(
    tmp_path: Path, run: Callable[..., Outcome]
) -> None:
    broken = tiny_project(tmp_path / "project", BUILDS)
    settings = broken / "pyproject.toml"
    settings.write_text(settings.read_text().replace("'import tiny'", "'import tiny; assert not tiny'"))
    refused = run(broken, "manylinux_x86_64", "--builder", "zig")
    assert refused.status == 1
    assert "package-tests: the tests failed with exit status 1" in refused.output
    assert refused.last_line.startswith("wheels: refused: 1 finding in tiny-1.0.0-")
    assert not (broken / "dist").exists()
    with settings.open("a", encoding="utf-8") as file:
        file.write('\n[tool.release.accept]\n"package-tests:*manylinux*" = "a known defect"\n')
    accepted = run(broken, "manylinux_x86_64", "--builder", "zig")
    assert accepted.status == 0, accepted.output
    assert "  package-tests: the tests failed with exit status 1\n      a known defect\n" in accepted.output
    assert len(list((broken / "dist").iterdir())) == 1


def test_a_build_tool_with_another_hash_than_the_lock_is_refused(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    changed = tiny_project(tmp_path / "project", BUILDS)
    lock = changed / "requirements/package.txt"
    text = lock.read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    lock.write_text(re.sub(r"sha256:\w+", f"sha256:{'0' * 64}", text), encoding="utf-8")
    outcome = run(changed, "win_amd64", "--builder", "zig")
    assert outcome.status == 2
    assert outcome.last_line.startswith("wheels: cannot build: the build tools cannot be installed:")
    assert "Hash mismatch" in outcome.last_line


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows cibuildwheel builds Windows wheels")
def test_a_builder_that_cannot_build_here_says_why_and_what_else_can(tiny: Path, run: Callable[..., Outcome]) -> None:
    outcome = run(tiny, "win_amd64", "--builder", "cibuildwheel")
    reason = (
        "it builds Windows wheels only on Windows"
        if sys.version_info >= (3, 11)
        else f"cibuildwheel needs Python 3.11 or newer, not {sys.version.split()[0]}"
    )
    assert outcome.status == 2
    assert outcome.last_line == f"wheels: cannot build: cibuildwheel cannot build win_amd64 here: {reason}"
    assert 'use the other builder: nox -s "wheels(win_amd64)" -- --builder zig\n' in outcome.output


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows cibuildwheel builds Windows wheels")
def test_in_github_actions_only_cibuildwheel_builds(tiny: Path, run: Callable[..., Outcome]) -> None:
    outcome = run(tiny, "win_amd64", environ={"GITHUB_ACTIONS": "true"})
    assert outcome.status == 2
    assert "cibuildwheel cannot build win_amd64 here" in outcome.last_line
    assert "\n::error title=wheels cannot build::" in outcome.output
    assert "change the job's runner or image: in GitHub Actions only cibuildwheel builds" in outcome.output


@pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info < (3, 11), reason="cibuildwheel builds no manylinux here"
)
def test_an_engine_that_cannot_pull_the_image_is_quoted_in_one_line(
    tiny: Path, tmp_path: Path, run: Callable[..., Outcome]
) -> None:
    engine = tmp_path / "bin" / "docker"
    engine.parent.mkdir()
    engine.write_text('#!/bin/sh\n[ "$1" = info ] && exit\necho trying >&2\necho "Error: no such host" >&2\nexit 125\n')
    engine.chmod(0o755)
    environ = {"PATH": f"{engine.parent}{os.pathsep}{os.environ['PATH']}", "GITHUB_ACTIONS": "true"}
    outcome = run(tiny, "manylinux_x86_64", environ=environ)
    assert outcome.status == 2
    assert re.fullmatch(
        r"wheels: cannot build: cibuildwheel cannot build manylinux_x86_64 here: "
        r"docker cannot pull the image \S+: no such host",
        outcome.last_line,
    )
    assert not re.search("^(Error|trying)", outcome.output, re.MULTILINE)


def test_a_file_called_dist_is_an_error_before_the_build(
    tiny: Path, tmp_path: Path, run: Callable[..., Outcome]
) -> None:
    (tmp_path / "file").write_text("")
    outcome = run(tiny, "win_amd64", "--builder", "zig", "--dist", str(tmp_path / "file"))
    assert outcome.status == 2
    assert outcome.last_line == (
        f"wheels: cannot build: {tmp_path / 'file'} is not a folder, so no wheel can be put in it"
    )
    assert "wheels: building" not in outcome.output


def test_without_a_git_clone_nothing_is_built(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    unpacked = tiny_project(tmp_path / "project", BUILDS)
    shutil.rmtree(unpacked / ".git")
    outcome = run(unpacked, "win_amd64")
    assert outcome.status == 2
    assert outcome.last_line.startswith("wheels: cannot build: git status failed: fatal: not a git repository")
    assert "run this in a git clone" in outcome.output
    assert "wheels: looking" not in outcome.output


def test_a_platform_after_the_dashes_is_an_error_that_names_the_session(
    tiny: Path, run: Callable[..., Outcome]
) -> None:
    outcome = run(tiny, "manylinux_x86_64", "win_amd64")
    assert outcome.status == 2
    assert outcome.last_line == (
        "wheels: cannot build: a platform belongs in the session's name, not after --: win_amd64"
    )
    assert 'run nox -s "wheels(win_amd64)"\n' in outcome.output
    assert run(tiny).last_line == "wheels: cannot build: no platform was named"


def test_an_unknown_platform_is_named_with_those_that_are_configured(tiny: Path, run: Callable[..., Outcome]) -> None:
    outcome = run(tiny, "win_arm64")
    assert outcome.status == 2
    assert outcome.last_line == (
        "wheels: cannot build: the platform 'win_arm64' is not configured; [tool.release.platforms] has "
        + ", ".join(PLATFORMS)
    )
