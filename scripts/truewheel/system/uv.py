"""The program uv."""

from __future__ import annotations

import shutil

from truewheel.errors import ReleaseError


def uv_program() -> str:
    """Return the path of the program in the package uv, else of the one on PATH; ReleaseError if there is neither.

    `python -m uv` would start Python first.
    """
    try:
        from uv import find_uv_bin  # noqa: PLC0415  not every installation has it

        return find_uv_bin()
    except (ImportError, FileNotFoundError):
        if program := shutil.which("uv"):
            return program
    raise ReleaseError("uv is not installed", hint="python -m pip install uv")
