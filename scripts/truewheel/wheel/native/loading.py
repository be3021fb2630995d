"""What the dynamic loader of Linux would find when the libraries of an installed wheel are loaded.

Source: ld.so(8). Python loads libraries by their path; everything that these need is looked for by name, in the
order in which it is needed, breadth first: first among what this load has already brought in, then along the
RUNPATH of the library that needs it, or else along its RPATH and those of the libraries that led to it.
"""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from truewheel.wheel.native.facts import NativeLibrary

# Places that are looked at for one wheel, before it is given up. The largest wheels of PyPI need some ten thousand;
# a wheel that is made to need more than this would take hours. What then was not found yet, is not found.
_MOST_STEPS = 1_000_000

# Where installers put things; the part that differs from one Python to the next has one spelling here.
SITE_PACKAGES = "/prefix/lib/python3/site-packages"
_SCHEMES = {
    "purelib": SITE_PACKAGES,
    "platlib": SITE_PACKAGES,
    "scripts": "/prefix/bin",
    "data": "/prefix",
    "headers": "/prefix/include",
}


@dataclass(frozen=True, slots=True)
class MissingLibrary:
    """A library that is needed, but not found in the wheel from where it is needed.

    Attributes:
        needed_by: what needs it.
        name: the library.
    """

    needed_by: NativeLibrary
    name: str


def installed_path(member: str) -> str:
    """Where an installer puts a member of a wheel, with `/prefix` for the environment (PEP 427, spread)."""
    top, _, rest = member.partition("/")
    scheme, _, inner = rest.partition("/")
    if top.endswith(".data") and scheme in _SCHEMES:
        return posixpath.normpath(f"{_SCHEMES[scheme]}/{inner}")
    return posixpath.normpath(f"{SITE_PACKAGES}/{member}")


def search_folder(entry: str, library: NativeLibrary) -> str | None:
    """The folder that an entry of `library`'s RPATH or RUNPATH leads to; None if that depends on the process."""
    origin = posixpath.dirname(installed_path(library.name))
    for spelling in ("${ORIGIN}", "$ORIGIN"):
        rest = entry.removeprefix(spelling)
        if rest != entry and (not rest or rest.startswith("/")):
            return posixpath.normpath(origin + rest)
    return posixpath.normpath(entry) if entry.startswith("/") else None


def missing_libraries(libraries: Iterable[NativeLibrary]) -> Iterator[MissingLibrary]:
    """What the loader looks for and does not find in the wheel: libraries of the platform, or lost ones.

    What another library of the wheel needs is loaded by way of that one; all else is loaded by itself.
    """
    loader = _Loader(libraries)
    started: set[str] = set()
    reported: set[tuple[str, str]] = set()
    named = {name for library in loader.libraries for name in library.needed}
    # Those that nobody needs by name first; what then was not reached is loaded by itself as well.
    order = sorted(loader.libraries, key=lambda one: not one.is_extension_module and _names(one) & named != set())
    for library in order:
        if library.name in started and not library.is_extension_module:
            continue
        for reached, missing in loader.load(library):
            started.add(reached.name)
            for name in missing:
                if (reached.name, name) not in reported:
                    reported.add((reached.name, name))
                    yield MissingLibrary(reached, name)


def _names(library: NativeLibrary) -> set[str]:
    soname = library.elf.soname if library.elf else None
    return {library.file_name, *([soname] if soname else [])}


class _Loader:
    def __init__(self, libraries: Iterable[NativeLibrary]) -> None:
        self.libraries = [library for library in libraries if library.elf is not None]
        self._steps = 0
        self._by_path = {installed_path(library.name): library for library in self.libraries}

    def load(self, start: NativeLibrary) -> Iterator[tuple[NativeLibrary, list[str]]]:
        """Every library of the wheel that is loaded with `start`, and what it needs that was not found."""
        loaded = _names(start)
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
                loaded |= {name} | _names(found)
                queue.append((found, inheritable))
            yield library, missing

    def _folders(self, library: NativeLibrary, inherited: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The folders to search for what `library` needs, and those that its dependencies inherit."""
        elf = library.elf
        found = [search_folder(entry, library) for entry in elf.search_path] if elf else []
        folders = tuple(dict.fromkeys(folder for folder in found if folder is not None))
        # A RUNPATH is for its own library, and silences every RPATH; an RPATH is for all that follows, too.
        if elf is not None and elf.search_tag == "RUNPATH":
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
