"""What cibuildwheel can build on which machine, and why not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support import machines
from tests.support.factories import ReleaseFolder
from truewheel.builders import cibuildwheel
from truewheel.config import load_config
from truewheel.platforms import Platform
from truewheel.system import machine

pytestmark = [
    pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11"),
    pytest.mark.skipif(sys.platform != "linux", reason="the answers are those for Linux"),
]
NO_ENGINE = "docker and podman do not answer (install or start one)"


@pytest.fixture
def emulators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An x86-64 machine without a container engine, and the empty folder of its emulators."""
    folder = tmp_path / "binfmt_misc"
    folder.mkdir()
    monkeypatch.setattr(cibuildwheel, "_EMULATORS", folder)
    monkeypatch.setattr(cibuildwheel, "_answers", lambda _: False)
    monkeypatch.setattr(machine, "here", lambda: machines.LINUX)
    monkeypatch.delenv("CIBW_CONTAINER_ENGINE", raising=False)
    return folder


def why_not(release: ReleaseFolder, name: str) -> str | None:
    return cibuildwheel.why_not(Platform(name, "runner"), load_config(release.root), may_pull=False)


@pytest.mark.usefixtures("emulators")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("win_arm64", "it builds Windows wheels only on Windows"),
        ("macosx_arm64", "it builds macOS wheels only on macOS"),
        ("manylinux_x86_64", NO_ENGINE),
        ("manylinux_i686", NO_ENGINE),
        ("musllinux_x86_64", NO_ENGINE),
        ("musllinux_aarch64", "aarch64 containers do not run on this machine (x86_64) without qemu"),
        ("manylinux_ppc64le", "ppc64le containers do not run on this machine (x86_64) without qemu"),
    ],
)
def test_a_platform_is_built_only_where_it_can_be(release: ReleaseFolder, name: str, reason: str) -> None:
    assert why_not(release, name) == reason


@pytest.mark.parametrize(("name", "emulator"), [("manylinux_s390x", "qemu-s390x"), ("musllinux_armv7l", "qemu-arm")])
def test_a_platform_is_built_where_it_is_emulated(
    release: ReleaseFolder, emulators: Path, name: str, emulator: str
) -> None:
    (emulators / emulator).touch()
    assert why_not(release, name) == NO_ENGINE


@pytest.mark.parametrize(
    ("name", "image"), [("manylinux_x86_64", "localhost/many"), ("musllinux_x86_64", "localhost/musl")]
)
@pytest.mark.usefixtures("emulators")
def test_each_platform_has_its_own_image(
    release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch, name: str, image: str
) -> None:
    images = 'manylinux-x86_64-image = "localhost/many"\nmusllinux-x86_64-image = "localhost/musl"\n'
    release.replace("bindings/python/pyproject.toml", "[tool.cibuildwheel]\n", f"[tool.cibuildwheel]\n{images}")
    monkeypatch.setattr(cibuildwheel, "_answers", lambda engine: engine == "podman")
    monkeypatch.setattr(cibuildwheel, "_why_no_image", lambda engine, name: f"{engine} {name}")
    assert cibuildwheel.why_not(Platform(name, "runner"), load_config(release.root)) == f"podman {image}"
