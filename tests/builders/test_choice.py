"""Which builder is chosen, and what is said about it before anything is built."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from truewheel.builders import zig
from truewheel.builders.choice import choose_builder
from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.platforms import KNOWN_PLATFORMS, Platform

BUILT_BY_ZIG = [name for name in KNOWN_PLATFORMS if zig.why_not(Platform(name, ""), load_config(ROOT)) is None]


def with_builder(name: str, builder: str | None) -> tuple[Platform, Config]:
    config = load_config(ROOT)
    platform = replace(config.platform(name), builder=builder)
    return platform, replace(config, platforms=(platform,))


@pytest.mark.skipif(sys.platform == "win32" or sys.version_info < (3, 11), reason="builds nothing in a container here")
@pytest.mark.parametrize(("status", "condition"), [(0, ""), (1, ", once the image example.org/image:1 is pulled")])
def test_an_image_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, condition: str
) -> None:
    engine = tmp_path / "docker"
    engine.write_text(f'#!/bin/sh\n[ "$1" = info ] && exit\n[ "$1 $2" = "image inspect" ] && exit {status}\nexit 99\n')
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CIBW_CONTAINER_ENGINE", raising=False)
    monkeypatch.setenv("CIBW_MANYLINUX_X86_64_IMAGE", "example.org/image:1")
    platform, config = with_builder("manylinux_x86_64", None)
    choice = choose_builder(platform, config, requested=None, environ={}, may_pull=False)
    assert (choice.name, choice.reason) == ("cibuildwheel", f"it can build manylinux_x86_64 here{condition}")


def test_the_table_of_a_platform_may_insist_on_zig() -> None:
    platform, config = with_builder("win_amd64", "zig")
    choice = choose_builder(platform, config, requested=None, environ={})
    assert (choice.name, choice.reason) == ("zig", "as [tool.release.platforms.win_amd64] demands")


@pytest.mark.skipif(sys.platform == "win32", reason="cibuildwheel builds Windows wheels there")
def test_where_a_table_insists_on_cibuildwheel_zig_is_not_asked() -> None:
    platform, config = with_builder("win_amd64", "cibuildwheel")
    with pytest.raises(ReleaseError) as caught:
        choose_builder(platform, config, requested=None, environ={})
    assert caught.value.message.startswith("cibuildwheel cannot build win_amd64 here: ")
    assert "zig cannot" not in caught.value.message
    assert caught.value.hint == "leave this wheel to CI, where each platform is built on its own runner"
    assert choose_builder(platform, config, requested="zig", environ={}).reason == "requested with --builder"


def test_zig_builds_windows_and_the_architectures_of_linux_that_it_has_a_libc_for() -> None:
    linux = {"manylinux_x86_64", "manylinux_aarch64", "manylinux_i686", "manylinux_s390x", "manylinux_armv7l"}
    linux |= {"manylinux_riscv64", "musllinux_x86_64", "musllinux_aarch64"}
    assert set(BUILT_BY_ZIG) == linux | {"win_amd64", "win_arm64", "win32"}
    mac = zig.why_not(Platform("macosx_arm64", ""), load_config(ROOT))
    assert mac == "it does not build for this platform"
