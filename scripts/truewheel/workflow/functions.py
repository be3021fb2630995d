"""The functions of GitHub's expressions. Source: its documentation of expressions, "Functions"."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truewheel.patterns import PatternError
from truewheel.patterns.paths import search
from truewheel.workflow import values
from truewheel.workflow.scope import Scope

_ANY_NUMBER = 255
_FIELD = re.compile(r"\{\{|\}\}|\{([0-9]+)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Function:
    """A function."""

    call: Callable[..., Any]  # takes the scope and the arguments; raises ValueError if it has no value for them
    fewest: int  # the smallest number of arguments
    most: int  # the largest
    is_special: bool = False  # whether it is available only in some places, because its value depends on the run


def _contains(_: Scope, where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(values.equal(item, what) for item in where)
    if isinstance(where, Mapping) or not values.is_primitive(what):
        return False
    return values.fold(values.as_text(what)) in values.fold(values.as_text(where))


def _compared(compare: Callable[[str, str], bool]) -> Callable[[Scope, Any, Any], bool]:
    """A function of two texts, without regard to case; false for lists and mappings."""

    def call(_: Scope, text: Any, part: Any) -> bool:
        folded = [values.fold(values.as_text(value)) for value in (text, part) if values.is_primitive(value)]
        return len(folded) == 2 and compare(*folded)

    return call


def _format(_: Scope, template: Any, *given: Any) -> str:
    text = values.as_text(template)

    def put(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        if match[1] is None:
            raise ValueError(f"{text!r} has a {match[0]} that is not doubled and not part of {{0}}, {{1}}, …")
        if int(match[1]) >= len(given):
            raise ValueError(f"{text!r} asks for {match[0]}, but there are {len(given)} values")
        return values.as_text(given[int(match[1])])

    return _FIELD.sub(put, text)


def _join(_: Scope, items: Any, separator: Any = ",") -> str:
    if not isinstance(items, list):
        return values.as_text(items) if values.is_primitive(items) else ""
    between = values.as_text(separator) if values.is_primitive(separator) else ","
    return between.join(map(values.as_text, items))


def _from_json(_: Scope, text: Any) -> Any:
    try:
        return json.loads(values.as_text(text), parse_int=_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise ValueError(f"{values.as_text(text)!r} is not JSON: {why}") from None


def _number(digits: str) -> int | float:
    return values.exact_number(float(digits))


def _case(_: Scope, *given: Any) -> Any:
    pairs = zip(given[:-1:2], given[1::2], strict=False)
    return next((value for condition, value in pairs if values.is_true(condition)), given[-1])


def _hash_files(scope: Scope, *patterns: Any) -> str:
    """The hash of the hashes of the files in the job's checkout that the patterns of @actions/glob find."""
    workspace = (scope.contexts.get("github") or {}).get("workspace")
    if not workspace:
        raise ValueError("needs the files of a job's checkout")
    folder = Path(workspace)
    try:
        found = search("\n".join(map(values.as_text, patterns)), folder=folder, home=folder, hidden=True)
    except PatternError as error:
        raise ValueError(str(error)) from None
    whole = hashlib.sha256()
    for file in found.files:
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest() if found.files else ""


# By their names as GitHub writes them; expressions may write them in any case.
FUNCTIONS: Mapping[str, Function] = {
    "contains": Function(_contains, 2, 2),
    "startsWith": Function(_compared(str.startswith), 2, 2),
    "endsWith": Function(_compared(str.endswith), 2, 2),
    "format": Function(_format, 1, _ANY_NUMBER),
    "join": Function(_join, 1, 2),
    "toJSON": Function(lambda _, value: values.to_json(value), 1, 1),
    "fromJSON": Function(_from_json, 1, 1),
    "case": Function(_case, 3, _ANY_NUMBER),
    "hashFiles": Function(_hash_files, 1, _ANY_NUMBER, is_special=True),
    "success": Function(lambda scope: scope.succeeded, 0, 0, is_special=True),
    "always": Function(lambda _: True, 0, 0, is_special=True),
    "cancelled": Function(lambda scope: scope.cancelled, 0, 0, is_special=True),
    "failure": Function(lambda scope: scope.failed, 0, 0, is_special=True),
}
STATUS_FUNCTIONS = frozenset(["success", "always", "cancelled", "failure"])
