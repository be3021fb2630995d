"""The `on` of a workflow: its triggers."""

from __future__ import annotations

from truewheel.workflow.fields import Fields, entries, fields, text_of
from truewheel.workflow.github import EVENTS
from truewheel.workflow.model import PushTrigger
from truewheel.workflow.place import Place, WorkflowError, advice
from truewheel.workflow.yaml_nodes import Node, Scalar, YamlMapping, YamlSequence, described

_RELEASE_TYPES = ("created", "edited", "prereleased", "published", "released", "unpublished", "deleted")
_PUSH_KEYS = ("branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore")


def events(on: Node) -> dict[str, Node | None]:
    """Return the events of `on` with their settings."""
    if isinstance(on, YamlMapping):
        named = [(key, value) for key, value in entries(on, "`on`")]
        return {_event(key): value for key, value in named}
    listed = on.items if isinstance(on, YamlSequence) else (on,)
    if not listed or not all(isinstance(one, Scalar) and isinstance(one.value, str) for one in listed):
        raise WorkflowError(on.place, f"`on` must be an event, a list of events or a mapping, not {described(on)}")
    return {_event(one): None for one in listed if isinstance(one, Scalar)}


def _event(name: Scalar) -> str:
    if name.text not in EVENTS:
        raise WorkflowError(name.place, f"`on` names the unknown event `{name.text}`; {advice(name.text, EVENTS)}")
    return name.text


def push_trigger(found: dict[str, Node | None]) -> PushTrigger | None:
    """Return the push trigger among the events."""
    if "push" not in found:
        return None
    push = _settings(found, "push", _PUSH_KEYS)
    tags, ignored = _patterns(push, "tags"), _patterns(push, "tags-ignore")
    names_branches = "branches" in push.nodes or "branches-ignore" in push.nodes
    return PushTrigger(tags, ignored, names_branches and tags is None and ignored is None, names_branches)


def release_types(found: dict[str, Node | None]) -> tuple[str, ...]:
    """Return the activities of a release that start the workflow."""
    if "release" not in found:
        return ()
    return _patterns(_settings(found, "release", ("types",)), "types") or _RELEASE_TYPES


def _settings(found: dict[str, Node | None], event: str, known: tuple[str, ...]) -> Fields:
    node, what = found[event], f"`on.{event}`"
    is_empty = node is None or (isinstance(node, Scalar) and node.value is None)
    return Fields(what, Place("", 1, 1), {}, {}) if node is None or is_empty else fields(node, what, known)


def _patterns(push: Fields, key: str) -> tuple[str, ...] | None:
    node = push.node(key)
    if node is None:
        return None
    listed, what = node.items if isinstance(node, YamlSequence) else (node,), f"{push.what[:-1]}.{key}`"
    if not all(isinstance(one, Scalar) and isinstance(one.value, str) for one in listed):
        raise WorkflowError(node.place, f"{what} must be a list of strings")
    return tuple(text_of(one, f"an item of {what}") for one in listed)
