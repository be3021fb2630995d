"""The C test program of quiverdb, as a program of this machine and, where Wine is installed, as a Windows program.

Wine runs the same Windows library that a wheel gets: cross-built by zig with the package's own CMake project.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from truewheel.builders.process import clean_environment
from truewheel.builders.zig import TOOLCHAIN, zig_program

# Real builds: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
PACKAGE = Path(__file__).parent.parent / "bindings" / "python"
WINE = shutil.which("wine") or shutil.which("wine64")
EXPECTED_TESTS = 18


def build(folder: Path, target: str) -> Path:
    """Build the test program and the library in `folder`, with warnings as errors, and return the program."""
    environ = clean_environment({"ZIG_PROGRAM": zig_program(), "ZIG_TARGET": target})
    configure = ["cmake", "-S", str(PACKAGE), "-B", str(folder), "-G", "Ninja"]
    options = ["QUIVER_BUILD_TESTS=ON", "QUIVER_WERROR=ON", f"CMAKE_TOOLCHAIN_FILE={TOOLCHAIN}"]
    for command in ([*configure, *(f"-D{option}" for option in options)], ["cmake", "--build", str(folder)]):
        result = subprocess.run(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert result.returncode == 0, result.stdout
    return folder / ("test_quiver.exe" if "windows" in target else "test_quiver")


def check(command: list[str], folder: Path, **environ: str) -> None:
    """Run the test program, all tests of which must pass."""
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert result.stdout.splitlines()[-1] == f"{EXPECTED_TESTS} passed, 0 failed", result.stdout
    assert result.returncode == 0


@pytest.mark.skipif(sys.platform not in ("linux", "win32"), reason="zig.cmake knows Linux and Windows")
def test_the_c_tests_pass_on_this_machine(tmp_path: Path) -> None:
    target = "x86_64-windows-gnu" if sys.platform == "win32" else "x86_64-linux-gnu.2.17"
    check([str(build(tmp_path, target))], tmp_path)


@pytest.mark.skipif(WINE is None or sys.platform == "win32", reason="Wine is not installed")
def test_the_c_tests_pass_as_a_windows_program_under_wine(tmp_path: Path) -> None:
    assert WINE is not None
    program = build(tmp_path / "build", "x86_64-windows-gnu")
    # With a prefix of its own, the user's Wine settings are neither used nor changed.
    prefix = {"WINEPREFIX": str(tmp_path / "prefix"), "WINEDEBUG": "-all", "DISPLAY": ""}
    try:
        check([WINE, str(program)], program.parent, **prefix)
    finally:
        # Wine's server outlives the program that started it.
        server = shutil.which("wineserver") or "/usr/lib/wine/wineserver"
        if Path(server).exists():
            subprocess.run([server, "-k", "-w"], env={**os.environ, **prefix}, check=False, capture_output=True)
