"""The keys of a mapping in a workflow: which there may be, and values of the right kind."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from truewheel.workflow import values
from truewheel.workflow.availability import NOWHERE, Spot
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.templates import Condition, Template, parse_condition, parse_template
from truewheel.workflow.yaml_nodes import Node, Scalar, YamlMapping, YamlSequence, described

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping whose keys are all known.

    Attributes:
        what: what it is, for messages: `the job build`.
        place: where it stands.
        keys: key → where it stands.
        nodes: key → its value.
    """

    what: str
    place: Place
    keys: dict[str, Place]
    nodes: dict[str, Node]

    def node(self, key: str) -> Node | None:
        """The value of a key; None when it is missing or nothing."""
        node = self.nodes.get(key)
        return None if isinstance(node, Scalar) and node.value is None else node

    def template(self, key: str, spot: Spot = NOWHERE) -> Template | None:
        """The scalar at `key`."""
        node = self.node(key)
        if node is None:
            return None
        what = f"`{key}` of {self.what}"
        # Where no context is there, no expression may stand, either.
        checked = scalar(node, what) if spot.contexts else text_scalar(node, what)
        return parse_template(checked, spot)

    def flag(self, key: str, spot: Spot) -> Template | None:
        """What is true or false at `key`, or an expression."""
        template = self.template(key, spot)
        if template is not None and template.is_constant and not isinstance(template.constant, bool):
            raise self.wrong(key, "true or false", f"`{template.source}`")
        return template

    def number(self, key: str, spot: Spot) -> Template | None:
        """The number above 0 at `key`, or an expression."""
        template = self.template(key, spot)
        if template is not None and template.is_constant:
            constant = template.constant
            if not isinstance(constant, (int, float)) or not (values.is_number(constant) and constant > 0):
                raise self.wrong(key, "a number above 0", f"`{template.source}`")
        return template

    def condition(self, spot: Spot) -> Condition | None:
        """The `if`."""
        node = self.nodes.get("if")
        return None if node is None else parse_condition(scalar(node, f"`if` of {self.what}"), spot)

    def text(self, key: str) -> str | None:
        """The text at `key`, in which no expression may stand."""
        node = self.node(key)
        return None if node is None else text_of(node, f"`{key}` of {self.what}")

    def templates(self, key: str, spot: Spot) -> dict[str, Template]:
        """The mapping of scalars at `key`; empty when it is missing."""
        node = self.node(key)
        if node is None:
            return {}
        what = f"`{key}` of {self.what}"
        return {
            name.text: parse_template(scalar(value, f"`{name.text}` in {what}"), spot)
            for name, value in entries(node, what)
        }

    def wrong(self, key: str, expected: str, found: str) -> WorkflowError:
        """The error that the value of `key` is not what was expected."""
        return WorkflowError(self.nodes[key].place, f"`{key}` of {self.what} must be {expected}, not {found}")


def fields(node: Node, what: str, known: Iterable[str]) -> Fields:
    """The keys of the mapping `node`, which messages call `what`.

    Raises:
        WorkflowError: it is no mapping, or has a key that is not known.
    """
    listed = list(known)
    pairs = entries(node, what)
    for key, _ in pairs:
        if key.text not in listed:
            raise WorkflowError(key.place, f"{what} has the unknown key `{key.text}`; {advice(key.text, listed)}")
    return Fields(
        what,
        node.place,
        {key.text: key.place for key, _ in pairs},
        {key.text: value for key, value in pairs},
    )


def advice(name: str, known: Iterable[str]) -> str:
    """What somebody who wrote `name` may have meant."""
    listed = list(known)
    near = difflib.get_close_matches(name, listed, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(listed)}"


def entries(node: Node, what: str) -> tuple[tuple[Scalar, Node], ...]:
    """The keys and values of a mapping.

    Raises:
        WorkflowError: it is none, or a key is an expression.
    """
    if not isinstance(node, YamlMapping):
        raise WorkflowError(node.place, f"{what} must be a mapping, not {described(node)}")
    for key, _ in node.entries:
        if "${{" in key.text:
            raise WorkflowError(key.place, f"{what} has an expression for a key: `{key.text}`")
    return node.entries


def items(node: Node, what: str) -> tuple[Node, ...]:
    """The items of a list.

    Raises:
        WorkflowError: it is none.
    """
    if not isinstance(node, YamlSequence):
        raise WorkflowError(node.place, f"{what} must be a list, not {described(node)}")
    return node.items


def scalar(node: Node, what: str) -> Scalar:
    """The scalar that a node is.

    Raises:
        WorkflowError: it is a list or a mapping.
    """
    if not isinstance(node, Scalar):
        raise WorkflowError(node.place, f"{what} must be a single value, not {described(node)}")
    return node


def text_of(node: Node, what: str) -> str:
    """The text that a node is.

    Raises:
        WorkflowError: it is none, or empty, or holds an expression.
    """
    return text_scalar(node, what).text


def text_scalar(node: Node, what: str) -> Scalar:
    """The scalar with a text that a node is.

    Raises:
        WorkflowError: it is none, or empty, or holds an expression.
    """
    found = scalar(node, what)
    if found.value is None or not found.text.strip():
        raise WorkflowError(found.place, f"{what} must be a text, not nothing")
    if "${{" in found.text:
        raise WorkflowError(found.place, f"{what} may hold no expression, but is `{found.text}`")
    return found


def texts(node: Node, what: str) -> tuple[str, ...]:
    """A text, or the texts of a list."""
    if isinstance(node, YamlSequence):
        return tuple(text_of(item, f"each item of {what}") for item in node.items)
    return (text_of(node, what),)


def check_id(name: str, place: Place, what: str) -> str:
    """`name`, which must be one that expressions can use.

    Raises:
        WorkflowError: it is not.
    """
    if not _NAME.fullmatch(name):
        raise WorkflowError(
            place, f"{what} must be letters, digits, - and _, at most 100, a letter or _ first; not `{name}`"
        )
    return name
