"""The verdicts of the real twine as findings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factories import LINUX_WHEEL, METADATA, WINDOWS_TAG, WINDOWS_WHEEL, make_dist, make_wheel
from truewheel.errors import ReleaseError
from truewheel.findings import Finding, Note
from truewheel.judging.twine_check import DESCRIPTION_RENDERS, started_twine, twine_results

# twine is a process of its own, which needs half a second to start.
pytestmark = pytest.mark.once
PLAIN = METADATA.format(name="quiverdb", version="0.5.0")
UNTITLED = PLAIN.replace("text/markdown", "text/x-rst").replace("# quiverdb", "*broken")
FAKE = "import sys\nprint({output!r})\nsys.exit({status})\n"


def check(*wheels: Path) -> list[Finding | Note]:
    return list(twine_results(wheels))


def fake_twine(folder: Path, monkeypatch: pytest.MonkeyPatch, output: str, status: int) -> None:
    """Put a fake twine in front of the real one."""
    (folder / "twine.py").write_text(FAKE.format(output=output, status=status))
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_twine_check_accepts_sound_wheels(tmp_path: Path) -> None:
    # Longer than a terminal line, which twine would break.
    folder = make_dist(tmp_path / ("a folder with a long name " * 5).strip())
    assert check(*sorted(folder.iterdir())) == []


def test_description_renders_accepts_markdown(tmp_path: Path) -> None:
    assert check(make_wheel(tmp_path)) == []


def test_description_renders_refuses_broken_markup(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, metadata=UNTITLED)
    good = make_wheel(tmp_path, tag=WINDOWS_TAG)
    assert check(wheel, good) == [
        Finding(
            "description-renders",
            LINUX_WHEEL,
            "the description does not render: line 1: Warning: Inline emphasis start-string without end-string.",
            DESCRIPTION_RENDERS.hint,
        )
    ]


def test_twine_check_refuses_a_description_without_a_content_type(tmp_path: Path) -> None:
    metadata = PLAIN.replace("Description-Content-Type: text/markdown\n", "")
    assert [(type(found), found.check, found.message) for found in check(make_wheel(tmp_path, metadata=metadata))] == [
        (
            Finding,
            "twine-check",
            "METADATA has no Description-Content-Type, so PyPI takes the description for reStructuredText",
        )
    ]


def test_description_present_accepts_one(tmp_path: Path) -> None:
    assert check(make_wheel(tmp_path, metadata=PLAIN)) == []


@pytest.mark.parametrize("field", ["Description-Content-Type: text/markdown\n", ""])
def test_description_present_notes_a_wheel_without(tmp_path: Path, field: str) -> None:
    metadata = PLAIN.replace("Description-Content-Type: text/markdown\n", field).partition("\n\n")[0] + "\n"
    wheels = [make_wheel(tmp_path, metadata=metadata), make_wheel(tmp_path, tag=WINDOWS_TAG, metadata=metadata)]
    assert [(type(found), found.check, found.message) for found in check(*wheels)] == [
        (Note, "description-present", "METADATA has no description")
    ] * 2


def test_twine_check_refuses_unreadable_wheels_and_goes_on_after_them(tmp_path: Path) -> None:
    nameless = make_wheel(tmp_path, metadata=PLAIN.replace("Name: quiverdb\n", ""))
    versionless = make_wheel(tmp_path, tag="py3-none-win32", metadata=PLAIN.replace("Version: 2.4", "Version: x"))
    last = make_wheel(tmp_path, tag=WINDOWS_TAG, metadata=UNTITLED)
    found = check(nameless, versionless, last)
    assert [(finding.check, finding.where) for finding in found] == [
        ("twine-check", nameless.name),
        ("twine-check", versionless.name),
        ("description-renders", WINDOWS_WHEEL),
    ]
    assert found[0].message == ("twine cannot read it: Invalid distribution metadata: 'name' is a required field")
    assert found[1].message.startswith("twine cannot read it: ")
    assert "'x'" in found[1].message
    assert found[2].message.startswith("the description does not render: ")


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


def test_a_failure_without_a_reason_is_still_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = make_wheel(tmp_path)
    fake_twine(tmp_path, monkeypatch, f"Checking {wheel}: FAILED", 1)
    assert [finding.message for finding in check(wheel)] == ["the description does not render: no reason given"]


def test_the_command_of_the_hint_finds_the_same(tmp_path: Path) -> None:
    for metadata in (PLAIN, UNTITLED):
        wheel = make_wheel(tmp_path, metadata=metadata)
        command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel)]
        status = subprocess.run(command, capture_output=True, check=False).returncode
        assert status == len(check(wheel))


def test_twine_that_was_started_before_gives_the_same_verdict(tmp_path: Path) -> None:
    wheels = [make_wheel(tmp_path), make_wheel(tmp_path, metadata="nothing", tag=WINDOWS_TAG)]
    with started_twine(wheels) as twine:
        assert list(twine_results(wheels, twine)) == list(twine_results(wheels))
        assert twine is not None
        assert twine.returncode == 1


def test_twine_that_nobody_asks_is_ended(tmp_path: Path) -> None:
    with started_twine([make_wheel(tmp_path)]) as twine:
        pass
    assert twine is not None
    assert twine.returncode is not None
    with started_twine([]) as nothing:
        assert nothing is None
