"""Conditions of jobs and steps: what has succeeded where one holds, and whether it holds for the push of a tag."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from truewheel.workflow import values
from truewheel.workflow.expressions import Expression
from truewheel.workflow.lexer import ExpressionError
from truewheel.workflow.scope import Scope
from truewheel.workflow.syntax import Node
from truewheel.workflow.templates import Template

# A condition must hold for any tag, not only for one that it names.
_TAGS = ("v0.5.0", "v12.34.56", "v1.0.1")
# A tag, its beginning, its end, or what it may contain.
_OF_A_TAG = re.compile(r"(?:refs/tags/)?v?[\d.]*\d[\d.]*", re.ASCII)
_FAILED = ("failure", "cancelled", "skipped")
# With more other jobs than these, nothing is known of how they ended: there are too many combinations to try.
_MOST_TRIED = 3
_EITHER = frozenset((True, False))


def outcomes(node: Node, scope: Scope, is_known: Callable[[tuple[str, ...]], bool] | None = None) -> frozenset[bool]:
    """Return what an expression may be, true or false, where perhaps not all that it reads is known.

    `is_known` returns whether a part of a context is known; without it, what has a value in `scope` is.
    """
    has = is_known or functools.partial(_is_known, contexts=scope.contexts)
    match node:
        case Node("operator", "&&" | "||" as operator, (left, right)):
            found, decides = outcomes(left, scope, has), operator == "||"
            return found if found == {decides} else (found & {decides}) | outcomes(right, scope, has)
        case Node("operator", "!", (operand,)):
            return frozenset(not one for one in outcomes(operand, scope, has))
    if not all(map(has, Expression("", node).references)):
        return _EITHER
    try:
        return frozenset((values.is_true(node.evaluate(scope)),))
    except ExpressionError:
        return _EITHER


def may_be(condition: Template, scope: Scope) -> frozenset[bool]:
    """Return what a condition or a flag may be, where perhaps not all that it reads is known."""
    if not (scope.succeeded or condition.asks_for_status):
        return frozenset((False,))
    if condition.is_constant:
        # An empty `if` means `success()`.
        return frozenset((condition.constant is not False,))
    return frozenset[bool]().union(*(outcomes(one.node, scope) for one in condition.expressions))


def _is_known(read: tuple[str, ...], contexts: Mapping[str, Any]) -> bool:
    found: Any = contexts.get(read[0].lower())
    for name in map(str.lower, read[1:]):
        is_all = found is not None and not isinstance(found, Partial)
        items = found.items() if isinstance(found, Mapping) else ()
        # What a whole context lacks is empty.
        found = next((value for key, value in items if key.lower() == name), "" if is_all else None)
    return found is not None and not isinstance(found, Partial)


def succeeded(condition: Template | None, needs: tuple[str, ...]) -> frozenset[str]:
    """Return those of the needed jobs that have succeeded wherever the condition holds.

    GitHub puts `success() &&` in front of every condition that does not call a status function itself.
    """
    if condition is None or not condition.asks_for_status:
        return frozenset(needs)
    return frozenset(
        name for name in needs if not any(True in may_be(condition, one) for one in _without(name, needs, condition))
    )


def _without(failed: str, needs: tuple[str, ...], condition: Template) -> Iterator[Scope]:
    """The ways in which a run may have come to a job although one that it needs did not succeed."""
    others = [name for name in needs if name != failed]
    are_all = len(others) <= _MOST_TRIED
    for result, *rest in itertools.product(_FAILED, *[("success", *_FAILED)] * len(others) * are_all):
        results = {failed: result, **dict(zip(others, rest, strict=are_all))}
        for has_failed, is_cancelled in itertools.product({True, "failure" in results.values()}, (True, False)):
            for push in (push for tag in _tags(condition) for push in _pushes(condition, tag)):
                known = {**push, **_needs(results, are_all=are_all)}
                yield Scope(known, succeeded=False, failed=has_failed, cancelled=is_cancelled)


def why_skipped(condition: Template | None, needs: tuple[str, ...] = (), repository: str | None = None) -> str:
    """Why a job or step may be skipped although a tag was pushed and everything before succeeded; empty if it is not.

    If the `repository` is not known, whatever the condition compares it with is taken for it.
    """
    if condition is None:
        return ""
    results = _needs(dict.fromkeys(needs, "success"))
    for reference in sorted(condition.references):
        if not _is_known(reference, {**_push("", ""), **results}):
            return f"it depends on {'.'.join(reference)}"
    for tag in _tags(condition):
        pushes = [Scope({**push, **results}) for push in _pushes(condition, tag)]
        if not any(may_be(condition, one) == {True} for one in pushes):
            return "it does not hold for the push of a tag"
    is_ours = repository is None or may_be(condition, Scope({**_push(repository, _TAGS[0]), **results})) == {True}
    return "" if is_ours else f"it does not hold in {repository}, which this is"


def may_hold_on_a_branch(condition: Template | None, event: str) -> bool:
    """Whether a condition may hold in a run that an event starts on a branch."""
    facts = {"event_name": event, "ref_type": "branch", "ref": "refs/heads/main", "ref_name": "main"}
    return condition is None or True in may_be(condition, Scope({"github": Partial(facts)}))


class Partial(dict[str, Any]):
    """A context, or a part of one, of which more exists than is known here."""


def _needs(results: Mapping[str, str], *, are_all: bool = True) -> Mapping[str, Any]:
    jobs = {name.lower(): Partial(result=result) for name, result in results.items()}
    return {"needs": jobs if are_all else Partial(jobs)}


def _pushes(condition: Template, tag: str) -> Iterator[Mapping[str, Any]]:
    """The push of a tag in every repository that the condition may compare with, and in another one."""
    for text in ("owner/name", *_texts(condition)):
        yield _push(text, tag)


def _tags(condition: Template) -> list[str]:
    """The tags above, and those that have the numbers this condition names, in every position."""
    named = [re.findall(r"\d+", text)[:3] for text in _texts(condition) if _OF_A_TAG.fullmatch(text)]
    spread = [["4"] * place + numbers + ["6", "6"] for numbers in named for place in range(4 - len(numbers))]
    return [*_TAGS[:1], *dict.fromkeys(f"v{'.'.join(numbers[:3])}" for numbers in spread), *_TAGS[1:]]


def _texts(condition: Template) -> list[str]:
    nodes = (node for one in condition.expressions for node in one.node.walk())
    return [node.value for node in nodes if node.kind == "literal" and isinstance(node.value, str)]


def _push(repository: str, tag: str) -> Mapping[str, Any]:
    run, event = _tagged(tag), Partial(repository=Partial(fork=False))
    return {"github": Partial(run, repository=repository, repository_owner=repository.partition("/")[0], event=event)}


def _tagged(tag: str) -> Mapping[str, Any]:
    return {"event_name": "push", "ref_type": "tag", "ref": f"refs/tags/{tag}", "ref_name": tag}


# What is known of a run before it starts, in any repository.
A_PUSH: Mapping[str, Any] = {"github": Partial(_tagged(_TAGS[0]))}
