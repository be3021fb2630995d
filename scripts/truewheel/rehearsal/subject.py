"""What is rehearsed: the repository as a push of the tag would find it, and its configuration and workflow."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from truewheel.builders.backend_version import tag_to_be, with_version
from truewheel.checks.sentences import join_names
from truewheel.config import Config, find_config
from truewheel.errors import ReleaseError
from truewheel.patterns import PatternError
from truewheel.patterns.filters import selects
from truewheel.publishing.trusted_publisher import Registration, find_repository
from truewheel.rehearsal.away import why_away
from truewheel.rehearsal.github.origin import Origin, Target, check_out, find_target, make_origin, put_on_branch
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.inferred import inferred_config, inferred_package, tag_of
from truewheel.rehearsal.reach import Reached, reached
from truewheel.rehearsal.remarks import remarks
from truewheel.workflow import Place, PushTrigger, Scope, Workflow, WorkflowError, read_workflow, values
from truewheel.workflow.action_names import PYPI_PUBLISH
from truewheel.workflow.parts import Parts, read_parts
from truewheel.workflow.place import advice

# The name of the repository in a rehearsal where its name on GitHub is unknown.
UNKNOWN_REPOSITORY = "owner/repository"
_WORKFLOWS = Path(".github/workflows")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    root: Path  # the maintainer's clone
    tag: str | None = None  # the tag whose commit is rehearsed; None for the working tree and the tag of its version
    workflow: Path | None = None  # the workflow file; None for the one that `[tool.release]` names
    repository: str | None = None  # `owner/name` on GitHub; None to ask git and the environment
    # The event that starts the run; None for the first that does of a push, a release and a start by hand.
    event: str | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)  # what is given to a start by hand
    left_out: tuple[str, ...] = ()  # the ids of jobs that are not run


@dataclass(frozen=True, slots=True)
class Subject:
    """What is rehearsed."""

    origin: Origin  # the repository as it would be on GitHub, with the tag
    # The configuration at the tagged commit; without `[tool.release]`, what the workflow and the package say.
    config: Config
    workflow: Workflow  # the workflow at the tagged commit
    identity: RunIdentity  # the run that GitHub would start
    registration: Registration  # the trusted publisher that it needs
    notes: tuple[str, ...]  # what a maintainer should know, one sentence each
    parts: Parts  # what the workflow uses of its repository
    inputs: Mapping[str, Any]  # the context `inputs`
    jobs: tuple[Reached, ...]  # the jobs of the workflow and of those that it calls
    is_configured: bool = True  # whether the repository has `[tool.release]`
    left_out: tuple[str, ...] = ()  # the ids of the jobs that are not run

    @property
    def version(self) -> str:
        """The version that is released: the package's, or that of the tag where only the tag has it."""
        return self.config.package.version or re.sub(r"^\D*", "", self.identity.tag)

    @property
    def trigger(self) -> str:
        """What starts the run, in one sentence."""
        if self.identity.event == "push":
            return "its filters on.push match the tag"
        if self.identity.event == "release":
            return f"somebody publishes the release of the tag {self.identity.tag}"
        given = ", ".join(f"{name}={value}" for name, value in self.identity.inputs.items())
        return f"somebody starts it by hand on {self.identity.ref_name}{given and f' with {given}'}"

    @property
    def tag_problem(self) -> str:
        """`there is no tag v9.9.9`, where that is why the tag does not match the version; otherwise empty."""
        fits = not self.is_configured or self.identity.branch or self.identity.tag == f"v{self.version}"
        return f"there is no tag {self.identity.tag}" if self.origin.target.is_invented and not fits else ""


def target_of(request: Request, *, is_plan: bool = False) -> Target:
    """Find what a release would be made of, before anything is copied; a ReleaseError without a clone or a version."""
    tag = request.tag or _tag_of_version(request)
    return find_target(request.root, tag, as_committed=request.tag is not None, is_plan=is_plan)


def make_subject(request: Request, target: Target, folder: Path, environ: Mapping[str, str]) -> Subject:
    """Copy what is rehearsed into the empty folder `folder`, and read it there; a ReleaseError if it cannot be read."""
    tag, origin = target.tag, make_origin(request.root, folder / "origin.git", target)
    # The workflow that runs, and everything that it runs, is the one at the tagged commit.
    source = check_out(origin, folder / "source")
    config = find_config(source)
    if config and config.package.is_dynamic:
        # In its jobs, validate compares it with what the build backend says.
        config = config.with_version(tag.removeprefix("v"))
    path = request.workflow or (config.workflow if config else require_workflow(source))
    # On Windows, a path such as /tmp has an anchor, but is not absolute.
    if path.anchor or ".." in path.parts:
        hint = "name it from the top folder: .github/workflows/….yml"
        raise ReleaseError(f"{path.as_posix()} is not a path inside the repository", hint=hint)
    workflow = _read(source, path, tag, config.workflow if config else None)
    if not workflow.jobs:
        raise WorkflowError(Place(path.as_posix(), 1, 1), "the workflow has no jobs")
    parts = read_parts(source, workflow)
    repository = find_repository(request.repository, environ, request.root)
    identity = RunIdentity(
        repository or UNKNOWN_REPOSITORY, path.as_posix(), workflow.name or path.as_posix(), tag, origin.sha
    )
    event = request.event or ("workflow_dispatch" if request.inputs else "push" if config else _event(workflow, tag))
    if event == "workflow_dispatch" and request.tag is None:
        identity = replace(identity, branch=put_on_branch(request.root, origin))
    identity, inputs = _started_by(workflow, replace(identity, event=event), request.inputs)
    found = reached(workflow, parts, identity, inputs)
    if unknown := [name for name in request.left_out if name not in {one.id for one in found}]:
        raise ReleaseError(
            f"--without {unknown[0]}: there is no such job; {advice(unknown[0], (one.id for one in found))}"
        )
    is_configured = config is not None
    away = functools.partial(why_away, left_out=request.left_out, is_configured=is_configured)
    jobs = tuple(replace(one, away=away(one)) if one.runs else one for one in found)
    publisher = next((one for one in jobs if one.runs and PYPI_PUBLISH in {step.action for step in one.steps}), None)
    config = config or inferred_config(source, workflow, publisher.job if publisher else None)
    trusted = config.workflow if is_configured or publisher is None else publisher.workflow.path
    notes = [*target.notes, *(_others_started(source, path, tag) if event == "push" else ())]
    if not is_configured:
        notes += remarks(jobs)
        if config.package.version is None:
            notes.append("the version is that of the tag: it is not in [project], and the build backend was not asked")
    if path != config.workflow:
        notes.append(f"[tool.release] names {config.workflow.as_posix()}, the only file that is trusted to publish")
    if repository is None:
        notes.append(
            "the GitHub repository is unknown (git remote add origin …, or -- --repository OWNER/NAME); "
            f"using {UNKNOWN_REPOSITORY} as a placeholder"
        )
    return Subject(
        origin=origin,
        config=config,
        workflow=workflow,
        identity=identity,
        registration=Registration(config.package.name, repository, trusted.name, config.environment),
        notes=tuple(notes),
        parts=parts,
        inputs=inputs,
        jobs=jobs,
        is_configured=is_configured,
        left_out=request.left_out,
    )


