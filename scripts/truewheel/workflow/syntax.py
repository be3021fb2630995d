"""The syntax tree of an expression: its nodes and their values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from truewheel.workflow import values
from truewheel.workflow.functions import FUNCTIONS
from truewheel.workflow.lexer import ExpressionError
from truewheel.workflow.scope import Scope

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": values.equal,
    "!=": lambda left, right: not values.equal(left, right),
    "<": values.less,
    ">": lambda left, right: values.less(right, left),
    "<=": lambda left, right: values.less(left, right) or values.equal(left, right),
    ">=": lambda left, right: values.less(right, left) or values.equal(left, right),
}


class _Filtered(list[Any]):
    """The list that `.*` makes: properties of it are those of each of its items."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, `true`, `false` or `null`."""

    value: Any

    def evaluate(self, _: Scope) -> Any:
        return self.value


@dataclass(frozen=True, slots=True)
class Context:
    """The name of a context."""

    name: str

    def evaluate(self, scope: Scope) -> Any:
        return _item(scope.contexts, self.name)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """The `*` of `.*` and `[*]`."""

    def evaluate(self, _: Scope) -> Any:
        return None


@dataclass(frozen=True, slots=True)
class Index:
    """`left.key`, `left[key]` or `left.*`."""

    left: Node
    key: Node

    def evaluate(self, scope: Scope) -> Any:
        left = self.left.evaluate(scope)
        everything = isinstance(self.key, Wildcard)
        key = self.key.evaluate(scope)
        if isinstance(left, _Filtered):
            found = [one for item in left for one in (_items(item) if everything else _found(item, key))]
            return _Filtered(found)
        if everything:
            return _Filtered(_items(left))
        return next(iter(_found(left, key)), None)


def _items(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _found(value: Any, key: Any) -> list[Any]:
    """The item of `value` at `key`, in a list; an empty list if there is none."""
    if isinstance(value, Mapping):
        name = values.as_text(key)
        exists = values.is_primitive(key) and any(values.fold(name) == values.fold(one) for one in value)
        return [_item(value, name)] if exists else []
    if isinstance(value, list):
        number = values.as_number(key)
        # Also false for what is not a number.
        return [value[math.floor(number)]] if 0 <= number < len(value) else []
    return []


def _item(mapping: Mapping[str, Any], name: str) -> Any:
    if name in mapping:
        return mapping[name]
    folded = values.fold(name)
    return next((value for key, value in mapping.items() if values.fold(key) == folded), None)


@dataclass(frozen=True, slots=True)
class Not:
    """`!operand`."""

    operand: Node

    def evaluate(self, scope: Scope) -> bool:
        return not values.is_true(self.operand.evaluate(scope))


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    operator: str
    left: Node
    right: Node

    def evaluate(self, scope: Scope) -> bool:
        return _COMPARISONS[self.operator](self.left.evaluate(scope), self.right.evaluate(scope))


@dataclass(frozen=True, slots=True)
class Choice:
    """`left && right` or `left || right`: its value is that of the operand which decides."""

    operator: str
    left: Node
    right: Node

    def evaluate(self, scope: Scope) -> Any:
        left = self.left.evaluate(scope)
        return left if values.is_true(left) == (self.operator == "||") else self.right.evaluate(scope)


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments)`; the name is spelled as GitHub documents it."""

    name: str
    arguments: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Any:
        try:
            return FUNCTIONS[self.name].call(scope, *(argument.evaluate(scope) for argument in self.arguments))
        except ValueError as error:
            raise ExpressionError(f"{self.name}(): {error}") from None


Node = Literal | Context | Wildcard | Index | Not | Comparison | Choice | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    match node:
        case Index(left, key):
            return left, key
        case Not(operand):
            return (operand,)
        case Comparison(_, left, right) | Choice(_, left, right):
            return left, right
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def depth(node: Node) -> int:
    """The number of levels of a syntax tree."""
    return 1 + max(map(depth, children(node)), default=0)


def walk(node: Node) -> Iterator[Node]:
    """A node and all nodes below it."""
    yield node
    for child in children(node):
        yield from walk(child)
