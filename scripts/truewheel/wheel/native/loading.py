"""The libraries that the dynamic loader of Linux finds when those of an installed wheel are loaded.

Source: ld.so(8). Python loads libraries by their path; what these need is searched by name, breadth first: among the
libraries that are already loaded, then along the RUNPATH of the library that needs it, or else along its RPATH and
those of the libraries that led to it.
"""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Iterable, Iterator

from truewheel.wheel.native.facts import NativeLibrary

# Places that are searched for one wheel; the largest wheels on PyPI need some ten thousand. A hostile one could need
# hours. Beyond the limit, nothing is found.
_MOST_STEPS = 1_000_000

# Where installers put the parts of a wheel; the Python version in the path does not matter here.
SITE_PACKAGES = "/prefix/lib/python3/site-packages"
_SCHEMES = {
    "purelib": SITE_PACKAGES,
    "platlib": SITE_PACKAGES,
    "scripts": "/prefix/bin",
    "data": "/prefix",
    "headers": "/prefix/include",
}


def installed_path(member: str) -> str:
    """Return where an installer puts a member, with `/prefix` for the environment (PEP 427, "spread")."""
    top, _, rest = member.partition("/")
    scheme, _, inner = rest.partition("/")
    if top.endswith(".data") and scheme in _SCHEMES:
        return posixpath.normpath(f"{_SCHEMES[scheme]}/{inner}")
    return posixpath.normpath(f"{SITE_PACKAGES}/{member}")


def search_folder(entry: str, library: NativeLibrary) -> str | None:
    """Return the folder of an entry of `library`'s RPATH or RUNPATH; None if it depends on the process."""
    origin = posixpath.dirname(installed_path(library.name))
    for spelling in ("${ORIGIN}", "$ORIGIN"):
        rest = entry.removeprefix(spelling)
        if rest != entry and (not rest or rest.startswith("/")):
            return posixpath.normpath(origin + rest)
    return posixpath.normpath(entry) if entry.startswith("/") else None


def missing_libraries(libraries: Iterable[NativeLibrary]) -> Iterator[tuple[NativeLibrary, str]]:
    """Each ELF library with each name of one that it needs, and that the loader does not find in the wheel.

    A library that another one needs is loaded through that one; all others are loaded by themselves.
    """
    loader = _Loader(libraries)
    started, reported = set[str](), set[tuple[str, str]]()
    named = {name for library in loader.libraries for name in library.needed}
    # First those that no other one needs; those that are not reached by then are loaded by themselves as well.
    order = sorted(loader.libraries, key=lambda one: not one.is_extension_module and one.names & named != set())
    for library in order:
        if library.name in started and not library.is_extension_module:
            continue
        for reached, missing in loader.load(library):
            started.add(reached.name)
            for name in missing:
                if (reached.name, name) not in reported:
                    reported.add((reached.name, name))
                    yield reached, name


class _Loader:
    def __init__(self, libraries: Iterable[NativeLibrary]) -> None:
        self.libraries = list(libraries)
        self._steps = 0
        self._by_path = {installed_path(library.name): library for library in self.libraries}

    def load(self, start: NativeLibrary) -> Iterator[tuple[NativeLibrary, list[str]]]:
        """Every library of the wheel that is loaded with `start`, each with the names that were not found."""
        loaded = start.names
        queue: deque[tuple[NativeLibrary, tuple[str, ...]]] = deque([(start, ())])
        while queue:
            library, inherited = queue.popleft()
            own, inheritable = self._folders(library, inherited)
            missing = []
            for name in dict.fromkeys(library.needed):
                self._steps += 1
                if name in loaded:
                    continue
                found = self._find(name, own, library)
                if found is None:
                    missing.append(name)
                    continue
                loaded |= {name} | found.names
                queue.append((found, inheritable))
            yield library, missing

    def _folders(self, library: NativeLibrary, inherited: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the folders to search for what `library` needs, and those that its dependencies inherit."""
        found = [search_folder(entry, library) for entry in library.facts.search_path]
        folders = tuple(dict.fromkeys(folder for folder in found if folder is not None))
        # A RUNPATH is only for its own library, and replaces every RPATH there; an RPATH is also for the dependencies.
        if library.facts.search_tag == "RUNPATH":
            return folders, inherited
        both = tuple(dict.fromkeys(folders + inherited))
        return both, both

    def _find(self, name: str, folders: tuple[str, ...], library: NativeLibrary) -> NativeLibrary | None:
        for folder in [""] if "/" in name else folders:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                return None
            found = self._by_path.get(f"{folder}/{name}" if folder else name)
            if found is not None and found.target == library.target:
                return found
        return None
