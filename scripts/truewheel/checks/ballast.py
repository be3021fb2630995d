"""Is there anything in the wheel that only a compiler or a developer needs?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sized

from truewheel.checks.libraries import grouped, is_grafted, parts_in
from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.import_names import DATA_ROOT, prefix_folders
from truewheel.wheel.native.facts import Kind
from truewheel.wheel.native.loading import installed_path, search_folder
from truewheel.wheel.reader import Member, Wheel

_HINT = "exclude it in the settings of the build backend, or install only what the package loads (in CMake: install "
_HINT += "with a COMPONENT, and let wheel.install.components of [tool.scikit-build] name it), and build again"
# Kinds of files by the ends of their names and their first bytes: 3D models are called .obj as well, other data .lib.
_ARCHIVE, _PROGRAM_DATABASE = re.compile(rb"!<(?:arch|thin)>"), re.compile(rb"Microsof|\x25\x10")
_OBJECT = re.compile(rb"\x7fELF|[\xce\xcf]\xfa\xed\xfe|[\x4c\x64](?:\x01|\x86|\xaa)|\0\0\xff\xff")
_DEVELOPMENT = {
    **dict.fromkeys(("a", "lib"), ("static or import library", _ARCHIVE)),
    **dict.fromkeys(("o", "obj", "exp"), ("object file", _OBJECT)),
    **dict.fromkeys(("pdb", "ilk"), ("debug database", _PROGRAM_DATABASE)),
    "la": ("libtool file", re.compile(b"# ")),
    "cmake": ("CMake file", re.compile(b"")),
    "pc": ("pkg-config file", re.compile(b"")),
}
_START_UP = re.compile(r"(?:site|user)customize(?:\.pyc?|/__init__\.py)")
# site executes the lines that begin so, and no others.
_IMPORT = re.compile(rb"^import[ \t]", re.MULTILINE)
_HEADER = re.compile(r"(?:.*/)?(?:includes?|headers)/(?:.*/)?[^/]*\.(?:h|hh|hpp|hxx|pxd)", re.DOTALL)
_TESTS = re.compile(r"(?:.*/)?(?:tests?/.*|test_[^/]*\.py|[^/]*_test\.py|conftest\.py)", re.DOTALL)
_SOURCES = re.compile(r".*\.(?:c|cc|cpp|cxx|pyx|rs|go|f|f90|s|asm)", re.DOTALL | re.IGNORECASE)
# Smaller copies do not matter, and empty files are meant.
_LARGE = 100_000


@wheel_check(
    By.CARE,
    source="nothing loads them after the build; a package to compile against (numpy) has headers too",
    hint=_HINT,
)
def development_files_absent(wheel: Wheel) -> Iterator[Problem]:
    """only a package with headers has static libraries, object files, debug databases, CMake or pkg-config files"""
    prefixes = prefix_folders(wheel)
    found = [(kind, member) for member, kind in _development_files(wheel) if _top(member) not in prefixes]
    if found:
        yield Problem.of([member.name for _, member in found], f"it contains {_counted(found)}")


def _development_files(wheel: Wheel) -> Iterator[tuple[Member, str]]:
    dumps = {library.name for library in wheel.libraries if library.kind == Kind.CORE_DUMP}
    offering = {_top(member) for member in wheel.members if _HEADER.fullmatch(member.name)}
    modules = {member.name.removesuffix(".pyd") for member in wheel.members if member.name.endswith(".pyd")}
    for member in wheel.members:
        kind, start = _DEVELOPMENT.get(member.name.rpartition(".")[2].lower(), ("", _OBJECT))
        if kind and start.match(member.start):
            # Nobody links with an extension module, so nobody needs the library to import it.
            stem = member.name.removesuffix(".a").removesuffix(".dll").rpartition(".")[0]
            # A wheel without native code has no build to leave CMake files behind: they are its own.
            is_data = kind == "CMake file" and not wheel.libraries
            if (_top(member) not in offering and not is_data) or stem in modules:
                yield member, kind
        elif member.name in dumps:
            yield member, Kind.CORE_DUMP


def _top(member: Member) -> str:
    return member.name.partition("/")[0]


def _counted(found: Iterable[tuple[str, Member]]) -> str:
    """`2 object files (a.o, b.o), 1 CMake file (c.cmake)`."""
    kinds: dict[str, list[str]] = {}
    for kind, member in found:
        kinds.setdefault(kind, []).append(member.name)
    return ", ".join(f"{_number(names, kind)} ({join_names(names, 2)})" for kind, names in kinds.items())


def _number(things: Sized, noun: str) -> str:
    """`2 object files`, `1 debug database`."""
    return f"1 {noun}" if len(things) == 1 else f"{len(things)} {re.sub('y$', 'ie', noun)}s"


@wheel_check(
    By.CARE,
    source="installers put the top level into site-packages, where nothing looks for them and projects collide",
    hint=_HINT,
)
def prefix_folders_absent(wheel: Wheel) -> Iterator[Problem]:
    """no folder of an installation prefix (lib64, include, bin, share) is at the top level"""
    prefixes = prefix_folders(wheel)
    if prefixes:
        known = {member.name: kind for member, kind in _development_files(wheel)}
        inside = [(known.get(one.name, "other file"), one) for one in wheel.members if _top(one) in prefixes]
        folders = sorted(f"{top}/" for top in prefixes)
        yield Problem.of(folders, f"{join_names(folders)} would be installed into site-packages: {_counted(inside)}")


@wheel_check(
    By.CARE,
    source="docs.python.org, site: it runs in every program of the environment, whether it uses the package or not",
    hint="remove it; what the package needs can run when it is imported",
)
def start_up_files_absent(wheel: Wheel) -> Iterator[Problem]:
    """nothing runs at the start of every Python: sitecustomize.py, usercustomize.py, a .pth file with an import"""
    for member in wheel.members:
        installed = DATA_ROOT.sub("", member.name)
        imports = "/" not in installed and installed.endswith(".pth") and wheel.sources.get(member.name, b"")
        if _START_UP.fullmatch(installed):
            yield Problem(f"{installed} runs at the start of every Python", subject=member.name)
        elif imports and _IMPORT.search(imports):
            yield Problem(f"{abbreviate(installed)} imports at the start of every Python", subject=member.name)


@wheel_check(
    By.CARE,
    source="a wheel without files or requirements comes from a build that found no sources",
    hint="look at the settings of the build backend (wheel.packages or the like) and build again: nox -s wheels",
)
@of_metadata
def wheel_not_empty(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """there is something to install"""
    if all(_top(member) == wheel.dist_info for member in wheel.members) and not metadata.all("Requires-Dist"):
        yield "there is nothing in it but its metadata"


@wheel_check.note(
    By.CARE,
    source="a wheel holds no symbolic links: each name of a library (libx.so, libx.so.1) becomes a copy",
    hint="install only the name that is loaded (in CMake: without VERSION and SOVERSION, or a NAMELINK_COMPONENT)",
)
def copies_absent(wheel: Wheel) -> Iterator[str]:
    """no library and no large file is in the wheel more than once"""
    libraries = {library.name for library in wheel.libraries}
    files: dict[str, list[Member]] = defaultdict(list)
    for member in wheel.members:
        if member.size >= _LARGE or member.name in libraries:
            files[member.sha256].append(member)
    if several := [same for same in files.values() if len(same) > 1]:
        times = join_names((f"{same[0].name} appears {len(same)} times" for same in several), 3)
        yield f"{times}: {_size(copy.size for same in several for copy in same[1:])} more than needed"


def _size(sizes: Iterable[int]) -> str:
    total = sum(sizes)
    return f"{total / 1e6:.1f} MB" if total >= _LARGE else f"{total / 1e3:.1f} KB"


@wheel_check.note(
    By.LOADER,
    source="ld.so(8): the one that is loaded first is used in place of both",
    hint="give each its own name, or ship only one of them",
)
def sonames_unique(wheel: Wheel) -> Iterator[str]:
    """no two libraries have the same SONAME"""
    hashes = {member.name: member.sha256 for member in wheel.members}
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for library, facts in parts_in(wheel, "ELF"):
        names[facts.soname].setdefault(hashes[library.name], library.name)
    for soname, different in names.items():
        if soname and len(different) > 1:
            yield f"{join_names(different.values())} have the SONAME {abbreviate(soname)}, but differ"


@wheel_check.note(
    By.CARE,
    source="ld.so(8): the loader looks there in vain, or finds what another project has put there",
    hint="remove it: link without -rpath (in CMake: INSTALL_RPATH), or patchelf --remove-rpath",
)
@grouped
def search_path_present(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """RPATH and RUNPATH name folders that are in the wheel"""
    # search-path-inside reports folders that are absolute.
    libraries = [library for library, facts in parts_in(wheel, "ELF") if "$" in str(facts.search_path)]
    files = [installed_path(member.name) for member in wheel.members] if libraries else []
    present = {path[: match.start()] for path in files for match in re.finditer("/", path)}
    for library in libraries:
        entries = [entry for entry in library.facts.search_path if entry.startswith("$")]
        if absent := [entry for entry in entries if search_folder(entry, library) not in present]:
            yield library.name, f"looks for libraries in {join_names(absent)}, but the wheel has no such folder"


@wheel_check.note(
    By.CARE,
    source="auditwheel, delvewheel and delocate bundle what is needed; a later step made it superfluous",
    hint="repair the wheel again, starting from one without bundled libraries",
)
def bundled_libraries_needed(wheel: Wheel) -> Iterator[str]:
    """every library that a repair tool bundled is needed by another one"""
    every = (name for library in wheel.libraries for name in (*library.needed, *library.facts.delayed))
    needed = {name.rpartition("/")[2].lower() for name in every}
    grafted = [library for library in wheel.libraries if is_grafted(library.name)]
    if idle := [library.name for library in grafted if needed.isdisjoint(map(str.lower, library.names))]:
        yield f"nothing needs {join_names(idle)}"


# Half of the popular wheels have some of these, so they are only noted of the release's own.
@release_wheel_check.note(
    By.CARE,
    source="it is often most of a wheel; strip or auditwheel repair --strip removes it",
    hint="link with -s, or set CMAKE_INSTALL_DO_STRIP (scikit-build-core does: install.strip)",
)
def debug_information_absent(subject: ReleaseWheel) -> Iterator[str]:
    """no library has debug information or symbols that the loader does not need"""
    sizes = {library.name: library.facts.debug_size for library in subject.wheel.libraries}
    largest = sorted((name for name in sizes if sizes[name]), key=lambda name: -sizes[name])
    if sum(sizes.values()) >= _LARGE:
        yield f"{_size(sizes.values())} of debug information and symbols: {join_names(largest, 3)}"


@release_wheel_check.note(By.CARE, source="everybody downloads them, and few need them", hint=_HINT)
def tests_and_sources_absent(subject: ReleaseWheel) -> Iterator[str]:
    """there are no tests and no sources of native code"""
    for kind, pattern in (("test file", _TESTS), ("native source file", _SOURCES)):
        if found := [member for member in subject.wheel.members if pattern.fullmatch(member.name)]:
            names = join_names((member.name for member in found), 3)
            yield f"it contains {_number(found, kind)}, {_size(member.size for member in found)}: {names}"
