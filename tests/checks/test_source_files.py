"""The Python files of a release's wheels against those that git tracks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, WINDOWS_TAG, ReleaseFolder, make_wheel
from tests.support.judging import findings
from tests.support.native_factories import elf_library
from tests.support.wheel_judging import metadata
from truewheel.checks.registers import ReleaseSources, source_check
from truewheel.system import git
from truewheel.wheel.reader import Wheel, read_wheel

SOURCE = "bindings/python/src/quiverdb"
INIT = "quiverdb/__init__.py"
CODE = b'"""A store."""\n'
TRACKED = {f"{SOURCE}/__init__.py": CODE}
Change = dict[str, str | bytes | None]


def wheels(folder: Path, *changes: Change) -> list[Wheel]:
    """Wheels for Linux and Windows, with these changes; the second has those of the first, unless it has its own."""
    tags = ("py3-none-manylinux_2_28_x86_64", WINDOWS_TAG)
    both = [*changes, *changes][:2] or [{}, {}]
    return [read_wheel(make_wheel(folder, tag=tag, change=change)) for tag, change in zip(tags, both, strict=True)]


def judged(
    check: str, judged_wheels: list[Wheel], tracked: dict[str, bytes], **project: object
) -> list[tuple[str, str]]:
    """The place and the message of each problem."""
    subject = ReleaseSources(judged_wheels, tracked, "bindings/python", project=project)
    return [(found.where, found.message) for found in findings(source_check, check, subject)]


@pytest.mark.parametrize(
    ("change", "tracked"),
    [
        ({}, {}),
        ({INIT: CODE.replace(b"\n", b"\r\n")}, {}),
        ({}, {"other/quiverdb/__init__.py": b"another of this name, elsewhere"}),
        ({"quiverdb/sub/a.py": "x"}, {"one/quiverdb/sub/a.py": b"either", "two/quiverdb/sub/a.py": b"or"}),
        ({"quiverdb/_version.py": "0.5.0"}, {f"{SOURCE}/_version.py": b"filled in by the build"}),
        ({"quiverdb/a.py": "b/a.py is another file"}, {f"{SOURCE}b/a.py": b""}),
        ({"quiverdb-0.5.0.data/platlib/quiverdb/a.py": "x"}, {f"{SOURCE}/a.py": b"x"}),
    ],
)
def test_sources_match_git_accepts_the_tracked_files(tmp_path: Path, change: Change, tracked: dict[str, bytes]) -> None:
    assert judged("sources-match-git", wheels(tmp_path, change), TRACKED | tracked) == []


def test_sources_match_git_accepts_what_delvewheel_patches(tmp_path: Path) -> None:
    change: Change = {INIT: "patched", "quiverdb-0.5.0.dist-info/DELVEWHEEL": ""}
    assert judged("sources-match-git", wheels(tmp_path, change), TRACKED) == []


def test_sources_match_git_refuses_other_contents(tmp_path: Path) -> None:
    tracked = {**TRACKED, f"{SOURCE}/a.pyi": b"a"}
    change: Change = {INIT: "print()", "quiverdb/a.pyi": "b"}
    both = wheels(tmp_path, change)
    assert judged("sources-match-git", both, tracked) == [
        ("(the subject)", "quiverdb/__init__.py, quiverdb/a.pyi differ from git")
    ]
    _, windows = wheels(tmp_path, {}, {INIT: "print()"})
    assert judged("sources-match-git", [both[0], windows], TRACKED | {f"{SOURCE}/a.pyi": b"b"}) == [
        ("(the subject)", "quiverdb/__init__.py differs from git")
    ]
    assert judged("sources-match-git", wheels(tmp_path, {}, {INIT: "print()"}), TRACKED) == [
        (windows.name, "quiverdb/__init__.py differs from git")
    ]


def test_tracked_modules_present_accepts_what_is_in_one_wheel_or_not_for_users(tmp_path: Path) -> None:
    changes: list[Change] = [{"quiverdb/_linux.py": ""}, {"quiverdb/_fast.pyd": "", "quiverdb/sub/__init__.py": ""}]
    shipped = ("_linux.py", "_fast.py", "sub/__init__.py", "_build.py", "tests/a.py", "sub/test_b.py", "conftest.py")
    tracked = {f"{SOURCE}/{name}": b"" for name in shipped} | {"setup.py": b"", "bindings/python/other/x.py": b""}
    assert judged("tracked-modules-present", wheels(tmp_path, *changes), TRACKED | tracked) == []


@pytest.mark.parametrize("folder", ["", "src/", "bindings/python/src/"])
def test_tracked_modules_present_refuses_a_module_that_was_left_out(tmp_path: Path, folder: str) -> None:
    tracked = {f"{folder}quiverdb/{name}": b"" for name in ("__init__.py", "cli.py", "sub/a.py", "data.txt")}
    assert judged("tracked-modules-present", wheels(tmp_path), tracked) == [
        ("(the subject)", f"{folder}quiverdb/cli.py is in no wheel"),
        ("(the subject)", f"{folder}quiverdb/sub/a.py is in no wheel"),
    ]


def test_sources_tracked_accepts_tracked_and_generated_files(tmp_path: Path) -> None:
    change: Change = {
        "quiverdb/_version.py": "",
        "quiverdb-0.5.0.data/scripts/run.sh": "",
        "quiverdb/a.txt": "",
        "quiverdb-0.5.0.data/scripts/quiver": elf_library(kind=2),
    }
    assert judged("sources-tracked", wheels(tmp_path, change), TRACKED | {"tools/run.sh": b""}) == []


def test_sources_tracked_notes_files_that_only_the_wheel_has(tmp_path: Path) -> None:
    change: Change = {
        "quiverdb/left_over.py": "",
        "quiverdb/old.pyi": "",
        "quiverdb-0.5.0.data/data/share/quiver.conf": "",
        "quiverdb-0.5.0.data/scripts/run.sh": "",
    }
    message = (
        "git does not track quiverdb/left_over.py, quiverdb/old.pyi, quiverdb-0.5.0.data/data/share/quiver.conf, "
        "quiverdb-0.5.0.data/scripts/run.sh"
    )
    assert judged("sources-tracked", wheels(tmp_path, change), TRACKED) == [("(the subject)", message)]


HEADER = {f"{SOURCE}/include/quiver.h": b"int quiver_open(void);"}


@pytest.mark.parametrize(
    "changes",
    [
        [{"quiverdb/include/quiver.h": "int"}],
        [{"quiverdb/include/other.h": ""}, {}],
        [{"quiverdb/linux/a.h": "", "quiverdb/run.bat": ""}, {}],
        [{"quiverdb-0.5.0.data/purelib/quiverdb/include/quiver.h": ""}, {"quiverdb/include/quiver.h": ""}],
    ],
)
def test_data_files_alike_accepts_the_same_files_and_those_of_a_platform(tmp_path: Path, changes: list[Change]) -> None:
    tracked = HEADER | {f"{SOURCE}/linux/a.h": b"", f"{SOURCE}/run.bat": b""}
    assert judged("data-files-alike", wheels(tmp_path, *changes), TRACKED | tracked) == []


def test_data_files_alike_refuses_a_file_that_one_platform_lacks(tmp_path: Path) -> None:
    linux, windows = wheels(tmp_path, {"quiverdb/include/quiver.h": "int"}, {})
    assert judged("data-files-alike", [linux, windows], HEADER) == [
        (windows.name, f"lacks quiverdb/include/quiver.h, which git tracks and {linux.name} has")
    ]


README = {"bindings/python/README.md": b"# quiverdb\r\n\r\nA store.  \n"}


@pytest.mark.parametrize("readme", ["README.md", {"file": "README.md", "content-type": "text/markdown"}, None])
def test_description_matches_git_accepts_the_tracked_readme(tmp_path: Path, readme: object) -> None:
    body = "# quiverdb\n\nA store.\n" if readme else "made by the backend"
    change: Change = {f"{DIST_INFO}/METADATA": metadata().partition("\n\n")[0] + f"\n\n{body}"}
    assert judged("description-matches-git", wheels(tmp_path, change), README, readme=readme) == []


def test_description_matches_git_leaves_what_other_checks_report(tmp_path: Path) -> None:
    header = metadata().partition("\n\n")[0]
    empty: Change = {f"{DIST_INFO}/METADATA": header + "\n"}
    other: Change = {f"{DIST_INFO}/METADATA": header + "\n\nanother"}
    assert judged("description-matches-git", wheels(tmp_path, empty), README, readme="README.md") == []
    assert judged("description-matches-git", wheels(tmp_path, {}, other), README, readme="README.md") == []


def test_description_matches_git_refuses_another_text(tmp_path: Path) -> None:
    assert judged("description-matches-git", wheels(tmp_path), README, readme="README.md") == [
        ("(the subject)", "the description in METADATA is not that of bindings/python/README.md")
    ]


LICENSES = {"bindings/python/LICENSE": b"MIT", "bindings/python/vendor/a/COPYING": b"GPL", "LICENSE": b"MIT"}


def licensed(*files: str) -> Change:
    return {f"{DIST_INFO}/METADATA": metadata(*(f"License-File: {file}" for file in files), without="License-File")}


@pytest.mark.parametrize(
    ("patterns", "files"),
    [
        (["LICEN[CS]E*"], ["LICENSE"]),
        (["LICENSE", "vendor/**/COPYING"], ["LICENSE", "vendor/a/COPYING"]),
        (["*", "vendor/?/COPY-ING"], ["LICENSE"]),
        ([], []),
    ],
)
def test_license_files_selected_accepts_all_that_the_patterns_select(
    tmp_path: Path, patterns: list[str], files: list[str]
) -> None:
    both = wheels(tmp_path, licensed(*files))
    assert judged("license-files-selected", both, LICENSES, **{"license-files": patterns}) == []


def test_license_files_selected_refuses_one_that_is_missing(tmp_path: Path) -> None:
    both = wheels(tmp_path, licensed("LICENSE"))
    assert judged("license-files-selected", both, LICENSES, **{"license-files": ["LICENSE", "vendor/**/COPYING"]}) == [
        ("(the subject)", "METADATA lacks the License-File vendor/a/COPYING")
    ]


def test_git_lists_the_tracked_files(release: ReleaseFolder) -> None:
    release.write("a/b.py", b"x\r\n")
    release.write("a/gone.py", b"")
    release.write("a/b.txt", b"x")
    release.commit()
    release.write("a/new.py", b"")
    (release.root / "a" / "gone.py").unlink()
    found = git.tracked(release.root)
    assert {"a/b.py", "a/b.txt", "noxfile.py"} <= {*found}
    assert {"a/gone.py", "a/new.py"}.isdisjoint(found)
