"""The clean room takes a Python that a wheel is for, or says which one is missing."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest
from packaging.tags import platform_tags

from tests.support.factories import METADATA, make_wheel
from truewheel.clean_room.interpreters import best_wheels, interpreter_for
from truewheel.errors import ReleaseError
from truewheel.system import pythons
from truewheel.system.pythons import Interpreter
from truewheel.system.uv import uv_program
from truewheel.wheel.reader import Wheel, read_wheel

pytestmark = pytest.mark.skipif(sys.implementation.name != "cpython", reason="the wheels are for CPython")
HERE = next(platform_tags())
MINOR = sys.version_info.minor
# Far from any real one, so that no machine has it but the fixture.
OTHER = (
    Interpreter(Path("python3.91"), "cp391", "3.91.2"),
    Interpreter(Path("python3.90"), "cp390", "3.90.1"),
    Interpreter(Path("python3.90t"), "cp390t", "3.90.1"),
    Interpreter(Path("pypy3.90"), "pp390", "3.90.1"),
)


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a few more Pythons."""
    monkeypatch.setattr(pythons, "_installed", lambda: OTHER)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no Python but this one."""
    monkeypatch.setattr(pythons, "_installed", tuple)


def wheel(folder: Path, tag: str, requires: str = ">=3.10") -> Wheel:
    metadata = METADATA.replace(">=3.10", requires).format(name="quiverdb", version="0.5.0")
    return read_wheel(make_wheel(folder, tag=f"{tag}-{HERE}", metadata=metadata))


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("tag", ["py3-none", f"cp3{MINOR}-cp3{MINOR}", "cp38-abi3", f"cp3{MINOR}-none"])
def test_the_python_that_runs_this_is_preferred(tmp_path: Path, tag: str) -> None:
    found = interpreter_for(wheel(tmp_path, tag))
    assert isinstance(found, Interpreter)
    assert (found.path, found.version) == (Path(sys.executable), platform.python_version())


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize(
    ("tag", "requires", "python"),
    [
        ("cp390-cp390", ">=3.10", "cp390"),
        ("cp390-cp390t", ">=3.10", "cp390t"),
        ("cp91.cp390-none", ">=3.10", "cp390"),
        ("pp390-pypy390_pp73", ">=3.10", "pp390"),
        ("cp390-abi3", ">=3.10", "cp391"),
        ("py3-none", ">=3.90", "cp391"),
        ("py3-none", ">=3.90,<3.91", "cp390"),
    ],
)
def test_another_python_is_taken_where_only_that_fits(tmp_path: Path, tag: str, requires: str, python: str) -> None:
    found = interpreter_for(wheel(tmp_path, tag, requires))
    assert isinstance(found, Interpreter)
    assert found.tag == python


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("tag", "requires", "reason"),
    [
        ("cp390-cp390", ">=3.10", "there is no CPython 3.90 on this machine"),
        ("cp390-cp390t", ">=3.10", "there is no free-threaded CPython 3.90 on this machine"),
        ("cp390-abi3", ">=3.10", "there is no CPython 3.90 or newer on this machine"),
        ("pp390-pypy390_pp73", ">=3.10", "there is no PyPy 3.90 on this machine"),
        ("cp390.cp391-none", ">=3.10", "there is no CPython 3.90 or CPython 3.91 on this machine"),
        ("py3-none", ">=3.90", "Requires-Python >=3.90 allows no Python on this machine"),
    ],
)
def test_a_python_that_is_missing_is_named(tmp_path: Path, tag: str, requires: str, reason: str) -> None:
    assert interpreter_for(wheel(tmp_path, tag, requires)) == reason


@pytest.mark.usefixtures("others")
def test_a_wheel_for_another_machine_does_not_run_here(tmp_path: Path) -> None:
    other = read_wheel(make_wheel(tmp_path, tag="cp390-cp390-manylinux_2_17_s390x.linux_s390x"))
    machine = f"{platform.system()} on {platform.machine()}"
    reason = f"this machine ({machine}) does not run linux_s390x, manylinux_2_17_s390x"
    assert interpreter_for(other) == reason
    unnamed = read_wheel(make_wheel(tmp_path, filename="quiverdb.whl"))
    assert interpreter_for(unnamed) == "its file name is not that of a wheel"


@pytest.mark.usefixtures("others")
def test_of_a_release_the_wheel_is_taken_that_pip_would_install(tmp_path: Path) -> None:
    own = f"cp3{MINOR}-cp3{MINOR}"
    tags = ("cp390-cp390", "cp38-abi3", f"cp3{MINOR}-abi3", own, "py3-none")
    wheels = {tag: wheel(tmp_path, tag) for tag in tags}

    def best(*tags: str) -> tuple[str, str]:
        ((python, taken),) = best_wheels([wheels[tag] for tag in tags])
        return python.tag, taken.name.split("-", 2)[2].removesuffix(f"-{HERE}.whl")

    here = f"cp3{MINOR}"
    assert best(*tags) == (here, own)
    assert best("cp390-cp390", "py3-none", "cp38-abi3", f"{here}-abi3") == (here, f"{here}-abi3")
    assert best("cp390-cp390", "py3-none", "cp38-abi3") == (here, "cp38-abi3")
    assert best("cp390-cp390") == ("cp390", "cp390-cp390")


@pytest.mark.usefixtures("alone")
def test_a_release_for_other_pythons_has_no_wheel_for_this_machine(tmp_path: Path) -> None:
    assert best_wheels([wheel(tmp_path, "cp390-cp390"), wheel(tmp_path, "py3-none", "<3")]) == []


@pytest.mark.skipif(sys.platform == "win32", reason="pyenv makes links on other systems")
def test_a_python_of_pyenv_is_found_even_if_it_is_not_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pyenv/versions/3.x/bin"
    folder.mkdir(parents=True)
    # pyenv's own folders are links, too.
    (folder / "python3").symlink_to(Path(sys.base_prefix, "bin", f"python3.{MINOR}"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    # Its shims are left alone.
    shim = tmp_path / "pyenv/shims" / f"python3.{MINOR}"
    shim.parent.mkdir()
    shim.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    pythons._installed.cache_clear()
    found = {python.path: python for python in pythons._installed()}
    pythons._installed.cache_clear()
    assert found[folder / "python3"].tag.removesuffix("t") == f"cp3{MINOR}"
    assert not (tmp_path / "started").exists()


def test_without_uv_there_is_only_the_python_that_runs_this(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", "")
    pythons._installed.cache_clear()
    assert [python.path for python in pythons.pythons()] == [Path(sys.executable)]
    pythons._installed.cache_clear()


def test_the_uv_on_path_serves_where_the_package_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Path(uv_program()).is_file()
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReleaseError, match=r"^uv is not installed$"):
        uv_program()
    program = tmp_path / ("uv.exe" if os.name == "nt" else "uv")
    program.touch(0o755)
    assert Path(uv_program()) == program
