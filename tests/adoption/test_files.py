"""What init does about files that are there, and how it recognizes its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from truewheel.adoption.files import (
    Change,
    extended,
    extended_noxfile,
    extended_toml,
    mark_of,
    marked,
    settled,
)
from truewheel.errors import ReleaseError

FILE = Path("a.yml")
NOXFILE = Path("noxfile.py")
CHECK_DIST = '@nox.session(name="check-dist")\ndef check_dist(session): ...\n\n'
LOCK = "@nox.session\ndef lock(session): ...\n\n"
SESSIONS = f"{CHECK_DIST}\n{LOCK}".rstrip() + "\n"


def put(root: Path, text: str, file: Path = FILE) -> None:
    (root / file).write_bytes(text.encode())


def test_a_new_file_has_a_line_that_names_its_kind(tmp_path: Path) -> None:
    change = settled(tmp_path, FILE, "ci", "on: push\n", is_upgrade=False)
    assert change == Change(FILE, "new", marked("ci", "on: push\n"))
    assert mark_of(change.text or "") == "ci"


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    put(tmp_path, "theirs\n")
    assert settled(tmp_path, FILE, "ci", "x", is_upgrade=False) == Change(
        FILE, "already exists; truewheel init --workflow a.yml replaces it"
    )
    put(tmp_path, marked("ci", "ours\n"))
    assert (
        settled(tmp_path, FILE, "ci", "x", is_upgrade=False).what
        == "already exists; truewheel init --upgrade renews it"
    )


def test_what_nobody_has_edited_is_renewed_and_shown(tmp_path: Path) -> None:
    put(tmp_path, "above\n" + marked("ci", "one\ntwo\n"))
    change = settled(tmp_path, FILE, "ci", "one\nthree\n", is_upgrade=True)
    assert (change.what, change.text) == ("renewed", "above\n" + marked("ci", "one\nthree\n"))
    assert {"-two", "+three"} <= set(change.shown)
    assert settled(tmp_path, FILE, "ci", "one\ntwo\n", is_upgrade=True) == Change(FILE, "is up to date")


@pytest.mark.parametrize("text", ["one\ntwo, edited\n", "one\ntwo\nadded\n"])
def test_what_was_edited_stays_and_the_difference_is_shown(text: str, tmp_path: Path) -> None:
    put(tmp_path, marked("ci", "one\ntwo\n").replace("one\ntwo\n", text))
    change = settled(tmp_path, FILE, "ci", "one\nthree\n", is_upgrade=True)
    assert change.text is None
    assert change.what.startswith("was edited, so it is kept")
    assert "+three" in change.shown


def test_line_ends_of_a_windows_checkout_are_no_edit(tmp_path: Path) -> None:
    put(tmp_path, marked("ci", "one\ntwo\n").replace("\n", "\r\n"))
    change = settled(tmp_path, FILE, "ci", "one\nthree\n", is_upgrade=True)
    assert (change.what, change.text) == ("renewed", marked("ci", "one\nthree\n").replace("\n", "\r\n"))


def test_a_file_that_is_not_in_utf_8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes("# für mich\n".encode("latin-1"))
    with pytest.raises(ReleaseError, match="gitignore is not in UTF-8"):
        extended(tmp_path, Path(".gitignore"), "dist/\n")


def test_sessions_are_added_to_a_noxfile() -> None:
    old = "import nox\n\n\n@nox.session\ndef tests(session): ...\n"
    change = extended_noxfile(NOXFILE, old, "noxfile", SESSIONS)
    assert change == Change(NOXFILE, "sessions added at the end", f"{old}\n\n{marked('noxfile', SESSIONS)}")


def test_sessions_have_the_line_ends_of_the_noxfile() -> None:
    text = extended_noxfile(NOXFILE, "import nox\r\n", "noxfile", SESSIONS).text
    assert text == f"import nox\n\n\n{marked('noxfile', SESSIONS)}".replace("\n", "\r\n")


OWN = "has its own check_dist: rename or remove it, and run truewheel init again"


@pytest.mark.parametrize(
    ("old", "what", "shown"),
    [
        ("import nox\ndef check_dist(): ...\n", f"{OWN}; add what else is missing:", LOCK),
        (
            'import nox\n@nox.session(name="check-dist")\ndef x(s): ...\n',
            f"{OWN}; add what else is missing:".replace("_", "-"),
            LOCK,
        ),
        (f"import nox\n{LOCK}def check_dist(): ...\n", OWN, ""),
        (f"import nox\n{LOCK}", "has only some of the sessions: add these:", CHECK_DIST),
        ("from nox import session\n", "lacks `import nox`: add it, and these sessions:", CHECK_DIST + LOCK),
        ("def\n", "cannot be parsed: add these sessions to it:", CHECK_DIST + LOCK),
    ],
)
def test_sessions_that_cannot_be_added_are_shown(old: str, what: str, shown: str) -> None:
    change = extended_noxfile(NOXFILE, old, "noxfile", SESSIONS)
    assert change == Change(NOXFILE, what, None, tuple(shown.splitlines()), is_incomplete=True)


def test_sessions_that_were_added_by_hand_are_complete() -> None:
    old = f"import nox\n{LOCK}@nox.session\ndef mine(session): ...\n{CHECK_DIST}".replace("\n", "\r\n")
    assert extended_noxfile(NOXFILE, old, "noxfile", SESSIONS) == Change(NOXFILE, "has all sessions")


def test_a_table_is_added_to_pyproject_and_every_other_byte_stays(tmp_path: Path) -> None:
    table = '[tool.release]\npackage = "."\n'
    assert extended_toml(tmp_path, table) == Change(Path("pyproject.toml"), "new", table)
    put(tmp_path, "# mine\r\n[project]\r\nname = 'é'  # yes\r\n", Path("pyproject.toml"))
    text = extended_toml(tmp_path, table).text
    assert text == "# mine\r\n[project]\r\nname = 'é'  # yes\r\n\r\n[tool.release]\r\npackage = \".\"\r\n"


def test_a_table_that_cannot_be_added_is_shown(tmp_path: Path) -> None:
    put(tmp_path, "tool = {}\n", Path("pyproject.toml"))
    change = extended_toml(tmp_path, "[tool.release]\n")
    assert change == Change(
        Path("pyproject.toml"), "add these tables to it:", None, ("[tool.release]",), is_incomplete=True
    )


def test_a_line_is_added(tmp_path: Path) -> None:
    put(tmp_path, "build/\n", Path(".gitignore"))
    assert extended(tmp_path, Path(".gitignore"), "dist/\n").text == "build/\ndist/\n"
