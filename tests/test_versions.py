"""Versions of Python packages."""

from __future__ import annotations

import pytest
from packaging.version import Version

from truewheel.versions import try_version


@pytest.mark.parametrize("text", ["0.5.0", "v1.0RC1", "1!2.0"])
def test_a_version_is_parsed(text: str) -> None:
    assert try_version(text) == Version(text)


@pytest.mark.parametrize("text", ["", "five", "1.0.0-x.y", "9" * 4999, "1." + "9" * 4999])
def test_anything_else_is_none(text: str) -> None:
    assert try_version(text) is None
