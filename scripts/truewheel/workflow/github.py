"""The names that GitHub knows in a workflow, from github.toml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from truewheel.toml_tables import table_of

_TABLE = table_of(__file__)
EVENTS: Sequence[str] = _TABLE["events"]
PERMISSIONS: Sequence[str] = _TABLE["permissions"]
LEVELS: Mapping[str, Sequence[str]] = _TABLE["levels"]  # of the permissions that have fewer than three
CONTEXTS: Mapping[str, Sequence[str]] = _TABLE["contexts"]  # the properties of those that are always the same
