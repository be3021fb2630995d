"""What a workflow uses of its own repository: the workflows that its jobs call, and composite actions."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.workflow.fields import fields
from truewheel.workflow.interfaces import Interface, action_interface
from truewheel.workflow.model import LOCAL, Step, Workflow
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.reading import read_workflow
from truewheel.workflow.steps import steps
from truewheel.workflow.templates import templates_in
from truewheel.workflow.yaml_nodes import read_yaml

_FILES = ("action.yml", "action.yaml")
_RUNS = ("using", "steps", "main", "pre", "post", "pre-if", "post-if", "image", "args", "entrypoint", "env")
_KEYS = ("name", "author", "description", "inputs", "outputs", "runs", "branding")


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite action."""

    folder: str  # relative to the repository, with slashes
    interface: Interface  # its inputs and outputs
    steps: tuple[Step, ...]  # in order


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that can be reached from a workflow, by their paths in the repository."""

    workflows: Mapping[str, Workflow] = field(default_factory=dict)  # those that are called, directly or not
    actions: Mapping[str, Composite] = field(default_factory=dict)  # the composite actions
    errors: tuple[WorkflowError, ...] = ()  # why others cannot be read
    root: Path = Path()  # the folder of the repository


def path_in_repository(uses: str) -> str:
    """Return the path of a local `uses`: `.github/actions/build` for `./.github/actions/build`."""
    return posixpath.normpath(uses[2:]) if uses.startswith(LOCAL) else ""


def read_parts(root: Path, workflow: Workflow) -> Parts:
    """Read everything of the repository at `root` that a workflow uses, directly or not."""
    workflows: dict[str, Workflow] = {}
    actions: dict[str, Composite] = {}
    errors: list[WorkflowError] = []
    left = list(_uses(workflow, (workflow.path.as_posix(),)))
    while left:
        uses, place, above = left.pop()
        path = path_in_repository(uses)
        if path in above:
            errors.append(WorkflowError(place, f"{path} uses itself: {' → '.join([*above, path])}"))
        if path in above or path in workflows or path in actions:
            continue
        try:
            if path.endswith((".yml", ".yaml")):
                workflows[path] = _called(root, path, place)
            else:
                actions[path] = _composite(root, path, place)
        except WorkflowError as error:
            errors.append(error)
        except ReleaseError as error:
            errors.append(WorkflowError(place, error.message, hint=error.hint))
        else:
            left += _uses(workflows.get(path) or actions[path], (*above, path))
    return Parts(workflows, actions, tuple(errors), root)


def _uses(user: Workflow | Composite, above: tuple[str, ...]) -> Iterator[tuple[str, Place, tuple[str, ...]]]:
    """The local parts that a workflow or an action uses, where, and what uses them."""
    jobs = user.jobs.values() if isinstance(user, Workflow) else ()
    yield from ((job.uses, job.place, above) for job in jobs if job.uses is not None and job.uses.startswith(LOCAL))
    for step in user.steps if isinstance(user, Composite) else [step for job in jobs for step in job.steps]:
        if step.uses is not None and step.is_local:
            yield step.uses.owner_and_name, step.uses.place, above


def _called(root: Path, path: str, place: Place) -> Workflow:
    if not (root / path).is_file():
        raise WorkflowError(place, f"the workflow {path} is not in the repository")
    workflow = read_workflow(root, Path(path))
    if workflow.call is None:
        raise WorkflowError(place, f"the workflow {path} cannot be called: it has no `on.workflow_call`")
    return workflow


def _composite(root: Path, path: str, place: Place) -> Composite:
    file = next((f"{path}/{name}" for name in _FILES if (root / path / name).is_file()), "")
    node = read_yaml(root / file, file) if file else None
    if node is None:
        what = f"{file} is empty" if file else f"there is no {path}/action.yml in the repository"
        hint = "the path is relative to the top folder of the repository"
        raise WorkflowError(place, what, hint=hint)
    action = fields(node, f"the action {path}", _KEYS)
    runs = fields(action.nodes.get("runs", node), f"`runs` of the action {path}", _RUNS)
    if runs.text("using") != "composite":
        raise WorkflowError(
            place,
            f"{file} is not a composite action (`using: {runs.text('using')}`)",
            hint="of the repository's own actions, a rehearsal runs only composite ones",
        )
    if "steps" not in runs.nodes:
        raise WorkflowError(runs.place, f"{runs.what} has no `steps`")
    found = Composite(path, action_interface(action), steps(runs.nodes["steps"], f"the action {path}"))
    for template in templates_in(found):
        if any(reference[0] in ("secrets", "vars") for reference in template.references):
            raise WorkflowError(template.place, "an action has no secrets and no variables: pass them as inputs")
    return found
