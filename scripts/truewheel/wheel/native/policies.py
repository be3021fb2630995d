"""What every system of a platform has: the data of auditwheel (Linux), delvewheel (Windows) and abi3info (Python).

Both packages judge files on disk; here only their data is read, so that no wheel must be extracted. Importing the
modules around auditwheel's data would take longer than judging two small wheels. Tests compare the policies with
auditwheel's own `WheelPolicies`, and the verdicts with `auditwheel show` and `delvewheel show`.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.tags import Tag

from truewheel.platforms import GlibcVersion
from truewheel.toml_tables import table_of
from truewheel.wheel.native.facts import NativeLibrary

_LINUX_TAG = re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)", re.ASCII)
# PEP 513, 571 and 599, in the spelling of PEP 600.
_LEGACY = {"manylinux1": "manylinux_2_5", "manylinux2010": "manylinux_2_12", "manylinux2014": "manylinux_2_17"}
_GLIBC_SYMBOL = re.compile(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", re.ASCII)
# The names that musl's loader takes for itself (ldso/dynlink.c, load_library).
_MUSL_OWN = re.compile(r"lib(?:c|m|pthread|rt|dl|util|xnet)\.so")
_WINDOWS_10 = frozenset(f"{name}.dll" for name in table_of(__file__)["windows-10"].split())
_MUSL_ARCHITECTURES = {"i686": "x86", "armv7l": "armv7"}


@dataclass(frozen=True, slots=True)
class LinuxPolicy:
    """The libraries and symbol versions of every Linux that accepts a wheel of a platform tag."""

    tag: str  # the platform tag
    version: GlibcVersion  # the version of the C library that the tag names
    is_glibc: bool  # whether the C library is glibc, not musl
    is_newer: bool  # whether the tag names a newer version than any policy; then the version decides
    libraries: frozenset[str]  # the names of its libraries
    symbol_versions: Mapping[str, frozenset[str]]  # for each family (`GLIBC`, `GLIBCXX`, …) its versions (`GLIBC_2.17`)
    private_symbols: Mapping[str, frozenset[str]]  # for each library, the symbols that not every build of it has

    def has_version(self, version: str) -> bool:
        """Whether it has `version`, e.g. `GLIBC_2.17`; True for families without a policy."""
        known = self.symbol_versions.get(version.partition("_")[0])
        if known is None or version in known:
            return True
        number = glibc_version(version)
        return self.is_newer and number is not None and number <= self.version

    def has_library(self, name: str) -> bool:
        """Whether it has the library `name`; the program loader, under any name, always."""
        own = not self.is_glibc and _MUSL_OWN.fullmatch(name)
        return name in self.libraries or bool(own) or name.startswith(("ld-linux", "ld64.so.", "ld-musl-"))


def glibc_version(symbol_version: str) -> GlibcVersion | None:
    """Return `(2, 17)` for `GLIBC_2.17`; None for anything that is not a version of glibc."""
    match = _GLIBC_SYMBOL.fullmatch(symbol_version)
    return GlibcVersion(int(match[1]), int(match[2])) if match else None


def required_glibc(library: NativeLibrary) -> GlibcVersion | None:
    """Return the oldest glibc that has every symbol version that `library` needs; None if it needs none."""
    found = (glibc_version(version) for _, names in library.facts.versions for version in names)
    return max(filter(None, found), default=None)


def promised_glibc(tag: str) -> GlibcVersion | None:
    """Return the glibc that a platform tag requires, e.g. `(2, 28)`; None for tags that do not name one."""
    parts = _parts(tag)
    return parts[1] if parts is not None and parts[0] == "manylinux" else None


def _parts(tag: str) -> tuple[str, GlibcVersion, str] | None:
    old, _, architecture = tag.partition("_")
    match = _LINUX_TAG.fullmatch(f"{_LEGACY[old]}_{architecture}" if old in _LEGACY else tag)
    return (match[1], GlibcVersion(int(match[2]), int(match[3])), match[4]) if match else None


@cache
def linux_policy(tag: str) -> LinuxPolicy | None:
    """Return the policy of a manylinux or musllinux platform tag; None for other tags and unknown architectures.

    A tag may name a version that has no policy (PEP 600). Then the next newer policy applies, but without the glibc
    versions that are newer than the tag; for tags newer than every policy, the newest one applies.
    """
    parts = _parts(tag)
    if parts is None:
        return None
    family, version, architecture = parts
    known = [row for row in _raw_policies(family) if architecture in row[1]["symbol_versions"]]
    if not known:
        return None
    number, raw = next((row for row in known if row[0] >= version), known[-1])
    libraries = frozenset(raw["lib_whitelist"])
    if family == "musllinux":
        # auditwheel's list has the name from musl's own build; distributions add the machine.
        libraries = libraries - {"libc.so"} | {f"libc.musl-{_MUSL_ARCHITECTURES.get(architecture, architecture)}.so.1"}
    versions = {
        name: frozenset(f"{name}_{number}" for number in numbers)
        for name, numbers in raw["symbol_versions"][architecture].items()
    }
    if number > version and "GLIBC" in versions:
        versions["GLIBC"] = frozenset(one for one in versions["GLIBC"] if (glibc_version(one) or version) <= version)
    private = {name: frozenset(symbols) for name, symbols in raw["blacklist"].items()}
    return LinuxPolicy(tag, version, family == "manylinux", number < version, libraries, versions, private)


@cache
def _raw_policies(family: str) -> list[tuple[GlibcVersion, dict[str, Any]]]:
    """Return auditwheel's policies of a family, oldest C library first."""
    package = importlib.util.find_spec("auditwheel")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("the package auditwheel is not installed; run this through nox")
    file = Path(package.submodule_search_locations[0]) / "policy" / f"{family}-policy.json"
    policies = json.loads(file.read_text(encoding="utf-8"))
    numbered = [
        (GlibcVersion(int(match[2]), int(match[3])), policy)
        for policy in policies
        if (match := _LINUX_TAG.fullmatch(f"{policy['name']}_any"))
    ]
    return sorted(numbered, key=lambda row: row[0])


