"""The clean room reads how the package is tested from cibuildwheel's options."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.builders import cibuildwheel_options
from truewheel.clean_room.package_tests import PackageTests, load_all_tests, load_package_tests, resolve_group
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform

FILE = "bindings/python/pyproject.toml"
LINUX = Platform("manylinux_x86_64", "ubuntu-latest")
needs_cibuildwheel = pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")


@pytest.fixture(params=["by cibuildwheel", "plainly"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Read the options by cibuildwheel, and as on Python 3.10, which has none."""
    if request.param == "plainly":
        monkeypatch.setattr(cibuildwheel_options, "is_available", lambda: False)
    elif sys.version_info < (3, 11):
        pytest.skip("cibuildwheel needs Python 3.11")
    return str(request.param)


def write(release: ReleaseFolder, settings: str) -> None:
    release.write(FILE, f'[project]\nname = "quiverdb"\nversion = "0.5.0"\n{settings}')


def read(
    release: ReleaseFolder,
    settings: str,
    python: str = "cp313",
    platform: Platform = LINUX,
    environ: Mapping[str, str] | None = None,
) -> PackageTests:
    write(release, settings)
    return load_package_tests(load_config(release.root), platform, python, environ or {})


def refusal(release: ReleaseFolder, settings: str) -> ReleaseError:
    write(release, settings)
    with pytest.raises(ReleaseError) as caught:
        load_all_tests(load_config(release.root), LINUX, ["cp312", "cp313"], {})
    return caught.value


@pytest.mark.usefixtures("reader")
def test_the_package_of_this_repository_is_tested() -> None:
    config = load_config(Path(__file__).parents[2])
    for platform in config.platforms:
        assert load_package_tests(config, platform, "cp312", {}) == PackageTests(
            "python -m pytest -p no:cacheprovider {package}/tests", ("pytest>=8",), ()
        )


@pytest.mark.usefixtures("reader")
def test_plain_options_are_read(release: ReleaseFolder) -> None:
    settings = """
[dependency-groups]
base = ["hypothesis"]
test = [{include-group = "base"}, "cffi>=1"]
[tool.cibuildwheel]
test-command = ["first 'a b'", "second"]
test-requires = "pytest>=8 'tomli; python_version < \\"3.11\\"'"
test-groups = "test"
test-sources = ["bindings/python/tests", "data.txt"]
"""
    assert read(release, settings) == PackageTests(
        "first 'a b' && second",
        ("pytest>=8", 'tomli; python_version < "3.11"', "hypothesis", "cffi>=1"),
        ("bindings/python/tests", "data.txt"),
    )


SPECIAL = """\
[tool.cibuildwheel]
test-command = "all"
test-extras = ["one", "two"]
test-requires = ["pytest"]
before-test = ["prepare {project}", "more"]
test-skip = "*-win32 cp310-*"
[tool.cibuildwheel.windows]
test-command = "of windows"
test-environment = { WHERE = "windows" }
[[tool.cibuildwheel.overrides]]
select = "cp313-manylinux*"
inherit.test-requires = "append"
test-requires = ["hypothesis"]
test-environment = { WHERE = "$HOME/here", AGAIN = "$WHERE" }
"""


@needs_cibuildwheel
def test_the_options_of_a_build_are_those_that_cibuildwheel_uses(release: ReleaseFolder) -> None:
    tests = read(release, SPECIAL)
    assert (tests.command, tests.before, tests.extras) == ("all", "prepare {project} && more", ("one", "two"))
    assert tests.requires == ("pytest", "hypothesis")
    assert tests.variables({"HOME": "/home/t", "WHERE": "old"}) == {
        "HOME": "/home/t",
        "WHERE": "/home/t/here",
        "AGAIN": "/home/t/here",
    }
    other = read(release, SPECIAL, "cp312")
    assert (other.requires, other.variables({"A": "a"})) == (("pytest",), {"A": "a"})
    windows = read(release, SPECIAL, platform=Platform("win_amd64", "windows-latest"))
    assert (windows.command, windows.variables({})) == ("of windows", {"WHERE": "windows"})


@needs_cibuildwheel
def test_a_build_that_cibuildwheel_does_not_test_has_no_command(release: ReleaseFolder) -> None:
    assert read(release, SPECIAL, "cp310").command == ""
    assert read(release, SPECIAL, platform=Platform("win32", "windows-latest")).command == ""


