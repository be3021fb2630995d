"""What a workflow or an action takes and returns: `workflow_dispatch`, `workflow_call`, action.yml.

A value that is missing or not of its kind is a WorkflowError.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from truewheel.workflow import values
from truewheel.workflow.availability import ACTION_OUTPUT, CALL_INPUT, CALL_OUTPUT, NOWHERE, Spot
from truewheel.workflow.fields import Fields, entries, fields, items, text_of
from truewheel.workflow.place import Place, WorkflowError, advice
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import Template
from truewheel.workflow.yaml_nodes import Node

_KINDS = ("string", "boolean", "number", "choice", "environment")
_INPUT_KEYS = ("description", "type", "required", "default", "options", "deprecationMessage")
_DEFAULTS: Mapping[str, Any] = {"boolean": False, "number": 0}


@dataclass(frozen=True, slots=True)
class Input:
    """An input."""

    name: str  # as written; expressions ignore its case
    place: Place  # its position in the file
    kind: str = "string"  # `string`, `boolean`, `number`, `choice` or `environment`
    required: bool = False  # whether it must be given
    default: Template | None = None  # its value where it is not given; None for that of its kind
    options: tuple[str, ...] = ()  # the values of a choice

    def value(self, given: Any, scope: Scope) -> Any:
        """Return the value that expressions see: what was given or, if that is None, the default in `scope`."""
        if given is None:
            if self.required and self.default is None:
                raise self._wrong("has no value", hint=f"give it one: {self.name}=VALUE")
            if self.default is None:
                return next(iter(self.options), _DEFAULTS.get(self.kind, ""))
            given = self.default.value(scope)
        return self._typed(given)

    def _typed(self, given: Any) -> Any:
        text = values.as_text(given)
        if self.options and text not in self.options:
            raise self._wrong(f"must be {' or '.join(self.options)}, not {text!r}")
        if self.kind == "boolean":
            if text.lower() not in ("true", "false"):
                raise self._wrong(f"must be true or false, not {text!r}")
            return text.lower() == "true"
        if self.kind == "number":
            number = values.as_number(given)
            if math.isnan(number):
                raise self._wrong(f"must be a number, not {text!r}")
            return values.exact_number(number)
        return text

    def _wrong(self, what: str, hint: str = "") -> WorkflowError:
        return WorkflowError(self.place, f"the input {self.name} {what}", hint=hint)


@dataclass(frozen=True, slots=True)
class Interface:
    """The inputs, by their names, and the outputs."""

    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, Template] = field(default_factory=dict)

    def values(self, given: Mapping[str, Any], scope: Scope, place: Place | None = None) -> dict[str, Any]:
        """Return the context `inputs` from what was given, by names in any case, with defaults in `scope`.

        One that does not exist is an error at `place`; an action, whose place is None, ignores it.
        """
        folded = {values.fold(name): value for name, value in given.items()}
        known = {values.fold(name) for name in self.inputs}
        for name in given:
            if place is not None and values.fold(name) not in known:
                raise WorkflowError(place, f"there is no input {name}; {advice(name, self.inputs)}")
        return {name: one.value(folded.get(values.fold(name)), scope) for name, one in self.inputs.items()}


def dispatch_interface(node: Node | None) -> Interface:
    """Read `on.workflow_dispatch`."""
    return _interface(_fields(node, "`on.workflow_dispatch`", ("inputs",)), NOWHERE, NOWHERE)


def call_interface(node: Node | None) -> Interface:
    """Read `on.workflow_call`. Its secrets need no reading: a rehearsal has none."""
    return _interface(_fields(node, "`on.workflow_call`", ("inputs", "outputs", "secrets")), CALL_INPUT, CALL_OUTPUT)


def action_interface(found: Fields) -> Interface:
    """Read `inputs` and `outputs` of an action's file."""
    return _interface(found, NOWHERE, ACTION_OUTPUT)


def _interface(found: Fields | None, inputs: Spot, outputs: Spot) -> Interface:
    return Interface(dict(_inputs(found, inputs)), dict(_outputs(found, outputs))) if found else Interface()


def _fields(node: Node | None, what: str, known: tuple[str, ...]) -> Fields | None:
    return None if node is None or getattr(node, "value", "") is None else fields(node, what, known)


def _inputs(owner: Fields, spot: Spot) -> Iterator[tuple[str, Input]]:
    for name, one in _named(owner, "inputs", _INPUT_KEYS):
        kind = one.text("type") or "string"
        if kind not in _KINDS:
            raise one.wrong("type", " or ".join(_KINDS), f"`{kind}`")
        options = one.node("options")
        required = one.flag("required", NOWHERE)
        is_required = required is not None and required.flag(Scope({}))
        listed = () if options is None else tuple(text_of(item, "an option") for item in items(options, "`options`"))
        yield name, Input(name, one.place, kind, is_required, one.value("default", spot), listed)


def _outputs(owner: Fields, spot: Spot) -> Iterator[tuple[str, Template]]:
    for name, one in _named(owner, "outputs", ("description", "value")):
        template = one.template("value", spot)
        if template is None:
            raise WorkflowError(one.place, f"{one.what} has no `value`")
        yield name, template


def _named(owner: Fields, key: str, known: tuple[str, ...]) -> Iterator[tuple[str, Fields]]:
    node = owner.node(key)
    for name, value in () if node is None else entries(node, f"`{key}` of {owner.what}"):
        what = f"`{name.text}` in `{key}` of {owner.what}"
        # An input may have no properties at all.
        yield name.text, _fields(value, what, known) or Fields(what, name.place, {}, {})
