"""The names under which the contents of a wheel can be imported."""

from __future__ import annotations

import re
import sys

from truewheel.wheel.reader import Wheel

# The part of a path that installers remove: both folders go to the same place as the wheel's root.
DATA_ROOT = re.compile(r"\A[^/]*\.data/(?:purelib|platlib)/")


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


def has_module(wheel: Wheel, dotted: str) -> bool:
    """Whether the wheel has a module or package of this name, e.g. `quiverdb.cli`."""
    path = re.escape(dotted.replace(".", "/"))
    found = re.compile(rf"{path}(?:/.+|(?:\.[^/]+)?\.(?:py|so|pyd))", re.DOTALL)
    return any(found.fullmatch(DATA_ROOT.sub("", member.name)) for member in wheel.members)


def is_standard_module(name: str) -> bool:
    """Whether the standard library has a module of this name."""
    return name in sys.stdlib_module_names
