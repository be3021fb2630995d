"""The values of a workflow: scalars with expressions in them, and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from truewheel.workflow import values
from truewheel.workflow.availability import Spot
from truewheel.workflow.expressions import Expression, parse_expression
from truewheel.workflow.lexer import ExpressionError
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.scope import Scope
from truewheel.workflow.yaml_nodes import Scalar

_OPEN, _CLOSE = "${{", "}}"
_NO_BLANKS = "leave ${{ and }} out, or nothing around them, no blank and no line break: |- and >- instead of | and >"


@dataclass(frozen=True, slots=True)
class Part:
    """An expression in a scalar, and where it stands."""

    place: Place
    expression: Expression

    def value(self, scope: Scope) -> Any:
        try:
            return self.expression.value(scope)
        except ExpressionError as error:
            raise WorkflowError(self.place, f"`{self.expression.source.strip()}`: {error.complaint}") from None


@dataclass(frozen=True, slots=True)
class Template:
    """A YAML scalar with the `${{ }}` in it.

    Attributes:
        place: where it stands.
        source: as written, without quotes; empty for null.
        constant: its value where there is no expression in it: None, a bool, a number or a text.
        parts: texts and expressions in turn; empty where there is no expression.
    """

    place: Place
    source: str
    constant: bool | float | str | None = None
    parts: tuple[str | Part, ...] = field(default=(), compare=False)

    def value(self, scope: Scope) -> Any:
        """Its value; a lone `${{ }}` keeps its type, else it is text.

        Raises:
            WorkflowError: an expression has no value here.
        """
        if not self.parts:
            return self.constant
        if len(self.parts) == 1 and isinstance(self.parts[0], Part):
            return self.parts[0].value(scope)
        return "".join(part if isinstance(part, str) else values.as_text(part.value(scope)) for part in self.parts)

    def text(self, scope: Scope) -> str:
        """Its value as GitHub turns values into text.

        Raises:
            WorkflowError: an expression has no value here.
        """
        return values.as_text(self.value(scope))

    def flag(self, scope: Scope) -> bool:
        """Its value, which must be true or false.

        Raises:
            WorkflowError: it is not.
        """
        value = self.value(scope)
        if not isinstance(value, bool):
            raise WorkflowError(self.place, f"`{self.source}` must be true or false, not {values.to_json(value)}")
        return value

    def number(self, scope: Scope) -> float:
        """Its value, which must be a number above 0, or a text that is one.

        Raises:
            WorkflowError: it is not.
        """
        value = self.value(scope)
        number = values.as_number(value) if isinstance(value, (str, int, float)) and value is not True else 0.0
        if not number > 0:
            raise WorkflowError(self.place, f"`{self.source}` must be a number above 0, not {values.to_json(value)}")
        return number

    @property
    def is_constant(self) -> bool:
        """Whether there is no expression in it."""
        return not self.parts

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions in it."""
        return tuple(part.expression for part in self.parts if isinstance(part, Part))

    @property
    def references(self) -> frozenset[tuple[str, ...]]:
        """What it reads of the contexts, as far as names are written out: `("matrix", "platform")`."""
        return frozenset[tuple[str, ...]]().union(*(one.references for one in self.expressions))


