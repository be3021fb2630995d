"""The package's own tests, as `[tool.cibuildwheel]` in its pyproject.toml describes them.

cibuildwheel runs them against the wheels that it builds; the clean room runs the same ones, in the same way,
against every wheel that this machine can run. The keys and their meaning are cibuildwheel's.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.dependency_groups import resolve_dependency_groups
from packaging.errors import ExceptionGroup

from truewheel.config import Package
from truewheel.errors import ReleaseError

# What cibuildwheel does before or around the tests and the clean room does not: to leave it out without a word
# would be to call a wheel tested that was not.
_NOT_RUN = ("before-test", "test-extras", "test-environment")
_PLATFORM_TABLES = ("linux", "windows", "macos")


@dataclass(frozen=True, slots=True)
class PackageTests:
    """How the package is tested.

    Attributes:
        command: a shell command, with cibuildwheel's `{package}` and `{project}` in it.
        requires: what it needs installed beside the wheel, as requirement strings.
        sources: paths, relative to the repository, that are copied to where the command runs.
    """

    command: str
    requires: tuple[str, ...]
    sources: tuple[str, ...]


def load_package_tests(package: Package) -> PackageTests:
    """Read how `package` is tested.

    Raises:
        ReleaseError: there is no test command (D6: a wheel is never published untested), or a key is broken.
    """
    file = package.pyproject.as_posix()
    settings = _table(_table(package.settings, "tool", file), "cibuildwheel", file)
    command = " && ".join(_strings(settings, "test-command", file, split=False))
    if not command:
        raise ReleaseError(
            f"{file} has no test-command in [tool.cibuildwheel]",
            hint="say how the package is tested; a wheel is never published untested",
        )
    _refuse_what_is_not_run(settings, file)
    groups = _table(package.settings, "dependency-groups", file)
    requires = list(_strings(settings, "test-requires", file))
    for group in _strings(settings, "test-groups", file):
        requires += resolve_group(groups, group, file)
    return PackageTests(command, tuple(requires), _strings(settings, "test-sources", file))


def _refuse_what_is_not_run(settings: Mapping[str, Any], file: str) -> None:
    found = [f"tool.cibuildwheel.{key}" for key in _NOT_RUN if key in settings]
    for table in _PLATFORM_TABLES:
        keys = settings.get(table, {})
        tests = [key for key in keys if "test" in key] if isinstance(keys, Mapping) else []
        found += [f"tool.cibuildwheel.{table}.{key}" for key in tests]
    if found:
        raise ReleaseError(
            f"the clean room does not follow {', '.join(found)} of {file}",
            hint="use test-command, test-requires, test-groups and test-sources, for all platforms alike",
        )


def resolve_group(groups: Mapping[str, Any], name: str, file: str) -> list[str]:
    """The requirements of a dependency group (PEP 735), those of the groups that it includes among them.

    Raises:
        ReleaseError: there is no such group in `file`, or it is malformed.
    """
    try:
        return list(resolve_dependency_groups(groups, name))
    except ExceptionGroup as error:
        reasons = "; ".join(str(reason) for reason in error.exceptions)
        raise ReleaseError(f"the dependency group {name!r} of {file} is broken: {reasons}") from None


def _table(values: Mapping[str, Any], key: str, file: str) -> Mapping[str, Any]:
    table = values.get(key, {})
    if not isinstance(table, Mapping):
        raise ReleaseError(f"{key} of {file} must be a table, not {table!r}")
    return table


def _strings(settings: Mapping[str, Any], key: str, file: str, *, split: bool = True) -> tuple[str, ...]:
    """A cibuildwheel option that may be written as a list, or as one string of words (or one command)."""
    value = settings.get(key, [])
    if isinstance(value, str):
        value = shlex.split(value) if split else [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ReleaseError(f"{key} in [tool.cibuildwheel] of {file} must be a string or a list of strings")
    return tuple(value)