@needs_cibuildwheel
def test_variables_of_cibuildwheel_count(release: ReleaseFolder) -> None:
    assert read(release, SPECIAL, environ={"CIBW_TEST_COMMAND_LINUX": "given"}).command == "given"


@needs_cibuildwheel
def test_one_tested_build_is_enough(release: ReleaseFolder) -> None:
    write(release, '[[tool.cibuildwheel.overrides]]\nselect = "cp313-*"\ntest-command = "t"\n')
    tests = load_all_tests(load_config(release.root), LINUX, ["cp312", "cp313"], {})
    assert [each.command for each in tests] == ["", "t"]


@needs_cibuildwheel
def test_a_variable_that_cannot_be_evaluated_is_named(release: ReleaseFolder) -> None:
    settings = '[tool.cibuildwheel]\ntest-command = "t"\ntest-environment = { ROOT = "$(no-such-program)" }\n'
    with pytest.raises(ReleaseError, match=r"^ROOT in test-environment cannot be evaluated: .*no-such-program"):
        read(release, settings).variables({"PATH": "/nowhere"})


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "settings", ["", "[tool]\n", "[tool.cibuildwheel]\n", '[tool.cibuildwheel]\ntest-command = ""\n']
)
def test_a_package_without_tests_is_never_published(release: ReleaseFolder, settings: str) -> None:
    error = refusal(release, settings)
    assert error.message == f"{FILE} has no test-command in [tool.cibuildwheel]"
    assert error.hint == ("add the command that tests the package; a wheel is never published untested (decision D6)")


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("[tool]\ncibuildwheel = 5\n", f"tool.cibuildwheel in {FILE} must be a table, not 5"),
        ("[[tool]]\n", f"tool in {FILE} must be a table, not [{{}}]"),
    ],
)
def test_a_broken_table_is_named(release: ReleaseFolder, settings: str, message: str) -> None:
    assert refusal(release, settings).message == message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "[tool.cibuildwheel]\ntest-command = 5\n",
            f"test-command in [tool.cibuildwheel] of {FILE} must be a string or a list of strings",
        ),
        (
            '[tool.cibuildwheel]\ntest-command = "t"\ntest-requires = ["pytest", 8]\n',
            f"test-requires in [tool.cibuildwheel] of {FILE} must be a string or a list of strings",
        ),
        (
            '[[dependency-groups]]\n[tool.cibuildwheel]\ntest-command = "t"\n',
            f"dependency-groups in {FILE} must be a table, not [{{}}]",
        ),
        (
            '[dependency-groups]\nlint = []\n[tool.cibuildwheel]\ntest-command = "t"\ntest-groups = "test"\n',
            f"the dependency group 'test' of {FILE} is broken: ",
        ),
        (
            '[tool.cibuildwheel]\nbefore-test = "x"\n',
            f"before-test in [tool.cibuildwheel] of {FILE} cannot be read: only cibuildwheel can",
        ),
        (
            '[tool.cibuildwheel.linux]\ntest-skip = "*"\n',
            f"[tool.cibuildwheel.linux] of {FILE} cannot be read: only cibuildwheel can",
        ),
        (
            '[[tool.cibuildwheel.overrides]]\nselect = "*"\ntest-command = "t"\n',
            f"[tool.cibuildwheel.overrides] of {FILE} cannot be read: only cibuildwheel can",
        ),
    ],
)
def test_what_cannot_be_read_plainly_is_named(
    release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch, settings: str, message: str
) -> None:
    monkeypatch.setattr(cibuildwheel_options, "is_available", lambda: False)
    assert refusal(release, settings).message.startswith(message)


@needs_cibuildwheel
def test_what_cibuildwheel_cannot_read_is_named(release: ReleaseFolder) -> None:
    error = refusal(release, '[dependency-groups]\nlint = []\n[tool.cibuildwheel]\ntest-groups = "test"\n')
    assert error.message.startswith(f"[tool.cibuildwheel] of {FILE} is broken: ")
    assert "test" in error.message.partition(" is broken: ")[2]


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ({"a": [{"include-group": "a"}]}, "Cyclic dependency group include"),
        ({"a": [{"include-group": "b"}]}, "b"),
        ({"a": ["not a requirement at all"]}, "a"),
        ({"a": [5]}, "a"),
    ],
)
def test_a_malformed_group_is_named(groups: dict[str, object], reason: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        resolve_group(groups, "a", "pyproject.toml")
    start, _, rest = caught.value.message.partition(" is broken: ")
    assert start == "the dependency group 'a' of pyproject.toml"
    assert reason in rest
