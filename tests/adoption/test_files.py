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
    renewed,
    substituted,
    withdrawn,
    written,
)

FILE = Path("a.yml")
NOXFILE = Path("noxfile.py")
SESSIONS = '@nox.session(name="check-dist")\ndef check_dist(session): ...\n'


def put(root: Path, text: str, file: Path = FILE) -> None:
    (root / file).write_bytes(text.encode())


def test_a_new_file_has_a_line_that_names_its_kind(tmp_path: Path) -> None:
    change = written(tmp_path, FILE, "ci", "on: push\n")
    assert change == Change(FILE, "new", marked("ci", "on: push\n"))
    assert mark_of(change.text or "") == "ci"


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    put(tmp_path, "theirs\n")
    assert written(tmp_path, FILE, "ci", "x") == Change(
        FILE, "is there already; truewheel init --workflow a.yml replaces it"
    )
    put(tmp_path, marked("ci", "ours\n"))
    assert written(tmp_path, FILE, "ci", "x").what == "is there already; truewheel init --upgrade renews it"


def test_what_nobody_has_edited_is_renewed_and_shown(tmp_path: Path) -> None:
    put(tmp_path, "above\n" + marked("ci", "one\ntwo\n"))
    change = renewed(tmp_path, FILE, "ci", "one\nthree\n")
    assert (change.what, change.text) == ("renewed", "above\n" + marked("ci", "one\nthree\n"))
    assert {"-two", "+three"} <= set(change.shown)
    assert renewed(tmp_path, FILE, "ci", "one\ntwo\n") == Change(FILE, "is up to date")


@pytest.mark.parametrize("text", ["one\ntwo, edited\n", "one\ntwo\nadded\n"])
def test_what_was_edited_stays_and_the_difference_is_shown(text: str, tmp_path: Path) -> None:
    put(tmp_path, marked("ci", "one\ntwo\n").replace("one\ntwo\n", text))
    change = renewed(tmp_path, FILE, "ci", "one\nthree\n")
    assert change.text is None
    assert change.what.startswith("was edited, so it stays as it is")
    assert "+three" in change.shown


def test_line_ends_of_a_windows_checkout_are_no_edit(tmp_path: Path) -> None:
    put(tmp_path, marked("ci", "one\ntwo\n").replace("\n", "\r\n"))
    assert renewed(tmp_path, FILE, "ci", "one\nthree\n").what == "renewed"


def test_a_workflow_is_removed_unless_it_was_edited(tmp_path: Path) -> None:
    put(tmp_path, marked("publish", "one\n"))
    assert withdrawn(tmp_path, FILE) == Change(FILE, "removed", "")
    for text in (marked("publish", "one\n") + "two\n", "theirs\n"):
        put(tmp_path, text)
        assert withdrawn(tmp_path, FILE).text is None


def test_sessions_are_added_to_a_noxfile() -> None:
    old = "import nox\n\n\n@nox.session\ndef tests(session): ...\n"
    change = extended_noxfile(NOXFILE, old, "noxfile", SESSIONS)
    assert change == Change(NOXFILE, "sessions added at its end", f"{old}\n\n{marked('noxfile', SESSIONS)}")


@pytest.mark.parametrize(
    ("old", "what"),
    [
        ("import nox\ndef check_dist(): ...\n", "has check_dist: rename them, and add these sessions to it:"),
        ('import nox\n@nox.session(name="check-dist")\ndef x(s): ...\n', "has check-dist: rename them, and add"),
        ("from nox import session\n", "lacks `import nox`: add these sessions to it:"),
        ("def\n", "cannot be parsed; add these sessions to it:"),
    ],
)
def test_sessions_that_cannot_be_added_are_shown(old: str, what: str) -> None:
    change = extended_noxfile(NOXFILE, old, "noxfile", SESSIONS)
    assert change.what.startswith(what)
    assert change.text is None
    assert change.shown == tuple(SESSIONS.splitlines())


def test_a_table_is_added_to_pyproject_and_every_other_byte_stays(tmp_path: Path) -> None:
    table = '[tool.release]\npackage = "."\n'
    assert extended_toml(tmp_path, table) == Change(Path("pyproject.toml"), "new", table)
    put(tmp_path, "# mine\r\n[project]\r\nname = 'é'  # yes\r\n", Path("pyproject.toml"))
    text = extended_toml(tmp_path, table).text
    assert text == "# mine\r\n[project]\r\nname = 'é'  # yes\r\n\r\n[tool.release]\r\npackage = \".\"\r\n"


def test_a_table_that_cannot_be_added_is_shown(tmp_path: Path) -> None:
    put(tmp_path, "tool = {}\n", Path("pyproject.toml"))
    change = extended_toml(tmp_path, "[tool.release]\n")
    assert change == Change(Path("pyproject.toml"), "add this to it:", shown=("[tool.release]",))


def test_a_line_is_added(tmp_path: Path) -> None:
    put(tmp_path, "build/\n", Path(".gitignore"))
    assert extended(tmp_path, Path(".gitignore"), "dist/\n").text == "build/\ndist/\n"


def test_a_value_is_replaced_where_it_is_there_once(tmp_path: Path) -> None:
    put(tmp_path, 'workflow = "a"\n')
    assert substituted(tmp_path, FILE, '"a"', '"b"').text == 'workflow = "b"\n'
    put(tmp_path, 'workflow = "a"\nother = "a"\n')
    assert substituted(tmp_path, FILE, '"a"', '"b"') == Change(FILE, 'write "b" instead of "a"')
