"""nox -s verify with the real pip and a real index on loopback: every difference to what was built is found."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import machines
from tests.support.factories import (
    DIST_INFO,
    LINUX_LIBRARY,
    LINUX_WHEEL,
    METADATA,
    WINDOWS_WHEEL,
    ReleaseFolder,
    make_wheel,
)
from tests.support.index_server import LoopbackIndex, Served, serving
from tests.support.native_factories import elf_library
from tests.support.programs import Outcome, run, run_module
from tests.support.rehearsed import rehearsed
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.programs import verify
from truewheel.programs.verify import main
from truewheel.publishing.pip_settings import PipSettings
from truewheel.system import machine
from truewheel.system.github_actions import NOT_RUN, RAN, remarks_in
from truewheel.system.machine import Machine
from truewheel.verification.rules import FILE_ON_INDEX
from truewheel.wheel.reader import read_wheel

# Real environments are made, and the real pip installs into them.
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="the wheel that is installed is one for Linux"),
]
TAG = "v0.5.0"
PAGE = "/simple/quiverdb/"
UNRUNNABLE = {
    "manylinux_ppc64le": "py3-none-manylinux_2_28_ppc64le",
    "musllinux_x86_64": "py3-none-musllinux_1_2_x86_64",
}
LOADS = f"""\
import ctypes, pathlib
library = ctypes.CDLL(str(pathlib.Path(__file__).parent.parent / {LINUX_LIBRARY!r}))
"""
SMOKE = """\
import sys, quiverdb
if sys.argv[1] != "0.5.0" or not quiverdb.library:
    sys.exit("the apple is not red")
