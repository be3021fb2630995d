"""The copy that wheels are built from is the same for every clone of one commit."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.factories import ReleaseFolder
from truewheel.builders.source_tree import staged_sources
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


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_only_files_that_git_tracks_or_would_track_are_copied(sources: ReleaseFolder) -> None:
    sources.write("bindings/python/build/left-over.c", "")
    sources.write("bindings/python/native/__pycache__/x.pyc", "")
    sources.write("bindings/python/new.c", "new\n")
    sources.write("tests/schemas/new.sql", "")
    with staged_sources(load_config(sources.root), {}) as tree:
        root = tree.root
        assert tree.package == Path("bindings/python")
        assert files_in(root) == [
            ".github/workflows/publish.yml",
            ".gitignore",
            ".truewheel0/constraints-with-hashes.txt",
            ".truewheel0/constraints.txt",
            "bindings/python/CMakeLists.txt",
            "bindings/python/build.sh",
            "bindings/python/native/quiver.c",
            "bindings/python/new.c",
            "bindings/python/pyproject.toml",
            "noxfile.py",
            "pyproject.toml",
            "requirements/builds.txt",
            "requirements/package.txt",
            "tests/schemas/new.sql",
        ]
        assert (root / "bindings/python/new.c").read_text() == "new\n"
    assert not root.exists(), "the copy must not outlive its use"


def test_sources_narrow_it_and_the_package_is_always_among_them(sources: ReleaseFolder) -> None:
    for name in ("core/core.c", "docs/page.md", "CMakeLists.txt"):
        sources.write(name, "")
    sources.replace("pyproject.toml", "[tool.release]\n", '[tool.release]\nsources = ["core", "CMakeLists.txt"]\n')
    with staged_sources(load_config(sources.root), {}) as tree:
        assert [name for name in files_in(tree.root) if not name.startswith((".truewheel0", "bindings/python"))] == [
            "CMakeLists.txt",
            "core/core.c",
        ]
        assert (tree.root / "bindings/python/pyproject.toml").exists()


def test_a_source_that_git_does_not_know_is_named(sources: ReleaseFolder) -> None:
    sources.replace("pyproject.toml", "[tool.release]\n", '[tool.release]\nsources = ["bindings", "coer"]\n')
    (sources.root / "coer").mkdir()
    error = refusal(sources)
    assert (error.message, error.hint) == ("git tracks no file in coer", "git add coer")


def test_the_package_may_be_the_whole_repository(sources: ReleaseFolder) -> None:
    sources.replace("pyproject.toml", 'package = "bindings/python"', 'package = "."')
    settings = (sources.root / "pyproject.toml").read_text(encoding="utf-8")
    sources.write("pyproject.toml", settings + '[project]\nname = "whole"\nversion = "1"\n')
    with staged_sources(load_config(sources.root), {}) as tree:
        assert tree.package == Path()
        assert {"bindings/python/build.sh", "pyproject.toml"} <= {*files_in(tree.root)}


def test_constraints_are_put_where_no_file_of_the_repository_is(sources: ReleaseFolder) -> None:
    sources.write("constraints.txt", "theirs\n")
    sources.write(".truewheel0/constraints.txt", "theirs\n")
    sources.write(".truewheel1", "theirs\n")
    with staged_sources(load_config(sources.root), {}) as tree:
        assert tree.locks == tree.root / ".truewheel2"
        for name in ("constraints.txt", ".truewheel0/constraints.txt", ".truewheel1"):
            assert (tree.root / name).read_text() == "theirs\n"


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege there")
def test_links_stay_links_unless_what_they_lead_to_is_left_out(sources: ReleaseFolder) -> None:
    sources.write("core/core.c", "core\n")
    sources.write("LICENSE", "free\n")
    package = sources.root / "bindings/python"
    (package / "core").symlink_to("../../core")
    (package / "LICENSE").symlink_to("../../LICENSE")
    (package / "broken").symlink_to("nowhere")
    with staged_sources(load_config(sources.root), {}) as tree:
        staged = tree.root / tree.package
        assert (staged / "LICENSE").readlink() == Path("../../LICENSE")
        assert (staged / "core").is_symlink()
        assert (staged / "core/core.c").read_text() == "core\n"
        assert (staged / "broken").is_symlink()
    sources.replace("pyproject.toml", "[tool.release]\n", '[tool.release]\nsources = ["core"]\n')
    with staged_sources(load_config(sources.root), {}) as tree:
        staged = tree.root / tree.package
        assert (staged / "core/core.c").read_text() == "core\n"
        assert not (staged / "LICENSE").is_symlink()
        assert (staged / "LICENSE").read_text() == "free\n"


def test_a_submodule_is_copied_where_it_is_checked_out(
    sources: ReleaseFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = ReleaseFolder(tmp_path_factory.mktemp("other"))
    other.write("core.c", "")
    other.commit()
    for name in ("here", "absent"):
        sources.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), f"ext/{name}")
    sources.git("submodule", "deinit", "--quiet", "--force", "ext/absent")
    with staged_sources(load_config(sources.root), {}) as tree:
        assert (tree.root / "ext/here/core.c").exists()
        assert tree.missing == (Path("ext/absent"),)
        assert list((tree.root / "ext/absent").iterdir()) == []


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


@pytest.mark.skipif(sys.platform == "win32", reason="there are no permission bits there")
def test_the_index_says_what_is_executable_where_the_file_system_cannot(sources: ReleaseFolder) -> None:
    package = sources.root / "bindings/python"
    (package / "linked.sh").symlink_to("../../core/run.sh")
    sources.write("core/run.sh", "#!/bin/sh\n").chmod(0o755)
    sources.commit()
    # As a clone on Windows.
    sources.git("config", "core.fileMode", "false")
    sources.write("bindings/python/new.sh", "#!/bin/sh\n")
    scripts = [package / "build.sh", package / "native/quiver.c", package / "new.sh", sources.root / "core/run.sh"]
    sources.replace("pyproject.toml", "[tool.release]\n", '[tool.release]\nsources = ["bindings"]\n')
    for mode in (0o644, 0o755):
        for script in scripts:
            script.chmod(mode)
        with staged_sources(load_config(sources.root), {}) as tree:
            staged = tree.root / tree.package
            found = {path.name for path in staged.rglob("*.*") if path.is_file() and path.stat().st_mode & 0o111}
        assert found == {"build.sh", "linked.sh"}


def test_constraints_come_with_and_without_hashes(sources: ReleaseFolder) -> None:
    with staged_sources(load_config(sources.root), {}) as tree:
        assert tree.hashed_constraints.read_text(encoding="utf-8") == LOCK
        assert tree.constraints.read_text(encoding="utf-8").splitlines() == [
            "cffi==2.1.0",
            'tomli==2.5.0; python_full_version < "3.11"',
            "plain==1.0",
        ]


def test_this_repository_locks_every_build_requirement(sources: ReleaseFolder) -> None:
    real = Path(__file__).parents[2] / "requirements/package.txt"
    sources.write("requirements/package.txt", real.read_bytes())
    with staged_sources(load_config(sources.root), {}) as tree:
        lines = tree.constraints.read_text(encoding="utf-8").splitlines()
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
