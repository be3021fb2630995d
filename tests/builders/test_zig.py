"""The environments that zig's builds run in: made once for each lock file, and kept while they are used."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from truewheel.builders.source_tree import SourceTree
from truewheel.builders.zig import _TOOLS, _environment
from truewheel.system.pythons import running_python

# uv makes real environments: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
PYTHON = running_python()


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


def test_an_environment_is_made_once_for_each_lock_file(sources: SourceTree, tmp_path: Path) -> None:
    first = _environment(PYTHON, [], sources, tmp_path)
    made = (first / "pyvenv.cfg").stat().st_mtime_ns
    assert _environment(PYTHON, [], sources, tmp_path) == first
    assert (first / "pyvenv.cfg").stat().st_mtime_ns == made
    lock(sources, "pytest==9.0.1\n")
    second = _environment(PYTHON, [], sources, tmp_path)
    assert sorted((tmp_path / "cache").iterdir()) == sorted([first, second])


def test_an_environment_that_nobody_uses_is_removed_when_another_is_made(sources: SourceTree, tmp_path: Path) -> None:
    old = _environment(PYTHON, [], sources, tmp_path)
    os.utime(old, (0, 0))
    assert _environment(PYTHON, [], sources, tmp_path) == old
    lock(sources, "pytest==9.0.1\n")
    # It was used a moment ago.
    used = _environment(PYTHON, [], sources, tmp_path)
    os.utime(old, (0, 0))
    lock(sources, "pytest==9.0.2\n")
    third = _environment(PYTHON, [], sources, tmp_path)
    assert sorted((tmp_path / "cache").iterdir()) == sorted([used, third])


def test_a_damaged_environment_is_made_again(sources: SourceTree, tmp_path: Path) -> None:
    env = _environment(PYTHON, [], sources, tmp_path)
    shutil.rmtree(env)
    env.mkdir()
    assert _environment(PYTHON, [], sources, tmp_path) == env
    assert shutil.which("python", path=str(env / _TOOLS))


def test_an_environment_in_a_read_only_cache_is_used(
    sources: SourceTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = _environment(PYTHON, [], sources, tmp_path)

    def refuse(_: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "utime", refuse)
    assert _environment(PYTHON, [], sources, tmp_path) == env


def test_what_the_lock_file_does_not_pin_is_installed_for_one_build(sources: SourceTree, tmp_path: Path) -> None:
    env = _environment(PYTHON, ["iniconfig"], sources, tmp_path)
    assert env.parent == tmp_path
    assert list(env.rglob("iniconfig/__init__.py"))
    assert not (tmp_path / "cache").exists()
