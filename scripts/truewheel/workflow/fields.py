"""The keys of a mapping in a workflow, all known, with values of the right kind.

Every function raises WorkflowError if a node is not what it reads; the message has the position.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from truewheel.workflow.availability import NOWHERE, Spot
from truewheel.workflow.place import Place, WorkflowError, advice
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import Template, parse_condition, parse_template
from truewheel.workflow.yaml_nodes import Node, Scalar, YamlMapping, YamlSequence, described

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping whose keys are all known."""

    what: str  # how messages call it: ``the job `build` ``
    place: Place  # its position in the file
    keys: dict[str, Place]  # key → the position of the key
    nodes: dict[str, Node]  # key → its value

    def node(self, key: str) -> Node | None:
        """Return the value of a key; None if it is missing or null."""
        node = self.nodes.get(key)
        return None if isinstance(node, Scalar) and node.value is None else node

    def template(self, key: str, spot: Spot = NOWHERE) -> Template | None:
        """Return the scalar at `key`."""
        node = self.node(key)
        if node is None:
            return None
        if not spot.contexts:
            # Expressions are not allowed.
            self.text(key)
        return self.value(key, spot)

    def value(self, key: str, spot: Spot) -> Template | None:
        """Return the scalar at `key`, which may be empty."""
        node = self.node(key)
        return None if node is None else parse_template(scalar(node, f"`{key}` of {self.what}"), spot)

    def flag(self, key: str, spot: Spot) -> Template | None:
        """Return the boolean or expression at `key`."""
        return self._judged(key, spot, Template.flag)

    def number(self, key: str, spot: Spot) -> Template | None:
        """Return the number above 0 or the expression at `key`."""
        return self._judged(key, spot, Template.number)

    def _judged(self, key: str, spot: Spot, judge: Callable[[Template, Scope], object]) -> Template | None:
        template = self.template(key, spot)
        if template is not None and template.is_constant:
            judge(template, Scope({}))
        return template

    def condition(self, spot: Spot) -> Template | None:
        """Return the `if`."""
        node = self.nodes.get("if")
        return None if node is None else parse_condition(scalar(node, f"`if` of {self.what}"), spot)

    def text(self, key: str) -> str | None:
        """Return the text at `key`, which has no expressions."""
        node = self.node(key)
        return None if node is None else text_of(node, f"`{key}` of {self.what}")

    def templates(self, key: str, spot: Spot) -> dict[str, Template]:
        """Return the mapping of scalars at `key`; empty if it is missing."""
        node, what = self.node(key), f"`{key}` of {self.what}"
        pairs = () if node is None else entries(node, what)
        return {name.text: parse_template(scalar(one, f"`{name.text}` in {what}"), spot) for name, one in pairs}

    def wrong(self, key: str, expected: str, found: str) -> WorkflowError:
        """Return the error for an unexpected value of `key`."""
        return WorkflowError(self.nodes[key].place, f"`{key}` of {self.what} must be {expected}, not {found}")


def fields(node: Node, what: str, known: Sequence[str]) -> Fields:
    """Return the keys of the mapping `node`, which messages call `what`."""
    pairs = entries(node, what)
    for key, _ in pairs:
        if key.text not in known:
            raise WorkflowError(key.place, f"{what} has the unknown key `{key.text}`; {advice(key.text, known)}")
    places = {key.text: key.place for key, _ in pairs}
    return Fields(what, node.place, places, {key.text: value for key, value in pairs})


def entries(node: Node, what: str) -> tuple[tuple[Scalar, Node], ...]:
    """Return the keys and values of a mapping."""
    if not isinstance(node, YamlMapping):
        raise WorkflowError(node.place, f"{what} must be a mapping, not {described(node)}")
    for key, _ in node.entries:
        if "${{" in key.text:
            raise WorkflowError(key.place, f"{what} has an expression as a key: `{key.text}`")
    return node.entries


def items(node: Node, what: str) -> tuple[Node, ...]:
    """Return the items of a list."""
    if not isinstance(node, YamlSequence):
        raise WorkflowError(node.place, f"{what} must be a list, not {described(node)}")
    return node.items


def scalar(node: Node, what: str) -> Scalar:
    """Return a node as a scalar."""
    if not isinstance(node, Scalar):
        raise WorkflowError(node.place, f"{what} must be a single value, not {described(node)}")
    return node


def text_of(node: Node, what: str) -> str:
    """Return a node as a text without expressions."""
    text = scalar(node, what).text
    if scalar(node, what).value is None or not text.strip():
        raise WorkflowError(node.place, f"{what} must not be empty")
    if "${{" in text:
        raise WorkflowError(node.place, f"{what} must not have an expression, but is `{text}`")
    return text


def texts(node: Node, what: str) -> tuple[str, ...]:
    """Return the texts of a list, or of a single text."""
    if isinstance(node, YamlSequence):
        return tuple(text_of(item, f"each item of {what}") for item in node.items)
    return (text_of(node, what),)


def check_id(name: str, place: Place, what: str) -> str:
    """Return `name` if expressions can use it."""
    if not _NAME.fullmatch(name):
        raise WorkflowError(
            place, f"{what} must be at most 100 letters, digits, - and _, and begin with a letter or _; it is `{name}`"
        )
    return name
