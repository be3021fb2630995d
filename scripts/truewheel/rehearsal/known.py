"""The values of expressions before anything runs; those that read the outputs of steps or jobs are unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from truewheel.rehearsal.github.events import UNKNOWN_FIELDS
from truewheel.workflow import Scope, Template, WorkflowError, values
from truewheel.workflow.conditions import outcomes
from truewheel.workflow.interfaces import Interface

# In place of a value that is known only at run time.
UNKNOWN: Final = object()
# These contexts are known completely, so a missing key is null.
_COMPLETE = ("matrix", "strategy", "inputs", "vars")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at a point of a run in which nothing fails."""

    contexts: Mapping[str, Any]  # the contexts of which something is known

    @property
    def scope(self) -> Scope:
        """The scope in which known expressions are evaluated."""
        return Scope(self.contexts)

    def plus(self, **contexts: Any) -> Known:
        """Return it with more contexts."""
        return replace(self, contexts={**self.contexts, **contexts})

    def may_hold(self, condition: Template | None) -> bool:
        """Whether a condition may hold."""
        return condition is None or all(
            True in outcomes(one.node, self.scope, self.has) for one in condition.expressions
        )

    def value(self, template: Template) -> Any:
        """Return the value of a template, UNKNOWN if it has none yet."""
        if not all(map(self.has, template.references)):
            return UNKNOWN
        try:
            return template.value(self.scope)
        except WorkflowError:
            return UNKNOWN

    def text(self, template: Template) -> str:
        """Return the value of a template as a text, or the template as written if it has none yet."""
        value = self.value(template)
        return template.source if value is UNKNOWN else values.as_text(value)

    def inputs(self, interface: Interface, given: Mapping[str, Template]) -> dict[str, Any]:
        """Return the context `inputs` from what is given; a WorkflowError if one is missing or of another kind."""
        found = {name: self.value(template) for name, template in given.items()}
        known = {name: value for name, value in found.items() if value is not UNKNOWN}
        late = {values.fold(name) for name in found.keys() - known.keys()}
        certain = {name: one for name, one in interface.inputs.items() if values.fold(name) not in late}
        return {**dict.fromkeys(interface.inputs, UNKNOWN), **Interface(certain).values(known, self.scope)}

    def has(self, reference: tuple[str, ...]) -> bool:
        """Whether a part of a context is known, by its names in lower case."""
        found: Any = self.contexts
        for depth, name in enumerate(reference):
            if not isinstance(found, Mapping):
                break
            keys = {key.lower(): value for key, value in found.items()}
            if name.lower() not in keys:
                is_missing = depth == 2 and reference[:2] == ("github", "event") and name.lower() not in UNKNOWN_FIELDS
                return is_missing or (depth > 0 and reference[0] in _COMPLETE)
            found = keys[name.lower()]
        return found is not UNKNOWN and not (isinstance(found, Mapping) and UNKNOWN in found.values())