def require_workflow(root: Path) -> Path:
    """Refuse to guess which workflow is meant: a ReleaseError whose hint names those that there are."""
    found = ", ".join(file.relative_to(root).as_posix() for file in sorted((root / _WORKFLOWS).glob("*.y*ml")))
    is_there = (root / "pyproject.toml").exists()
    raise ReleaseError(
        f"pyproject.toml {'has no [tool.release], which names the workflow' if is_there else 'is missing'}",
        hint=f"name one: --workflow FILE; there is {found}" if found else "write one, or run truewheel init",
    )


def _event(workflow: Workflow, tag: str) -> str:
    """Return what starts a workflow: the push of the tag, a release, or somebody by hand."""
    if _starts(workflow.push, tag):
        return "push"
    if _activity(workflow):
        return "release"
    if workflow.dispatch is not None:
        return "workflow_dispatch"
    name = workflow.path.as_posix()
    raise ReleaseError(
        f"{name} is started only by {join_names(sorted(workflow.events))}, not by the tag {tag}, a release or by hand",
        hint="add `workflow_dispatch:` to `on`, or name another workflow",
    )


def _activity(workflow: Workflow) -> str:
    """What of the publication of a release starts a workflow; empty for nothing."""
    return next((one for one in ("published", "released", "created") if one in workflow.release_types), "")


def _started_by(
    workflow: Workflow, identity: RunIdentity, given: Mapping[str, str]
) -> tuple[RunIdentity, dict[str, Any]]:
    """Return the run and its context `inputs`."""
    name = workflow.path.as_posix()
    if identity.event not in workflow.events and identity.event != "push":
        raise ReleaseError(
            f"{name} is not started by {identity.event}", hint="add it to `on`, or choose another --event"
        )
    if identity.event != "workflow_dispatch" or workflow.dispatch is None:
        if given:
            raise ReleaseError(f"the event {identity.event} has no inputs", hint="leave out --input, or --event")
        return replace(identity, activity=_activity(workflow) or identity.activity), {}
    inputs = workflow.dispatch.values(given, Scope({}), Place(name, 1, 1))
    return replace(identity, inputs={name: values.as_text(value) for name, value in inputs.items()}), inputs


def _tag_of_version(request: Request) -> str:
    config = find_config(request.root)
    if config is None:
        path = request.workflow or require_workflow(request.root)
        if not (request.root / path).exists():
            raise ReleaseError(
                f"there is no {path.as_posix()} in this folder", hint="name it from here: .github/workflows/….yml"
            )
        return tag_of(request.root, inferred_package(request.root, read_workflow(request.root, path)))
    return tag_to_be(with_version(config, os.environ))


def _read(source: Path, path: Path, tag: str, trusted: Path | None) -> Workflow:
    if (source / path).exists():
        return read_workflow(source, path)
    if path != trusted:
        raise ReleaseError(f"there is no {path.as_posix()} at {tag}", hint="name a workflow that is committed there")
    started = ", ".join(_started(source, tag)) or "nothing"
    raise ReleaseError(
        f"there is no {path.as_posix()} at {tag}: the tag would start {started}, and PyPI trusts only {path.name}",
        hint="rename the workflow back; or change `workflow` in [tool.release] and the publisher on PyPI",
    )


def _started(source: Path, tag: str) -> Iterator[str]:
    """The workflows that a push of the tag starts. Those that cannot be read are left out."""
    for file in sorted((source / _WORKFLOWS).glob("*.y*ml")):
        with contextlib.suppress(ReleaseError):
            workflow = read_workflow(source, file.relative_to(source))
            if _starts(workflow.push, tag):
                yield workflow.path.as_posix()


def _starts(push: PushTrigger | None, tag: str) -> bool:
    """Whether a push of the tag starts a workflow with this trigger."""
    if push is None or push.branches_only:
        return False
    try:
        wanted = push.tags is None or selects(push.tags, tag)
        return wanted and not (push.tags_ignore is not None and selects(push.tags_ignore, tag))
    except PatternError:
        return False


def _others_started(source: Path, path: Path, tag: str) -> Iterator[str]:
    if others := [other for other in _started(source, tag) if other != path.as_posix()]:
        yield f"the tag would also start {', '.join(others)}; only {path.name} is rehearsed"