"""


def real_library() -> bytes:
    """A shared library that this Python can load; its contents do not matter."""
    import _json  # noqa: PLC0415

    return Path(_json.__file__).read_bytes()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackIndex]:
    with serving() as running:
        running.use(monkeypatch)
        # pip must not ask again and again for a missing file.
        monkeypatch.setenv("PIP_RETRIES", "0")
        settings = PipSettings(running.url, {"retries": "0"})
        monkeypatch.setattr(verify, "read_pip_settings", lambda _: settings)
        yield running


@pytest.fixture
def published(release: ReleaseFolder, index: LoopbackIndex) -> ReleaseFolder:
    """A release whose wheels are in `dist/` and on the index."""
    library = real_library()
    alone = METADATA.replace("Requires-Dist: cffi>=1.16\n", "").format(name="quiverdb", version="0.5.0")
    make_wheel(release.dist, change={"quiverdb/__init__.py": LOADS, LINUX_LIBRARY: library}, metadata=alone)
    make_wheel(release.dist, tag="py3-none-win_amd64", metadata=alone)
    for name in (LINUX_WHEEL, WINDOWS_WHEEL):
        index.add(release.dist / name)
    release.write("tests/smoke.py", SMOKE)
    release.replace("pyproject.toml", 'environment = "pypi"\n', 'environment = "pypi"\nsmoke-test = "tests/smoke.py"\n')
    return release


def lines_of(outcome: Outcome) -> list[str]:
    """The lines of its output without the table of the libraries."""
    lines = outcome.output.splitlines()
    table = next((number for number, line in enumerate(lines) if line.startswith("library ")), len(lines) - 1)
    return [*lines[:table], lines[-1]]


def findings(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, str, str]]:
    """Run without waiting, which must refuse something; return what."""
    outcome = run(main, capsys, "--json", "--timeout", "0", *arguments)
    assert (outcome.status, outcome.report["verdict"]) == (1, "refused"), outcome.output
    return outcome.findings


def error(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    outcome = run(main, capsys, "--json", "--timeout", "0", *arguments)
    assert (outcome.status, outcome.report["verdict"]) == (2, "cannot-judge"), outcome.output
    return outcome.report["error"], outcome.report["hint"]


def notes(outcome: Outcome) -> list[str]:
    """The notes of a JSON report."""
    return [note["message"] for note in outcome.report["notes"]]


def test_what_users_get_is_what_was_built(published: ReleaseFolder, index: LoopbackIndex) -> None:
    outcome = run_module("verify", published.root, TAG)
    assert outcome.status == 0, outcome.output
    assert lines_of(outcome)[2:] == [
        "notes",
        f"  the index shows no attestation for {LINUX_WHEEL}, {WINDOWS_WHEEL}",
        f"  not run here: {WINDOWS_WHEEL}: this machine (Linux on {platform.machine()}) does not run win_amd64",
        f"  installed from the index: {LINUX_WHEEL}",
        f"  loaded: lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/{LINUX_LIBRARY}",
        "  smoke test passed: tests/smoke.py",
        f"verify: fit: 2 wheels of quiverdb 0.5.0 on {index.url}; 1 of 2 wheels was run here",
    ]
    assert " Linux x86_64, Windows AMD64\n" in outcome.output.partition("what pip takes after the release")[2]
    # Both were really downloaded, and one of them once more to be installed.
    assert sorted(path for path in index.asked if path.startswith("/files/")) == sorted(
        [f"/files/{LINUX_WHEEL}", f"/files/{LINUX_WHEEL}", f"/files/{WINDOWS_WHEEL}"]
    )
    assert sorted(path.name for path in published.root.iterdir()) == [
        ".github",
        "bindings",
        "dist",
        "noxfile.py",
        "pyproject.toml",
        "requirements",
        "tests",
    ]


def test_other_files_on_the_index_are_refused(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    (other,) = [make_wheel(published.root / "other", change={"quiverdb/__init__.py": LOADS})]
    index.add(other).fields["yanked"] = "loses data"
    index.files["quiverdb-0.5.0.tar.gz"] = Served(b"an sdist")
    preferred = WINDOWS_WHEEL.replace("-py3", "-1-py3")
    index.files[preferred] = Served((published.dist / WINDOWS_WHEEL).read_bytes())
    outcome = run(main, capsys, "--json", "--timeout", "0", TAG)
    theirs, ours = other.read_bytes(), (published.dist / LINUX_WHEEL).read_bytes()
    differs = (
        f"the index serves SHA-256 {hashlib.sha256(theirs).hexdigest()} ({len(theirs)} bytes), but the built file that "
        f"passed the gate has SHA-256 {hashlib.sha256(ours).hexdigest()} ({len(ours)} bytes)"
    )
    same = hashlib.sha256((published.dist / WINDOWS_WHEEL).read_bytes()).hexdigest()
    assert outcome.status == 1
    assert set(outcome.findings) == {
        ("same-bytes", LINUX_WHEEL, differs),
        ("same-bytes", WINDOWS_WHEEL, f"for its platform pip takes {preferred} instead (SHA-256 {same})"),
        ("not-yanked", LINUX_WHEEL, "is yanked: loses data"),
        ("nothing-else-on-index", "quiverdb-0.5.0.tar.gz", "is on the index, but was not built"),
        ("nothing-else-on-index", preferred, "is on the index, but was not built"),
    }
    assert f"not installed: {LINUX_WHEEL}, because of the finding above" in notes(outcome)


def test_a_file_that_does_not_appear_in_time_is_refused(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    del index.files[LINUX_WHEEL]
    outcome = run(main, capsys, "--timeout", "3", TAG)
    assert outcome.status == 1
    assert lines_of(outcome)[-8:] == [
        LINUX_WHEEL,
        "  file-on-index: the index does not show it",
        f"      {FILE_ON_INDEX.hint}",
        "notes",
        f"  the index shows no attestation for {LINUX_WHEEL}, {WINDOWS_WHEEL}",
        f"  not run here: {WINDOWS_WHEEL}: this machine (Linux on {platform.machine()}) does not run win_amd64",
        f"  not installed: {LINUX_WHEEL}, because of the finding above",
        f"verify: refused: 1 finding in 2 wheels of quiverdb 0.5.0 on {index.url}; none of the 2 wheels was run here",
    ]
    # pip has asked for it once.
    assert index.asked.count(PAGE) >= 3


def test_a_version_that_was_never_published_is_named_while_waiting(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.files.clear()
    outcome = run(main, capsys, "--timeout", "1", TAG)
    assert outcome.status == 1
    assert re.fullmatch(
        r"verify: waiting \(\d+ s of 1 s\): the index has no project quiverdb yet "
        r"\(press Ctrl-C if it was never published\)",
        outcome.output.splitlines()[0],
    )


def test_an_index_that_does_not_answer_cannot_be_judged(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.failing = 500
    assert error(capsys, TAG) == (
        f"the index {index.url} cannot be asked: it answers 500 Internal Server Error",
        "fix the network, or pip's index (pip config list)",
    )


def republish(published: ReleaseFolder, index: LoopbackIndex, **options: object) -> None:
    """Build the Linux wheel with a change that only users would notice, and publish it instead of both."""
    (published.dist / WINDOWS_WHEEL).unlink()
    make_wheel(published.dist, **options)  # type: ignore[arg-type]
    index.files.clear()
    index.add(published.dist / LINUX_WHEEL)


def test_a_library_that_cannot_be_loaded_is_refused(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    library = elf_library(needed=["libnot_there.so.1"])
    republish(published, index, change={LINUX_LIBRARY: library}, metadata=_metadata(""))
    ((check, where, message),) = findings(capsys, TAG)
    assert (check, where) == ("library-loaded", "quiverdb 0.5.0")
    assert message.startswith(f"none of the native libraries of quiverdb can be loaded: {LINUX_LIBRARY}: ")
    assert "libnot_there.so.1" in message


def test_a_library_that_is_not_loaded_by_the_import_must_be_loadable(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    published.replace("pyproject.toml", 'smoke-test = "tests/smoke.py"\n', "")
    republish(published, index, change={LINUX_LIBRARY: real_library()}, metadata=_metadata(""))
    outcome = run(main, capsys, "--json", TAG)
    assert outcome.status == 0, outcome.output
    assert notes(outcome)[-2:] == [
        f"loaded: lib/python3.{sys.version_info.minor}/site-packages/{LINUX_LIBRARY}",
        "no smoke test was run: [tool.release] has no smoke-test",
    ]


def test_a_package_that_cannot_be_imported_is_refused(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    republish(published, index, change={"quiverdb/__init__.py": "import not_there\n"}, metadata=_metadata(""))
    assert findings(capsys, TAG) == [
        ("library-loaded", "quiverdb 0.5.0", "ModuleNotFoundError: No module named 'not_there'")
    ]


def test_a_smoke_test_that_fails_is_refused_and_what_is_accepted_is_not(
    published: ReleaseFolder,
    index: LoopbackIndex,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change = {"quiverdb/__init__.py": LOADS, LINUX_LIBRARY: real_library()}
    republish(published, index, change=change, metadata=_metadata(""))
    index.files["quiverdb-0.5.0.tar.gz"] = Served(b"an sdist")
    published.replace("tests/smoke.py", '"0.5.0"', '"0.6.0"')
    # One of them accepts nothing here.
    lines = '"nothing-else-on-index:*.tar.gz" = "by hand"\n"installs-clean:*win*" = "judged on Windows"\n'
    published.replace(
        "pyproject.toml", "[tool.release.platforms.win", f"[tool.release.accept]\n{lines}[tool.release.platforms.win"
    )
    # The tag is the one that the workflow runs for.
    for name, value in {"REF_TYPE": "tag", "REF_NAME": TAG, "ACTIONS": "true", "STEP_SUMMARY": "summary.md"}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    outcome = run(main, capsys, "--timeout", "0")
    assert outcome.status == 1, outcome.output
    assert "  smoke-test: the apple is not red\n" in outcome.output
    assert "  nothing-else-on-index: is on the index, but was not built\n      by hand\n" in outcome.output
    summary = (published.root / "summary.md").read_text(encoding="utf-8")
    assert "the apple is not red" in summary
    assert hashlib.sha256((published.dist / LINUX_WHEEL).read_bytes()).hexdigest() in summary


def _metadata(requires: str) -> str:
    return METADATA.replace("Requires-Dist: cffi>=1.16\n", requires).format(name="quiverdb", version="0.5.0")


def test_a_dependency_that_cannot_be_installed_is_refused(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    change = {"quiverdb/__init__.py": f"import arrow_head\n{LOADS}", LINUX_LIBRARY: real_library()}
    republish(published, index, change=change, metadata=_metadata("Requires-Dist: arrow-head>=2\n"))
    ((check, where, message),) = findings(capsys, TAG)
    assert (check, where) == ("installs-clean", "quiverdb 0.5.0")
    assert message.startswith("pip cannot install it: ")
    assert "arrow-head>=2" in message


def test_a_runner_that_runs_no_wheel_of_the_release_cannot_judge_it(
    published: ReleaseFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (published.dist / LINUX_WHEEL).unlink()
    outcome = run(main, capsys, "--json", "--timeout", "0", TAG)
    assert (outcome.status, outcome.report["verdict"]) == (2, "cannot-judge"), outcome.output
    message, hint = outcome.report["error"], outcome.report["hint"]
    assert message.startswith("nothing was installed: this machine (Linux on ")
    assert message.endswith(") does not run win_amd64")
    assert hint == "verify on a machine of a released platform, with a Python that one of the wheels is for"
    # The findings are shown all the same.
    assert outcome.findings == [("nothing-else-on-index", LINUX_WHEEL, "is on the index, but was not built")]


def tried(release: ReleaseFolder) -> list[str]:
    """What is said of wheels that are not installed."""
    wheels = [read_wheel(path) for path in sorted(release.dist.iterdir())]
    return [result.message for result in verify._try(wheels, load_config(release.root), set(), [])]


@pytest.mark.parametrize("other", [machines.MACOS_ARM64, machines.LINUX_AARCH64, machines.LINUX_MUSL])
def test_a_machine_that_runs_no_wheel_must_not_be_their_runner(
    published: ReleaseFolder, monkeypatch: pytest.MonkeyPatch, other: Machine
) -> None:
    monkeypatch.setattr(machine, "here", lambda: other)
    assert tried(published) == [
        f"not run here: {LINUX_WHEEL}: this machine ({other}) does not run manylinux_2_28_x86_64",
        f"not run here: {WINDOWS_WHEEL}: this machine ({other}) does not run win_amd64",
    ]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(ReleaseError) as caught:
        tried(published)
    assert caught.value.message.startswith(
        f"nothing was installed: this machine ({other}) does not run manylinux_2_28_x86_64; "
    )


def test_a_rehearsed_job_runs_the_wheel_of_its_own_runner(
    published: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with rehearsed(published.root, system="Windows") as job:
        assert tried(published)[0] == (
            f"not run here: {LINUX_WHEEL}: it is not for the runner of the job (Windows on x86_64)"
        )
    why = f"this machine ({machine.here()}) does not run win_amd64"
    assert (remarks_in(job.folder, RAN), remarks_in(job.folder, NOT_RUN)) == ((), (why,))
    with rehearsed(published.root) as job:
        outcome = run(main, capsys, "--json", "--timeout", "0", TAG)
        assert outcome.report["subject"].endswith("; 1 of 2 wheels was run here")
    python = f"CPython {sys.version_info[0]}.{sys.version_info[1]}"
    assert remarks_in(job.folder, RAN) == (f"{LINUX_WHEEL} with {python}",)
    for system, processor in (("macOS", "aarch64"), ("Linux", "aarch64")):
        with rehearsed(published.root, system=system, machine=processor), pytest.raises(ReleaseError) as caught:
            tried(published)
        reason = f"it is not for the runner of the job ({system} on {processor})"
        assert caught.value.message == f"nothing was installed: {reason}"
    # An understudy is the last release's, which this release's smoke test need not accept.
    make_wheel(published.dist, change={f"{DIST_INFO}/UNDERSTUDY": "quiverdb-0.4.0.whl\n"}, metadata=_metadata(""))
    with rehearsed(published.root) as job:
        assert tried(published)[0].startswith(f"not run here: {LINUX_WHEEL}: it is an understudy")
    assert remarks_in(job.folder, NOT_RUN)[-1] == "it is an understudy, a wheel of the last release"


def test_wheels_that_no_runner_can_run_are_compared_and_noted(
    published: ReleaseFolder,
    index: LoopbackIndex,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = [f'[tool.release.platforms.{name}]\nrunner = "r"\nbuilds = ["cp312"]\n' for name in UNRUNNABLE]
    published.write("pyproject.toml", (published.root / "pyproject.toml").read_text() + "".join(tables))
    empty_dist(published)
    index.files.clear()
    wheels = [make_wheel(published.dist, tag=tag, metadata=_metadata("")) for tag in UNRUNNABLE.values()]
    for wheel in wheels:
        index.add(wheel)
    make_wheel(published.dist, tag=UNRUNNABLE["manylinux_ppc64le"], metadata=_metadata("Requires-Dist: tomli\n"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outcome = run(main, capsys, "--json", "--timeout", "0", TAG)
    differing = f"quiverdb-0.5.0-{UNRUNNABLE['manylinux_ppc64le']}.whl"
    assert (outcome.status, [finding[:2] for finding in outcome.findings]) == (1, [("same-bytes", differing)])
    machine = f"Linux on {platform.machine()}"
    assert notes(outcome) == [
        f"the index shows no attestation for {', '.join(sorted(wheel.name for wheel in wheels))}",
        *(
            f"not run here: {wheel.name}: this machine ({machine}) does not run {wheel.name[:-4].split('-')[-1]}"
            for wheel in sorted(wheels)
        ),
    ]


def test_another_wheel_that_pip_prefers_on_this_machine_is_refused(
    published: ReleaseFolder, index: LoopbackIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    here = f"cp3{sys.version_info.minor}"
    empty_dist(published)
    index.files.clear()
    ours = make_wheel(published.dist, tag="cp38-abi3-manylinux_2_28_x86_64", metadata=_metadata(""))
    tag = f"{here}-{here}-manylinux_2_28_x86_64"
    other = make_wheel(published.root / "other", tag=tag, metadata=_metadata(""))
    for wheel in (ours, other):
        index.add(wheel)
    installed, built = (hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in (other, ours))
    assert set(findings(capsys, TAG)) == {
        ("nothing-else-on-index", other.name, "is on the index, but was not built"),
        (
            "same-bytes",
            other.name,
            (
                f"pip installed {other.name} with SHA-256 {installed}, but the built file for this machine, which "
                f"passed the gate, is {ours.name} with SHA-256 {built}"
            ),
        ),
    }


def empty_dist(release: ReleaseFolder) -> None:
    for file in release.dist.iterdir():
        file.unlink()


def lose_dist(release: ReleaseFolder) -> None:
    empty_dist(release)
    release.dist.rmdir()


def damage(release: ReleaseFolder) -> None:
    (release.dist / LINUX_WHEEL).write_bytes(b"damaged")


def add_older(release: ReleaseFolder) -> None:
    make_wheel(release.dist, version="0.4.9")


def lose_smoke_test(release: ReleaseFolder) -> None:
    (release.root / "tests/smoke.py").unlink()


@pytest.mark.parametrize(
    ("break_it", "message", "hint"),
    [
        (
            empty_dist,
            "there is no wheel in dist to compare with",
            "download the wheels of the GitHub Release: gh release download v0.5.0 --dir dist",
        ),
        (lose_dist, "there is no folder dist", "build the wheels (nox -s wheels), or name their folder"),
        (
            damage,
            f"dist/{LINUX_WHEEL} cannot be compared: ",
            "nox -s check-dist explains the problem",
        ),
        (
            add_older,
            f"dist/{LINUX_WHEEL.replace('0.5.0', '0.4.9')} is not a wheel of quiverdb 0.5.0",
            "keep only this release's wheels in dist/",
        ),
        (
            lose_smoke_test,
            "smoke-test in [tool.release] of pyproject.toml names tests/smoke.py, which does not exist",
            "",
        ),
    ],
)
def test_a_release_that_cannot_be_compared_is_an_error(
    published: ReleaseFolder,
    capsys: pytest.CaptureFixture[str],
    break_it: Callable[[ReleaseFolder], None],
    message: str,
    hint: str,
) -> None:
    break_it(published)
    said, todo = error(capsys, TAG)
    assert said.startswith(message)
    assert todo == hint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["v0.6.0"], "the tag is v0.6.0, but bindings/python/pyproject.toml has version 0.5.0"),
        ([TAG, "--timeout", "soon"], "argument --timeout: invalid int value: 'soon'"),
        ([TAG, "--timeout", "-1"], "--timeout -1 is not between 0 and 86400 seconds"),
        ([TAG, "--timeout", f"{10**400}"], f"--timeout {10**400} is not between 0 and 86400 seconds"),
        ([TAG, "--repository", "quiver"], "'quiver' is not a repository on GitHub"),
    ],
)
def test_bad_arguments_cannot_be_judged(
    published: ReleaseFolder, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(main, capsys, *arguments).last_line == f"verify: cannot judge: {message}"
