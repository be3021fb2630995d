"""The native code of a Windows wheel finds its DLLs, and is linked safely."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.tags import parse_tag

import truewheel.checks.native_systems  # noqa: F401  importing it is what declares its checks
from tests.support.factories import LINUX_WHEEL, WINDOWS_LIBRARY, WINDOWS_TAG, ReleaseFolder, make_wheel
from tests.support.judging import messages
from tests.support.native_factories import pe_library
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.config import load_config
from truewheel.wheel.native.policies import windows_policy
from truewheel.wheel.reader import Wheel, read_wheel


def windows_wheel(folder: Path, library: bytes, tag: str = WINDOWS_TAG, **others: bytes) -> Wheel:
    """A Windows wheel with `library`, and with others named by their file names without `.dll`."""
    beside = {f"quiverdb.libs/{name}.dll": data for name, data in others.items()}
    code = {"quiverdb/_libs.py": b"os.add_dll_directory(libs)"}
    return read_wheel(make_wheel(folder, tag=tag, change={WINDOWS_LIBRARY: library, **beside, **code}))


@pytest.mark.parametrize(
    ("tag", "dlls"),
    [
        (
            WINDOWS_TAG,
            ["KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll", "msvcrt.dll", "d3d12.dll", "Windows.Data.Pdf.dll"],
        ),
        (WINDOWS_TAG, ["HELPER.dll"]),
        ("cp312-cp312-win_amd64", ["python312.dll", "VCRUNTIME140.dll", "vcruntime140_1.dll"]),
        ("cp310-abi3-win_amd64", ["python3.dll", "VCRUNTIME140.dll"]),
        ("pp311-pypy311_pp73-win_amd64", ["libpypy3.11-c.dll"]),
    ],
)
def test_needed_library_found_accepts_those_of_the_wheel_of_windows_and_of_python(
    tmp_path: Path, tag: str, dlls: list[str]
) -> None:
    wheel = windows_wheel(tmp_path, pe_library(imports=dlls, delayed=dlls), tag, helper=pe_library())
    assert messages(wheel_check, "needed-library-found", wheel) == []


@pytest.mark.parametrize(
    ("tag", "dll"),
    [
        (WINDOWS_TAG, "helper.dll"),
        (WINDOWS_TAG, "VCRUNTIME140.dll"),
        ("cp312-cp312-win_amd64", "MSVCP140.dll"),
        ("cp312-cp312-win_amd64", "libgcc_s_seh-1.dll"),
        ("cp312-cp312-win_amd64", "api-of-ours.dll"),
        ("pp311-pypy311_pp73-win_amd64", "vcruntime140_1.dll"),
        # Windows has DLLs of these names too, but no code is linked with them.
        (WINDOWS_TAG, "libcrypto.dll"),
        (WINDOWS_TAG, "container.dll"),
        ("cp312-cp312-win_amd64", "libpypy3.9-c.dll"),
    ],
)
def test_needed_library_found_refuses_a_missing_dll(tmp_path: Path, tag: str, dll: str) -> None:
    for library in (pe_library(imports=[dll]), pe_library(delayed=[dll])):
        wheel = windows_wheel(tmp_path, library, tag)
        assert messages(wheel_check, "needed-library-found", wheel) == [
            f"{WINDOWS_LIBRARY} needs {dll}, which is neither in the wheel nor part of Windows or Python"
        ]


def test_needed_library_found_refuses_dlls_of_python_for_a_program(tmp_path: Path) -> None:
    def judged(*dlls: str) -> list[str]:
        program = pe_library(dll=False, imports=["KERNEL32.dll", *dlls])
        wheel = windows_wheel(tmp_path, program, "cp312-cp312-win_amd64", helper=pe_library())
        return messages(wheel_check, "needed-library-found", wheel)

    nowhere = "neither in the wheel nor part of Windows, and a program does not find Python's DLLs"
    assert judged("VCRUNTIME140.dll", "helper.dll") == [f"{WINDOWS_LIBRARY} needs VCRUNTIME140.dll, which is {nowhere}"]
    # A program that embeds Python is next to Python's DLLs.
    assert judged("python312.dll", "VCRUNTIME140.dll") == []


def test_needed_library_found_refuses_dlls_that_delvewheel_would_bundle(tmp_path: Path) -> None:
    # Of what Windows 10 alone has (d3d12.dll, ucrtbase.dll), delvewheel would bundle copies for Windows 7.
    dlls = ["KERNEL32.dll", "VCRUNTIME140.dll", "python3.dll", "USER32.dll", "helper.dll", "msvcp140.dll", "oci.dll"]
    wheel = windows_wheel(tmp_path, pe_library(imports=dlls), "cp310-abi3-win_amd64")
    command = [sys.executable, "-m", "delvewheel", "show", "--analyze-existing", str(wheel.path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    bundled, _, present = shown.stdout.partition("assumed to be present")
    assert present, shown.stdout + shown.stderr
    (message,) = messages(wheel_check, "needed-library-found", wheel)
    ours = ["helper.dll", "msvcp140.dll", "oci.dll"]
    assert f"needs {', '.join(ours)}, which are neither in the wheel" in message
    for dll in dlls:
        assert (dll.lower() in bundled) == (dll in ours), shown.stdout


def test_needed_library_found_accepts_what_microsofts_runtime_loads_later(tmp_path: Path) -> None:
    runtime = pe_library(delayed=["vcruntime140_threads.dll"])
    wheel = windows_wheel(tmp_path, pe_library(), msvcp140=runtime, msvcp140_1a2b3c=runtime)
    assert messages(wheel_check, "needed-library-found", wheel) == []


def beside(folder: Path, place: str, source: str) -> list[str]:
    """Return what is said of a library that needs helper.dll, which is at `place`, next to this Python code."""
    change: dict[str, str | bytes | None] = {
        WINDOWS_LIBRARY: pe_library(imports=["helper.dll"]),
        place: pe_library(),
        "quiverdb/__init__.py": source,
    }
    return messages(wheel_check, "needed-library-found", read_wheel(make_wheel(folder, tag=WINDOWS_TAG, change=change)))


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("quiverdb/_libs/Helper.dll", ""),
        ("quiverdb-0.5.0.data/platlib/quiverdb/_libs/helper.dll", ""),
        ("quiverdb.libs/helper.dll", "os.add_dll_directory(libs)"),
        ("quiverdb/bin/helper.dll", "ctypes.WinDLL(path)"),
    ],
)
def test_needed_library_found_accepts_a_dll_next_to_it_or_code_that_may_load_it(
    tmp_path: Path, place: str, source: str
) -> None:
    assert beside(tmp_path, place, source) == []


def test_needed_library_found_refuses_a_dll_in_a_folder_that_no_code_adds(tmp_path: Path) -> None:
    assert beside(tmp_path, "quiverdb/bin/helper.dll", "import os") == [
        f"{WINDOWS_LIBRARY} needs helper.dll, which is quiverdb/bin/helper.dll, where Windows does not look"
    ]


def test_needed_symbols_found_accepts_those_that_are_exported(tmp_path: Path) -> None:
    library = pe_library(imports=["HELPER.dll", "KERNEL32.dll"], function="run")
    wheel = windows_wheel(tmp_path, library, helper=pe_library(exports=["run"]))
    assert messages(wheel_check, "needed-symbols-found", wheel) == []


def test_needed_symbols_found_refuses_one_that_is_not(tmp_path: Path) -> None:
    library = pe_library(imports=["helper.dll"], function="run")
    wheel = windows_wheel(tmp_path, library, helper=pe_library(exports=["ran"]))
    assert messages(wheel_check, "needed-symbols-found", wheel) == [
        f"{WINDOWS_LIBRARY} imports run from helper.dll, which does not export it"
    ]


@pytest.mark.parametrize("version", [(4, 0), (6, 0), (10, 0)])
def test_subsystem_released_accepts_versions_of_windows(tmp_path: Path, version: tuple[int, int]) -> None:
    wheel = windows_wheel(tmp_path, pe_library(subsystem=version))
    assert messages(wheel_check, "subsystem-released", wheel) == []


@pytest.mark.parametrize("version", [(10, 1), (11, 0)])
def test_subsystem_released_refuses_versions_that_do_not_exist(tmp_path: Path, version: tuple[int, int]) -> None:
    wheel = windows_wheel(tmp_path, pe_library(subsystem=version))
    assert messages(wheel_check, "subsystem-released", wheel) == [
        f"{WINDOWS_LIBRARY} needs Windows {version[0]}.{version[1]}; the newest is 10.0"
    ]


def test_only_the_tags_of_one_windows_have_a_policy() -> None:
    assert windows_policy(parse_tag("py3-none-win_amd64")) is not None
    assert windows_policy(parse_tag("py3-none-win_amd64.win32")) is None
    assert windows_policy(parse_tag("py3-none-any")) is None


@pytest.mark.parametrize(
    ("tag", "dll"),
    [
        ("cp312-cp312-win_amd64", "python312.dll"),
        ("cp313-cp313t-win_amd64", "python313t.dll"),
        ("cp310-abi3-win_amd64", "python3.dll"),
        ("cp312-cp312d-win_amd64", "python312_d.dll"),
        ("cp311-none-win_amd64", "python311.dll"),
        (WINDOWS_TAG, "python3.dll"),
    ],
)
def test_python_dll_matches_tag_accepts_the_python_of_the_tag(tmp_path: Path, tag: str, dll: str) -> None:
    wheel = windows_wheel(tmp_path, pe_library(imports=[dll]), tag)
    assert messages(wheel_check, "python-dll-matches-tag", wheel) == []


@pytest.mark.parametrize(
    ("tag", "dll", "abi"),
    [
        ("cp312-cp312-win_amd64", "python311.dll", "cp312"),
        ("cp313-cp313-win_amd64", "python313t.dll", "cp313"),
        ("cp312-cp312-win_amd64", "python312_d.dll", "cp312"),
        ("cp310-abi3-win_amd64", "python3_d.dll", "abi3"),
        ("cp310-abi3-win_amd64", "python310.dll", "abi3"),
        (WINDOWS_TAG, "python311.dll", "none"),
        ("cp312-none-win_amd64", "python311.dll", "none"),
    ],
)
def test_python_dll_matches_tag_refuses_another_python(tmp_path: Path, tag: str, dll: str, abi: str) -> None:
    for library in (pe_library(imports=[dll]), pe_library(delayed=[dll])):
        wheel = windows_wheel(tmp_path, library, tag)
        assert messages(wheel_check, "python-dll-matches-tag", wheel) == [
            f"{WINDOWS_LIBRARY} needs {dll}, but the wheel's ABI is {abi}"
        ]


@pytest.mark.parametrize("tag", [WINDOWS_TAG, "py3-none-win32", "py3-none-win_arm64"])
def test_aslr_and_dep_accepts_the_defaults_of_linkers(tmp_path: Path, tag: str) -> None:
    assert messages(wheel_check, "aslr-and-dep", read_wheel(make_wheel(tmp_path, tag=tag))) == []


@pytest.mark.parametrize(
    ("flags", "lacking"),
    [
        (0, "DYNAMIC_BASE, NX_COMPAT, HIGH_ENTROPY_VA"),
        (0x40, "NX_COMPAT, HIGH_ENTROPY_VA"),
        (0x160 & ~0x100, "NX_COMPAT"),
    ],
)
def test_aslr_and_dep_refuses_a_library_without(tmp_path: Path, flags: int, lacking: str) -> None:
    wheel = windows_wheel(tmp_path, pe_library(flags=flags))
    assert messages(wheel_check, "aslr-and-dep", wheel) == [f"{WINDOWS_LIBRARY} is linked without {lacking}"]


def pdb_messages(folder: Path, release: ReleaseFolder, pdb: str | None) -> list[str]:
    wheel = windows_wheel(folder / "dist", pe_library(pdb=pdb))
    return messages(release_wheel_check, "pdb-path-plain", ReleaseWheel(wheel, load_config(release.root)))


@pytest.mark.parametrize("pdb", [None, "quiver.pdb", ""])
def test_pdb_path_plain_accepts_a_name(tmp_path: Path, release: ReleaseFolder, pdb: str | None) -> None:
    assert pdb_messages(tmp_path, release, pdb) == []


@pytest.mark.parametrize("pdb", [r"C:\build\quiver.pdb", "/builds/quiver.pdb", r"build\quiver.pdb"])
def test_pdb_path_plain_notes_a_folder(tmp_path: Path, release: ReleaseFolder, pdb: str) -> None:
    assert pdb_messages(tmp_path, release, pdb) == [f"{WINDOWS_LIBRARY} names {pdb}"]


@pytest.mark.parametrize("check", ["needed-library-found", "python-dll-matches-tag", "aslr-and-dep"])
def test_libraries_of_linux_are_no_concern_of_these_checks(tmp_path: Path, check: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path))
    assert wheel.name == LINUX_WHEEL
    assert messages(wheel_check, check, wheel) == []
