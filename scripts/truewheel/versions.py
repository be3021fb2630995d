"""Versions of Python packages, as PEP 440 spells them."""

from __future__ import annotations

import functools

from packaging.specifiers import SpecifierSet
from packaging.version import Version

# The minor versions of Python 3 that are tried, and the releases of each.
_MINORS = range(40)
_MICROS = range(40)


def try_version(text: str) -> Version | None:
    """Parse a version, e.g. `0.5.0` or `v1.0rc1`; None if `text` is not one.

    A number of more digits than Python converts (`sys.get_int_max_str_digits`) is not one either; packaging lets the
    plain ValueError through.
    """
    try:
        return Version(text)
    except ValueError:
        return None


@functools.cache
def allowed_minors(requirement: str) -> list[int] | None:
    """Return the minor versions of Python 3 with a release that Requires-Python allows; None if it is not valid."""
    try:
        specifiers = SpecifierSet(requirement)
    except ValueError:
        return None
    return [minor for minor in _MINORS if any(specifiers.contains(f"3.{minor}.{micro}") for micro in _MICROS)]
