"""The command line: `truewheel NAME …` runs the program of that name, as `nox -s NAME -- …` does.

From the tree, without installing anything, it is `python scripts/truewheel NAME …`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

if not __package__:
    # Python put this folder on the path, in which `config` or `tag` would hide somebody else's module.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

# What each program does, in the order of a release.
PROGRAMS = {
    "wheels": "build, verify and test the wheel of a platform, and put it into dist/",
    "validate": "may this tag be released?",
    "check-dist": "may the files in dist/ be published?",
    "rehearse": "run the whole release workflow here, against an index on loopback",
    "verify": "do users get what was built?",
    "lock": "lock what the sessions and the wheel builds install",
}
_USAGE = "usage: truewheel NAME [OPTION …]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program that the first argument names; returns its exit status, 2 where it names none."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given else ""
    if name in ("-h", "--help"):
        _write(_help(), sys.stdout)
        return 0
    if name not in PROGRAMS:
        problem = f"{name!r} is not a program" if name else "no program was named"
        _write(f"{_help()}\ntruewheel: {problem}\n", sys.stderr)
        return 2
    program = importlib.import_module(f"truewheel.programs.{name.replace('-', '_')}")
    status: int = program.main(given[1:])
    return status


def _help() -> str:
    width = max(map(len, PROGRAMS))
    rows = "".join(f"  {name:{width}}  {task}\n" for name, task in PROGRAMS.items())
    return f"{_USAGE}\n\n{rows}\ntruewheel NAME --help lists the options of a program.\n"


def _write(text: str, stream: TextIO) -> None:
    stream.write(text)
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
