"""The names under which the contents of a wheel can be imported, and what its Python files import."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from truewheel.wheel.python_source import Import, PythonSource, read_source
from truewheel.wheel.reader import Wheel

# The part of a path that installers remove: both folders go to the same place as the wheel's root.
DATA_ROOT = re.compile(r"\A[^/]*\.data/(?:purelib|platlib)/")
# A Python file or an extension module, e.g. `a/b.py`, `a/b/__init__.py` or `a/b.cpython-312-darwin.so`.
_MODULE = re.compile(r"(?P<path>[\w/]+?)(?P<init>/__init__)?(?:\.[\w-]+)?\.(?:py|so|pyd)")


def installed_tops(wheel: Wheel) -> dict[str, list[str]]:
    """Return the top-level names that the wheel installs into site-packages, each with its members."""
    tops: dict[str, list[str]] = {}
    for member in wheel.members:
        installed = DATA_ROOT.sub("", member.name)
        top, slash, _ = installed.partition("/")
        if not slash or installed != member.name or not top.endswith((".dist-info", ".data")):
            tops.setdefault(top, []).append(member.name)
    return tops


def import_name(top: str, members: list[str]) -> str | None:
    """Return the name under which a top-level entry is imported; None if it is neither a module nor a package."""
    if len(members) == 1 and members[0].rpartition("/")[2] == top:
        stem, _, ending = top.partition(".")
        return stem if ending.rpartition(".")[2] in ("py", "so", "pyd") else None
    return top if top.isidentifier() else None


@dataclass(frozen=True, slots=True)
class Module:
    """A file that can be imported.

    Attributes:
        name: with dots, e.g. `quiverdb.cli`.
        member: the file in the wheel.
        is_package: whether it is the `__init__` of a package.
        content: of a Python file; None for an extension module.
    """

    name: str
    member: str
    is_package: bool
    content: bytes | None

    @property
    def source(self) -> PythonSource | None:
        """What the file says; None if it is not a Python file, or not for the Python that runs this."""
        return None if self.content is None else read_source(self.content)

    @property
    def imports(self) -> Iterator[tuple[Import, str]]:
        """The imports that always run, each with the absolute name of its module."""
        for imported in self.source.imports if self.source else ():
            yield imported, self._resolve(imported.module)

    def may_define(self, name: str) -> bool:
        """Whether there may be an object of this name in it; only of a Python file that is certain."""
        names = self.source.names if self.source else None
        return names is None or name in names or (name.startswith("__") and name.endswith("__"))

    def _resolve(self, module: str) -> str:
        name = module.lstrip(".")
        parts = self.name.split(".") if module != name else []
        # One dot is the package itself, each further one the folder above.
        above = len(module) - len(name) - self.is_package
        return ".".join([*parts[: len(parts) - above], *([name] if name else [])])


def modules(wheel: Wheel) -> Iterator[Module]:
    """Yield everything in a wheel that can be imported; a name may be claimed by several files."""
    for member in wheel.members:
        match = _MODULE.fullmatch(DATA_ROOT.sub("", member.name))
        if match is not None:
            name, content = match["path"].replace("/", "."), wheel.sources.get(member.name)
            yield Module(name, member.name, match["init"] is not None, content)


def names_of(project: str, tops: set[str]) -> set[str]:
    """Choose from the top-level names in a wheel those that its project is imported by; none if that is not clear.

    They are the project's own name in any case, or else the only name, and private ones: `yaml` and `_yaml` of PyYAML.

    Args:
        project: its normalized name, with underscores.
        tops: the names.
    """
    private = {name for name in tops if name.startswith("_")}
    others = tops - private if len(tops - private) == 1 else set()
    own = {name for name in tops if name.lower() == project} or others
    return own | private if own else set()


def installed_libraries(wheel: Wheel) -> list[str]:
    """Return the paths of a wheel's native libraries in site-packages."""
    return [DATA_ROOT.sub("", library.name) for library in wheel.libraries]


def with_namespaces(present: Iterable[str]) -> set[str]:
    """Add to the names of modules the namespaces that they are in: `a.b` and `a` for `a.b.c`."""
    return {name[: match.start()] for name in present for match in re.finditer(r"\.|\Z", name)}


def loaded_by(roots: Iterable[str], present: Mapping[str, Module]) -> Iterator[Module]:
    """Yield the modules that importing `roots` certainly loads, each once: them, their packages, what they import."""
    waiting, seen = [*roots], set[str]()
    while waiting:
        for name in with_namespaces([waiting.pop()]) - seen:
            seen.add(name)
            if name in present:
                yield present[name]
                for imported, target in present[name].imports:
                    waiting += [target, *(f"{target}.{part}" for part in imported.names)]


def is_standard_module(name: str) -> bool:
    """Whether the standard library has a module of this name."""
    return name in sys.stdlib_module_names
