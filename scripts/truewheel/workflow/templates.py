"""The values of a workflow: templates, which are scalars with expressions in them, and conditions."""

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
# An expression and the }} after it, which is not one in a quoted text.
_BODY = re.compile(r"((?:[^'}]|'[^']*'|}(?!}))*)}}")
_NO_BLANKS = "remove ${{ and }}, or all spaces and line breaks around them (|- and >- instead of | and >)"


@dataclass(frozen=True, slots=True)
class Part:
    """An expression in a scalar, and its position."""

    place: Place
    expression: Expression

    def value(self, scope: Scope) -> Any:
        try:
            return self.expression.value(scope)
        except ExpressionError as error:
            raise WorkflowError(self.place, f"`{self.expression.source.strip()}`: {error.complaint}") from None


@dataclass(frozen=True, slots=True)
class Template:
    """A YAML scalar with the `${{ }}` in it."""

    place: Place  # its position in the file
    source: str  # as written, without quotes; empty for null
    constant: bool | float | str | None = None  # its value if it has no expression: None, a bool, a number or a text
    # Texts and expressions in turn; empty without an expression.
    parts: tuple[str | Part, ...] = field(default=(), compare=False)

    def value(self, scope: Scope) -> Any:
        """Evaluate it; a single `${{ }}` keeps its type, anything else becomes a text.

        Raises:
            WorkflowError: an expression has no value.
        """
        if not self.parts:
            return self.constant
        if len(self.parts) == 1 and isinstance(self.parts[0], Part):
            return self.parts[0].value(scope)
        return "".join(part if isinstance(part, str) else values.as_text(part.value(scope)) for part in self.parts)

    def text(self, scope: Scope) -> str:
        """Evaluate it as a text.

        Raises:
            WorkflowError: an expression has no value.
        """
        return values.as_text(self.value(scope))

    def flag(self, scope: Scope) -> bool:
        """Evaluate it as true or false.

        Raises:
            WorkflowError: it is neither.
        """
        value = self.value(scope)
        if not isinstance(value, bool):
            raise WorkflowError(self.place, f"expected true or false, found {values.to_json(value)}")
        return value

    def number(self, scope: Scope) -> float:
        """Evaluate it as a number above 0.

        Raises:
            WorkflowError: it is not a number above 0, or a text of one.
        """
        value = self.value(scope)
        number = values.as_number(value) if isinstance(value, (str, int, float)) and value is not True else 0.0
        if not number > 0:
            raise WorkflowError(self.place, f"expected a number above 0, found {values.to_json(value)}")
        return number

    @property
    def is_constant(self) -> bool:
        """Whether it has no expression."""
        return not self.parts

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions in it."""
        return tuple(part.expression for part in self.parts if isinstance(part, Part))

    @property
    def references(self) -> frozenset[tuple[str, ...]]:
        """The parts of contexts that it reads: `("matrix", "platform")`."""
        return frozenset[tuple[str, ...]]().union(*(one.references for one in self.expressions))


@dataclass(frozen=True, slots=True)
class Condition:
    """An `if`."""

    place: Place  # its position in the file
    source: str  # as written, without quotes
    # Its expression; None if it is empty, which means `success()`.
    part: Part | None = field(default=None, compare=False)

    def holds(self, scope: Scope) -> bool:
        """Whether it is true, and `success()` as well unless it calls a status function.

        Raises:
            WorkflowError: it has no value.
        """
        if self.part is None:
            return scope.succeeded
        if not scope.succeeded and not self.asks_for_status:
            return False
        return values.is_true(self.part.value(scope))

    @property
    def asks_for_status(self) -> bool:
        """Whether it calls `success()`, `failure()`, `always()` or `cancelled()`."""
        return self.part is not None and self.part.expression.asks_for_status

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Its expression, if it has one."""
        return () if self.part is None else (self.part.expression,)

    @property
    def references(self) -> frozenset[tuple[str, ...]]:
        """The parts of contexts that it reads."""
        return frozenset() if self.part is None else self.part.expression.references


def templates_in(part: object) -> Iterator[Template | Condition]:
    """Yield every template and condition in a part of a workflow."""
    if isinstance(part, (Template, Condition)):
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
    """Parse the template in a scalar at a spot of a workflow.

    Raises:
        WorkflowError: an expression in it is malformed, or uses something that is not available there.
    """
    source = "" if scalar.value is None else scalar.text
    if not isinstance(scalar.value, str) or _OPEN not in source:
        return Template(scalar.place, source, scalar.value)
    return Template(scalar.place, source, None, tuple(_parts(scalar, spot)))


def parse_condition(scalar: Scalar, spot: Spot) -> Condition:
    """Parse the condition in a scalar at a spot of a workflow; it needs no `${{ }}`.

    Raises:
        WorkflowError: it is malformed, uses something that is not available there, or would always hold.
    """
    if scalar.value is None or not scalar.text.strip():
        return Condition(scalar.place, "")
    if _OPEN not in scalar.text:
        start = max(scalar.raw.find(scalar.text.split()[0]), 0)
        return Condition(scalar.place, scalar.text, _part(scalar, scalar.text.strip(), start, spot))
    parts = list(_parts(scalar, spot))
    if len(parts) != 1 or not isinstance(parts[0], Part):
        # Spaces and line breaks make it a text as well, and a text that is not empty is true.
        is_blank = sum(isinstance(part, Part) or bool(part.strip()) for part in parts) == 1
        raise WorkflowError(
            scalar.place,
            f"the condition `{scalar.text.strip()}` would always hold: with text around it, ${{{{ }}}} makes a text",
            hint=_NO_BLANKS if is_blank else "put the whole condition between ${{ and }}, or leave them out",
        )
    return Condition(scalar.place, scalar.text, parts[0])


def _parts(scalar: Scalar, spot: Spot) -> Iterator[str | Part]:
    end = raw_end = 0
    text = scalar.text
    while (start := text.find(_OPEN, end)) != -1:
        if start > end:
            yield text[end:start]
        raw_end = max(scalar.raw.find(_OPEN, raw_end), 0) + len(_OPEN)
        match = _BODY.match(text, start + len(_OPEN))
        if match is None:
            raise WorkflowError(scalar.place_in(raw_end - len(_OPEN)), "this ${{ has no }} that ends it")
        yield _part(scalar, match[1], raw_end, spot)
        end = match.end()
    if end < len(text):
        yield text[end:]


def _part(scalar: Scalar, body: str, raw_start: int, spot: Spot) -> Part:
    try:
        return Part(_place(scalar, body, raw_start, len(body) - len(body.lstrip())), parse_expression(body, spot))
    except ExpressionError as error:
        place = _place(scalar, body, raw_start, error.offset)
        raise WorkflowError(place, f"in the expression `{body.strip() or '${{ }}'}`: {error.complaint}") from None


def _place(scalar: Scalar, body: str, raw_start: int, offset: int) -> Place:
    """The position of a character of an expression, or of its first one if the file does not have it as it is.

    There it may be in several lines, or have doubled quotes.
    """
    rest = scalar.raw[raw_start:]
    return scalar.place_in(raw_start + (offset if rest.startswith(body) else len(rest) - len(rest.lstrip())))
