"""nox -s docs: write what is generated from the code in the pages of docs/."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from truewheel.command_line import Parser, run_program
from truewheel.docs import checks_page, rehearsal_page, workflow_page
from truewheel.report.console import write_line
from truewheel.system.files import write_atomically

# Each page, and the function that returns its text.
PAGES: Mapping[Path, Callable[[], str]] = {
    checks_page.PAGE: lambda: checks_page.page(Path.cwd()),
    rehearsal_page.PAGE: lambda: rehearsal_page.page(Path.cwd()),
    workflow_page.PAGE: workflow_page.page,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages; with `--check` only compare them, and return 1 if one is out of date."""
    parser = Parser(prog="nox -s docs --", description="Write the pages of docs/ that are generated from the code.")
    parser.add_argument("--check", action="store_true", help="only check whether the pages are up to date")
    return run_program("docs", "write", parser, _write, arguments)


def _write(options: argparse.Namespace) -> int:
    outdated = 0
    for path, make in PAGES.items():
        text = make()
        name = path.as_posix()
        if text == (path.read_text(encoding="utf-8") if path.exists() else ""):
            write_line(f"docs: {name} is up to date", sys.stdout)
        elif options.check:
            outdated += 1
            write_line(f"docs: refused: {name} is out of date; run nox -s docs", sys.stdout)
        else:
            write_atomically(path, text)
            write_line(f"docs: wrote {name}", sys.stdout)
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
