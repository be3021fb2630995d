"""The native code of a Linux wheel runs on every Linux that accepts the wheel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import truewheel.checks.native_systems  # noqa: F401  importing it is what declares its checks
from tests.support.factories import LINUX_LIBRARY, LINUX_TAG, ReleaseFolder, make_wheel
from tests.support.judging import messages
from tests.support.native_factories import elf_library
from tests.support.work import count_calls
from truewheel.builders.zig import zig_program
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.config import load_config
from truewheel.wheel.reader import Wheel, read_wheel

GRAFTED = "quiverdb.libs/libgrafted-12.so"


def linux_wheel(folder: Path, library: bytes, tag: str = LINUX_TAG, **others: bytes) -> Wheel:
    """A Linux wheel with `library`, and others as the values of `others` say: by `grafted`, as auditwheel does."""
    names = {"grafted": GRAFTED, "script": "quiverdb-0.5.0.data/scripts/quiver", "beside": "quiverdb/_libs/libb.so"}
    change = {LINUX_LIBRARY: library} | {names[name]: data for name, data in others.items()}
    return read_wheel(make_wheel(folder, tag=tag, change=change))


def needing(**versions: list[str]) -> dict[str, Any]:
    """What a library has that needs symbol versions of libc (`libc=`), libstdc++ (`cxx=`) and so on."""
    names = {"libc": "libc.so.6", "cxx": "libstdc++.so.6", "grafted": "libgrafted-12.so"}
    found = {names[name]: needed for name, needed in versions.items()}
    return {"needed": list(found), "versions": found}


@pytest.mark.parametrize(
    ("tag", "needs"),
    [
        (LINUX_TAG, needing(libc=["GLIBC_2.28", "GLIBC_2.2.5"], cxx=["GLIBCXX_3.4.24"])),
        ("py3-none-manylinux1_x86_64", needing(libc=["GLIBC_2.5"])),
        ("py3-none-manylinux_2_29_x86_64", needing(libc=["GLIBC_2.29"])),
        ("py3-none-musllinux_1_2_x86_64", {"needed": ["libc.musl-x86_64.so.1"]}),
    ],
)
def test_symbol_versions_promised_accepts_those_of_the_tag(tmp_path: Path, tag: str, needs: dict[str, Any]) -> None:
    wheel = linux_wheel(tmp_path, elf_library(**needs), tag)
    assert messages(wheel_check, "symbol-versions-promised", wheel) == []


def test_symbol_versions_promised_accepts_those_of_a_bundled_library(tmp_path: Path) -> None:
    library = elf_library(runpath="$ORIGIN/../../quiverdb.libs", **needing(grafted=["GLIBCXX_3.4.99"]))
    wheel = linux_wheel(tmp_path, library, grafted=elf_library(soname="libgrafted-12.so"))
    assert messages(wheel_check, "symbol-versions-promised", wheel) == []


@pytest.mark.parametrize(
    ("tag", "needs", "message"),
    [
        (LINUX_TAG, needing(libc=["GLIBC_2.34", "GLIBC_2.5", "GLIBC_2.29"]), "GLIBC_2.29, GLIBC_2.34"),
        (LINUX_TAG, needing(cxx=["GLIBCXX_3.4.30"]), "GLIBCXX_3.4.30"),
        (LINUX_TAG, needing(libc=["GLIBC_PRIVATE"]), "GLIBC_PRIVATE"),
        ("py3-none-manylinux_2_28_x86_64.manylinux_2_5_x86_64", needing(libc=["GLIBC_2.17"]), "GLIBC_2.17"),
    ],
)
def test_symbol_versions_promised_refuses_newer_ones(
    tmp_path: Path, tag: str, needs: dict[str, Any], message: str
) -> None:
    wheel = linux_wheel(tmp_path, elf_library(**needs), tag)
    promised = tag.rpartition(".")[2] if "." in tag else "manylinux_2_28_x86_64"
    assert messages(wheel_check, "symbol-versions-promised", wheel) == [
        f"{LINUX_LIBRARY} needs {message}, which {promised} does not promise"
    ]


@pytest.mark.parametrize("imports", [[], ["inflate", "deflate"]])
def test_private_symbols_unused_accepts_the_public_ones(tmp_path: Path, imports: list[str]) -> None:
    wheel = linux_wheel(tmp_path, elf_library(needed=["libz.so.1"], imports=imports))
    assert messages(wheel_check, "private-symbols-unused", wheel) == []


def test_private_symbols_unused_refuses_those_of_some_builds_of_zlib(tmp_path: Path) -> None:
    library = elf_library(needed=["libz.so.1"], imports=["zcfree", "inflate", "_tr_init"])
    assert messages(wheel_check, "private-symbols-unused", linux_wheel(tmp_path, library)) == [
        f"{LINUX_LIBRARY} uses _tr_init, zcfree of libz.so.1, which manylinux_2_28_x86_64 does not promise"
    ]


@pytest.mark.parametrize(
    ("tag", "needed"),
    [
        (LINUX_TAG, ["libc.so.6", "libm.so.6", "libstdc++.so.6", "ld-linux-x86-64.so.2"]),
        ("py3-none-musllinux_1_2_x86_64", ["libc.musl-x86_64.so.1", "libz.so.1"]),
    ],
)
def test_needed_library_found_accepts_those_of_the_platform(tmp_path: Path, tag: str, needed: list[str]) -> None:
    wheel = linux_wheel(tmp_path, elf_library(needed=needed), tag)
    assert messages(wheel_check, "needed-library-found", wheel) == []


@pytest.mark.parametrize(
    "path", [{"runpath": "$ORIGIN/../../quiverdb.libs"}, {"rpath": "/x:${ORIGIN}/../../quiverdb.libs/"}]
)
def test_needed_library_found_accepts_a_bundled_one(tmp_path: Path, path: dict[str, Any]) -> None:
    library = elf_library(needed=["libgrafted-12.so"], **path)
    wheel = linux_wheel(tmp_path, library, grafted=elf_library(soname="libgrafted-12.so"))
    assert messages(wheel_check, "needed-library-found", wheel) == []


def test_needed_library_found_accepts_libraries_that_a_script_finds_in_site_packages(tmp_path: Path) -> None:
    script = elf_library(
        kind=2, needed=["libgrafted-12.so"], runpath="$ORIGIN/../lib/python3/site-packages/quiverdb.libs"
    )
    wheel = linux_wheel(tmp_path, elf_library(), script=script, grafted=elf_library())
    assert messages(wheel_check, "needed-library-found", wheel) == []


def test_needed_library_found_accepts_libraries_that_are_loaded_already(tmp_path: Path) -> None:
    # libb.so has no RUNPATH of its own, but is loaded by way of a library that loads all of them.
    library = elf_library(needed=["libb.so", "libgrafted-12.so"], runpath="$ORIGIN:$ORIGIN/../../quiverdb.libs")
    beside = elf_library(soname="libb.so", needed=["libgrafted-12.so"])
    wheel = linux_wheel(tmp_path, library, beside=beside, grafted=elf_library(soname="libgrafted-12.so"))
    assert messages(wheel_check, "needed-library-found", wheel) == []


def test_needed_library_found_accepts_libraries_found_by_an_inherited_rpath(tmp_path: Path) -> None:
    library = elf_library(needed=["libb.so"], rpath="$ORIGIN:$ORIGIN/../../quiverdb.libs")
    beside = elf_library(soname="libb.so", needed=["libgrafted-12.so"])
    wheel = linux_wheel(tmp_path, library, beside=beside, grafted=elf_library(soname="libgrafted-12.so"))
    assert messages(wheel_check, "needed-library-found", wheel) == []


def test_needed_library_found_refuses_a_bundled_one_that_no_path_leads_to(tmp_path: Path) -> None:
    wheel = linux_wheel(tmp_path, elf_library(needed=["libgrafted-12.so"]), grafted=elf_library())
    assert messages(wheel_check, "needed-library-found", wheel) == [
        f"{LINUX_LIBRARY} needs libgrafted-12.so, which is {GRAFTED}, but it has no RUNPATH"
    ]
    library = elf_library(needed=["libgrafted-12.so"], runpath="$ORIGIN/../quiverdb.libs")
    wheel = linux_wheel(tmp_path, library, grafted=elf_library())
    path = "RUNPATH $ORIGIN/../quiverdb.libs"
    assert messages(wheel_check, "needed-library-found", wheel) == [
        f"{LINUX_LIBRARY} needs libgrafted-12.so, which is {GRAFTED}, but its {path} does not lead there"
    ]


def test_needed_library_found_refuses_a_library_missing_for_the_module_imported_first(tmp_path: Path) -> None:
    # A RUNPATH is not inherited, and Python may import libb.so before anything else.
    library = elf_library(needed=["libb.so", "libgrafted-12.so"], runpath="$ORIGIN:$ORIGIN/../../quiverdb.libs")
    beside = elf_library(soname="libb.so", needed=["libgrafted-12.so"], exports=["PyInit_b"])
    wheel = linux_wheel(tmp_path, library, beside=beside, grafted=elf_library(soname="libgrafted-12.so"))
    assert messages(wheel_check, "needed-library-found", wheel) == [
        f"quiverdb/_libs/libb.so needs libgrafted-12.so, which is {GRAFTED}, but it has no RUNPATH"
    ]


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("manylinux_2_28_x86_64", "libssl.so.3"),
        ("manylinux_2_28_x86_64", "libc.musl-x86_64.so.1"),
        ("musllinux_1_2_x86_64", "libc.so.6"),
        ("musllinux_1_2_x86_64", "libstdc++.so.6"),
    ],
)
def test_needed_library_found_refuses_a_missing_library(tmp_path: Path, tag: str, name: str) -> None:
    wheel = linux_wheel(tmp_path, elf_library(needed=[name]), f"py3-none-{tag}")
    assert messages(wheel_check, "needed-library-found", wheel) == [
        f"{LINUX_LIBRARY} needs {name}, which is not in the wheel, and {tag} does not promise it"
    ]


def test_needed_library_found_refuses_a_library_missing_for_a_bundled_one(tmp_path: Path) -> None:
    library = elf_library(needed=["libgrafted-12.so"], runpath="$ORIGIN/../../quiverdb.libs")
    wheel = linux_wheel(tmp_path, library, grafted=elf_library(soname="libgrafted-12.so", needed=["libgomp.so.1"]))
    assert messages(wheel_check, "needed-library-found", wheel) == [
        f"{GRAFTED} needs libgomp.so.1, which is not in the wheel, and manylinux_2_28_x86_64 does not promise it"
    ]


@pytest.mark.parametrize("name", ["libc.so.6", "libarrow_python.so.2600"])
def test_libpython_not_linked_accepts_other_libraries(tmp_path: Path, name: str) -> None:
    wheel = linux_wheel(tmp_path, elf_library(needed=[name]))
    assert messages(wheel_check, "libpython-not-linked", wheel) == []


@pytest.mark.parametrize("name", ["libpython3.12.so.1.0", "libpython3.so", "libpython3.13t.so.1.0"])
def test_libpython_not_linked_refuses_it(tmp_path: Path, name: str) -> None:
    wheel = linux_wheel(tmp_path, elf_library(needed=[name]))
    assert messages(wheel_check, "libpython-not-linked", wheel) == [f"{LINUX_LIBRARY} needs {name}"]
    assert messages(wheel_check, "needed-library-found", wheel) == []


@pytest.mark.parametrize("path", [None, "$ORIGIN", "${ORIGIN}/../../quiverdb.libs", "$ORIGIN/../..:$ORIGIN/x"])
def test_search_path_inside_accepts_places_in_site_packages(tmp_path: Path, path: str | None) -> None:
    for library in (elf_library(runpath=path), elf_library(rpath=path)):
        assert messages(wheel_check, "search-path-inside", linux_wheel(tmp_path, library)) == []


def test_search_path_inside_accepts_the_environment_around_scripts(tmp_path: Path) -> None:
    wheel = linux_wheel(tmp_path, elf_library(), script=elf_library(runpath="$ORIGIN/../lib"))
    assert messages(wheel_check, "search-path-inside", wheel) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/usr/local/lib", "/usr/local/lib is absolute"),
        ("$ORIGIN:", "an empty entry means the current folder of the process"),
        ("", "an empty entry means the current folder of the process"),
        ("lib", "lib does not begin with $ORIGIN"),
        ("$ORIGINAL/lib", "$ORIGINAL/lib does not begin with $ORIGIN"),
        ("$ORIGIN/../../..", "$ORIGIN/../../.. climbs out of site-packages"),
        ("$ORIGIN/../../../site-packages2", "$ORIGIN/../../../site-packages2 climbs out of site-packages"),
    ],
)
def test_search_path_inside_refuses_any_other_place(tmp_path: Path, path: str, reason: str) -> None:
    wheel = linux_wheel(tmp_path, elf_library(runpath=path))
    assert messages(wheel_check, "search-path-inside", wheel) == [f"{LINUX_LIBRARY} has the RUNPATH {path}: {reason}"]


def test_search_path_inside_refuses_folders_outside_of_the_environment(tmp_path: Path) -> None:
    wheel = linux_wheel(tmp_path, elf_library(), script=elf_library(rpath="$ORIGIN/../../lib"))
    script, path = "quiverdb-0.5.0.data/scripts/quiver", "$ORIGIN/../../lib"
    assert messages(wheel_check, "search-path-inside", wheel) == [
        f"{script} has the RPATH {path}: {path} climbs out of the environment"
    ]


def test_stack_not_executable_accepts_one_that_is_not(tmp_path: Path) -> None:
    assert messages(wheel_check, "stack-not-executable", linux_wheel(tmp_path, elf_library())) == []


@pytest.mark.parametrize("stack", [None, 7])
def test_stack_not_executable_refuses_one_that_is_or_may_be(tmp_path: Path, stack: int | None) -> None:
    assert messages(wheel_check, "stack-not-executable", linux_wheel(tmp_path, elf_library(stack=stack))) == [
        f"{LINUX_LIBRARY} needs an executable stack (its PT_GNU_STACK is missing or executable)"
    ]


def test_no_text_relocations_accepts_a_library_without(tmp_path: Path) -> None:
    assert messages(wheel_check, "no-text-relocations", linux_wheel(tmp_path, elf_library())) == []


def test_no_text_relocations_refuses_a_library_with(tmp_path: Path) -> None:
    wheel = linux_wheel(tmp_path, elf_library(text_relocations=True))
    assert messages(wheel_check, "no-text-relocations", wheel) == [f"{LINUX_LIBRARY} has text relocations (DT_TEXTREL)"]


@pytest.mark.parametrize("library", [elf_library(), elf_library(kind=2, relro=False)])
def test_relocations_read_only_accepts_libraries_with_and_programs(tmp_path: Path, library: bytes) -> None:
    assert messages(wheel_check, "relocations-read-only", linux_wheel(tmp_path, library)) == []


def test_relocations_read_only_refuses_a_library_without(tmp_path: Path) -> None:
    wheel = linux_wheel(tmp_path, elf_library(relro=False))
    assert messages(wheel_check, "relocations-read-only", wheel) == [f"{LINUX_LIBRARY} has no PT_GNU_RELRO"]


def glibc_messages(folder: Path, release: ReleaseFolder, library: bytes, tag: str = LINUX_TAG) -> list[str]:
    subject = ReleaseWheel(linux_wheel(folder / "dist", library, tag), load_config(release.root))
    return messages(release_wheel_check, "newest-glibc", subject)


def test_newest_glibc_accepts_libraries_that_run_with_it(tmp_path: Path, release: ReleaseFolder) -> None:
    assert glibc_messages(tmp_path, release, elf_library(**needing(libc=["GLIBC_2.28"]))) == []
    both = "py3-none-manylinux_2_17_x86_64.manylinux_2_34_x86_64"
    assert glibc_messages(tmp_path, release, elf_library(), both) == []


def test_newest_glibc_refuses_libraries_and_tags_that_need_a_newer_one(tmp_path: Path, release: ReleaseFolder) -> None:
    library = elf_library(**needing(libc=["GLIBC_2.29", "GLIBC_2.34"]))
    assert glibc_messages(tmp_path, release, library, "py3-none-manylinux_2_34_x86_64") == [
        f"{LINUX_LIBRARY} needs glibc 2.34; newest-glibc of manylinux_x86_64 is 2.28"
    ]
    # Where no library needs it, the tags alone keep older systems from installing the wheel.
    assert glibc_messages(tmp_path, release, elf_library(), "py3-none-manylinux_2_34_x86_64") == [
        "its tags need glibc 2.34; newest-glibc of manylinux_x86_64 is 2.28"
    ]


def test_the_search_in_a_wheel_of_libraries_that_all_need_each_other_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To its end the search would look at half a million places.
    monkeypatch.setattr("truewheel.wheel.native.loading._MOST_STEPS", 50_000)
    library = elf_library(
        needed=[f"lib{number}.so" for number in range(100)],
        rpath=":".join(f"$ORIGIN/{number}" for number in range(50)),
        exports=["PyInit_x"],
        soname="",
    )
    change: dict[str, str | bytes | None] = {f"quiverdb/lib{number}.so": library for number in range(100)}
    wheel = read_wheel(make_wheel(tmp_path, change=change))
    found: list[str] = []
    assert count_calls(lambda: found.extend(messages(wheel_check, "needed-library-found", wheel))) < 500_000
    assert len(found) == 1
    assert found[0].endswith("(and 99 more like this)")


def test_what_is_wrong_with_several_libraries_is_one_problem(tmp_path: Path) -> None:
    library = elf_library(relro=False)
    wheel = linux_wheel(tmp_path, library, beside=library)
    assert messages(wheel_check, "relocations-read-only", wheel) == [
        f"{LINUX_LIBRARY} has no PT_GNU_RELRO (also quiverdb/_libs/libb.so)"
    ]


@pytest.mark.parametrize("name", ["libc.so", "libpthread.so", "libm.so"])
def test_needed_library_found_accepts_the_names_that_musl_takes_for_itself(tmp_path: Path, name: str) -> None:
    wheel = linux_wheel(tmp_path, elf_library(needed=[name]), "py3-none-musllinux_1_2_x86_64")
    assert messages(wheel_check, "needed-library-found", wheel) == []


def test_library_openable_accepts_one_that_others_load(tmp_path: Path) -> None:
    assert messages(wheel_check, "library-openable", linux_wheel(tmp_path / "1", elf_library())) == []
    library = elf_library(needed=["libgrafted-12.so"], runpath="$ORIGIN/../../quiverdb.libs")
    wheel = linux_wheel(tmp_path / "2", library, grafted=elf_library(soname="libgrafted-12.so", flags_1=0x40))
    assert messages(wheel_check, "library-openable", wheel) == []


def test_library_openable_refuses_one_that_python_would_open(tmp_path: Path) -> None:
    wheel = linux_wheel(tmp_path, elf_library(flags_1=0x41))
    assert messages(wheel_check, "library-openable", wheel) == [
        f"{LINUX_LIBRARY} cannot be opened: it is linked with -z nodlopen"
    ]


def test_a_filter_needs_the_library_that_it_stands_for(tmp_path: Path) -> None:
    wheel = linux_wheel(tmp_path, elf_library(filters=["libreal.so"]))
    assert messages(wheel_check, "needed-library-found", wheel) == [
        f"{LINUX_LIBRARY} needs libreal.so, which is not in the wheel, and manylinux_2_28_x86_64 does not promise it"
    ]


@pytest.mark.parametrize("levels", [0, 1])
def test_processor_baseline_accepts_libraries_for_every_processor(tmp_path: Path, levels: int) -> None:
    assert messages(wheel_check, "processor-baseline", linux_wheel(tmp_path, elf_library(isa_levels=levels))) == []


@pytest.mark.parametrize(("levels", "level"), [(2, 2), (3, 2), (4, 3), (8, 4)])
def test_processor_baseline_refuses_libraries_for_newer_ones(tmp_path: Path, levels: int, level: int) -> None:
    assert messages(wheel_check, "processor-baseline", linux_wheel(tmp_path, elf_library(isa_levels=levels))) == [
        f"{LINUX_LIBRARY} needs a processor of the level x86-64-v{level}"
    ]


def importing(*names: str, **others: Any) -> bytes:
    """A library that was linked with glibc, and imports `malloc` from it and other symbols from nowhere."""
    imports = {"imports": ["malloc", *names], "versioned": ["malloc"], "versions": {"libc.so.6": ["GLIBC_2.2.5"]}}
    return elf_library(**{"needed": ["libc.so.6"], **imports, **others})


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["PyLong_FromLong", "_Py_NoneStruct"],
        # Python has these in its process; extension modules are often not linked with their libraries.
        ["exp", "sincosf", "pthread_create", "dlsym", "shm_open", "fetestexcept", "lgamma_r", "__isnanf"],
        # Of promised libraries whose symbols have no versions.
        ["inflateInit2_", "crc32", "XML_Parse", "XOpenDisplay", "glXSwapBuffers", "g_free"],
        ["quiver_helper"],
    ],
)
def test_needed_symbols_found_accepts_those_of_the_platform_and_of_the_wheel(tmp_path: Path, names: list[str]) -> None:
    wheel = linux_wheel(tmp_path, importing(*names), beside=elf_library(exports=["quiver_helper"]))
    assert messages(wheel_check, "needed-symbols-found", wheel) == []


def test_needed_symbols_found_accepts_what_cannot_be_known(tmp_path: Path) -> None:
    # Not linked with glibc: its symbols have no versions either. Symbols of another project's library.
    for number, library in enumerate((importing("ours", needed=[]), importing("ours", needed=["libtorch.so"]))):
        wheel = linux_wheel(tmp_path / str(number), library)
        assert messages(wheel_check, "needed-symbols-found", wheel) == []
    wheel = linux_wheel(tmp_path / "2", importing("quiver_helper"), "py3-none-musllinux_1_2_x86_64")
    assert messages(wheel_check, "needed-symbols-found", wheel) == []


def test_needed_symbols_found_refuses_those_that_nothing_exports(tmp_path: Path) -> None:
    wheel = linux_wheel(tmp_path, importing("quiver_helper", "_ZN6quiver4openEv", "_ZN6quiver5closeEv"))
    assert messages(wheel_check, "needed-symbols-found", wheel) == [
        f"{LINUX_LIBRARY} needs quiver_helper and 2 C++ symbols, which no library exports"
    ]
    wheel = linux_wheel(tmp_path, importing("__asan_init"))
    assert messages(wheel_check, "needed-symbols-found", wheel) == [
        f"{LINUX_LIBRARY} needs __asan_init, which no library exports"
    ]


# Since 2.34 this function is a part of libc.
SOURCE = """\
int pthread_create(void *, const void *, void *(*)(void *), void *);
int start(void) { return pthread_create(0, 0, 0, 0); }
"""


@pytest.mark.once
@pytest.mark.skipif(sys.platform != "linux", reason="auditwheel runs on Linux alone")
@pytest.mark.parametrize(("glibc", "tag"), [("2.28", "manylinux_2_5_x86_64"), ("2.34", "manylinux_2_34_x86_64")])
def test_the_verdict_about_a_real_library_is_that_of_auditwheel(tmp_path: Path, glibc: str, tag: str) -> None:
    library = tmp_path / "libquiver.so"
    source = tmp_path / "quiver.c"
    source.write_text(SOURCE, encoding="utf-8")
    target = f"x86_64-linux-gnu.{glibc}"
    command = [zig_program(), "cc", "-target", target, "-shared", "-s", "-o", str(library), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    wheel = linux_wheel(tmp_path, library.read_bytes())
    show = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel.path)]
    shown = json.loads(subprocess.run(show, capture_output=True, check=True).stdout)
    assert shown["overall_tag"] == tag
    (found,) = wheel.libraries
    assert {name: sorted(versions) for name, versions in found.facts.versions} == {
        name: sorted(versions) for name, versions in shown["versioned_symbols"].items()
    }
    refused = messages(wheel_check, "symbol-versions-promised", wheel)
    assert (refused != []) == (tag == "manylinux_2_34_x86_64")
