"""nox -s docs: write the pages of docs/ that are made from the code they describe."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from truewheel.command_line import Parser, run_program
from truewheel.docs import checks_page as check_docs
from truewheel.docs import rehearsal_page as rehearsal_docs
from truewheel.report.console import write_line
from truewheel.system.files import write_atomically

# Each page, and what makes its text.
PAGES: Mapping[Path, Callable[[], str]] = {
    check_docs.PAGE: lambda: check_docs.page(check_docs.load_examples(Path.cwd())),
    rehearsal_docs.PAGE: rehearsal_docs.page,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages; with `--check` write nothing, and exit with status 1 if one is not what it should be."""
    parser = Parser(prog="nox -s docs --", description="Write the pages of docs/ that are made from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; tell whether a page would change")
    return run_program("docs", "write", parser, _write, arguments)


def _write(options: argparse.Namespace) -> int:
    drifted = 0
    for path, make in PAGES.items():
        text = make()
        name = path.as_posix()
        if text == (path.read_text(encoding="utf-8") if path.exists() else ""):
            write_line(f"docs: {name} is what the code says", sys.stdout)
        elif options.check:
            drifted += 1
            write_line(f"docs: refused: {name} is not what the code says; run nox -s docs", sys.stdout)
        else:
            write_atomically(path, text)
            write_line(f"docs: wrote {name}", sys.stdout)
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main())
