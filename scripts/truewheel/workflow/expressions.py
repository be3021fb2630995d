"""GitHub's expressions, which are between `${{` and `}}`, parsed.

Parsing checks all of an expression: names, numbers of arguments, and calls whose values do not depend on the run
(`fromJSON('[')`, `format('{1}', 'a')`), so that errors are found before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from truewheel.workflow import availability
from truewheel.workflow.availability import Spot
from truewheel.workflow.functions import FUNCTIONS, STATUS_FUNCTIONS
from truewheel.workflow.lexer import ExpressionError, Token, tokens
from truewheel.workflow.place import advice
from truewheel.workflow.scope import Scope
from truewheel.workflow.syntax import Node

# From the loosest to the tightest.
_OPERATORS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))
# GitHub's own limit.
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression."""

    source: str  # as written, without `${{` and `}}`
    node: Node  # its syntax tree

    def value(self, scope: Scope) -> Any:
        """Evaluate it; an ExpressionError if a function has no value for these arguments."""
        return self.node.evaluate(scope)

    @property
    def asks_for_status(self) -> bool:
        """Whether it calls `success()`, `failure()`, `always()` or `cancelled()`."""
        return any(node.kind == "call" and node.value in STATUS_FUNCTIONS for node in self.node.walk())

    @property
    def references(self) -> frozenset[tuple[str, ...]]:
        """The parts of contexts that it reads, as far as their names are literal: `("needs", "build", "outputs")`."""
        return frozenset(_references(self.node))


def _references(node: Node) -> Iterator[tuple[str, ...]]:
    path: list[str] = []
    while node.kind == "index":
        node, key = node.below
        # The names after a computed one belong to an unknown part of the context.
        path = [key.value, *path] if key.kind == "literal" and isinstance(key.value, str) else []
        yield from _references(key)
    if node.kind == "context":
        yield (node.value, *path)
    for child in node.below:
        yield from _references(child)


def parse_expression(source: str, spot: Spot) -> Expression:
    """Parse an expression at a spot of a workflow; what is wrong, or not available there, is an ExpressionError."""
    try:
        node = _Parser(list(tokens(source)), spot).whole()
        too_deep = node.depth > _DEEPEST
    except RecursionError:
        too_deep = True
    if too_deep:
        raise ExpressionError(f"an expression is at most {_DEEPEST} levels deep")
    return Expression(source, node)


class _Parser:
    """A recursive descent parser."""

    def __init__(self, found: list[Token], spot: Spot) -> None:
        self._tokens = found
        self._next = 0
        self._spot = spot

    def whole(self) -> Node:
        if len(self._tokens) == 1:
            raise ExpressionError("expected an expression, found nothing")
        node = self._binary()
        if self._token.kind != "end":
            raise self._unexpected("an operator or the end")
        return node

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _taken(self, *operators: str) -> Token | None:
        token = self._token
        if token.kind != "operator" or token.text not in operators:
            return None
        self._next += 1
        return token

    def _demand(self, operator: str) -> None:
        if not self._taken(operator):
            raise self._unexpected(f"`{operator}`")

    def _unexpected(self, expected: str) -> ExpressionError:
        found = f"`{self._token.text}`" if self._token.kind != "end" else "the end of the expression"
        return ExpressionError(f"expected {expected}, found {found}")

    def _binary(self, level: int = 0) -> Node:
        if level == len(_OPERATORS):
            return self._unary()
        node = self._binary(level + 1)
        while operator := self._taken(*_OPERATORS[level]):
            right = self._binary(level + 1)
            node = Node("operator", operator.text, (node, right))
        return node

    def _unary(self) -> Node:
        return Node("operator", "!", (self._unary(),)) if self._taken("!") else self._indexed()

    def _indexed(self) -> Node:
        node = self._primary()
        while node.kind != "literal" and (operator := self._taken(".", "[")):
            node = Node("index", None, (node, self._property() if operator.text == "." else self._subscript()))
        return node

    def _property(self) -> Node:
        token = self._token
        if self._taken("*"):
            return Node("*")
        if token.kind != "name":
            raise self._unexpected("the name of a property")
        self._next += 1
        return Node("literal", token.text)

    def _subscript(self) -> Node:
        key = Node("*") if self._taken("*") else self._binary()
        self._demand("]")
        return key

    def _primary(self) -> Node:
        token = self._token
        if self._taken("("):
            node = self._binary()
            self._demand(")")
            return node
        if token.kind not in ("literal", "name"):
            raise self._unexpected("a value")
        self._next += 1
        if token.kind == "literal":
            return Node("literal", token.value)
        return self._call(token) if self._taken("(") else self._context(token)

    def _context(self, token: Token) -> Node:
        name = token.text.lower()
        if name not in availability.CONTEXTS:
            raise ExpressionError(f"there is no context `{token.text}`; {advice(token.text, availability.CONTEXTS)}")
        if name not in self._spot.contexts:
            raise ExpressionError(_not_here(f"the context `{name}`", self._spot, self._spot.contexts))
        return Node("context", name)

    def _call(self, token: Token) -> Node:
        name = self._function(token)
        arguments: list[Node] = []
        while not self._taken(")"):
            if arguments:
                self._demand(",")
            arguments.append(self._binary())
        fewest, most = FUNCTIONS[name].fewest, FUNCTIONS[name].most
        if not fewest <= len(arguments) <= most:
            expected = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            raise ExpressionError(f"{name}() takes {expected} arguments, not {len(arguments)}")
        call = Node("call", name, tuple(arguments))
        if not FUNCTIONS[name].is_special and all(argument.kind == "literal" for argument in arguments):
            # Its value does not depend on the run, and neither does its error.
            call.evaluate(Scope({}))
        return call

    def _function(self, token: Token) -> str:
        name = next((name for name in FUNCTIONS if name.lower() == token.text.lower()), None)
        if name is None:
            raise ExpressionError(f"there is no function `{token.text}`; {advice(token.text, FUNCTIONS)}")
        if FUNCTIONS[name].is_special and name not in self._spot.functions:
            raise ExpressionError(_not_here(f"the function {name}()", self._spot, self._spot.functions))
        return name


def _not_here(what: str, spot: Spot, there: Iterable[str]) -> str:
    listed = ", ".join(sorted(there)) or "none"
    return f"{what} is not available in {spot.key}; available there: {listed}"
