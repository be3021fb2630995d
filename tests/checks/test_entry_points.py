"""entry_points.txt: the commands and plug-ins of a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.factories import DIST_INFO, ReleaseFolder
from tests.support.wheel_judging import of_release, of_wheel
from tests.support.work import assert_grows_linearly

CHECKS = ("entry-points-readable", "entry-point-objects", "script-names")
GOOD = """\
# commands
[console_scripts]
quiver = quiverdb.cli:main
quiver-2.1 = quiverdb.cli:Main.run [extra]

[gui_scripts]
quiver_gui=quiverdb.gui:main

[quiverdb.plugins]
any name : at all = quiverdb.plugins
"""


def judged(folder: Path, check: str, text: str | bytes) -> list[str]:
    return of_wheel(folder, check, change={f"{DIST_INFO}/entry_points.txt": text})


def test_entry_points_readable_accepts_groups_of_names_and_objects(tmp_path: Path) -> None:
    assert judged(tmp_path, CHECKS[0], GOOD) == []


def test_entry_point_objects_accepts_modules_and_attributes(tmp_path: Path) -> None:
    assert judged(tmp_path, CHECKS[1], GOOD) == []


def test_script_names_accepts_file_names(tmp_path: Path) -> None:
    assert judged(tmp_path, CHECKS[2], GOOD) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[a]\n\xff = b", "line 2 is not UTF-8: byte 0 is 0xff: '\\\\xff = b'"),
        ("a = b\n", "line 1 is before the first [group]: 'a = b'"),
        ("[a]\nb: c\n", "line 2 is not of the form name = object: 'b: c'"),
        ("[a]\n= c\n", "line 2 is not of the form name = object: '= c'"),
        ("[a]\nb = c\nb = d\n", "line 3 repeats a name of its group: 'b = d'"),
        ("[a]\n[b]\n[a]\n", "line 3 repeats a group: '[a]'"),
        ("[]\n", "line 1 is a group without a name: '[]'"),
    ],
)
def test_entry_points_readable_refuses_malformed_files(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert judged(tmp_path, CHECKS[0], text) == [message]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "a = not-a-module:main",
            "line 2: a in [console_scripts] is 'not-a-module:main', expected module or module:attribute",
        ),
        ("a = m:", "line 2: a in [console_scripts] is 'm:', expected module or module:attribute"),
        ("a = m:1x", "line 2: a in [console_scripts] is 'm:1x', expected module or module:attribute"),
        ("a =", "line 2: a in [console_scripts] is '', expected module or module:attribute"),
        (
            "a = m",
            "line 2: a in [console_scripts] is 'm', expected module:function, which a command calls",
        ),
    ],
)
def test_entry_point_objects_refuses_objects_that_cannot_be_imported(tmp_path: Path, line: str, message: str) -> None:
    assert judged(tmp_path, CHECKS[1], f"[console_scripts]\n{line}\n") == [message]


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("quiverdb/cli.py", "def main(): ..."),
        ("quiverdb/cli.py", "from quiverdb._cli import main"),
        ("quiverdb/cli.py", "import main.part"),
        ("quiverdb/cli.py", "try:\n    main = 1\nexcept OSError as error:\n    pass"),
        ("quiverdb/cli.py", "if 1:\n    pass\nelse:\n    (main, x), y = f()"),
        ("quiverdb/cli.py", "def load():\n    global main"),
        ("quiverdb/cli.py", "from elsewhere import *"),
        ("quiverdb/cli.py", "def __getattr__(name): ..."),
        ("quiverdb/cli.py", "globals().update(x)"),
        ("quiverdb/cli.py", "print 'for an older Python'"),
        ("quiverdb/cli/__init__.py", "class main: ..."),
        ("quiverdb/cli/main.py", ""),
        ("quiverdb/cli.abi3.so", ""),
        ("quiverdb/cli.cp312-win_amd64.pyd", ""),
        ("quiverdb-0.5.0.data/platlib/quiverdb/cli.py", "main = 1"),
    ],
)
def test_entry_points_present_accepts_objects_of_the_wheel(release: ReleaseFolder, member: str, content: str) -> None:
    text = "[console_scripts]\na = quiverdb.cli:main.run\n[plugins]\nb = elsewhere:x\nc = quiverdb._libs\n"
    change = {f"{DIST_INFO}/entry_points.txt": text, "quiverdb/cli/__init__.py": None, member: content}
    if member == "quiverdb/cli/main.py":
        change["quiverdb/cli/__init__.py"] = ""
    assert of_release(release, "entry-points-present", change=change) == []


def test_entry_points_present_refuses_a_command_that_cannot_run(release: ReleaseFolder) -> None:
    text = "[console_scripts]\nquiver = quiverdb.cli:main\n[gui_scripts]\nother = client:main\nodd = 1:x\n"
    change = {f"{DIST_INFO}/entry_points.txt": text, "quiverdb/cli.txt": "", "quiverdb/client.py": ""}
    assert of_release(release, "entry-points-present", change=change) == [
        "line 2: quiver in [console_scripts] calls quiverdb.cli, which is not in the wheel",
        "line 4: other in [gui_scripts] calls client, which is not in the wheel",
        "line 5: odd in [gui_scripts] calls 1, which is not in the wheel",
    ]


def test_entry_points_present_refuses_objects_that_their_modules_do_not_define(release: ReleaseFolder) -> None:
    text = "[console_scripts]\na = quiverdb.cli:main\nb = quiverdb._libs:x\n"
    text += "[plugins]\nc = quiverdb:Plugin\nd = quiverdb.gone\n"
    source = "def other():\n    def main(): ...\n\nclass Main:\n    main = 1\n"
    change = {f"{DIST_INFO}/entry_points.txt": text, "quiverdb/cli.py": source}
    assert of_release(release, "entry-points-present", change=change) == [
        "line 2: a in [console_scripts] calls main, which quiverdb/cli.py does not define",
        "line 3: b in [console_scripts] calls quiverdb._libs, which is not in the wheel",
        "line 5: c in [plugins] names Plugin, which quiverdb/__init__.py does not define",
        "line 6: d in [plugins] names quiverdb.gone, which is not in the wheel",
    ]


def test_script_names_refuses_odd_characters_and_the_same_name_again(tmp_path: Path) -> None:
    text = "[console_scripts]\na/b = m:f\nQuiver = m:f\n[gui_scripts]\nquiver = m:f\n"
    assert judged(tmp_path, CHECKS[2], text) == [
        "line 2: the command 'a/b' has other characters than letters, digits, _, - and .",
        "line 5: the command 'quiver' of [gui_scripts] would overwrite 'Quiver' of [console_scripts] on line 3",
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.one_of(st.binary(max_size=60), st.text("[]=:#;ab.\n\r \t\0", max_size=60).map(str.encode)))
def test_any_entry_points_are_judged_without_a_traceback(tmp_path: Path, text: bytes) -> None:
    for check in CHECKS:
        assert all(judged(tmp_path, check, text))


@pytest.mark.once
@pytest.mark.parametrize(("start", "repeated"), [("[a]\nb = ", "x "), ("[a]\n", "x"), ("[a]\n", "b=c\n")])
def test_long_entry_points_take_time_in_proportion_to_their_size(tmp_path: Path, start: str, repeated: str) -> None:
    def judge(size: int) -> None:
        for check in CHECKS:
            assert len(judged(tmp_path, check, start + repeated * (size // len(repeated)))) <= 21

    assert_grows_linearly(judge, 25_000)
