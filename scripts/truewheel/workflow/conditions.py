"""Conditions of jobs and steps: what has succeeded where one holds, and whether it holds for the push of a tag."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from truewheel.workflow import values
from truewheel.workflow.expressions import Expression
from truewheel.workflow.place import WorkflowError
from truewheel.workflow.scope import Scope
from truewheel.workflow.syntax import Call, Choice, Comparison, Context, Index, Literal, Node, walk
from truewheel.workflow.templates import Condition

# Any tag must do.
_TAGS = ("v0.5.0", "v12.34.56")
# What is known about a run before it starts, and the facts of a fork guard, which are true in the right repository.
# How a job may have ended, and how many of them are tried in every combination.
_RESULTS, _MOST_TRIED = ("success", "failure", "cancelled", "skipped"), 4
_FACTS = ("event_name", "ref", "ref_name", "ref_type", "repository", "repository_owner")


def succeeded(condition: Condition | None, needs: tuple[str, ...]) -> frozenset[str]:
    """Return those of the needed jobs that have succeeded wherever the condition holds.

    GitHub puts `success() &&` in front of every condition that does not call a status function itself.
    """
    if condition is None or condition.part is None or not condition.asks_for_status:
        return frozenset(needs)
    # There are many ways to write it: what is not understood is tried.
    implied = _implied(condition.part.expression.node, frozenset(needs))
    is_known = all(_is_known(reference, needs) for reference in condition.references)
    return implied | _tried(condition, needs) if is_known and len(needs) <= _MOST_TRIED else implied


def _tried(condition: Condition, needs: tuple[str, ...]) -> frozenset[str]:
    """Return the needed jobs that have succeeded in every run in which the condition holds."""
    found = frozenset(needs)
    flags = ((True, False), (True, False))
    for failed, cancelled, *results in itertools.product(*flags, *[_RESULTS] * len(needs)):
        contexts = {"needs": {name: {"result": result} for name, result in zip(needs, results, strict=True)}}
        status = {*results} <= {"success"}, bool(failed) or "failure" in results, bool(cancelled)
        pushes = ({**contexts, **_push(repository, _TAGS[0])} for repository in _repositories(condition))
        if any(condition.holds(Scope(push, *status)) for push in pushes):
            found -= {name for name, result in zip(needs, results, strict=True) if result != "success"}
    return found


def _implied(node: Node, needs: frozenset[str]) -> frozenset[str]:
    match node:
        case Call("success"):
            return needs
        case Choice("&&", left, right):
            return _implied(left, needs) | _implied(right, needs)
        case Choice(_, left, right):
            return _implied(left, needs) & _implied(right, needs)
        case Comparison("==", left, Literal(value)) if values.equal(value, "success"):
            return frozenset(name for name in needs if _is_result(left, name))
        case Comparison("==", Literal(), right):
            return _implied(Comparison("==", right, node.left), needs)
        case _:
            return frozenset()


def _is_result(node: Node, job: str) -> bool:
    match node:
        case Index(Index(Context("needs"), Literal(name)), Literal(key)):
            return values.equal(name, job) and values.equal(key, "result")
        case _:
            return False


def why_skipped(condition: Condition | None, needs: tuple[str, ...]) -> str:
    """Why a job or step may be skipped although a tag was pushed and everything before succeeded; empty if it is not.

    A comparison with the name or the owner of the repository is taken for a fork guard, which holds where it should.
    """
    if condition is None or condition.part is None:
        return ""
    for reference in sorted(condition.references):
        if not _is_known(reference, needs):
            return f"it depends on {'.'.join(reference)}"
    results = {"needs": {name: {"result": "success"} for name in needs}}
    try:
        held = all(
            any(condition.holds(Scope({**results, **_push(one, tag)})) for one in _repositories(condition))
            for tag in _TAGS
        )
    except WorkflowError as error:
        return error.complaint
    return "" if held else "it does not hold for the push of a tag"


def may_hold_on_a_branch(condition: Condition | None, event: str) -> bool:
    """Whether a condition may hold in a run that an event starts on a branch."""
    facts = {"event_name": event, "ref_type": "branch", "ref": "refs/heads/main", "ref_name": "main"}
    return condition is None or all(_may_hold(one.node, facts) for one in condition.expressions)


def _may_hold(node: Node, facts: Mapping[str, str]) -> bool:
    match node:
        case Choice("&&", left, right):
            return _may_hold(left, facts) and _may_hold(right, facts)
        case Choice(_, left, right):
            return _may_hold(left, facts) or _may_hold(right, facts)
        case _:
            known = Expression("", node).references <= {("github", fact) for fact in facts}
            return not known or values.is_true(node.evaluate(Scope({"github": facts})))


def _is_known(reference: tuple[str, ...], needs: tuple[str, ...]) -> bool:
    match tuple(map(str.lower, reference)):
        case ("github", fact):
            return fact in _FACTS
        case ("github", "event", "repository", "fork"):
            return True
        case ("needs", job, "result"):
            return job in map(str.lower, needs)
        case ("needs",):
            return True
        case _:
            return False


def _repositories(condition: Condition) -> Iterator[str]:
    """Every text of the condition, one of which is the right repository or its owner, and another one."""
    nodes = [node for one in condition.expressions for node in walk(one.node)]
    yield from [
        "owner/name",
        *(node.value for node in nodes if isinstance(node, Literal) and isinstance(node.value, str)),
    ]


def _push(repository: str, tag: str) -> Mapping[str, Any]:
    """What is known of the run that the push of a tag starts."""
    github = {
        "event_name": "push",
        "ref_type": "tag",
        "ref": f"refs/tags/{tag}",
        "ref_name": tag,
        "repository": repository,
        "repository_owner": repository.partition("/")[0],
        "event": {"repository": {"fork": False}},
    }
    return {"github": github}
