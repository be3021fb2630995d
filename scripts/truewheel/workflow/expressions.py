"""GitHub's expressions, parsed: what stands between `${{` and `}}`.

An expression is checked as a whole when it is parsed: every name, every number of arguments, and every call whose
value is known already (`fromJSON('[')`, `format('{1}', 'a')`), so that what can be wrong is said before anything runs.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from truewheel.workflow import availability
from truewheel.workflow.availability import Spot
from truewheel.workflow.functions import FUNCTIONS, STATUS_FUNCTIONS, Function
from truewheel.workflow.lexer import ExpressionError, Token, tokens
from truewheel.workflow.scope import Scope
from truewheel.workflow.syntax import (
    Call,
    Choice,
    Comparison,
    Context,
    Index,
    Literal,
    Node,
    Not,
    Wildcard,
    children,
    walk,
)

# GitHub's own limits.
_LONGEST, _DEEPEST = 21_000, 50
_COMPARISONS = (("==", "!="), ("<", "<=", ">", ">="))


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression.

    Attributes:
        source: as written, without `${{` and `}}`.
        node: what it is made of.
    """

    source: str
    node: Node

    def value(self, scope: Scope) -> Any:
        """Its value.

        Raises:
            ExpressionError: a function has no value for these arguments.
        """
        return self.node.evaluate(scope)

    @property
    def calls(self) -> frozenset[str]:
        """The names of the functions that it calls."""
        return frozenset(node.name for node in walk(self.node) if isinstance(node, Call))

    @property
    def asks_for_status(self) -> bool:
        """Whether it calls `success()`, `failure()`, `always()` or `cancelled()`."""
        return not STATUS_FUNCTIONS.isdisjoint(self.calls)

    @property
    def references(self) -> frozenset[tuple[str, ...]]:
        """What it reads of the contexts, as far as the names are written out: `("needs", "build", "outputs")`."""
        return frozenset(_references(self.node))


def _references(node: Node) -> Iterator[tuple[str, ...]]:
    path: list[str] = []
    inner = node
    while isinstance(inner, Index):
        # What is asked of an unknown part of a context is not known, either.
        named = isinstance(inner.key, Literal) and isinstance(inner.key.value, str)
        path = [inner.key.value, *path] if named and isinstance(inner.key, Literal) else []
        yield from _references(inner.key)
        inner = inner.left
    if isinstance(inner, Context):
        yield (inner.name, *path)
    else:
        for child in children(inner):
            yield from _references(child)


def parse_expression(source: str, spot: Spot) -> Expression:
    """Parse an expression that stands at `spot`.

    Raises:
        ExpressionError: it is malformed, or uses what there is not, or not there.
    """
    if len(source) > _LONGEST:
        raise ExpressionError(f"an expression has at most {_LONGEST} characters, and this one {len(source)}")
    parser = _Parser(list(tokens(source)), spot)
    return Expression(source, parser.whole())


