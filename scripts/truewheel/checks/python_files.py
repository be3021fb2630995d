"""Can every promised Python read the package's own files, and import what they import?"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from importlib import import_module

from packaging.tags import Tag

from truewheel.checks.registers import ReleaseWheel, release_wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.versions import allowed_minors
from truewheel.wheel.dist_info import HeaderFile, requirement_of
from truewheel.wheel.import_names import Module, loaded_by, modules, with_namespaces
from truewheel.wheel.python_source import Import, grammar_problems
from truewheel.wheel.reader import Wheel

# The minor versions of Python 3 whose standard library is known, by `stdlibs`.
_KNOWN = range(8, 16)


# Only for wheels of the release: elsewhere templates and files for Python 2 have this extension too.
@release_wheel_check(
    By.LOADER,
    source="installers skip files that do not compile, so the first import fails; judged by ruff's parser",
    hint="look for an unfinished merge, or for syntax that the oldest Python does not know",
)
def python_files_parse(subject: ReleaseWheel) -> Iterator[Problem]:
    """every .py file is valid for the oldest Python that the wheel promises to serve"""
    wheel = subject.wheel
    files = {name: content for name, content in wheel.sources.items() if name.endswith(".py")}
    oldest = promised_pythons(wheel)[0]
    for name, problem in grammar_problems(files, oldest).items() if files else ():
        yield Problem.of([name], f"{abbreviate(name)} is not valid Python 3.{oldest}: {abbreviate(problem)}")


@release_wheel_check(
    By.LOADER,
    source="Python's documentation, What's New: modules added and removed; the package stdlibs lists them",
    hint="import it in a try block or for some versions only, depend on a backport, or fix requires-python",
)
def standard_modules_promised(subject: ReleaseWheel) -> Iterator[Problem]:
    """importing the package needs no standard module that a promised Python lacks"""
    wheel = subject.wheel
    libraries = {minor: _standard_library(minor) for minor in _KNOWN}
    promised = [minor for minor in promised_pythons(wheel) if minor in libraries]
    everywhere = frozenset.intersection(*(libraries[minor] for minor in promised or _KNOWN))
    sometimes = frozenset.union(*libraries.values()) - everywhere
    backports = _required(wheel)
    found: dict[str, list[str]] = {}
    for module in _loaded(wheel):
        for imported, target in module.imports:
            top = target.partition(".")[0]
            if top in sometimes and not any(top in project for project in backports):
                found.setdefault(top, []).append(_place(module, imported))
    for top, places in found.items():
        lacking = join_names(f"3.{minor}" for minor in promised if top not in libraries[minor])
        yield Problem.of([top], f"{top} is not in Python {lacking}, but is imported {join_names(places, 2)}")


@release_wheel_check(
    By.LOADER,
    source="the import fails for every user",
    hint="a file was left out or not generated: look at the settings of the build backend, and build again",
)
def own_imports_present(subject: ReleaseWheel) -> Iterator[Problem]:
    """every module of the package that importing it needs is in the wheel"""
    present = _present(subject.wheel)
    known = with_namespaces(present)
    missing: dict[str, list[str]] = {}
    for module in _loaded(subject.wheel):
        for imported, target in module.imports:
            # Other projects may have more modules of a namespace, but not of a package.
            if target.partition(".")[0] in present:
                for name in _absent(target, imported.names, present, known):
                    missing.setdefault(name, []).append(_place(module, imported))
    for name, places in missing.items():
        absent = f"{abbreviate(name)} is not in the wheel, but is imported {join_names(places, 2)}"
        yield Problem.of([abbreviate(name)], absent)


def _place(module: Module, imported: Import) -> str:
    return f"on line {imported.line} of {abbreviate(module.member)}"


def _absent(target: str, names: tuple[str, ...], present: Mapping[str, Module], known: set[str]) -> Iterator[str]:
    """The parts of an import that the wheel lacks."""
    if target not in known:
        parents = (present[name] for name in with_namespaces([target]) if name in present)
        # An extension module may have modules in it that are not files.
        if all(parent.source for parent in parents):
            yield target
        return
    for name in names:
        defined = name == "*" or (target in present and present[target].may_define(name))
        if not defined and f"{target}.{name}" not in known:
            yield f"{target}.{name}"


def _present(wheel: Wheel) -> Mapping[str, Module]:
    return {module.name: module for module in modules(wheel)}


def _loaded(wheel: Wheel) -> Iterator[Module]:
    """The modules that every user loads: those of the top level, of the commands, and what these import."""
    present = _present(wheel)
    commands = [entry.value.partition(":")[0].strip() for entry in wheel.entry_points.commands]
    return loaded_by([*(name for name in present if "." not in name), *commands], present)


def promised_pythons(wheel: Wheel) -> list[int]:
    """Return the minor versions of Python 3 that both Requires-Python and the tags allow, in order; never none."""
    requirement = wheel.metadata.one("Requires-Python") if isinstance(wheel.metadata, HeaderFile) else None
    allowed = allowed_minors(requirement or "") or []
    if requirement or not any(tag.interpreter.startswith("py") for tag in wheel.tags):
        return [minor for minor in allowed if any(_serves(tag, minor) for tag in wheel.tags)] or allowed or [_KNOWN[-1]]
    return [_KNOWN[-1]]  # requires-python-configured reports it


def _serves(tag: Tag, minor: int) -> bool:
    version = tag.interpreter[3:]  # of `cp312` or `py3`
    if tag.interpreter.startswith("py") or "abi3" in tag.abi:
        return not version.isdecimal() or minor >= int(version)
    return version == str(minor)


def _required(wheel: Wheel) -> list[str]:
    """The names of the projects that the wheel requires; one with a removed module in its name may bring it back."""
    texts = wheel.metadata.all("Requires-Dist") if isinstance(wheel.metadata, HeaderFile) else ()
    names = [requirement.name.lower() for requirement in filter(None, map(requirement_of, texts))]
    return [*names, *(["distutils"] if "setuptools" in names else [])]


@functools.cache
def _standard_library(minor: int) -> frozenset[str]:
    return frozenset(import_module(f"stdlibs.py3{minor}").module_names)
