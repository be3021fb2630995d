"""The C test program of quiverdb: as a program of this machine, under sanitizers, and under Wine as a Windows program.

Wine runs the same Windows library that a wheel gets: cross-built by zig with the package's own CMake project.
`nox -s fuzz-quiver` opens stores that were changed at random for a minute; here a thousand of them have to do.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from truewheel.builders.process import clean_environment
from truewheel.builders.zig import TOOLCHAIN, zig_program

# Real builds: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
PACKAGE = Path(__file__).parent.parent / "bindings" / "python"
WINE = shutil.which("wine") or shutil.which("wine64")
EXPECTED_TESTS = 19
FUZZ_SECONDS = float(os.environ.get("RELEASE_FUZZ_SECONDS", "0"))


def build(folder: Path, target: str) -> Path:
    """Cross-build the test program and the library in `folder`, and return the program."""
    environ = clean_environment({"ZIG_PROGRAM": zig_program(), "ZIG_TARGET": target})
    run_cmake(folder, environ, f"CMAKE_TOOLCHAIN_FILE={TOOLCHAIN}")
    return folder / ("test_quiver.exe" if "windows" in target else "test_quiver")


def run_cmake(folder: Path, environ: dict[str, str], *options: str) -> None:
    """Build in `folder`, with warnings as errors."""
    configure = ["cmake", "-S", str(PACKAGE), "-B", str(folder), "-G", "Ninja"]
    options = ("QUIVER_BUILD_TESTS=ON", "QUIVER_WERROR=ON", *options)
    for command in ([*configure, *(f"-D{option}" for option in options)], ["cmake", "--build", str(folder)]):
        result = subprocess.run(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert result.returncode == 0, result.stdout


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


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the test program with the sanitizers of gcc, which end it at the first error that they find."""
    if sys.platform != "linux" or shutil.which("gcc") is None:
        # The session that is about this must not pass without it.
        (pytest.fail if FUZZ_SECONDS else pytest.skip)("needs Linux and gcc")
    folder = tmp_path_factory.mktemp("sanitized")
    flags = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
    run_cmake(folder, clean_environment({}), "CMAKE_C_COMPILER=gcc", "CMAKE_BUILD_TYPE=None", f"CMAKE_C_FLAGS={flags}")
    return folder / "test_quiver"


def test_the_c_tests_pass_under_sanitizers(sanitized: Path, tmp_path: Path) -> None:
    check([str(sanitized)], tmp_path)


def test_stores_changed_at_random_are_opened_or_refused(sanitized: Path, tmp_path: Path) -> None:
    end = time.monotonic() + FUZZ_SECONDS
    while True:
        command = [str(sanitized), "1000", str(random.randrange(1 << 31))]  # noqa: S311
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
        if time.monotonic() > end:
            break


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
