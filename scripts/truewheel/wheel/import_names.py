"""Under which names what a wheel installs can be imported."""

from __future__ import annotations

import re
import sys

from truewheel.wheel.reader import Wheel

# What installers take off a path: they put both of these places where the wheel's root goes.
DATA_ROOT = re.compile(r"\A[^/]*\.data/(?:purelib|platlib)/")
# The places in a data folder that are on Python's path; a wheel's root is one of them.
_ROOTS = ("purelib", "platlib")


def installed_tops(wheel: Wheel) -> dict[str, list[str]]:
    """What the wheel puts into site-packages, by the first part of its path there; each with its members."""
    tops: dict[str, list[str]] = {}
    for member in wheel.members:
        top, _, rest = member.name.partition("/")
        if rest and top.endswith(".dist-info"):
            continue
        if rest and top.endswith(".data"):
            place, _, rest = rest.partition("/")
            if place not in _ROOTS or not rest:
                continue
            top = rest.partition("/")[0]
        tops.setdefault(top, []).append(member.name)
    return tops


def import_name(top: str, members: list[str]) -> str | None:
    """The name under which a top-level entry is imported; None when it is neither a module nor a package."""
    if len(members) == 1 and members[0].rpartition("/")[2] == top:
        stem, _, ending = top.partition(".")
        return stem if ending.rpartition(".")[2] in ("py", "so", "pyd") else None
    return top if top.isidentifier() else None


def has_module(wheel: Wheel, dotted: str) -> bool:
    """Whether the wheel installs a module or a package of this name, e.g. `quiverdb.cli`."""
    path = dotted.replace(".", "/")
    for members in installed_tops(wheel).values():
        for name in members:
            installed = DATA_ROOT.sub("", name)
            if installed.startswith(f"{path}/"):
                return True
            if installed.startswith(f"{path}.") and installed.endswith((".py", ".so", ".pyd")):
                return True
    return False


def is_standard_module(name: str) -> bool:
    """Whether Python has a module of this name of its own."""
    return name in sys.stdlib_module_names
