"""The values of a workflow: templates, which are scalars with expressions in them.

What evaluates one raises WorkflowError if an expression has no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from truewheel.workflow import values
from truewheel.workflow.availability import Spot
from truewheel.workflow.expressions import Expression, parse_expression
from truewheel.workflow.lexer import ExpressionError
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.scope import Scope
from truewheel.workflow.yaml_nodes import Scalar

_OPEN = "${{"
# A }} in a quoted text does not end an expression.
_EXPRESSION = re.compile(r"\$\{\{((?:[^'}]|'[^']*'|}(?!}))*)}}")
_NO_BLANKS = "remove ${{ and }}, or all spaces and line breaks around them (|- and >- instead of | and >)"


@dataclass(frozen=True, slots=True)
class Template:
    """A YAML scalar with the `${{ }}` in it, or an `if`, which needs none."""

    place: Place  # its position in the file
    source: str  # as written, without quotes; empty for null
    constant: bool | float | str | None = None  # its value if it has no expression: None, a bool, a number or a text
    # Texts and expressions in turn; empty without an expression.
    parts: tuple[str | Expression, ...] = field(default=(), compare=False)

    def value(self, scope: Scope) -> Any:
        """Evaluate it; a single `${{ }}` keeps its type, anything else becomes a text."""
        found = [part if isinstance(part, str) else self._evaluated(part, scope) for part in self.parts]
        return found[0] if len(found) == 1 else "".join(map(values.as_text, found)) if found else self.constant

    def _evaluated(self, expression: Expression, scope: Scope) -> Any:
        try:
            return expression.value(scope)
        except ExpressionError as error:
            raise WorkflowError(self.place, f"`{expression.source.strip()}`: {error}") from None

    def text(self, scope: Scope) -> str:
        """Evaluate it as a text."""
        return values.as_text(self.value(scope))

    def flag(self, scope: Scope) -> bool:
        """Evaluate it as true or false; anything else is a WorkflowError."""
        value = self.value(scope)
        if not isinstance(value, bool):
            raise WorkflowError(self.place, f"expected true or false, found {values.to_json(value)}")
        return value

    def number(self, scope: Scope) -> float:
        """Evaluate it as a number above 0, or a text of one; anything else is a WorkflowError."""
        value = self.value(scope)
        number = values.as_number(value) if isinstance(value, (str, int, float)) and value is not True else 0.0
        if not number > 0:
            raise WorkflowError(self.place, f"expected a number above 0, found {values.to_json(value)}")
        return number

    def holds(self, scope: Scope) -> bool:
        """Whether an `if` is true (an empty one is), and `success()` too, unless it calls a status function."""
        if not scope.succeeded and not self.asks_for_status:
            return False
        return self.is_constant or values.is_true(self.value(scope))

    @property
    def is_constant(self) -> bool:
        """Whether it has no expression."""
        return not self.parts

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions in it."""
        return tuple(part for part in self.parts if isinstance(part, Expression))

    @property
    def asks_for_status(self) -> bool:
        """Whether it calls `success()`, `failure()`, `always()` or `cancelled()`."""
        return any(one.asks_for_status for one in self.expressions)

    @property
    def references(self) -> frozenset[tuple[str, ...]]:
        """The parts of contexts that it reads: `("matrix", "platform")`."""
        return frozenset[tuple[str, ...]]().union(*(one.references for one in self.expressions))


def templates_in(part: object) -> Iterator[Template]:
    """Yield every template in a part of a workflow."""
    if isinstance(part, Template):
        yield part
    elif isinstance(part, Mapping):
        yield from templates_in(list(part.values()))
    elif isinstance(part, (list, tuple)):
        for item in part:
            yield from templates_in(item)
    elif is_dataclass(part):
        for one in fields(part):
            yield from templates_in(getattr(part, one.name))


def parse_template(scalar: Scalar, spot: Spot) -> Template:
    """Parse the template in a scalar; what is wrong in it, or not available at the spot, is a WorkflowError."""
    source = "" if scalar.value is None else scalar.text
    if not isinstance(scalar.value, str) or _OPEN not in source:
        return Template(scalar.place, source, scalar.value)
    return Template(scalar.place, source, None, tuple(_parts(scalar, spot)))


def parse_condition(scalar: Scalar, spot: Spot) -> Template:
    """Parse an `if`, which needs no `${{ }}`; what is wrong in it, or would always hold, is a WorkflowError."""
    if scalar.value is None or not scalar.text.strip():
        return Template(scalar.place, "")
    if _OPEN not in scalar.text:
        return Template(scalar.place, scalar.text, None, (_expression(scalar, scalar.text.strip(), spot),))
    found = parse_template(scalar, spot)
    if len(found.parts) != 1:
        # Spaces and line breaks make it a text as well, and a text that is not empty is true.
        is_blank = sum(isinstance(part, Expression) or bool(part.strip()) for part in found.parts) == 1
        raise WorkflowError(
            scalar.place,
            f"the condition `{scalar.text.strip()}` would always hold: with text around it, ${{{{ }}}} makes a text",
            hint=_NO_BLANKS if is_blank else "put the whole condition between ${{ and }}, or leave them out",
        )
    return found


def _parts(scalar: Scalar, spot: Spot) -> Iterator[str | Expression]:
    for number, piece in enumerate(_EXPRESSION.split(scalar.text)):
        if number % 2:
            yield _expression(scalar, piece, spot)
        elif _OPEN in piece:
            line = piece[piece.index(_OPEN) :].partition("\n")[0]
            raise WorkflowError(scalar.place, f"`{line}` has no closing }}}}")
        elif piece:
            yield piece


def _expression(scalar: Scalar, body: str, spot: Spot) -> Expression:
    try:
        return parse_expression(body, spot)
    except ExpressionError as error:
        message = f"in the expression `{' '.join(body.split()) or '${{ }}'}`: {error}"
        raise WorkflowError(scalar.place, message) from None
