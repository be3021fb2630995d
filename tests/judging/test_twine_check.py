"""The verdicts of the real twine as findings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factories import LINUX_WHEEL, METADATA, WINDOWS_TAG, make_dist, make_wheel
from truewheel.errors import ReleaseError
from truewheel.findings import Finding
from truewheel.judging.twine_check import started_twine, twine_results

# twine is a process of its own, which needs half a second to start.
pytestmark = pytest.mark.once
PLAIN = METADATA.format(name="quiverdb", version="0.5.0")
UNTITLED = PLAIN.replace("text/markdown", "text/x-rst").replace("# quiverdb", "*broken")
FAKE = "import sys\nprint({output!r})\nsys.exit({status})\n"


def check(*wheels: Path) -> list[Finding]:
    with started_twine(wheels) as twine:
        return list(twine_results(twine, wheels))


def fake_twine(folder: Path, monkeypatch: pytest.MonkeyPatch, output: str, status: int) -> None:
    """Put a fake twine in front of the real one."""
    (folder / "twine.py").write_text(FAKE.format(output=output, status=status))
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_twine_check_accepts_sound_wheels(tmp_path: Path) -> None:
    # Longer than a terminal line, which twine would break.
    folder = make_dist(tmp_path / ("a folder with a long name " * 5).strip())
    assert check(*sorted(folder.iterdir())) == []


def test_twine_check_refuses_what_no_other_check_finds(tmp_path: Path) -> None:
    wheels = [make_wheel(tmp_path, metadata=UNTITLED), make_wheel(tmp_path, tag=WINDOWS_TAG)]
    (found,) = check(*wheels)
    assert (found.check, found.where) == ("twine-check", LINUX_WHEEL)
    assert found.message.startswith("twine refuses it: FAILED `long_description` has syntax errors in markup")
    assert found.message.endswith("line 1: Warning: Inline emphasis start-string without end-string.")
    with started_twine(wheels) as twine:
        assert list(twine_results(twine, wheels, {LINUX_WHEEL})) == []


def test_twine_check_refuses_wheels_that_it_cannot_read(tmp_path: Path) -> None:
    nameless = make_wheel(tmp_path, metadata=PLAIN.replace("Name: quiverdb\n", ""))
    (found,) = check(nameless, make_wheel(tmp_path, tag=WINDOWS_TAG))
    assert (found.check, found.where) == ("twine-check", LINUX_WHEEL)
    assert found.message.startswith("twine refuses it: ")
    assert found.message.endswith("Invalid distribution metadata: 'name' is a required field")


def test_twine_is_not_run_without_wheels() -> None:
    # It would pass.
    assert check() == []


@pytest.mark.parametrize(
    ("output", "status", "message"),
    [
        ("", 0, "twine check crashed with exit status 0: no reason given"),
        ("No module named twine", 1, "twine check crashed with exit status 1: No module named twine"),
        ("Checking FILE: PASSED", 3, "twine check crashed with exit status 3: Checking FILE: PASSED"),
        ("Checking FILE: FAILED", 0, "twine check crashed with exit status 0: Checking FILE: FAILED"),
        ("Checking another.whl: PASSED", 0, "twine check crashed with exit status 0: Checking another.whl: PASSED"),
    ],
)
def test_a_twine_that_contradicts_itself_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, status: int, message: str
) -> None:
    wheel = make_wheel(tmp_path)
    fake_twine(tmp_path, monkeypatch, output.replace("FILE", str(wheel)), status)
    with pytest.raises(ReleaseError) as caught:
        check(wheel)
    assert caught.value.message == message.replace("FILE", str(wheel))
    assert caught.value.hint == f"run it by itself: python -m twine check --strict {wheel}"


def test_the_command_of_the_hint_finds_the_same(tmp_path: Path) -> None:
    for metadata in (PLAIN, UNTITLED):
        wheel = make_wheel(tmp_path, metadata=metadata)
        command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel)]
        status = subprocess.run(command, capture_output=True, check=False).returncode
        assert status == len(check(wheel))


def test_twine_that_nobody_asks_is_ended(tmp_path: Path) -> None:
    with started_twine([make_wheel(tmp_path)]) as twine:
        pass
    assert twine is not None
    assert twine.returncode is not None
    with started_twine([]) as nothing:
        assert nothing is None
