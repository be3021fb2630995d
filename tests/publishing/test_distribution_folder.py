"""The files in `dist/` by name: wheels, and everything else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.factories import LINUX_WHEEL, WINDOWS_WHEEL, ReleaseFolder
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.publishing.distribution_folder import read_distribution_folder


def test_wheels_are_separated_from_everything_else(release: ReleaseFolder) -> None:
    for name in (WINDOWS_WHEEL, LINUX_WHEEL, "other-1.0-py3-none-any.whl", ".hidden", "notes.whl", "x.tar.gz"):
        release.write(f"dist/{name}", b"")
    (release.dist / "folder-1.0-py3-none-any.whl").mkdir()
    folder = read_distribution_folder(Path("dist"), load_config(release.root))
    assert folder.path == Path("dist")
    assert [wheel.text for wheel in folder.wheels] == ["other-1.0-py3-none-any.whl", LINUX_WHEEL, WINDOWS_WHEEL]
    assert folder.others == (".hidden", "folder-1.0-py3-none-any.whl/", "notes.whl", "x.tar.gz")
    assert (folder.project, folder.version) == ("quiverdb", "0.5.0")
    assert [platform.name for platform in folder.platforms] == ["manylinux_x86_64", "win_amd64"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_a_wheel_is_not_a_wheel(release: ReleaseFolder) -> None:
    wheel = release.write(LINUX_WHEEL, b"")
    release.dist.mkdir()
    (release.dist / LINUX_WHEEL).symlink_to(wheel)
    (release.dist / WINDOWS_WHEEL).symlink_to(release.root / "nowhere")
    folder = read_distribution_folder(release.dist, load_config(release.root))
    assert folder.wheels == ()
    assert folder.others == (LINUX_WHEEL, WINDOWS_WHEEL)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes in folders there")
def test_a_pipe_is_not_a_wheel_and_is_never_opened(release: ReleaseFolder) -> None:
    release.dist.mkdir()
    os.mkfifo(release.dist / LINUX_WHEEL)
    assert read_distribution_folder(release.dist, load_config(release.root)).others == (LINUX_WHEEL,)


def test_a_missing_folder_is_an_error(release: ReleaseFolder) -> None:
    with pytest.raises(ReleaseError) as caught:
        read_distribution_folder(Path("dist"), load_config(release.root))
    assert (caught.value.message, caught.value.hint) == (
        "there is no folder dist",
        "build the wheels (nox -s wheels), or name their folder",
    )


def test_a_file_instead_of_the_folder_is_an_error(release: ReleaseFolder) -> None:
    release.write("dist", b"")
    with pytest.raises(ReleaseError) as caught:
        read_distribution_folder(Path("dist"), load_config(release.root))
    assert (caught.value.message, caught.value.hint) == (
        "dist is not a folder",
        "name the folder that holds the wheels",
    )


def test_an_unreadable_folder_is_an_error(release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    config = load_config(release.root)
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ReleaseError) as caught:
        read_distribution_folder(Path("dist"), config)
    assert caught.value.message == "dist cannot be read: Permission denied"
