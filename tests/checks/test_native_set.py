"""The native libraries of all platforms are the same release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.factories import LINUX_LIBRARY, LINUX_WHEEL, WINDOWS_LIBRARY, WINDOWS_TAG, WINDOWS_WHEEL, make_wheel
from tests.support.judging import messages
from tests.support.native_factories import elf_library, macho_library, pe_library
from tests.support.wheel_judging import of_set
from truewheel.checks.registers import ReleaseSources, source_check
from truewheel.wheel.reader import read_wheel


def wheels(folder: Path, linux: Sequence[str], windows: Sequence[str]) -> list[Path]:
    """Return two wheels whose libraries export these names."""
    return [
        make_wheel(folder, change={LINUX_LIBRARY: elf_library(exports=linux)}),
        make_wheel(folder, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: pe_library(exports=windows)}),
    ]


def exports_messages(paths: Sequence[Path], exports: tuple[str, ...] | None) -> list[str]:
    subject = ReleaseSources([read_wheel(path) for path in paths], {}, "bindings/python", exports)
    return messages(source_check, "exports-alike", subject)


@pytest.mark.parametrize(
    ("windows", "exports"),
    [(["quiver_open", "quiver_close", "DllMain"], ("quiver_*",)), (["quiver_open"], None), ([], ("other_*",))],
)
def test_exports_alike_accepts_the_same_functions_and_others_that_are_not_selected(
    tmp_path: Path, windows: list[str], exports: tuple[str, ...] | None
) -> None:
    assert exports_messages(wheels(tmp_path, ["quiver_open", "quiver_close"], windows), exports) == []


def test_exports_alike_refuses_a_platform_that_lacks_a_function(tmp_path: Path) -> None:
    paths = wheels(tmp_path, ["quiver_open", "quiver_sync"], ["quiver_open"])
    assert exports_messages(paths, ("quiver_*",)) == [f"quiver lacks quiver_sync, which it exports in {LINUX_WHEEL}"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("quiver.dll", ""),
        ("libquiver.dll", ""),
        ("quiver64.dll", "LIBRARY = 'quiver64.dll'"),
        ("quiver64.dll", "f'{QUIVER64}.dll'"),
    ],
)
def test_library_names_alike_accepts_one_name_and_names_that_the_code_contains(
    tmp_path: Path, name: str, source: str
) -> None:
    change = {WINDOWS_LIBRARY: None, f"quiverdb/_libs/{name}": pe_library(), "quiverdb/_load.py": source}
    paths = [make_wheel(tmp_path), make_wheel(tmp_path, tag=WINDOWS_TAG, change={**change})]
    assert [one for one in of_set("library-names-alike", *paths) if name in one] == []


def test_library_names_alike_accepts_bundled_libraries_and_modules(tmp_path: Path) -> None:
    change = {
        "quiverdb/helper.dll": pe_library(),
        "quiverdb/core.pyd": pe_library(imports=["helper.dll"], exports=["PyInit_core"]),
        "quiverdb.libs/z-1.dll": pe_library(),
    }
    paths = [make_wheel(tmp_path), make_wheel(tmp_path, tag=WINDOWS_TAG, change={**change})]
    assert of_set("library-names-alike", *paths) == []


def test_library_names_alike_refuses_a_name_that_no_code_contains(tmp_path: Path) -> None:
    change = {WINDOWS_LIBRARY: None, "quiverdb/_libs/quiver64.dll": pe_library(), "quiverdb/_load.py": "'quiver'"}
    linux = make_wheel(tmp_path, change={"quiverdb/_load.py": "'quiver'"})
    windows = make_wheel(tmp_path, tag=WINDOWS_TAG, change={**change})
    assert of_set("library-names-alike", linux, windows) == [
        f"quiverdb/_libs/quiver64.dll has another name in {LINUX_WHEEL}, and no Python file contains quiver64"
    ]


MAC = "py3-none-macosx_11_0_arm64"


@pytest.mark.parametrize(
    "library",
    [pe_library(), pe_library(version=(0, 5, 0, 7)), pe_library(version=(0, 0, 0, 0))],
)
def test_library_versions_current_accepts_the_version_of_the_release_or_none(tmp_path: Path, library: bytes) -> None:
    paths = [make_wheel(tmp_path), make_wheel(tmp_path, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: library})]
    assert of_set("library-versions-current", *paths) == []


def test_library_versions_current_accepts_versions_of_another_kind(tmp_path: Path) -> None:
    # Of the interface, as libtool counts it; and of somebody else's library.
    change = {LINUX_LIBRARY: None, "quiverdb/_libs/libquiver.so.6.2.0": elf_library()}
    mac = {LINUX_LIBRARY: None, "quiverdb/_libs/libquiver.6.dylib": macho_library(version=(6, 2, 0))}
    windows = {"quiverdb/SDL2.dll": pe_library(version=(2, 30, 1, 0))}
    paths = [
        make_wheel(tmp_path, change={**change}),
        make_wheel(tmp_path, tag=MAC, change={**mac}),
        make_wheel(tmp_path, tag=WINDOWS_TAG, change={**windows}),
    ]
    assert of_set("library-versions-current", *paths) == []


def test_library_versions_current_refuses_an_older_library(tmp_path: Path) -> None:
    windows = make_wheel(tmp_path, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: pe_library(version=(0, 4, 9, 0))})
    assert of_set("library-versions-current", windows) == [f"{WINDOWS_LIBRARY} is version 0.4.9"]
    linux = make_wheel(tmp_path, change={LINUX_LIBRARY: None, "quiverdb/_libs/libquiver.so.0.5.0": elf_library()})
    change = {LINUX_LIBRARY: None, "quiverdb/_libs/libquiver.0.dylib": macho_library(version=(0, 4, 9))}
    mac = make_wheel(tmp_path, tag=MAC, change={**change})
    assert of_set("library-versions-current", linux, mac) == ["quiverdb/_libs/libquiver.0.dylib is version 0.4.9"]
    assert windows.name == WINDOWS_WHEEL
