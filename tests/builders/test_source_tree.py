"""The copy that wheels are built from is the same for every clone of one commit."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.factories import ReleaseFolder
from truewheel.builders.source_tree import CONSTRAINTS, HASHED_CONSTRAINTS, staged_sources
from truewheel.config import load_config
from truewheel.errors import ReleaseError

LOCK = """\
# comment
cffi==2.1.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
    # via nothing
tomli==2.5.0 ; python_full_version < '3.11' \\
    --hash=sha256:cccc

plain==1.0
"""


@pytest.fixture
def sources(release: ReleaseFolder) -> ReleaseFolder:
    """A scratch repository with a package, a lock file and a commit."""
    release.write(".gitignore", "build/\n*.pyc\n")
    release.write("requirements/package.txt", LOCK)
    release.write("bindings/python/native/quiver.c", "int x;\n")
    release.write("bindings/python/build.sh", "#!/bin/sh\n").chmod(0o755)
    release.commit()
    return release


def refusal(release: ReleaseFolder, environ: Mapping[str, str] | None = None) -> ReleaseError:
    with pytest.raises(ReleaseError) as caught, staged_sources(load_config(release.root), environ or {}):
        pytest.fail("nothing can be built from this")
    return caught.value


def test_only_files_that_git_tracks_or_would_track_are_copied(sources: ReleaseFolder) -> None:
    sources.write("bindings/python/build/left-over.c", "")
    sources.write("bindings/python/native/__pycache__/x.pyc", "")
    sources.write("bindings/python/new.c", "new\n")
    sources.write("bindings/elsewhere.c", "")
    with staged_sources(load_config(sources.root), {}) as tree:
        root = tree.root
        assert tree.package == Path("bindings/python")
        assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()) == [
            "bindings/python/build.sh",
            "bindings/python/native/quiver.c",
            "bindings/python/new.c",
            "bindings/python/pyproject.toml",
            HASHED_CONSTRAINTS,
            CONSTRAINTS,
        ]
        assert (root / "bindings/python/new.c").read_text() == "new\n"
    assert not root.exists(), "the copy must not outlive its use"


def test_the_copy_is_of_the_working_tree_not_of_the_commit(sources: ReleaseFolder) -> None:
    sources.write("bindings/python/native/quiver.c", "int y;\n")
    (sources.root / "bindings/python/build.sh").unlink()
    with staged_sources(load_config(sources.root), {}) as tree:
        assert (tree.root / "bindings/python/native/quiver.c").read_text() == "int y;\n"
        assert not (tree.root / "bindings/python/build.sh").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no permission bits there")
def test_permissions_do_not_depend_on_the_checkout(sources: ReleaseFolder) -> None:
    (sources.root / "bindings/python/native/quiver.c").chmod(0o600)
    (sources.root / "bindings/python/build.sh").chmod(0o700)
    with staged_sources(load_config(sources.root), {}) as tree:
        modes = {path.name: path.stat().st_mode & 0o777 for path in tree.root.rglob("*.*") if path.is_file()}
    assert modes["quiver.c"] == 0o644
    assert modes["build.sh"] == 0o755


def test_constraints_come_with_and_without_hashes(sources: ReleaseFolder) -> None:
    with staged_sources(load_config(sources.root), {}) as tree:
        assert (tree.root / HASHED_CONSTRAINTS).read_text(encoding="utf-8") == LOCK
        assert (tree.root / CONSTRAINTS).read_text(encoding="utf-8").splitlines() == [
            "cffi==2.1.0",
            'tomli==2.5.0; python_full_version < "3.11"',
            "plain==1.0",
        ]


def test_this_repository_locks_every_build_requirement(sources: ReleaseFolder) -> None:
    real = Path(__file__).parents[2] / "requirements/package.txt"
    sources.write("requirements/package.txt", real.read_bytes())
    with staged_sources(load_config(sources.root), {}) as tree:
        lines = (tree.root / CONSTRAINTS).read_text(encoding="utf-8").splitlines()
    names = {Requirement(line).name for line in lines}
    assert {"scikit-build-core", "cmake", "ninja", "cffi", "pytest"} <= names
    assert all("==" in line for line in lines)


@pytest.mark.parametrize(
    ("environ", "epoch"), [({}, 1767323046), ({"SOURCE_DATE_EPOCH": "12"}, 12), ({"SOURCE_DATE_EPOCH": "0"}, 0)]
)
def test_the_time_of_a_build_is_the_time_of_the_commit_unless_given(
    sources: ReleaseFolder, environ: dict[str, str], epoch: int
) -> None:
    with staged_sources(load_config(sources.root), environ) as tree:
        assert tree.epoch == epoch


@pytest.mark.parametrize("given", ["", "now", "-1", "1.5", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_an_invalid_source_date_epoch_is_refused(sources: ReleaseFolder, given: str) -> None:
    error = refusal(sources, {"SOURCE_DATE_EPOCH": given})
    assert error.message == f"SOURCE_DATE_EPOCH is {given!r}, expected seconds since 1970"
    assert error.hint == "unset it, or fix it"


def test_a_missing_lock_is_named(sources: ReleaseFolder) -> None:
    (sources.root / "requirements/package.txt").unlink()
    error = refusal(sources)
    assert error.message == "requirements/package.txt cannot be read: No such file or directory"
    assert error.hint == "run nox -s lock"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cffi=2\n", "requirements/package.txt is broken: "),
        ("<<<<<<< ours\n", "requirements/package.txt is broken: "),
        (b"cffi==2 # \xff\n", "requirements/package.txt cannot be read: 'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_broken_lock_is_named(sources: ReleaseFolder, text: str | bytes, message: str) -> None:
    sources.write("requirements/package.txt", text)
    error = refusal(sources)
    assert error.message.startswith(message)
    assert "\n" not in error.message
    assert error.hint == "run nox -s lock"


def test_a_package_that_git_does_not_know_is_named(sources: ReleaseFolder) -> None:
    sources.write(".gitignore", "bindings/\n")
    sources.git("rm", "-r", "--quiet", "--cached", "bindings")
    error = refusal(sources)
    assert error.message == "git tracks no file in bindings/python"
    assert error.hint == "git add bindings/python"
