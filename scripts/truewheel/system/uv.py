"""The program uv."""

from __future__ import annotations

import shutil
import sysconfig


def uv_program() -> str:
    """Return the path of the uv that is installed next to truewheel, else of the one on PATH; else `uv`.

    `python -m uv` would start Python first.
    """
    return shutil.which("uv", path=sysconfig.get_path("scripts")) or shutil.which("uv") or "uv"
