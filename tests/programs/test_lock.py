"""The lock files are what the dependency groups ask for, and hold what installers need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from truewheel.errors import ReleaseError
from truewheel.programs.lock import PACKAGE_LOCK, lock_files, resolve

# Real builds and the index: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[2]
FILES = lock_files(ROOT)


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
    assert {path.relative_to(ROOT) for path in (ROOT / "requirements").iterdir()} == set(FILES)


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


def test_requirements_that_contradict_each_other_are_named() -> None:
    with pytest.raises(ReleaseError, match=r"uv cannot resolve packaging<25, packaging>25: .*unsatisfiable"):
        resolve(["packaging<25", "packaging>25"], "", upgrade=False)
