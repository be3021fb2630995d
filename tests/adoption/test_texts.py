"""One truth for the workflows: ours are what init would write for this repository."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from truewheel.adoption import texts
from truewheel.builds import Build
from truewheel.config import Config, load_config
from truewheel.platforms import Platform
from truewheel.toml_tables import parse_toml

OURS = load_config(ROOT)
WORKFLOWS = ROOT / ".github" / "workflows"


def with_platforms(*platforms: Platform) -> Config:
    return replace(OURS, platforms=platforms)


def platform(name: str, runner: str = "ubuntu-latest", *pythons: str) -> Platform:
    return Platform(name, runner, builds=tuple(Build(python, name) for python in pythons or ["cp313"]))


def test_our_publish_workflow_is_what_init_would_write_here() -> None:
    assert texts.publish_workflow(OURS) == (WORKFLOWS / "publish.yml").read_text(encoding="utf-8")


def test_the_jobs_of_our_ci_that_a_release_has_are_what_init_would_write_here() -> None:
    jobs = (WORKFLOWS / "ci.yml").read_text(encoding="utf-8").partition("\n  build:\n")[2]
    text = texts.ci_workflow(OURS, "main")
    assert text.partition("\n  build:\n")[2] == jobs
    assert "    branches:\n      - main\n" in text
    assert "<<" not in text


def test_emulated_builds_get_an_emulator_and_the_longest_time() -> None:
    text = texts.publish_workflow(with_platforms(platform("manylinux_s390x")))
    build = text.partition("\n  build:\n")[2].partition("\n  merge:\n")[0]
    assert "uses: docker/setup-qemu-action@" in build
    assert "timeout-minutes: 360\n" in build
    assert "qemu" not in texts.publish_workflow(OURS)


def test_many_builds_get_a_longer_time() -> None:
    pythons = [f"cp3{minor}" for minor in range(9, 16)]
    assert "timeout-minutes: 90\n" in texts.publish_workflow(with_platforms(platform("win32", "x", *pythons)))


def test_each_runner_verifies_once() -> None:
    text = texts.publish_workflow(with_platforms(platform("manylinux_x86_64"), platform("musllinux_x86_64")))
    assert "- platform: musllinux_x86_64\n" in text.partition("\n  merge:\n")[0]
    assert "- platform: musllinux_x86_64\n" not in text.partition("\n  verify:\n")[2]


@pytest.mark.parametrize(
    ("pythons", "expected"),
    [(["cp39-abi3"], "3.13"), (["cp310", "cp311"], "3.11, 3.13"), (["cp314", "cp314t"], "3.14"), (["pp311"], "3.13")],
)
def test_a_runner_has_a_python_that_can_install_a_wheel(pythons: list[str], expected: str) -> None:
    text = texts.publish_workflow(with_platforms(platform("win_amd64", "windows-latest", *pythons)))
    assert text.count(f'python-versions: "{expected}"\n') == text.count("python-versions") == 4


def test_a_version_from_the_tags_needs_the_history(tmp_path: Path) -> None:
    dynamic = replace(OURS, package=replace(OURS.package, version=None, settings={"project": {}}))
    text = texts.publish_workflow(dynamic)
    assert text.count("          fetch-depth: 0 #") == text.count("persist-credentials: false") == 4
    assert 'version = "dynamic"\n' in texts.release_table(dynamic)
    quoted = replace(dynamic, package=replace(dynamic.package, directory=Path('a "b" ü')))
    assert parse_toml(texts.release_table(quoted), "pyproject.toml")["tool"]["release"]["package"] == 'a "b" ü'
    (tmp_path / ".gitmodules").touch()
    assert "          submodules: true\n" in texts.publish_workflow(replace(OURS, root=tmp_path))