class _Parser:
    """A parser by descent, one method for each level of precedence."""

    def __init__(self, found: list[Token], spot: Spot) -> None:
        self._tokens = found
        self._next = 0
        self._depth = 0
        self._spot = spot

    def whole(self) -> Node:
        if len(self._tokens) == 1:
            raise ExpressionError("an expression was expected, but there is none")
        node = self._either()
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
            raise self._unexpected(operator)

    def _unexpected(self, expected: str) -> ExpressionError:
        found = f"`{self._token.text}`" if self._token.kind != "end" else "the end of the expression"
        return ExpressionError(f"{expected} was expected, but found {found}", self._token.offset)

    def _either(self) -> Node:
        self._deeper()
        node = self._choice("||", self._both)
        self._depth -= 1
        return node

    def _both(self) -> Node:
        return self._choice("&&", lambda: self._comparison(0))

    def _choice(self, operator: str, operand: Callable[[], Node]) -> Node:
        operands = [operand()]
        while self._taken(operator):
            self._deeper()
            operands.append(operand())
            self._depth -= 1
        return Choice(operator, tuple(operands)) if len(operands) > 1 else operands[0]

    def _comparison(self, level: int) -> Node:
        if level == len(_COMPARISONS):
            return self._unary()
        node = self._comparison(level + 1)
        chained = 0
        while operator := self._taken(*_COMPARISONS[level]):
            chained += 1
            self._deeper()
            node = Comparison(operator.text, node, self._comparison(level + 1))
        self._depth -= chained
        return node

    def _unary(self) -> Node:
        if not self._taken("!"):
            return self._indexed()
        self._deeper()
        operand = self._unary()
        self._depth -= 1
        return Not(operand)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(f"an expression is at most {_DEEPEST} levels deep", self._token.offset)

    def _indexed(self) -> Node:
        node = self._primary()
        levels = 0
        while not isinstance(node, Literal) and (operator := self._taken(".", "[")):
            node = Index(node, self._property() if operator.text == "." else self._subscript())
            levels += 1
            self._deeper()
        self._depth -= levels
        return node

    def _property(self) -> Node:
        token = self._token
        if self._taken("*"):
            return Wildcard()
        if token.kind != "name":
            raise self._unexpected("the name of a property")
        self._next += 1
        return Literal(token.text)

    def _subscript(self) -> Node:
        key: Node = Wildcard() if self._taken("*") else self._either()
        self._demand("]")
        return key

    def _primary(self) -> Node:
        token = self._token
        if self._taken("("):
            node = self._either()
            self._demand(")")
            return node
        if token.kind not in ("literal", "name"):
            raise self._unexpected("a value")
        self._next += 1
        if token.kind == "literal":
            return Literal(token.value)
        return self._call(token) if self._taken("(") else self._context(token)

    def _context(self, token: Token) -> Node:
        name = token.text.lower()
        if name not in availability.CONTEXTS:
            raise ExpressionError(_unknown("context", token.text, availability.CONTEXTS), token.offset)
        if name not in self._spot.contexts:
            raise ExpressionError(_not_here(f"the context `{name}`", self._spot, self._spot.contexts), token.offset)
        return Context(name, token.offset)

    def _call(self, token: Token) -> Node:
        name = self._function(token)
        arguments: list[Node] = []
        while not self._taken(")"):
            if arguments:
                self._demand(",")
            arguments.append(self._either())
        _check_count(name, FUNCTIONS[name], len(arguments), token.offset)
        call = Call(name, tuple(arguments), token.offset)
        if FUNCTIONS[name].is_pure and all(isinstance(argument, Literal) for argument in arguments):
            # Its value is known now, and so is its error.
            call.evaluate(Scope({}))
        return call

    def _function(self, token: Token) -> str:
        name = next((name for name in FUNCTIONS if name.lower() == token.text.lower()), None)
        if name is None:
            raise ExpressionError(_unknown("function", token.text, FUNCTIONS), token.offset)
        if FUNCTIONS[name].is_special and name not in self._spot.functions:
            raise ExpressionError(_not_here(f"the function {name}()", self._spot, self._spot.functions), token.offset)
        return name


def _check_count(name: str, function: Function, count: int, offset: int) -> None:
    if not function.fewest <= count <= function.most:
        expected = f"{function.fewest}" if function.fewest == function.most else f"{function.fewest} to {function.most}"
        raise ExpressionError(f"{name}() takes {expected} arguments, not {count}", offset)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    by_folded = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), by_folded, n=1)
    advice = f"did you mean `{by_folded[near[0]]}`?" if near else f"known are {', '.join(by_folded.values())}"
    return f"there is no {what} `{name}`; {advice}"


def _not_here(what: str, spot: Spot, there: Iterable[str]) -> str:
    listed = ", ".join(sorted(there)) or "none"
    return f"{what} is not available in {spot.key}; available there: {listed}"