@dataclass(frozen=True, slots=True)
class Condition:
    """An `if`.

    Attributes:
        place: where it stands.
        source: as written, without quotes.
        part: its expression; None for an empty one, which means `success()`.
    """

    place: Place
    source: str
    part: Part | None = field(default=None, compare=False)

    def holds(self, scope: Scope) -> bool:
        """Whether it is true; `success()` is part of it unless it calls a status function itself.

        Raises:
            WorkflowError: it has no value here.
        """
        if self.part is None:
            return scope.succeeded
        if not scope.succeeded and not self.asks_for_status:
            return False
        return values.is_true(self.part.value(scope))

    @property
    def asks_for_status(self) -> bool:
        """Whether it calls `success()`, `failure()`, `always()` or `cancelled()` itself."""
        return self.part is not None and self.part.expression.asks_for_status

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Its expression, if it has one."""
        return () if self.part is None else (self.part.expression,)

    @property
    def references(self) -> frozenset[tuple[str, ...]]:
        """What it reads of the contexts, as far as names are written out."""
        return frozenset() if self.part is None else self.part.expression.references


def parse_template(scalar: Scalar, spot: Spot) -> Template:
    """The template in a scalar that stands at `spot`.

    Raises:
        WorkflowError: an expression in it is malformed, or uses what is not there.
    """
    source = "" if scalar.value is None else scalar.text
    if not isinstance(scalar.value, str) or _OPEN not in source:
        return Template(scalar.place, source, scalar.value)
    return Template(scalar.place, source, None, tuple(_parts(scalar, spot)))


def parse_condition(scalar: Scalar, spot: Spot) -> Condition:
    """The condition in a scalar that stands at `spot`; `${{ }}` around it may be left out.

    Raises:
        WorkflowError: it is malformed, uses what is not there, or would always hold.
    """
    if scalar.value is None or not scalar.text.strip():
        return Condition(scalar.place, "")
    if _OPEN not in scalar.text:
        body = scalar.text
        start = scalar.raw.find(body.split()[0])
        return Condition(scalar.place, body, _part(scalar, body, max(start, 0), spot))
    parts = list(_parts(scalar, spot))
    if len(parts) != 1 or not isinstance(parts[0], Part):
        # Blanks and line breaks make a text of it, too, and a text that is not empty is true.
        is_blank = sum(isinstance(part, Part) or bool(part.strip()) for part in parts) == 1
        raise WorkflowError(
            scalar.place,
            f"the condition `{scalar.text.strip()}` would always hold: beside other text, ${{{{ }}}} is part of a text",
            hint=_NO_BLANKS if is_blank else "put the whole condition between ${{ and }}, or leave them out",
        )
    return Condition(scalar.place, scalar.text, parts[0])


def _parts(scalar: Scalar, spot: Spot) -> Iterator[str | Part]:
    end = raw_end = 0
    text = scalar.text
    while (start := text.find(_OPEN, end)) != -1:
        if start > end:
            yield text[end:start]
        raw_start = scalar.raw.find(_OPEN, raw_end)
        close = _close(text, start + len(_OPEN))
        if close == -1:
            raise WorkflowError(scalar.place_in(max(raw_start, 0)), "the ${{ here has no }} that ends it")
        yield _part(scalar, text[start + len(_OPEN) : close], max(raw_start, 0) + len(_OPEN), spot)
        end, raw_end = close + len(_CLOSE), max(raw_start, 0) + len(_OPEN)
    if end < len(text):
        yield text[end:]


def _close(text: str, position: int) -> int:
    """Where the `}}` of an expression stands, which is not one inside of a quoted text; -1 if nowhere."""
    is_quoted = False
    while position < len(text):
        if text[position] == "'":
            is_quoted = not is_quoted
        elif not is_quoted and text.startswith(_CLOSE, position):
            return position
        position += 1
    return -1


def _part(scalar: Scalar, body: str, raw_start: int, spot: Spot) -> Part:
    place = scalar.place_in(_raw_offset(scalar.raw, raw_start, body, 0))
    try:
        return Part(place, parse_expression(body, spot))
    except ExpressionError as error:
        there = scalar.place_in(_raw_offset(scalar.raw, raw_start, body, error.offset))
        raise WorkflowError(there, f"in the expression `{body.strip() or '${{ }}'}`: {error.complaint}") from None


def _raw_offset(raw: str, start: int, body: str, offset: int) -> int:
    """Where in `raw` the character of `body` at `offset` stands, if `body` begins at `start`.

    Lines may be broken and indented otherwise there. Where the letters differ, too, as with doubled quotes, it is the
    place where `body` begins.
    """
    begin = position = _after_space(raw, start)
    for character in body[:offset]:
        if character.isspace():
            continue
        if raw[position : position + 1] != character:
            return begin
        position = _after_space(raw, position + 1)
    return position


def _after_space(text: str, position: int) -> int:
    while text[position : position + 1].isspace():
        position += 1
    return position
