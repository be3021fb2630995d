"""The names under which the contents of a wheel can be imported, and what its Python files import."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.python_source import Import, PythonSource, read_source
from truewheel.wheel.reader import Wheel

# What many projects call their tests, documents and scripts: the package installed last overwrites the others' files.
COMMON_NAMES = re.compile(
    r"tests?|testing|docs?|documentation|examples?|samples?|demos?|benchmarks?|build|dist|src|lib|scripts?|tools|utils"
    r"|tasks|ci|setup|conftest|noxfile|conanfile|build_backend",
    re.IGNORECASE,
)
# Folders of a system or of an installation prefix, which become packages when they are at the top of a wheel.
_PREFIX_FOLDER = re.compile(r"(?:lib\d*|include|s?bin|share|etc|man|usr|cmake|pkgconfig)", re.ASCII | re.IGNORECASE)
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


def prefix_folders(wheel: Wheel) -> set[str]:
    """The top-level folders that belong in an installation prefix, not in site-packages: `lib64`, `include`."""
    names = {member.name for member in wheel.members}
    tops = {name.partition("/")[0] for name in names if "/" in name}
    return {top for top in tops if _PREFIX_FOLDER.fullmatch(top) and f"{top}/__init__.py" not in names}


def import_name(top: str, members: list[str]) -> str | None:
    """Return the name under which a top-level entry is imported; None if it is neither a module nor a package."""
    if len(members) == 1 and members[0].rpartition("/")[2] == top:
        stem, _, ending = top.partition(".")
        return stem if ending.rpartition(".")[2] in ("py", "so", "pyd") else None
    return top if top.isidentifier() else None


@dataclass(frozen=True, slots=True)
class Module:
    """A file that can be imported."""

    name: str  # with dots, e.g. `quiverdb.cli`
    member: str  # the file in the wheel
    is_package: bool  # whether it is the `__init__` of a package
    content: bytes | None  # of a Python file; None for an extension module

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


def project_names(wheel: Wheel, project: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Return the modules and the namespaces by which a project is imported, with dots.

    They are those that its table `[project]` states. If it states none, they are the top-level names in the wheel: the
    project's own in any case, or else the only one, with private ones next to it, as `yaml` and `_yaml` of PyYAML. If
    none is the project's and there are several, it is the project's name, although it is not in the wheel.
    """
    named, namespaces = (
        # An empty name states that there is nothing to import.
        {str(name).partition(";")[0].strip() for name in project.get(key, [])} - {""}
        for key in ("import-names", "import-namespaces")
    )
    if named or namespaces:
        return named, namespaces
    name, found = canonicalize_name(project["name"]).replace("-", "_"), list(modules(wheel))
    tops = {module.name.partition(".")[0] for module in found}
    tops = {top for top in tops if not COMMON_NAMES.fullmatch(top) or top == name}
    public = {top for top in tops if not top.startswith("_")}
    own = {top for top in tops if top.lower() == name} or (public if len(public) == 1 else {name})
    own |= tops - public if own <= tops else set()
    # A folder without an __init__ is a namespace if there are only folders in it.
    holders = {module.name if module.is_package else module.name.rpartition(".")[0] for module in found}
    namespaces = {top for top in own - holders - {module.name for module in found} if top.lower() != name}
    return own - namespaces, namespaces


def names_to_import(wheel: Wheel, project: Mapping[str, Any]) -> list[str]:
    """Return the public names by which a project is imported; all top-level ones if it is not clear which are its."""
    present = with_namespaces(module.name for module in modules(wheel))
    own = {name for names in project_names(wheel, project) for name in names if not name.startswith("_")}
    return sorted(own & present or {name for name in present if "." not in name})


def installed_libraries(wheel: Wheel) -> dict[str, NativeLibrary]:
    """Return a wheel's shared libraries by their paths in site-packages."""
    return {DATA_ROOT.sub("", library.name): library for library in wheel.libraries if library.is_shared_library}


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
