"""Small ways to break a pipeline in memory. A place is a path through the YAML:

    put("publish", "jobs", "release", "needs", to="build")

Within a list, text names the one step that uses that action or has that `run:`, and a number counts.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any, Literal

from tests.pipeline.pipeline import Pipeline, Workflow

Edit = Callable[[Pipeline], Pipeline]
File = Literal["publish", "ci"]


def put(file: File, *path: str | int, to: object) -> Edit:
    """Set what is at `path`."""

    def set_it(document: dict[str, Any]) -> None:
        owner, key = _find(document, path)
        owner[key] = to

    return _on_document(file, set_it)


def drop(file: File, *path: str | int) -> Edit:
    """Delete what is at `path`."""

    def delete_it(document: dict[str, Any]) -> None:
        owner, key = _find(document, path)
        del owner[key]

    return _on_document(file, delete_it)


def add_step(file: File, job: str, step: dict[str, Any], *, at: int = 0) -> Edit:
    """Insert a step into a job, by default as its first."""
    return _on_document(file, lambda document: document["jobs"][job]["steps"].insert(at, step))


def write(file: File, old: str, new: str) -> Edit:
    """Replace the first `old` in the text of the file."""

    def edit(pipeline: Pipeline) -> Pipeline:
        workflow: Workflow = getattr(pipeline, file)
        assert old in workflow.text, f"{workflow} no longer says {old!r}"
        changed = Workflow.parse(workflow.name, workflow.text.replace(old, new, 1))
        return _with(pipeline, file, changed)

    return edit


def both(first: Edit, second: Edit) -> Edit:
    """Two edits, one after the other."""
    return lambda pipeline: second(first(pipeline))


def _on_document(file: File, change: Callable[[dict[str, Any]], None]) -> Edit:
    def edit(pipeline: Pipeline) -> Pipeline:
        workflow: Workflow = getattr(pipeline, file)
        document = deepcopy(workflow.document)
        change(document)
        return _with(pipeline, file, replace(workflow, document=document))

    return edit


def _with(pipeline: Pipeline, file: File, workflow: Workflow) -> Pipeline:
    return replace(pipeline, publish=workflow) if file == "publish" else replace(pipeline, ci=workflow)


def _find(document: dict[str, Any], path: tuple[str | int, ...]) -> tuple[Any, str | int]:
    """The mapping or list that holds the end of `path`, and the key or position there."""
    owner: Any = document
    for key in path[:-1]:
        owner = owner[_position(owner, key)]
    return owner, _position(owner, path[-1])


def _position(owner: Any, key: str | int) -> str | int:
    if isinstance(owner, dict) or isinstance(key, int):
        return key
    (position,) = (index for index, step in enumerate(owner) if _is_step(step, key))
    return int(position)


def _is_step(step: dict[str, Any], name: str) -> bool:
    return step.get("run") == name or step.get("uses", "").partition("@")[0] == name
