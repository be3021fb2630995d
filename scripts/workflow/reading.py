"""A GitHub workflow file, as far as it decides when the workflow runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from scripts.errors import ReleaseError
from scripts.workflow.model import PushTrigger, Workflow


def read_workflow(root: Path, path: Path) -> Workflow:
    """Read the workflow file `path` of the repository at `root`.

    Raises:
        ReleaseError: it is missing, unreadable, not YAML, or not a workflow.
    """
    document = _load_yaml(root / path, path.as_posix())
    if not isinstance(document, Mapping) or "on" not in document:
        raise ReleaseError(f"{path.as_posix()} is not a workflow: it has no key `on`")
    return Workflow(path, _push_trigger(document["on"], path.as_posix()))


def _load_yaml(file: Path, shown: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReleaseError(
            f"{shown} is missing", hint="`workflow` in [tool.release] must name the publishing workflow"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{shown} cannot be read: {error}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ReleaseError(f"{shown}{place}: not valid YAML: {error.problem}") from None
    except (YAMLError, ValueError) as error:  # a ValueError comes from a date or a number that is none
        raise ReleaseError(f"{shown}: not valid YAML: {error}") from None


def _push_trigger(events: Any, shown: str) -> PushTrigger | None:
    if isinstance(events, str):
        events = [events]
    if isinstance(events, list) and all(isinstance(event, str) for event in events):
        events = dict.fromkeys(events)
    if not isinstance(events, Mapping):
        raise ReleaseError(f"{shown}: `on` must be an event, a list of events or a mapping")
    if "push" not in events:
        return None
    push = events["push"] or {}
    if not isinstance(push, Mapping):
        raise ReleaseError(f"{shown}: `on.push` must be a mapping")
    tags = _patterns(push, "tags", shown)
    ignored = _patterns(push, "tags-ignore", shown)
    filters_branches = "branches" in push or "branches-ignore" in push
    return PushTrigger(tags, ignored, filters_branches and tags is None and ignored is None)


def _patterns(push: Mapping[str, Any], key: str, shown: str) -> tuple[str, ...] | None:
    value = push.get(key)
    if value is None:
        return None
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise ReleaseError(f"{shown}: `on.push.{key}` must be a list of strings")
    return tuple(patterns)
