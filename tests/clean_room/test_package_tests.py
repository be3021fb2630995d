"""The clean room reads how the package is tested from cibuildwheel's options."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.clean_room.package_tests import PackageTests, load_package_tests, resolve_group
from truewheel.config import load_package
from truewheel.errors import ReleaseError

FILE = "bindings/python/pyproject.toml"


def read(release: ReleaseFolder, settings: str) -> PackageTests:
    release.write(FILE, f'[project]\nname = "quiverdb"\nversion = "0.5.0"\n{settings}')
    return load_package_tests(load_package(release.root, Path("bindings/python")))


def refusal(release: ReleaseFolder, settings: str) -> ReleaseError:
    with pytest.raises(ReleaseError) as caught:
        read(release, settings)
    return caught.value


def test_the_package_of_this_repository_is_tested() -> None:
    package = load_package(Path(__file__).parents[2], Path("bindings/python"))
    assert load_package_tests(package) == PackageTests(
        "python -m pytest -p no:cacheprovider {package}/tests", ("pytest>=8", "hypothesis>=6.100"), ()
    )


def test_every_option_is_read(release: ReleaseFolder) -> None:
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


@pytest.mark.parametrize(
    "settings", ["", "[tool]\n", "[tool.cibuildwheel]\n", '[tool.cibuildwheel]\ntest-command = ""\n']
)
def test_a_package_without_tests_is_never_published(release: ReleaseFolder, settings: str) -> None:
    error = refusal(release, settings)
    assert error.message == f"{FILE} has no test-command in [tool.cibuildwheel]"
    assert error.hint == ("add the command that tests the package; a wheel is never published untested (decision D6)")


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
        ("[tool]\ncibuildwheel = 5\n", f"tool.cibuildwheel in {FILE} must be a table, not 5"),
        ("[[tool]]\n", f"tool in {FILE} must be a table, not [{{}}]"),
        (
            '[[dependency-groups]]\n[tool.cibuildwheel]\ntest-command = "t"\n',
            f"dependency-groups in {FILE} must be a table, not [{{}}]",
        ),
    ],
)
def test_a_broken_option_is_named(release: ReleaseFolder, settings: str, message: str) -> None:
    assert refusal(release, settings).message == message


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ('[tool.cibuildwheel]\nbefore-test = "x"\n', "tool.cibuildwheel.before-test"),
        ('[tool.cibuildwheel]\ntest-extras = ["x"]\n', "tool.cibuildwheel.test-extras"),
        ('[tool.cibuildwheel]\n[tool.cibuildwheel.linux]\ntest-skip = "*"\n', "tool.cibuildwheel.linux.test-skip"),
    ],
)
def test_an_option_that_the_clean_room_does_not_support_is_an_error(
    release: ReleaseFolder, settings: str, named: str
) -> None:
    error = refusal(release, settings.replace("wheel]\n", 'wheel]\ntest-command = "t"\n', 1))
    assert error.message == f"the clean room does not support {named} in {FILE}"


def test_a_missing_group_is_named(release: ReleaseFolder) -> None:
    settings = '[dependency-groups]\nlint = []\n[tool.cibuildwheel]\ntest-command = "t"\ntest-groups = "test"\n'
    assert refusal(release, settings).message.startswith(f"the dependency group 'test' of {FILE} is broken: ")


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
