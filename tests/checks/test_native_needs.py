"""Libraries that another project must provide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import LINUX_LIBRARY, LINUX_TAG, WINDOWS_LIBRARY, WINDOWS_TAG
from tests.support.native_factories import elf_library, macho_library, pe_library
from tests.support.wheel_judging import metadata, of_wheel

PINNED = metadata("Requires-Dist: torch==2.9.0", "Requires-Dist: not a requirement")
CASES = [
    (
        LINUX_TAG,
        LINUX_LIBRARY,
        elf_library(needed=["libtorch.so"]),
        "needed-library-found",
        "libtorch.so, which is not in the wheel, and manylinux_2_28_x86_64 does not promise it",
    ),
    (
        WINDOWS_TAG,
        WINDOWS_LIBRARY,
        pe_library(imports=["torch.dll"]),
        "needed-library-found",
        "torch.dll, which is neither in the wheel nor part of Windows or Python",
    ),
    (
        "py3-none-macosx_11_0_arm64",
        "quiverdb/libquiver.dylib",
        macho_library(needed=["@rpath/libtorch.dylib"]),
        "needed-library-found",
        "@rpath/libtorch.dylib, which is not in the wheel",
    ),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("requirement", ["torch>=2.9", "torch==2.9.*"])
def test_libraries_from_others_accepts_what_is_a_finding_without_a_pin(
    tmp_path: Path, case: tuple[str, str, bytes, str, str], requirement: str
) -> None:
    tag, member, library, check, what = case
    text = metadata(f"Requires-Dist: {requirement}")
    settings = {"tag": tag, "metadata": text, "change": {member: library}}
    assert of_wheel(tmp_path / "1", "libraries-from-others", **settings) == []
    assert of_wheel(tmp_path / "2", check, **settings) == [f"{member} needs {what}"]


@pytest.mark.parametrize("case", CASES)
def test_libraries_from_others_notes_what_a_pinned_project_may_bring(
    tmp_path: Path, case: tuple[str, str, bytes, str, str]
) -> None:
    tag, member, library, check, what = case
    settings = {"tag": tag, "metadata": PINNED, "change": {member: library}}
    assert of_wheel(tmp_path / "1", check, **settings) == []
    assert of_wheel(tmp_path / "2", "libraries-from-others", **settings) == [
        f"{member} needs {what}; Requires-Dist pins torch, which may provide it"
    ]


def test_a_bundled_library_that_no_path_leads_to_is_a_finding_all_the_same(tmp_path: Path) -> None:
    change = {LINUX_LIBRARY: elf_library(needed=["libz-1.so"]), "quiverdb.libs/libz-1.so": elf_library()}
    assert of_wheel(tmp_path, "needed-library-found", metadata=PINNED, change=change) == [
        f"{LINUX_LIBRARY} needs libz-1.so, which is quiverdb.libs/libz-1.so, but it has no RUNPATH"
    ]
