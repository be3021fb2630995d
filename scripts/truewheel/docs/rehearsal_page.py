"""docs/rehearsal.md: its two tables, what replaces each action in a rehearsal, and what can be broken."""

from __future__ import annotations

import re
from pathlib import Path

from truewheel.docs import read
from truewheel.errors import ReleaseError
from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.faults import FAULTS, FaultKind
from truewheel.report.markdown import Markdown, code, table

PAGE = Path("docs/rehearsal.md")
_TABLE = re.compile(r"^(?:\|.*\n)+", re.MULTILINE)


def page(root: Path) -> str:
    """Return the page in the repository `root`, whose text is written by hand, with its tables up to date.

    Raises:
        ReleaseError: it is missing, or does not have two tables.
    """
    stand_ins = [[code(one.action), Markdown(one.does)] for one in STAND_INS.values()]
    tables = [
        table(["action", "what replaces it"], stand_ins),
        table(["fault", "what breaks", "what you see", "what to do"], map(_row, FAULTS)),
    ]
    text = read(root, PAGE)
    if len(_TABLE.findall(text)) != len(tables):
        raise ReleaseError(f"{PAGE.as_posix()} must have two tables", hint="restore it: git checkout HEAD docs")
    return _TABLE.sub(lambda _: tables.pop(0), text)


def _row(kind: FaultKind) -> list[str]:
    default = f" (default: {kind.default})" if kind.default else ""
    return [code(kind.spelling), *map(Markdown, (f"{kind.breaks}{default}", kind.sees, kind.next_words))]
