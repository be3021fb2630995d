"""The lock files are what the dependency groups ask for, and hold what installers need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.factories import ReleaseFolder
from truewheel.config import BUILDS_LOCK, Config, load_config
from truewheel.errors import ReleaseError
from truewheel.locks import PACKAGE_LOCK, builds_text, lock_files, resolve, with_builds
from truewheel.platforms import KNOWN_PLATFORMS
from truewheel.programs.lock import main

# Real builds and the index: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
PACKAGE_FILE = "bindings/python/pyproject.toml"
ROOT = Path(__file__).parents[2]
FILES = lock_files(load_config(ROOT))


def builds_lock(config: Config) -> str:
    return builds_text(config, with_builds(config))


def text_of(file: Path) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def pins_in(text: str) -> list[Requirement]:
    lines = text.replace("\\\n", " ").splitlines()
    return [Requirement(line.split(" --hash")[0]) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_lock_file_has_drifted(file: Path) -> None:
    assert resolve(FILES[file], text_of(file), upgrade=False) == text_of(file), "run nox -s lock"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_locked_package_is_pinned_and_hashed(file: Path) -> None:
    blocks = re.split(r"\n(?=\S)", text_of(file).split("nox -s lock\n")[1].strip())
    assert blocks
    for block in blocks:
        assert re.match(r"[a-z0-9-]+==\S+", block), block
        assert "--hash=sha256:" in block, block


def test_no_lock_file_is_left_over_from_a_group_that_is_gone() -> None:
    assert {path.relative_to(ROOT) for path in (ROOT / "requirements").iterdir()} == {*FILES, BUILDS_LOCK}


def test_no_lock_file_names_a_host() -> None:
    assert not [file for file in FILES if "://" in text_of(file) or "--index" in text_of(file)]


def test_what_the_wheel_builds_install_is_locked() -> None:
    names = {pin.name for pin in pins_in(text_of(PACKAGE_LOCK))}
    assert {"scikit-build-core", "cmake", "ninja", "cffi", "pycparser", "pytest"} <= names


def test_a_locked_version_stays_until_it_is_to_be_upgraded() -> None:
    older = resolve(["packaging<25"], "", upgrade=False)
    (pin,) = pins_in(older)
    assert resolve(["packaging"], older, upgrade=False) == older
    (newer,) = pins_in(resolve(["packaging"], older, upgrade=True))
    assert pin.specifier != newer.specifier


def test_the_package_is_locked_for_the_pythons_that_it_is_built_for(release: ReleaseFolder) -> None:
    release.replace(PACKAGE_FILE, '"pytest>=8"', '"numpy>=2.3,<2.4"')
    # numpy 2.3 needs Python 3.11.
    assert main([]) == 2
    builds = (release.root / BUILDS_LOCK).read_text()
    release.replace(PACKAGE_FILE, ">=3.10", ">=3.12")
    assert main([]) == 0
    assert (release.root / BUILDS_LOCK).read_text() != builds
    assert "numpy==2.3." in (release.root / PACKAGE_LOCK).read_text()


def test_requirements_that_contradict_each_other_are_named() -> None:
    with pytest.raises(ReleaseError, match=r"uv cannot resolve packaging<25, packaging>25: .*unsatisfiable"):
        resolve(["packaging<25", "packaging>25"], "", upgrade=False)


def test_the_builds_have_not_drifted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIBW_BUILD", "cp310-*")  # a maintainer's shell changes nothing
    config = load_config(ROOT, locked=False)
    assert builds_lock(config) == text_of(BUILDS_LOCK), "run nox -s lock"


@pytest.fixture
def package(release: ReleaseFolder) -> ReleaseFolder:
    """A release whose only lock file is that of the builds."""
    release.write("requirements/package.txt", "")
    (release.root / "requirements/builds.txt").unlink()
    return release


def test_the_builds_of_every_platform_are_locked(package: ReleaseFolder) -> None:
    package.write(
        "pyproject.toml",
        (package.root / "pyproject.toml").read_text("utf-8").partition("[tool.release.platforms")[0]
        + "".join(f'[tool.release.platforms.{name}]\nrunner = "runner"\n' for name in KNOWN_PLATFORMS),
    )
    package.replace(PACKAGE_FILE, ">=3.10", ">=3.13")
    config = load_config(package.root, locked=False)
    text = builds_lock(config)
    package.write("requirements/builds.txt", text)
    assert {str(build) for build in load_config(package.root).builds} == set(text.splitlines()[2:])
    for name in KNOWN_PLATFORMS:
        assert f"\ncp313-{name}\n" in text


def test_a_package_that_cibuildwheel_does_not_build_for_a_platform_is_told_so(package: ReleaseFolder) -> None:
    package.replace(PACKAGE_FILE, "[tool.cibuildwheel]", '[tool.cibuildwheel]\nskip = "*-win*"')
    config = load_config(package.root, locked=False)
    with pytest.raises(ReleaseError, match="cibuildwheel selects no build for win_amd64") as caught:
        builds_lock(config)
    assert caught.value.hint.startswith("remove [tool.release.platforms.win_amd64], or correct build, skip and ")


def test_broken_settings_of_cibuildwheel_are_named(package: ReleaseFolder) -> None:
    package.replace(PACKAGE_FILE, "[tool.cibuildwheel]", '[tool.cibuildwheel]\nbiuld = "*"')
    config = load_config(package.root, locked=False)
    with pytest.raises(ReleaseError, match=r"^\[tool\.cibuildwheel\] of .* is broken: .*biuld"):
        builds_lock(config)