@cache
def stable_abi(minor: int) -> frozenset[str]:
    """Return the names of the functions and data of Python 3.`minor` that a module for the stable ABI may use."""
    # 80 ms to import, and few wheels need it.
    from abi3info import DATAS, FUNCTIONS  # noqa: PLC0415
    from abi3info.models import PyVersion  # noqa: PLC0415

    entries = (*FUNCTIONS.items(), *DATAS.items())
    return frozenset(symbol.name for symbol, entry in entries if entry.added <= PyVersion(3, minor))


@dataclass(frozen=True, slots=True)
class WindowsPolicy:
    """The DLLs of every Windows and every Python that accept a wheel."""

    dlls: frozenset[str]  # those of Windows, lower-cased
    python_dlls: frozenset[str]  # those of every Python that the wheel's tags name, lower-cased
    patterns: tuple[re.Pattern[str], ...]  # of further DLLs of Windows
    ignored: Mapping[str, frozenset[str]]  # for a DLL, others that it imports but does not need on any current Windows

    def has(self, dll: str, importer: str, *, by_python: bool = True) -> bool:
        """Whether it has `dll`, which the file `importer` imports; both are file names in any case.

        If `importer` is loaded `by_python`, the DLLs of Python are in the process; a program has to bring them.
        """
        dll = dll.lower()
        if dll in self.dlls or dll in self.ignored.get(importer.lower(), ()):
            return True
        # delvewheel takes every name that begins with api- for a set of Windows' functions.
        is_known = any(pattern.fullmatch(dll) for pattern in self.patterns) and not re.match("api-(?!ms-)", dll)
        return (by_python and dll in self.python_dlls) or is_known


def windows_policy(tags: Iterable[Tag]) -> WindowsPolicy | None:
    """Return the policy of a wheel with the tags `tags`; None if they are not all for one Windows platform."""
    # Not delvewheel's public interface, but the list that decides what a repair bundles. The lock file pins the
    # version, and a test fails if the list moves.
    from delvewheel import _dll_list  # noqa: PLC0415

    tags = frozenset(tags)
    machines = {_dll_list.MachineType.platform_tag_to_type(tag.platform) for tag in tags}
    if len(machines) != 1 or None in machines:
        return None
    (machine,) = machines
    by_abi = (_first(_dll_list.ignore_by_abi_platform, f"{tag.abi}-{tag.platform}") for tag in tags)
    dlls = frozenset.intersection(*by_abi)
    if all(tag.abi in ("abi3", "abi3t") for tag in tags):
        by_python = (_first(_dll_list.ignore_abi3, f"{tag.interpreter}-{tag.platform}") for tag in tags)
        dlls |= frozenset.intersection(*by_python)
    is_pypy = all(tag.interpreter.startswith("pp") for tag in tags)
    return WindowsPolicy(
        # The lists for Intel are of what Windows 7 has too, which no current Python supports.
        _WINDOWS_10.union(_dll_list.ignore_names[machine]),
        dlls,
        tuple(pattern for pattern in _dll_list.ignore_regexes if is_pypy or "pypy" not in pattern.pattern),
        {importer: frozenset(names) for importer, names in _dll_list.ignore_dependency.items()},
    )


def _first(table: Mapping[str, set[str]], text: str) -> frozenset[str]:
    return next((frozenset(dlls) for pattern, dlls in table.items() if re.fullmatch(pattern, text)), frozenset())
