"""The syntax tree of an expression, and its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from truewheel.workflow import values
from truewheel.workflow.functions import FUNCTIONS
from truewheel.workflow.lexer import ExpressionError
from truewheel.workflow.scope import Scope

_OPERATORS: Mapping[str, Callable[..., bool]] = {
    "!": lambda operand: not values.is_true(operand),
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
class Node:
    """A node of the tree.

    Its kind is `literal`, `context`, `call`, `operator`, `index` (of `left.key` and `left[key]`) or `*` (such a key).
    """

    kind: str
    value: Any = None  # the value of a literal, the name of a context or a function, the operator
    below: tuple[Node, ...] = ()  # the operands, the arguments, or what is indexed and the key

    def evaluate(self, scope: Scope) -> Any:
        """Return its value; an ExpressionError if a function has no value for its arguments."""
        match self:
            case Node("literal", value):
                return value
            case Node("context", name):
                return _item(scope.contexts, name)
            case Node("operator", "&&" | "||" as operator, (first, second)):
                # The value is that of the operand which decides.
                found = first.evaluate(scope)
                return found if values.is_true(found) == (operator == "||") else second.evaluate(scope)
            case Node("operator", operator, operands):
                return _OPERATORS[operator](*(operand.evaluate(scope) for operand in operands))
            case Node("index", _, (left, key)):
                return _indexed(left.evaluate(scope), key, scope)
            case Node("call", name, arguments):
                try:
                    return FUNCTIONS[name].call(scope, *(argument.evaluate(scope) for argument in arguments))
                except ValueError as error:
                    raise ExpressionError(f"{name}(): {error}") from None
        raise AssertionError(self.kind)

    @property
    def depth(self) -> int:
        """The number of levels of the tree below it, including its own."""
        return 1 + max((node.depth for node in self.below), default=0)

    def walk(self) -> Iterator[Node]:
        """Yield it and all nodes below it."""
        yield self
        for node in self.below:
            yield from node.walk()


def _indexed(left: Any, key: Node, scope: Scope) -> Any:
    if isinstance(left, _Filtered):
        return _Filtered(one for item in left for one in _at(item, key, scope))
    found = _at(left, key, scope)
    return _Filtered(found) if key.kind == "*" else next(iter(found), None)


def _at(value: Any, key: Node, scope: Scope) -> list[Any]:
    """The items of `value` at a key: all of them, one, or none."""
    if key.kind == "*":
        return list(value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ())
    index = key.evaluate(scope)
    if isinstance(value, Mapping):
        name = values.as_text(index)
        exists = values.is_primitive(index) and any(values.fold(name) == values.fold(one) for one in value)
        return [_item(value, name)] if exists else []
    number = values.as_number(index) if isinstance(value, list) else math.nan
    # Also false for what is not a number.
    return [value[math.floor(number)]] if 0 <= number < len(value or ()) else []


def _item(mapping: Mapping[str, Any], name: str) -> Any:
    if name in mapping:
        return mapping[name]
    folded = values.fold(name)
    return next((value for key, value in mapping.items() if values.fold(key) == folded), None)
