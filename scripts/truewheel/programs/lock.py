"""nox -s lock: write requirements/*.txt, which every nox session and every wheel build installs, with hashes.

From the root pyproject.toml come `truewheel.txt` (its dependencies), one file for each extra (with those) and one for
each dependency group (with all of that). `package.txt` has what the isolated wheel builds and the package's tests
install. Each of these files serves every supported Python and platform, by markers. Versions that are already locked
stay, unless `--upgrade` is given. `builds.txt` has the builds that cibuildwheel selects for the release's platforms.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from truewheel.command_line import Parser, called_as, run_program
from truewheel.config import BUILDS_LOCK, load_config
from truewheel.locks import FOLDER, builds_text, lock_files, resolve_all, with_builds
from truewheel.report.console import write_line
from truewheel.report.text import pluralize
from truewheel.system.files import write_atomically


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the lock files; with `--check` write nothing, and exit with status 1 if they have drifted."""
    parser = Parser(prog=called_as("lock"), description="Lock what the sessions and the wheel builds install.")
    parser.add_argument("--check", action="store_true", help="report what would change, and write nothing")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that the groups allow")
    return run_program("lock", "lock", parser, _lock, arguments)


def _lock(options: argparse.Namespace) -> int:
    root = Path.cwd()
    drifted = 0
    for file, after in _texts(root, upgrade=options.upgrade):
        before = _text(root / file)
        if before == after:
            continue
        drifted += 1
        if options.check:
            names = file.as_posix(), f"{file.as_posix()}, locked now"
            for line in difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm=""):
                write_line(line, sys.stdout)
        else:
            write_atomically(root / file, after)
            write_line(f"lock: wrote {file.as_posix()}", sys.stdout)
    if drifted and options.check:
        write_line(f"lock: refused: {pluralize(drifted, 'file')} drifted; run nox -s lock", sys.stdout)
        return 1
    write_line(f"lock: {FOLDER.name}/ is what the dependency groups and cibuildwheel ask for", sys.stdout)
    return 0


def _texts(root: Path, *, upgrade: bool) -> Iterator[tuple[Path, str]]:
    """The lock files with their new texts. The builds come first: what their tests install is locked after that."""
    before = load_config(root, locked=False)
    whole = with_builds(before)
    if builds := builds_text(before, whole):
        yield BUILDS_LOCK, builds
    files = lock_files(whole)
    yield from resolve_all(whole, files, {file: _text(root / file) for file in files}, upgrade=upgrade)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
