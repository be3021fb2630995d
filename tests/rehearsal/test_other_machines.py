"""A release is rehearsed on any machine: what is not run there is counted, what is not built there is an understudy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import machines
from tests.support.factories import make_wheel
from tests.support.index_server import LoopbackIndex, serving
from tests.support.native_factories import macho_library
from tests.support.programs import ROOT, TRUEWHEEL
from tests.support.projects import WORKFLOW, Project, quiverdb_project, rehearse, without_sessions
from truewheel.system import machine

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="the other machines are other than Linux with glibc"),
]
MAC_TAG = "py3-none-macosx_11_0_arm64"
MAC_WHEEL = f"quiverdb-0.5.0-{MAC_TAG}.whl"
MAC_PLATFORM = """
[tool.release.platforms.macosx_arm64]
runner = "macos-15"
builds = ["cp310", "cp311", "cp312", "cp313", "cp314", "cp315"]
"""
# Runs a program of truewheel that takes this machine for another one.
PRETENDING = """\
import sys

sys.path.insert(0, {scripts!r})
from truewheel.__main__ import main
from truewheel.system import machine

machine.here = lambda: machine.{machine!r}
sys.exit(main(sys.argv[1:]))
"""


def make_mac_wheel(folder: Path, version: str) -> Path:
    """A wheel for macOS that every check accepts."""
    library = {"quiverdb/_libs/libquiver.so": None, "quiverdb/_libs/libquiver.dylib": macho_library()}
    return make_wheel(folder, version=version, tag=MAC_TAG, change=library)


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    """The index of the earlier releases, which pip is configured for."""
    with serving() as running, pytest.MonkeyPatch.context() as patch:
        running.use(patch)
        yield running


@pytest.fixture
def with_mac(tmp_path: Path, quiverdb_wheels: Path) -> Project:
    """The repository of quiverdb, released for macOS too; only what is about its wheel runs."""
    project = quiverdb_project(tmp_path / "quiverdb", quiverdb_wheels, "build-2 wheels|validate-0 check-dist|verify-2")
    project.edit(Path("pyproject.toml"), lambda text: text + MAC_PLATFORM)
    rows = "          - platform: win_amd64\n            runner: windows-latest\n"
    mac = "          - platform: macosx_arm64\n            runner: macos-15\n"
    project.edit(WORKFLOW, lambda text: text.replace(rows, rows + mac))
    platforms = 'PLATFORMS = ["manylinux_x86_64", "win_amd64"'
    builds = '    if platform.startswith("mac"):\n        program(session, "wheels", platform)\n        return\n'
    project.edit(
        Path("noxfile.py"),
        lambda text: (
            text.replace(platforms, f'{platforms}, "macosx_arm64"')
            .replace("def program(session, name):", "def program(session, name, *arguments):")
            .replace("name, *session.posargs", "name, *arguments, *session.posargs")
            .replace("def wheels(session, platform):\n", f"def wheels(session, platform):\n{builds}")
        ),
    )
    return project


def test_a_machine_that_runs_no_wheel_rehearses_the_release(
    tmp_path: Path, quiverdb_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiverdb = quiverdb_project(tmp_path / "quiverdb", quiverdb_wheels, "verify-1")
    without_sessions(quiverdb, quiverdb_wheels, keeping="nox -s verify")
    other = machines.MACOS_ARM64
    script = tmp_path / "pretending.py"
    script.write_text(PRETENDING.format(scripts=str(ROOT / "scripts"), machine=other), encoding="utf-8")
    quiverdb.edit(Path("noxfile.py"), lambda text: text.replace(repr(str(TRUEWHEEL)), repr(str(script))))
    monkeypatch.setattr(machine, "here", lambda: other)
    result = rehearse(quiverdb)
    assert result.status == 0, result.output
    made = "v0.5.0 would be released: 2 wheels on the index, 1 GitHub Release"
    assert result.report["reason"] == f"{made}; none of the 2 wheels was run here"
    not_run = {job["name"]: job["not_run"] for job in result.report["attempts"][0]["jobs"] if job["not_run"]}
    assert not_run == {"Verify on windows-latest": f"this machine ({other}) does not run win_amd64"}


def test_an_understudy_takes_the_place_of_a_wheel_that_cannot_be_built(
    with_mac: Project, index: LoopbackIndex, tmp_path: Path
) -> None:
    old = make_mac_wheel(tmp_path, "0.4.0")
    index.add(old)
    page = tmp_path / "page.html"
    result = rehearse(with_mac, "--html", str(page))
    assert result.status == 0, result.output
    report = result.report
    assert MAC_WHEEL in result.on_index
    # Three times over: in the last line, with the job, and among the notes.
    said = f"not built here, but taken from the last release: {MAC_WHEEL}"
    assert report["reason"].endswith(f"none of the 3 wheels was run here; {said}")
    jobs = {job["name"]: job for job in report["attempts"][0]["jobs"]}
    note = f"{MAC_WHEEL} is an understudy: {old.name} under the new version, not built from this tag"
    assert f"{note}; cibuildwheel cannot build macosx_arm64 here" in jobs["Build macosx_arm64"]["note"]
    assert jobs["Verify on macos-15"]["not_run"] == "it is an understudy, a wheel of the last release"
    assert note in report["notes"]
    assert report["understudies"] == [[MAC_WHEEL, old.name]]
    text = page.read_text(encoding="utf-8")
    assert text.count("is an understudy") >= 3
    assert said in text


@pytest.mark.parametrize("tag", ["", "cp310-cp310-macosx_11_0_arm64"])
def test_without_a_last_release_the_rehearsal_cannot_be_judged(
    with_mac: Project, index: LoopbackIndex, tmp_path: Path, tag: str
) -> None:
    missing = f"no release of quiverdb on {index.url} has a wheel to use instead"
    hint = "rehearse on a machine that can build it, or leave its platform out until the first release"
    if tag:
        index.add(make_wheel(tmp_path, version="0.4.0", tag=tag))
        builds = ", ".join(f"cp3{minor}-macosx_arm64" for minor in range(11, 16))
        missing = f"quiverdb-0.4.0-{tag}.whl, of the last release, does not serve {builds}"
        hint = "rehearse on a machine that can build for them"
    result = rehearse(with_mac)
    assert result.status == 2, result.output
    report = result.report
    assert report["verdict"] == "cannot-judge"
    assert report["reason"].startswith("cibuildwheel cannot build macosx_arm64 here: ")
    assert report["reason"].endswith(f"; and {missing}: {hint}")
    jobs = {job["name"]: job for job in report["attempts"][0]["jobs"]}
    assert jobs["Build macosx_arm64"]["not_built"] == report["reason"]
    assert {name: job["conclusion"] for name, job in jobs.items() if job["conclusion"] != "success"} == dict.fromkeys(
        ("Build macosx_arm64", "Merge wheels", "Validate", "GitHub Release", "PyPI", "verify"), "skipped"
    )
    assert result.on_index == []
