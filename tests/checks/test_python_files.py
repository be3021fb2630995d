"""Every .py file of a release is Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, LINUX_TAG, ReleaseFolder, make_wheel
from tests.support.wheel_judging import metadata, of_release
from truewheel.checks.python_files import promised_pythons
from truewheel.wheel.reader import read_wheel


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
    ("source", "problem"),
    [
        ("x = 1\n<<<<<<< HEAD\n", "line 2: Expected a statement"),
        ("print 'x'\n", "line 1: Simple statements must be separated by newlines or semicolons"),
        (
            "try:\n    pass\nexcept* OSError:\n    pass\n",
            "line 3: Cannot use `except*` on Python 3.10 (syntax was added in Python 3.11)",
        ),
        (
            'x = f"{"a"}"\n',
            "line 1: Cannot reuse outer quote character in f-strings on Python 3.10 (syntax was added in Python 3.12)",
        ),
        ("return 1\n", "line 1: `return` statement outside of a function/method"),
    ],
)
def test_python_files_parse_refuses_other_files(release: ReleaseFolder, source: str, problem: str) -> None:
    assert of_release(release, "python-files-parse", change={"quiverdb/a.py": source}) == [
        f"quiverdb/a.py is not valid Python 3.10: {problem}"
    ]


@pytest.mark.parametrize("source", [b"x = '\xe4'\n", b"x\0", b"-" * 500_000 + b"1", b"# coding: nonsense\n"])
def test_python_files_parse_refuses_files_that_no_python_reads(release: ReleaseFolder, source: bytes) -> None:
    (message,) = of_release(release, "python-files-parse", change={"quiverdb/a.py": source})
    assert message.startswith("quiverdb/a.py is not valid Python 3.10: ")


def test_python_files_parse_knows_the_oldest_python(release: ReleaseFolder) -> None:
    source = {"quiverdb/a.py": "try:\n    pass\nexcept* OSError:\n    pass\n"}
    for specifiers in (">=3.11", ">=3.39"):
        text = metadata(f"Requires-Python: {specifiers}", without="Requires-Python")
        assert of_release(release, "python-files-parse", metadata=text, change=source) == []


@pytest.mark.parametrize(
    ("requirement", "tag", "expected"),
    [
        (">=3.10", LINUX_TAG, list(range(10, 40))),
        ("==3.12.*", LINUX_TAG, [12]),
        (">=3.10", "cp310-abi3-win_amd64", list(range(10, 40))),
        (">=3.10", "cp312-cp312-win_amd64", [12]),
        ("", "cp311.cp312-none-win_amd64", [11, 12]),
        (">=3.13", "cp312-cp312-win_amd64", list(range(13, 40))),
        ("", LINUX_TAG, [15]),
        ("<3", LINUX_TAG, [15]),
        ("nonsense", LINUX_TAG, [15]),
    ],
)
def test_the_promised_pythons(tmp_path: Path, requirement: str, tag: str, expected: list[int]) -> None:
    fields = [f"Requires-Python: {requirement}"] if requirement else []
    wheel = make_wheel(tmp_path, tag=tag, metadata=metadata(*fields, without="Requires-Python"))
    assert promised_pythons(read_wheel(wheel)) == expected


INIT = "quiverdb/__init__.py"


@pytest.mark.parametrize(
    "source",
    [
        "import json, tomllib_, graphlib",
        "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib",
        "import sys\nif sys.version_info >= (3, 11):\n    import tomllib",
        "def load():\n    import tomllib",
        "from . import tomllib",
        "from .tomllib import x",
    ],
)
def test_standard_modules_promised_accepts_what_every_promised_python_has(release: ReleaseFolder, source: str) -> None:
    # Nothing imports the other file, which is for newer Pythons.
    change = {INIT: source, "quiverdb/newer.py": "import tomllib"}
    assert of_release(release, "standard-modules-promised", change=change) == []


@pytest.mark.parametrize("project", ["legacy-cgi", "standard-cgi>=3 ; python_version >= '3.13'"])
def test_standard_modules_promised_accepts_backports(release: ReleaseFolder, project: str) -> None:
    text = metadata(f"Requires-Dist: {project}")
    assert of_release(release, "standard-modules-promised", metadata=text, change={INIT: "import cgi"}) == []


def test_standard_modules_promised_refuses_modules_that_are_too_new_or_gone(release: ReleaseFolder) -> None:
    change = {
        INIT: "from quiverdb.a import b\nimport tomllib",
        "quiverdb/a/__init__.py": "from ..c import x\nimport asyncore",
        "quiverdb/a/b.py": "import distutils.util",
        "quiverdb/c.py": "from cgi import escape as x",
    }
    found = of_release(release, "standard-modules-promised", change=change)
    assert sorted(found) == [
        "asyncore is not in Python 3.12, 3.13, 3.14, 3.15, but is imported on line 2 of quiverdb/a/__init__.py",
        "cgi is not in Python 3.13, 3.14, 3.15, but is imported on line 1 of quiverdb/c.py",
        "distutils is not in Python 3.12, 3.13, 3.14, 3.15, but is imported on line 1 of quiverdb/a/b.py",
        "tomllib is not in Python 3.10, but is imported on line 2 of quiverdb/__init__.py",
    ]


def test_standard_modules_promised_refuses_in_a_command_what_the_only_python_lacks(release: ReleaseFolder) -> None:
    change = {f"{DIST_INFO}/entry_points.txt": "[console_scripts]\na = quiverdb.cli:x", "quiverdb/cli.py": "import imp"}
    assert of_release(release, "standard-modules-promised", tag="cp313-cp313-win_amd64", change=change) == [
        "imp is not in Python 3.13, but is imported on line 1 of quiverdb/cli.py"
    ]
    assert of_release(release, "standard-modules-promised", tag="cp311-cp311-win_amd64", change=change) == []


@pytest.mark.parametrize(
    "change",
    [
        {INIT: "from ._core import x\nimport quiverdb._core, quiverdb.sub.part", "quiverdb/_core.abi3.so": ""},
        {INIT: "from . import sub, __version__\n__version__ = 1\nfrom .sub import part, defined"},
        {INIT: "from .sub import *\nfrom other import x\nimport elsewhere.x"},
        {INIT: "try:\n    from . import gone\nexcept ImportError:\n    pass"},
        {INIT: "", "quiverdb/unused.py": "from . import gone"},
        {INIT: "from .sub.part import up", "quiverdb/sub/part.py": "from .. import sub as up\nfrom ...top import x"},
        {INIT: "from .ns import part", "quiverdb/ns/part.py": ""},
        {INIT: "import quiverdb._core.inner", "quiverdb/_core.abi3.so": ""},
        {INIT: None, "quiverdb/core.py": "from quiverdb import other_project"},
    ],
)
def test_own_imports_present_accepts_what_is_in_the_wheel(release: ReleaseFolder, change: dict[str, str]) -> None:
    parts = {"quiverdb/sub/__init__.py": "defined = 1", "quiverdb/sub/part.py": "", "top.py": "x = 1"}
    assert of_release(release, "own-imports-present", change=parts | change) == []


def test_own_imports_present_refuses_what_was_left_out(release: ReleaseFolder) -> None:
    change = {
        INIT: "from quiverdb._native import open_store\nfrom .sub import gone, part\nimport quiverdb.lost.part",
        "quiverdb/sub/__init__.py": "",
        "quiverdb/sub/part.py": "from .. import _native\nfrom ..sub.away import x",
    }
    first = "on line 1 of quiverdb/__init__.py, on line 1 of quiverdb/sub/part.py"
    assert sorted(of_release(release, "own-imports-present", change=change)) == [
        f"quiverdb._native is not in the wheel, but is imported {first}",
        "quiverdb.lost.part is not in the wheel, but is imported on line 3 of quiverdb/__init__.py",
        "quiverdb.sub.away is not in the wheel, but is imported on line 2 of quiverdb/sub/part.py",
        "quiverdb.sub.gone is not in the wheel, but is imported on line 2 of quiverdb/__init__.py",
    ]
