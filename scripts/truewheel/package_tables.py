"""The tables of a package's pyproject.toml: what would break a build is found before one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from truewheel.toml_tables import Table

# The options of cibuildwheel that are words; `select` is that of an override.
_WORDS = (
    *("archs", "before-all", "before-build", "before-test", "build", "enable", "select", "skip"),
    *("test-command", "test-extras", "test-groups", "test-requires", "test-sources"),
)
_SYSTEMS = ("linux", "macos", "windows")


def refuse_broken(settings: Mapping[str, Any], file: str) -> None:
    """Raise a ReleaseError that names the table and the key of a broken value in a package's pyproject.toml."""
    project = Table.of(settings, "project", file)
    _refuse_other_types(project, "dynamic")
    if "requires-python" in project.values:
        try:
            SpecifierSet(project.text("requires-python"))
        except InvalidSpecifier as error:
            raise project.error("requires-python", f'must be like ">=3.10": {error}') from None
    if "build-system" in settings:
        system = Table.of(settings, "build-system", file)
        system.value("requires")
        _refuse_other_types(system, "requires")
        for requirement in system.values["requires"]:
            try:
                Requirement(requirement)
            except InvalidRequirement as error:
                reason = str(error).splitlines()[0]
                raise system.error("requires", f"has {requirement!r}, which is not a requirement: {reason}") from None
    if "cibuildwheel" in settings.get("tool", {}):
        _refuse_broken_options(Table.of(settings, "tool.cibuildwheel", file))


def _refuse_broken_options(table: Table) -> None:
    _refuse_other_types(table, *_WORDS, or_string=True)
    overrides = table.values.get("overrides", [])
    if not isinstance(overrides, list) or not all(isinstance(each, Mapping) for each in overrides):
        raise table.error("overrides", f"must be a list of tables, not {overrides!r}")
    inner = [Table(each, f"{table.name}.overrides", table.file) for each in overrides]
    for each in (*inner, *(table.table(system) for system in _SYSTEMS if system in table.values)):
        _refuse_broken_options(each)


def _refuse_other_types(table: Table, *keys: str, or_string: bool = False) -> None:
    for key in keys:
        value = table.values.get(key, [])
        is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if not is_list and not (or_string and isinstance(value, str)):
            raise table.error(key, f"must be {'a string or ' * or_string}a list of strings, not {value!r}")
