"""The package's own tests, as configured for cibuildwheel: `test-command` etc. in `[tool.cibuildwheel]`.

The clean room runs them as cibuildwheel does, with every wheel that this machine can run. cibuildwheel itself reads the
options; on Python 3.10, which it does not support, the plain ones are read here. A malformed option is a ReleaseError.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.dependency_groups import resolve_dependency_groups
from packaging.errors import ExceptionGroup

from truewheel.builders import cibuildwheel_options
from truewheel.config import Config, Package
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform

if TYPE_CHECKING:
    from cibuildwheel.environment import EnvironmentAssignment

# The tables whose options cibuildwheel prefers on one platform or for one build.
_SPECIAL_TABLES = ("linux", "windows", "macos", "overrides")
_PLAIN = ("test-command", "test-requires", "test-groups", "test-sources")


@dataclass(frozen=True, slots=True)
class PackageTests:
    """How the package is tested with the wheel of one build."""

    # A shell command, with cibuildwheel's placeholders `{package}`, `{project}` and `{wheel}`; empty if the build is
    # not tested.
    command: str
    requires: tuple[str, ...]  # the requirements to install for it
    sources: tuple[str, ...]  # paths, relative to the repository, that are copied to the working folder of the command
    before: str = ""  # a shell command that is run before it, in the repository; empty if there is none
    extras: tuple[str, ...] = ()  # the extras of the package to install
    environment: tuple[EnvironmentAssignment, ...] = ()  # environment variables of both commands

    def variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return `environ` with the variables of the tests; a ReleaseError if one of them cannot be evaluated here."""
        variables = dict(environ)
        for assignment in self.environment:
            try:
                variables[assignment.name] = assignment.evaluated_value(environment=variables)
            except (OSError, ValueError, subprocess.CalledProcessError) as error:
                raise ReleaseError(f"{assignment.name} in test-environment cannot be evaluated: {error}") from None
        return variables


def load_package_tests(config: Config, platform: Platform, python: str, environ: Mapping[str, str]) -> PackageTests:
    """Read how the package is tested with the wheel of a platform on a Python, e.g. `cp313`."""
    if not cibuildwheel_options.is_available():
        return _read_plainly(config.package)
    # A table first: cibuildwheel takes for granted that it is one.
    config.package.table("tool", "cibuildwheel")
    build = f"{python}-{platform.name}"
    options = cibuildwheel_options.build_options(config, platform.system, environ, build)
    is_tested = options.test_selector(build)
    return PackageTests(
        (options.test_command or "") if is_tested else "",
        tuple(options.test_requires),
        tuple(options.test_sources),
        options.before_test or "",
        tuple(filter(None, re.split(r"[\[\],\s]+", options.test_extras))),
        tuple(options.test_environment.assignments),
    )


def load_all_tests(
    config: Config, platform: Platform, pythons: Iterable[str], environ: Mapping[str, str]
) -> list[PackageTests]:
    """Read how the package is tested with a platform's wheels on several Pythons; on none is a ReleaseError (D6)."""
    tests = [load_package_tests(config, platform, python, environ) for python in pythons]
    if not any(each.command for each in tests):
        raise ReleaseError(
            f"{config.package.pyproject.as_posix()} has no test-command in [tool.cibuildwheel]",
            hint="add the command that tests the package; a wheel is never published untested (decision D6)",
        )
    return tests


def _read_plainly(package: Package) -> PackageTests:
    file = package.pyproject.as_posix()
    settings = package.table("tool", "cibuildwheel")
    special = [f"{key} in [tool.cibuildwheel]" for key in settings if "test" in key and key not in _PLAIN]
    special += [f"[tool.cibuildwheel.{key}]" for key in _SPECIAL_TABLES if "test" in str(settings.get(key))]
    if special:
        raise ReleaseError(
            f"{special[0]} of {file} cannot be read: only cibuildwheel can, which needs Python 3.11 or newer",
            hint="run nox with a newer Python",
        )
    command = " && ".join(_strings(settings, "test-command", file, split=False))
    groups = package.table("dependency-groups")
    requires = list(_strings(settings, "test-requires", file))
    for group in _strings(settings, "test-groups", file):
        requires += resolve_group(groups, group, file)
    return PackageTests(command, tuple(requires), _strings(settings, "test-sources", file))


def resolve_group(groups: Mapping[str, Any], name: str, file: str) -> list[str]:
    """Return the requirements of a dependency group of `file`, with those of the groups that it includes (PEP 735)."""
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
