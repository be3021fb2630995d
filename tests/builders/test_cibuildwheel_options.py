"""What a build needs from outside is merged with what the project sets, by cibuildwheel's own rules."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.builders.cibuildwheel import given_to_build
from truewheel.builders.cibuildwheel_options import build_options
from truewheel.builders.source_tree import SourceTree
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
FILE = "bindings/python/pyproject.toml"
PROJECT = '[project]\nname = "quiverdb"\nversion = "0.5.0"\n[tool.cibuildwheel]\n'
OURS = "/project/.truewheel0/constraints.txt"


def seen(
    release: ReleaseFolder, settings: str, environ: Mapping[str, str] | None = None, system: str = "linux"
) -> dict[str, str]:
    """The variables that a build of CPython 3.13 sees, in a container that has none itself."""
    release.write(FILE, PROJECT + settings)
    sources = SourceTree(release.root, Path("bindings/python"), release.root / ".truewheel0", 1767323046, ())
    sources.locks.mkdir(exist_ok=True)
    sources.constraints.write_text("", encoding="utf-8")
    given = environ or {}
    platform = Platform("win_amd64" if system == "windows" else "manylinux_x86_64", "runner")
    merged = {**given, **given_to_build(platform, sources, load_config(release.root), given)}
    options = build_options(load_config(release.root), system, merged, "cp313-manylinux_x86_64")
    return options.environment.as_dictionary({} if system == "linux" else merged)


def test_a_build_needs_nothing_in_the_projects_own_settings(release: ReleaseFolder) -> None:
    built = seen(release, "")
    assert built.pop("SOURCE_DATE_EPOCH") == "1767323046"
    assert {name: value.split() for name, value in built.items()} == {
        name: [OURS] for name in ("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT")
    }


@pytest.mark.parametrize(
    ("frontend", "is_given"),
    [("build", False), ("build[uv]", False), ("uv", False), ("pip", True), ("pip; args: --no-build-isolation", False)],
)
def test_pip_is_given_build_constraints_only_where_it_isolates_builds(
    release: ReleaseFolder, frontend: str, *, is_given: bool
) -> None:
    assert ("PIP_BUILD_CONSTRAINT" in seen(release, f'build-frontend = "{frontend}"\n')) == is_given


def test_what_the_project_passes_and_sets_stays(release: ReleaseFolder) -> None:
    settings = """\
environment = { FLAGS = "-O2 -g", PIP_CONSTRAINT = "their own.txt" }
[tool.cibuildwheel.linux]
environment-pass = ["TOKEN"]
[[tool.cibuildwheel.overrides]]
select = "cp313-*"
inherit.environment = "append"
environment = { OVERRIDDEN = "yes" }
"""
    built = seen(release, settings, {"TOKEN": "t", "CIBW_ENVIRONMENT_PASS_LINUX": ""})
    assert (built["TOKEN"], built["FLAGS"], built["OVERRIDDEN"]) == ("t", "-O2 -g", "yes")
    assert built["SOURCE_DATE_EPOCH"] == "1767323046"
    assert built["PIP_CONSTRAINT"].split() == ["their", "own.txt", OURS]


def test_the_projects_own_time_of_the_build_wins(release: ReleaseFolder) -> None:
    assert seen(release, 'environment = { SOURCE_DATE_EPOCH = "315532800" }\n')["SOURCE_DATE_EPOCH"] == "315532800"


@pytest.mark.parametrize(
    ("environ", "kept"),
    [
        ({"CIBW_ENVIRONMENT": "B=b"}, {"B": "b"}),
        ({"CIBW_ENVIRONMENT_LINUX": "B=b"}, {"B": "b"}),
        ({"CIBW_ENVIRONMENT": "B=b", "CIBW_INHERIT": "environment: append"}, {"A": "a", "B": "b"}),
        ({"CIBW_ENVIRONMENT_LINUX": "B=b", "CIBW_INHERIT": "environment-linux: append"}, {"A": "a", "B": "b"}),
        ({"CIBW_INHERIT": "environment-linux: prepend"}, {"A": "a"}),
    ],
)
def test_variables_replace_the_tables_only_where_they_did_before(
    release: ReleaseFolder, environ: dict[str, str], kept: dict[str, str]
) -> None:
    built = seen(release, 'environment = { A = "a" }\n', environ)
    assert {name: built[name] for name in ("A", "B") if name in built} == kept
    assert built["PIP_CONSTRAINT"].split() == [OURS]
    assert built["SOURCE_DATE_EPOCH"] == "1767323046"


def test_on_windows_the_constraints_are_added_to_those_of_the_machine(release: ReleaseFolder) -> None:
    built = seen(release, "", {"PIP_CONSTRAINT": "theirs.txt"}, "windows")
    assert built["PIP_CONSTRAINT"].split() == [
        "theirs.txt",
        (release.root / ".truewheel0/constraints.txt").as_uri(),
    ]
    assert built["SOURCE_DATE_EPOCH"] == "1767323046"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("buidl = 5\n", "Option 'buidl' not supported in a config file. Perhaps you meant 'build'?"),
        ('test-groups = "none"\n', "Didn't find [dependency-groups]"),
        ('test-requires = "it\'s"\n', "No closing quotation"),
        ('environment = "A"\n', "Malformed environment option 'A'"),
    ],
)
def test_a_broken_option_is_named(release: ReleaseFolder, settings: str, reason: str) -> None:
    release.write(FILE, PROJECT + settings)
    with pytest.raises(ReleaseError) as caught:
        build_options(load_config(release.root), "linux", {}, None)
    assert caught.value.message.startswith(f"[tool.cibuildwheel] of {FILE} is broken: {reason}")
