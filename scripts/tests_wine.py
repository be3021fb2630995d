"""nox -s tests-wine: those of our tests that start no programs, run by a Windows Python under Wine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from truewheel.clean_room.environment import clean_environment
from truewheel.clean_room.windows_python import windows_python
from truewheel.errors import ReleaseError
from truewheel.system.files import scratch_folder
from truewheel.system.wine import Wine, find_wine

ROOT = Path(__file__).parent.parent


def main(arguments: Sequence[str]) -> int:
    """Install what the tests need, for Windows, and run them; return pytest's exit status."""
    wine = find_wine()
    if not isinstance(wine, Wine):
        raise ReleaseError(f"the tests cannot be run: {wine or 'Wine does not run here'}")
    python = replace(windows_python("cp313"), wine=wine)
    with scratch_folder() as folder, clean_environment(folder, python, None) as room:
        room.install("--require-hashes", "--requirement", str(ROOT / "requirements" / "tests.txt"))
        command = [str(room.python), "-m", "pytest", "-p", "no:cacheprovider", "--skip-once"]
        return room.run([*command, *arguments], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
