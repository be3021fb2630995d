"""Make an environment with pip for the Python that runs this: `python fresh_python.py FOLDER SITE`.

`python -m venv` compiles pip for it, which takes three seconds. Here the pip in SITE is copied, with its bytecode.
It needs only the standard library, and may be run by an old Python.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import venv
from pathlib import Path


def command_for(python: Path, folder: Path) -> list[str]:
    """Return the command that makes an environment of `python` in `folder`, with the pip of this program."""
    pip = importlib.util.find_spec("pip")
    assert pip is not None  # noqa: S101  truewheel depends on it
    return [str(python), "-I", __file__, str(folder), str(Path(str(pip.origin)).parents[1])]


def main(folder: Path, site: Path) -> None:
    """Make the environment."""
    # On Windows, scripts are programs, which pip makes when it is installed.
    is_copied = os.name != "nt" and sys.version_info >= (3, 10)
    venv.create(folder, symlinks=os.name != "nt", with_pip=not is_copied)
    if not is_copied:
        return
    (target,) = folder.glob("lib/*/site-packages")
    for part in (site / "pip", *site.glob("pip-*.dist-info")):
        shutil.copytree(part, target / part.name)
    for name in ("pip", "pip3"):
        script = folder / "bin" / name
        script.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n', encoding="utf-8")
        script.chmod(0o755)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
