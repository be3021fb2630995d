"""Every .py file of a release is Python."""

from __future__ import annotations

import sys

import pytest

from tests.support.factories import ReleaseFolder
from tests.support.wheel_judging import metadata, of_release
from truewheel.checks.python_tags import oldest_python


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", "match 1:\n    case _: pass\n"),
        ("a.py", b"# coding: latin-1\nx = '\xe4'\n"),
        ("a.py", "'\\d'\n"),
        ("a.py", ""),
        ("a.py.in", "@x@ {{ y }}"),
        ("a.pyi", "def"),
        ("large.py", "(" * (3 << 20)),
    ],
)
def test_python_files_parse_accepts_python(release: ReleaseFolder, name: str, source: str | bytes) -> None:
    assert of_release(release, "python-files-parse", change={f"quiverdb/{name}": source}) == []


@pytest.mark.parametrize(
    ("source", "flaw"),
    [
        ("x = 1\n<<<<<<< HEAD\n", "line 2: invalid syntax"),
        ("print 'x'\n", "line 1: Missing parentheses in call to 'print'. Did you mean print(...)?"),
        ("try:\n    pass\nexcept* OSError:\n    pass\n", "Exception groups are only supported in Python 3.11"),
    ],
)
def test_python_files_parse_refuses_other_files(release: ReleaseFolder, source: str, flaw: str) -> None:
    if sys.version_info < (3, 11) and "except*" in source:
        pytest.skip("this Python does not know it either, and says so in other words")
    (message,) = of_release(release, "python-files-parse", change={"quiverdb/a.py": source})
    assert message.startswith("quiverdb/a.py is not Python 3.10: line ")
    assert flaw in message


@pytest.mark.parametrize("source", [b"x = '\xe4'\n", b"x\0", b"-" * 500_000 + b"1", b"# coding: nonsense\n"])
def test_python_files_parse_refuses_files_that_no_python_reads(release: ReleaseFolder, source: bytes) -> None:
    (message,) = of_release(release, "python-files-parse", change={"quiverdb/a.py": source})
    assert message.startswith("quiverdb/a.py is not Python 3.10: ")


def test_python_files_parse_knows_the_oldest_python(release: ReleaseFolder) -> None:
    source = {"quiverdb/a.py": "try:\n    pass\nexcept* OSError:\n    pass\n"}
    for specifiers in (">=3.11", ">=3.39"):
        text = metadata(f"Requires-Python: {specifiers}", without="Requires-Python")
        if sys.version_info >= (3, 11):
            assert of_release(release, "python-files-parse", metadata=text, change=source) == []


@pytest.mark.parametrize(
    ("requirement", "minor"), [(">=3.10", 10), ("==3.12.*", 12), ("<3", None), ("", None), ("nonsense", None)]
)
def test_the_oldest_python(requirement: str, minor: int | None) -> None:
    assert oldest_python(requirement) == minor


def test_python_files_parse_says_when_installers_cannot_read_the_archive(release: ReleaseFolder) -> None:
    def needs_version_19(data: bytes) -> bytes:
        """Write into every header that a program of version 19.0 is needed; nothing else is wrong with it."""
        changed = bytearray(data)
        for signature, offset in ((b"PK\3\4", 4), (b"PK\1\2", 6)):
            position = data.find(signature)
            while position >= 0:
                changed[position + offset] = 190
                position = data.find(signature, position + 1)
        return bytes(changed)

    assert of_release(release, "python-files-parse", edit=needs_version_19) == [
        "installers cannot read the archive: zip file version 19.0"
    ]
