"""There is native code, it is for the platform of the tag, and it exports only its API."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import truewheel.checks.native  # noqa: F401  importing it is what declares its checks
from tests.support.factories import LINUX_LIBRARY, WINDOWS_LIBRARY, WINDOWS_TAG, ReleaseFolder, make_wheel
from tests.support.judging import messages
from tests.support.native_factories import elf_library, macho_library, pe_library, universal_library
from tests.support.wheel_judging import of_wheel
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.config import load_config
from truewheel.wheel.reader import read_wheel


@pytest.mark.parametrize(
    "tag",
    [
        "py3-none-manylinux_2_28_x86_64",
        "py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64",
        "py3-none-manylinux1_i686",
        "py3-none-musllinux_1_2_x86_64",
        "py3-none-win_amd64",
        "py3-none-win_arm64",
        "py3-none-win32",
    ],
)
def test_native_platform_accepts_the_library_of_the_tag(tmp_path: Path, tag: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path, tag=tag))
    assert len(wheel.libraries) == 1
    assert messages(wheel_check, "native-platform", wheel) == []


@pytest.mark.parametrize(
    ("library", "found"),
    [
        (elf_library("aarch64"), "ELF for aarch64"),
        (elf_library("x86"), "ELF for x86"),
        (pe_library(), "PE for x86_64"),
        (b"\xcf\xfa\xed\xfe\7\0\0\1\0\0\0\0\6" + bytes(60), "Mach-O for x86_64"),
    ],
)
def test_native_platform_refuses_another_machine_and_another_format(tmp_path: Path, library: bytes, found: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={LINUX_LIBRARY: library}))
    assert messages(wheel_check, "native-platform", wheel) == [
        f"{LINUX_LIBRARY} is {found}; the tag manylinux_2_28_x86_64 needs ELF for x86_64"
    ]


def test_native_platform_refuses_a_library_for_32_bits(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: pe_library("x86")}))
    assert messages(wheel_check, "native-platform", wheel) == [
        f"{WINDOWS_LIBRARY} is PE for x86; the tag win_amd64 needs PE for x86_64"
    ]


def test_native_platform_refuses_one_wrong_library_among_right_ones(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={"quiverdb/extra.bin": elf_library("aarch64")}))
    assert messages(wheel_check, "native-platform", wheel) == [
        "quiverdb/extra.bin is ELF for aarch64; the tag manylinux_2_28_x86_64 needs ELF for x86_64"
    ]


def test_native_platform_refuses_tags_without_a_known_platform(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, tag="py3-none-any"))
    assert messages(wheel_check, "native-platform", wheel) == [
        "the platform tag any does not name a platform whose native code can be checked"
    ]


def test_native_platform_accepts_a_set_for_several_systems_in_a_pure_wheel(tmp_path: Path) -> None:
    change = {LINUX_LIBRARY: elf_library(), WINDOWS_LIBRARY: pe_library()}
    wheel = read_wheel(make_wheel(tmp_path, tag="py3-none-any", change=change))
    assert messages(wheel_check, "native-platform", wheel) == []


def test_native_platform_accepts_launchers_in_a_pure_wheel(tmp_path: Path) -> None:
    change = {"quiverdb/_libs/quiver.dll": None, LINUX_LIBRARY: pe_library("aarch64", dll=False)}
    wheel = read_wheel(make_wheel(tmp_path, tag="py3-none-any", change=change))
    assert messages(wheel_check, "native-platform", wheel) == []


def test_native_platform_accepts_a_set_for_several_machines(tmp_path: Path) -> None:
    change = {"quiverdb/_libs/attach_x86.dll": pe_library("x86"), "quiverdb/asm.o": elf_library("aarch64", kind=1)}
    wheel = read_wheel(make_wheel(tmp_path, change=change))
    assert messages(wheel_check, "native-platform", wheel) == []


def test_native_platform_refuses_a_loaded_library_of_a_set_for_several_machines(tmp_path: Path) -> None:
    change = {
        "quiverdb/_libs/core.so": elf_library("x86", exports=["PyInit_core"]),
        "quiverdb/_libs/libhelper.so": elf_library("aarch64"),
        LINUX_LIBRARY: elf_library(needed=["libhelper.so"]),
    }
    wheel = read_wheel(make_wheel(tmp_path, change=change))
    assert messages(wheel_check, "native-platform", wheel) == [
        "quiverdb/_libs/core.so is ELF for x86; the tag manylinux_2_28_x86_64 needs ELF for x86_64",
        "quiverdb/_libs/libhelper.so is ELF for aarch64; the tag manylinux_2_28_x86_64 needs ELF for x86_64",
    ]


def test_native_one_platform_accepts_the_library_of_the_tag(tmp_path: Path, release: ReleaseFolder) -> None:
    wheel = read_wheel(make_wheel(tmp_path / "dist"))
    assert messages(release_wheel_check, "native-one-platform", ReleaseWheel(wheel, load_config(release.root))) == []


def test_native_one_platform_refuses_code_for_another_platform_next_to_it(
    tmp_path: Path, release: ReleaseFolder
) -> None:
    wheel = read_wheel(make_wheel(tmp_path / "dist", change={"quiverdb/_libs/quiver.dll": pe_library()}))
    assert messages(release_wheel_check, "native-one-platform", ReleaseWheel(wheel, load_config(release.root))) == [
        "quiverdb/_libs/quiver.dll is PE for x86_64, which a wheel with the tag manylinux_2_28_x86_64 cannot use"
    ]


def test_native_present_accepts_one_library(tmp_path: Path) -> None:
    assert messages(wheel_check, "native-present", read_wheel(make_wheel(tmp_path))) == []


def test_native_present_accepts_a_pure_wheel_without(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, tag="py3-none-any", change={"quiverdb/_libs/quiver.dll": None, LINUX_LIBRARY: None})
    assert messages(wheel_check, "native-present", read_wheel(wheel)) == []


@pytest.mark.parametrize("library", [None, b"", b"plain text in the place of a library"])
def test_native_present_refuses_a_wheel_without_native_code(tmp_path: Path, library: bytes | None) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={LINUX_LIBRARY: library}))
    assert messages(wheel_check, "native-present", wheel) == ["there is no native library in it"]


def test_native_present_accepts_an_unreadable_library_which_native_readable_refuses(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={LINUX_LIBRARY: elf_library()[:100]}))
    assert messages(wheel_check, "native-present", wheel) == []
    assert messages(wheel_check, "native-readable", wheel) != []


def test_native_readable_accepts_complete_libraries(tmp_path: Path) -> None:
    assert messages(wheel_check, "native-readable", read_wheel(make_wheel(tmp_path, tag=WINDOWS_TAG))) == []


def test_native_readable_refuses_every_damaged_library(tmp_path: Path) -> None:
    change = {LINUX_LIBRARY: elf_library()[:100], "quiverdb/a.dll": pe_library()[:70]}
    assert messages(wheel_check, "native-readable", read_wheel(make_wheel(tmp_path, change=change))) == [
        f"{LINUX_LIBRARY}: the table of program headers ends after the end of the file",
        "quiverdb/a.dll: the PE header is outside the file",
    ]


@pytest.mark.parametrize(
    "platform",
    [
        *("any", "win32", "win_amd64", "win_arm64", "manylinux1_i686", "manylinux2010_x86_64", "manylinux2014_ppc64"),
        *("manylinux_2_28_riscv64", "musllinux_1_2_armv7l", "macosx_10_9_x86_64", "macosx_26_0_arm64"),
        *("ios_13_0_arm64_iphoneos", "android_24_arm64_v8a", "pyemscripten_2025_0_wasm32"),
    ],
)
def test_platform_tag_accepted_accepts_the_tags_of_pypi(tmp_path: Path, platform: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path, tag=f"py3-none-{platform}"))
    assert messages(wheel_check, "platform-tag-accepted", wheel) == []


@pytest.mark.parametrize(
    "platform",
    [
        *("linux_x86_64", "win_ia64", "manylinux1_aarch64", "manylinux2014_riscv64", "manylinux_2_28_sparc"),
        *("macosx_16_0_arm64", "freebsd_14_amd64"),
    ],
)
def test_platform_tag_accepted_refuses_other_tags(tmp_path: Path, platform: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path, tag=f"py3-none-any.{platform}"))
    assert messages(wheel_check, "platform-tag-accepted", wheel) == [f"PyPI refuses the platform tag {platform}"]


@pytest.mark.parametrize("library", [elf_library(), elf_library(memory=5), pe_library(), macho_library()])
def test_code_not_writable_accepts_what_toolchains_make(tmp_path: Path, library: bytes) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={LINUX_LIBRARY: library}))
    assert messages(wheel_check, "code-not-writable", wheel) == []


@pytest.mark.parametrize(
    "library", [elf_library(memory=7), pe_library(memory=0xE0000020), universal_library(macho_library(memory=7))]
)
def test_code_not_writable_refuses_code_that_is(tmp_path: Path, library: bytes) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={LINUX_LIBRARY: library}))
    assert messages(wheel_check, "code-not-writable", wheel) == [
        f"{LINUX_LIBRARY} has a part that is writable and executable"
    ]


def test_exports_public_accepts_libraries_that_another_one_needs(tmp_path: Path, release: ReleaseFolder) -> None:
    change = {
        LINUX_LIBRARY: elf_library(exports=["quiver_open"], needed=["libcore.so.1"]),
        "quiverdb/_libs/libcore.so": elf_library(soname="libcore.so.1", exports=["_ZN6quiver4openEv"]),
    }
    config = replace(load_config(release.root), exports=("quiver_*",))
    subject = ReleaseWheel(read_wheel(make_wheel(tmp_path / "dist", change=change)), config)
    assert messages(release_wheel_check, "exports-public", subject) == []


def test_runtime_not_exported_leaves_a_wheel_that_exports_all_to_cxx_symbols_hidden(
    tmp_path: Path, release: ReleaseFolder
) -> None:
    many = [f"_ZN6quiver4openE{number}" for number in range(100)]
    assert runtime_messages(tmp_path, release, [*RUNTIME, *many], None) == []


def hidden_messages(folder: Path, release: ReleaseFolder, change: dict[str, bytes]) -> list[str]:
    subject = ReleaseWheel(read_wheel(make_wheel(folder / "dist", change={**change})), load_config(release.root))
    return messages(release_wheel_check, "cxx-symbols-hidden", subject)


def test_cxx_symbols_hidden_accepts_few_and_those_of_others(tmp_path: Path, release: ReleaseFolder) -> None:
    many = [f"_ZN6quiver4openE{number}" for number in range(200)]
    few = elf_library(exports=[*many[:99], *(f"quiver_{number}" for number in range(200))])
    change = {LINUX_LIBRARY: few, "quiverdb.libs/libcore-1.so": elf_library(exports=many)}
    assert hidden_messages(tmp_path, release, change) == []


def test_cxx_symbols_hidden_notes_how_many_there_are_without_copies(tmp_path: Path, release: ReleaseFolder) -> None:
    library = elf_library(exports=[f"_ZN6quiver4openE{number}" for number in range(200)])
    change = {LINUX_LIBRARY: library, f"{LINUX_LIBRARY}.0": library, "quiverdb/_libs/libcore.so": library}
    assert hidden_messages(tmp_path, release, change) == [
        f"400 C++ symbols are exported: {LINUX_LIBRARY} (200), quiverdb/_libs/libcore.so (200)"
    ]


def exports_messages(
    folder: Path,
    release: ReleaseFolder,
    library: bytes,
    patterns: tuple[str, ...] | None,
    member: str = LINUX_LIBRARY,
    *,
    check: str = "exports-public",
) -> list[str]:
    change = {LINUX_LIBRARY: None, member: library}
    config = replace(load_config(release.root), exports=patterns)
    subject = ReleaseWheel(read_wheel(make_wheel(folder / "dist", change=change)), config)
    return messages(release_wheel_check, check, subject)


@pytest.mark.parametrize(
    ("names", "patterns"),
    [
        (["quiver_open", "quiver_close"], ("quiver_*",)),
        (["quiver_open", "_init", "_fini", "__bss_start"], ("quiver_*",)),
        (["PyInit_core"], ("quiver_*",)),
        (["anything", "_ZN6quiver4openEv"], None),
        ([], None),
    ],
)
def test_exports_public_accepts_the_public_api(
    tmp_path: Path, release: ReleaseFolder, names: list[str], patterns: tuple[str, ...] | None
) -> None:
    assert exports_messages(tmp_path, release, elf_library(exports=names), patterns) == []
    assert exports_messages(tmp_path, release, pe_library(exports=names), patterns) == []


def test_exports_public_accepts_programs_and_libraries_of_others(tmp_path: Path, release: ReleaseFolder) -> None:
    other = elf_library(exports=["z_open"])
    assert exports_messages(tmp_path, release, other, ("quiver_*",), "quiverdb.libs/libz-1234.so") == []
    assert exports_messages(tmp_path, release, elf_library(kind=2, exports=["main"]), ("quiver_*",)) == []


@pytest.mark.parametrize(
    ("names", "patterns", "message"),
    [
        (["quiver_open", "crc32"], ("quiver_*",), "exports more than quiver_*: crc32"),
        (
            ["quiver_open", "crc32", "_ZN6quiver4openEv", "?open@@YAXXZ"],
            ("quiver_*",),
            "exports more than quiver_*: crc32 and 2 C++ symbols",
        ),
        (
            ["quiver_open", *"abcdefg"],
            ("quiver_*", "Quiver*"),
            "exports more than quiver_*, Quiver*: a, b, c, d, e and 2 more",
        ),
        ([], ("quiver_*",), "exports nothing that matches quiver_*, so nothing can call it"),
        (
            [f"quiver_{number}" for number in range(20_001)],
            ("quiver_*",),
            "exports 20001 symbols, of which the first 20000 were compared",
        ),
    ],
)
def test_exports_public_refuses_the_rest(
    tmp_path: Path, release: ReleaseFolder, names: list[str], patterns: tuple[str, ...] | None, message: str
) -> None:
    assert exports_messages(tmp_path, release, elf_library(exports=names), patterns) == [f"{LINUX_LIBRARY} {message}"]


RUNTIME = ["quiver_open", "_ZNSt6vectorIiE3endEv", "_Znwm", "_Unwind_Resume"]


def runtime_messages(
    folder: Path, release: ReleaseFolder, names: list[str], patterns: tuple[str, ...] | None
) -> list[str]:
    return exports_messages(folder, release, elf_library(exports=names), patterns, check="runtime-not-exported")


def test_runtime_not_exported_accepts_others(tmp_path: Path, release: ReleaseFolder) -> None:
    assert runtime_messages(tmp_path, release, ["quiver_open", "_ZN6quiver4openEv"], None) == []
    assert runtime_messages(tmp_path, release, RUNTIME, ("quiver_*",)) == []


def test_runtime_not_exported_notes_them(tmp_path: Path, release: ReleaseFolder) -> None:
    assert exports_messages(tmp_path, release, elf_library(exports=RUNTIME), None) == []
    assert runtime_messages(tmp_path, release, RUNTIME, None) == [
        f"{LINUX_LIBRARY} exports symbols of the compiler's runtime: _Unwind_Resume and 2 C++ symbols"
    ]


@pytest.mark.parametrize("platform", ["ios_13_0_arm64_iphoneos", "android_24_arm64_v8a", "pyemscripten_2025_0_wasm32"])
def test_native_platform_accepts_platforms_whose_native_code_is_not_judged(tmp_path: Path, platform: str) -> None:
    assert of_wheel(tmp_path, "native-platform", tag=f"cp313-cp313-{platform}") == []
    assert of_wheel(tmp_path, "platform-tag-accepted", tag=f"cp313-cp313-{platform}") == []


def test_native_present_accepts_webassembly_which_is_not_read(tmp_path: Path) -> None:
    change = {LINUX_LIBRARY: None, "quiverdb/_x.cpython-313-wasm32-emscripten.so": b"\0asm"}
    for check in ("native-present", "library-files-native"):
        assert of_wheel(tmp_path, check, tag="cp313-cp313-pyemscripten_2025_0_wasm32", change=change) == []
        assert len(of_wheel(tmp_path, check, tag="cp313-cp313-manylinux_2_28_x86_64", change=change)) == 1
