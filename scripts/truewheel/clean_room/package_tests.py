"""The package's own tests, as configured for cibuildwheel: `test-command` etc. in `[tool.cibuildwheel]`.

The clean room runs them as cibuildwheel does, with every wheel that this machine can run.
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

# Options that the clean room does not implement. Ignoring them would call a wheel tested that was not.
_UNSUPPORTED = ("before-test", "test-extras", "test-environment")
_PLATFORM_TABLES = ("linux", "windows", "macos")


@dataclass(frozen=True, slots=True)
class PackageTests:
    """How the package is tested.

    Attributes:
        command: a shell command, with cibuildwheel's placeholders `{package}`, `{project}` and `{wheel}`.
        requires: the requirements to install for it.
        sources: paths, relative to the repository, that are copied to the working folder of the command.
    """

    command: str
    requires: tuple[str, ...]
    sources: tuple[str, ...]


def load_package_tests(package: Package) -> PackageTests:
    """Read how `package` is tested.

    Raises:
        ReleaseError: there is no test command (decision D6), or an option is malformed or not supported.
    """
    file = package.pyproject.as_posix()
    settings = package.table("tool", "cibuildwheel")
    command = " && ".join(_strings(settings, "test-command", file, split=False))
    if not command:
        raise ReleaseError(
            f"{file} has no test-command in [tool.cibuildwheel]",
            hint="add the command that tests the package; a wheel is never published untested (decision D6)",
        )
    _refuse_unsupported(settings, file)
    groups = package.table("dependency-groups")
    requires = list(_strings(settings, "test-requires", file))
    for group in _strings(settings, "test-groups", file):
        requires += resolve_group(groups, group, file)
    return PackageTests(command, tuple(requires), _strings(settings, "test-sources", file))


def _refuse_unsupported(settings: Mapping[str, Any], file: str) -> None:
    found = [f"tool.cibuildwheel.{key}" for key in _UNSUPPORTED if key in settings]
    for table in _PLATFORM_TABLES:
        keys = settings.get(table, {})
        tests = [key for key in keys if "test" in key] if isinstance(keys, Mapping) else []
        found += [f"tool.cibuildwheel.{table}.{key}" for key in tests]
    if found:
        raise ReleaseError(
            f"the clean room does not support {', '.join(found)} in {file}",
            hint="use test-command, test-requires, test-groups and test-sources, the same for all platforms",
        )


def resolve_group(groups: Mapping[str, Any], name: str, file: str) -> list[str]:
    """Return the requirements of a dependency group of `file`, with those of the groups that it includes (PEP 735).

    Raises:
        ReleaseError: there is no such group, or it is malformed.
    """
    try:
        return list(resolve_dependency_groups(groups, name))
    except ExceptionGroup as error:
        reasons = "; ".join(str(reason) for reason in error.exceptions)
        raise ReleaseError(f"the dependency group {name!r} of {file} is broken: {reasons}") from None


def _strings(settings: Mapping[str, Any], key: str, file: str, *, split: bool = True) -> tuple[str, ...]:
    """Read an option that is a list of strings, or one string of words (without `split`, one command)."""
    value = settings.get(key, [])
    if isinstance(value, str):
        value = shlex.split(value) if split else [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ReleaseError(f"{key} in [tool.cibuildwheel] of {file} must be a string or a list of strings")
    return tuple(value)
