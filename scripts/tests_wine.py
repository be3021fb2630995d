"""nox -s tests-wine: our tests that start no program but Python, run by a Windows Python under Wine."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from truewheel.builders.zig import zig_program
from truewheel.clean_room.environment import clean_environment
from truewheel.clean_room.windows_python import windows_python
from truewheel.errors import ReleaseError
from truewheel.system.files import scratch_folder
from truewheel.system.wine import Wine, find_wine

ROOT = Path(__file__).parent.parent
# The readers, the checks, the configuration, and what they lean on; and how the programs of a rehearsal end.
TESTS = (
    *("checks", "patterns", "publishing", "wheel", "workflow", "system/test_files.py", "test_builds.py"),
    "rehearsal/runner/test_children.py",
    *("test_config.py", "test_findings.py", "test_platforms.py", "test_tag.py", "test_verdict.py", "test_versions.py"),
)
# The one function of bcryptprimitives.dll, which Rust needs and Wine 8 lacks: two of our tools are written in Rust.
_RANDOM = """\
__declspec(dllimport) unsigned char SystemFunction036(void *, unsigned long);
__declspec(dllexport) int ProcessPrng(void *data, unsigned long long size) {
    return SystemFunction036(data, (unsigned long)size);
}
"""


def main(arguments: Sequence[str]) -> int:
    """Install what the tests need, for Windows, and run them; return pytest's exit status."""
    wine = find_wine()
    if not isinstance(wine, Wine):
        raise ReleaseError(f"the tests cannot be run: {wine or 'Wine does not run here'}")
    python = replace(windows_python("cp313"), wine=wine)
    with scratch_folder() as folder, clean_environment(folder, python, None) as room:
        if "bcryptprimitives.dll" not in wine.dlls():
            _link_random(folder, room.env / "windows" / "bcryptprimitives.dll")
        room.install("--require-hashes", "--requirement", str(ROOT / "requirements" / "tests.txt"))
        command = [str(room.python), "-m", "pytest", "-p", "no:cacheprovider", "--skip-once", "--no-programs"]
        are_named = any((ROOT / argument.partition("::")[0]).exists() for argument in arguments)
        tests = [] if are_named else [f"tests/{name}" for name in TESTS]
        # Run through the shell, like a package's tests, it may take an hour.
        return room.run(shlex.join([*command, *arguments, *tests]), cwd=ROOT)


def _link_random(folder: Path, dll: Path) -> None:
    (folder / "random.c").write_text(_RANDOM, encoding="utf-8")
    command = [zig_program(), "cc", "-target", "x86_64-windows-gnu", "-shared", "-s", "-o", str(dll)]
    subprocess.run([*command, "random.c", "-ladvapi32"], cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
