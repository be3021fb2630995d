"""The closed world: what is known to be harmless in the jobs that publish and in every job that they wait for.

The table is harmless.toml. Everything that is not in it is a finding; docs/workflow.md is made from it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from truewheel.toml_tables import table_of
from truewheel.workflow.action_names import GITHUB_RELEASE, PYPI_PUBLISH
from truewheel.workflow.model import Job
from truewheel.workflow.release_jobs import using

# What a job does.
TO_PYPI, TO_GITHUB, BEFORE = "publish to PyPI", "make the GitHub Release", "prepare the release"
# Values of inputs: all that are known before anything runs; flags.
ANY, FLAG = ("…",), ("true", "false")
TOKEN = ("${{ github.token }}", "${{ secrets.GITHUB_TOKEN }}")
# No address of PyPI is written here: this stands for the one that its own clients upload to.
_PYPI = "PyPI's own"
_PYPI_SHA256 = "cd875daf8373fc5867bf9604bf24c37ad3e7eb673ee2a27f2cc21edb1cc73e59"


@dataclass(frozen=True, slots=True)
class Input:
    """An input of an action."""

    values: tuple[str, ...]  # those that are harmless, as written
    why: str = "its effect on a release is not known"  # why another one matters
    is_required: bool = False  # whether it must be written, because its default is not harmless
    advised_before: int = 0  # in versions before this major one, anything but the first value is worth a note
    unless: str = ""  # another input with which this one is harmless, and need not be written
    after: str = ""  # an action that must come before


@dataclass(frozen=True, slots=True)
class Action:
    """An action."""

    oldest: tuple[int, ...]  # the oldest good version
    newest: int  # the newest major version that is known
    jobs: tuple[str, ...]  # the jobs in which it is harmless
    inputs: Mapping[str, Input]  # those that are known
    older_ones: str = "are made for Node.js 20 or older, which is no longer supported"  # what older ones do
    # Whether it only puts something on the runner, without which the job fails: any `if` is harmless.
    is_tool: bool = False
    permission: tuple[str, ...] = ()  # the permission that it needs, and its level; empty if it needs none


def _action(row: Mapping[str, Any]) -> Action:
    free = {"any": ANY, "flags": FLAG}
    inputs = {name: Input(values) for key, values in free.items() for name in row.get(key, ())}
    inputs |= {name: Input(**_fields(one)) for name, one in row.get("inputs", {}).items()}
    return Action(**_fields({**{key: row[key] for key in row if key not in free}, "inputs": inputs}))


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table as arguments: names with _ in place of -, lists as tuples."""
    return {key.replace("-", "_"): tuple(one) if isinstance(one, list) else one for key, one in row.items()}


_TABLE = table_of(__file__)
PROSE: Mapping[str, str] = _TABLE["prose"]
KEYS: Mapping[str, str] = _TABLE["keys"]
LINUX: tuple[str, ...] = tuple(_TABLE["runners"]["linux"])
RUNNERS: tuple[str, ...] = (*LINUX, *_TABLE["runners"]["others"])
RETIRED: str = _TABLE["runners"]["retired"]
VARIABLES: tuple[str, ...] = tuple(_TABLE["variables"]["harmless"])
DECISIVE: Mapping[str, str] = _TABLE["variables"]["decisive"]
OTHER_VARIABLES: Mapping[str, str] = {**DECISIVE, **_TABLE["variables"]["others"]}
ACTIONS: Mapping[str, Action] = {name: _action(row) for name, row in _TABLE["actions"].items()}
OTHER_ACTIONS: Mapping[str, str] = _TABLE["other-actions"]
_IN_BRACES = re.compile(r"(?<=\{\{)\s+|\s+(?=\}\})")


def role(job: Job) -> str:
    """Return what a job does: `TO_PYPI`, `TO_GITHUB` or `BEFORE`."""
    return TO_PYPI if using(job, PYPI_PUBLISH) else TO_GITHUB if using(job, GITHUB_RELEASE) else BEFORE


def known_value(values: tuple[str, ...], written: str) -> bool:
    """Whether a value is among those of the table, apart from the spaces in expressions and case of flags."""
    if _PYPI in values and hashlib.sha256(written.encode()).hexdigest() == _PYPI_SHA256:
        return True
    # Other spaces count: `files` and `path` have a pattern on each line.
    plain = {_IN_BRACES.sub("", value) for value in values}
    return values == ANY or _IN_BRACES.sub("", written).strip() in plain or written.lower() in plain & set(FLAG)


def why_of(reasons: Mapping[str, str], name: str) -> str:
    """Return why something matters that is not in the table: the reason of the first pattern that its name matches."""
    return next((why for pattern, why in reasons.items() if re.fullmatch(pattern, name, re.IGNORECASE)), "")
