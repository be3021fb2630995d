"""Versions of Python packages, as PEP 440 spells them."""

from __future__ import annotations

from packaging.version import Version


def try_version(text: str) -> Version | None:
    """Parse a version, e.g. `0.5.0` or `v1.0rc1`; None if `text` is not one.

    A number of more digits than Python converts (`sys.get_int_max_str_digits`) is not one either; packaging lets the
    plain ValueError through.
    """
    try:
        return Version(text)
    except ValueError:
        return None
