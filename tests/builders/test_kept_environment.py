"""The environments of builds and tests: made once for each lock file, and kept while they are used."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from truewheel.builders.kept_environment import TOOLS, add_packages, kept_environment
from truewheel.builders.source_tree import SourceTree
from truewheel.system.pythons import running_python

# uv makes real environments: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
PYTHON = running_python()
LOCK = Path(__file__).parents[2] / "requirements" / "package.txt"
PINS = [line.partition(" \\")[0] for line in LOCK.read_text("utf-8").splitlines() if line[0] not in " #"]


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SourceTree:
    monkeypatch.setenv("TRUEWHEEL_CACHE", str(tmp_path / "cache"))
    tree = SourceTree(tmp_path, Path("package"), tmp_path / "locks", 0, ())
    tree.locks.mkdir()
    lock(tree, "pytest==9.0.0\n")
    return tree


def lock(sources: SourceTree, text: str) -> None:
    sources.constraints.write_text(text)
    sources.hashed_constraints.write_text(text)


def kept(sources: SourceTree, *requirements: str) -> Path:
    env = kept_environment(PYTHON, requirements, sources)
    assert env is not None
    return env


def test_an_environment_is_made_once_for_each_lock_file(sources: SourceTree, tmp_path: Path) -> None:
    first = kept(sources)
    made = (first / "pyvenv.cfg").stat().st_mtime_ns
    assert kept(sources) == first
    assert (first / "pyvenv.cfg").stat().st_mtime_ns == made
    lock(sources, "pytest==9.0.1\n")
    second = kept(sources)
    assert sorted((tmp_path / "cache").iterdir()) == sorted([first, second])


def test_an_environment_that_nobody_uses_is_removed_when_another_is_made(sources: SourceTree, tmp_path: Path) -> None:
    old = kept(sources)
    os.utime(old, (0, 0))
    assert kept(sources) == old
    lock(sources, "pytest==9.0.1\n")
    # It was used a moment ago.
    used = kept(sources)
    os.utime(old, (0, 0))
    lock(sources, "pytest==9.0.2\n")
    third = kept(sources)
    assert sorted((tmp_path / "cache").iterdir()) == sorted([used, third])


def test_a_damaged_environment_is_made_again(sources: SourceTree, tmp_path: Path) -> None:
    env = kept(sources)
    shutil.rmtree(env)
    env.mkdir()
    assert kept(sources) == env
    assert shutil.which("python", path=str(env / TOOLS))


@pytest.mark.parametrize("lacks", ["pluggy", "pytest"])
def test_what_the_lock_file_does_not_pin_is_not_kept(sources: SourceTree, lacks: str) -> None:
    lock(sources, "".join(f"{line}\n" for line in PINS if not line.startswith(lacks)))
    assert kept_environment(PYTHON, ["pytest"], sources) is None


@pytest.mark.parametrize("requirement", ["./helpers", "pytest @ file:///pytest-9.0.0-py3-none-any.whl"])
def test_what_is_not_on_the_index_is_not_kept(sources: SourceTree, tmp_path: Path, requirement: str) -> None:
    assert kept_environment(PYTHON, [requirement], sources) is None
    assert not (tmp_path / "cache").exists()


def test_packages_are_linked_into_another_environment_with_their_programs(sources: SourceTree, tmp_path: Path) -> None:
    lock(sources, "".join(f"{line}\n" for line in PINS))
    env = kept(sources, "pytest")
    other = tmp_path / "other"
    venv.create(other, symlinks=os.name != "nt")
    (package,) = env.rglob("site-packages/pluggy")
    own = other / package.relative_to(env)
    own.mkdir()
    (own / "__init__.py").write_text("its own")
    add_packages(env, other)
    result = subprocess.run([other / TOOLS / "pytest", "--version"], capture_output=True, text=True, check=False)
    # pytest runs in the other environment, which keeps what it had.
    assert "its own" in result.stderr
    assert str(other) in result.stderr
    assert list(other.rglob("_pytest/__pycache__/*.pyc"))
    (own / "__init__.py").unlink()
    add_packages(env, other)
    result = subprocess.run([other / TOOLS / "pytest", "--version"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (
        0,
        next(pin for pin in PINS if pin.startswith("pytest")).replace("==", " ") + "\n",
    )
