"""What is rehearsed: the repository as a push of the tag would find it, and its configuration and workflow."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from truewheel.builders.backend_version import tag_to_be, with_version
from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.patterns import PatternError
from truewheel.patterns.filters import selects
from truewheel.publishing.trusted_publisher import Registration, find_repository
from truewheel.rehearsal.github.origin import Origin, Target, check_out, find_target, make_origin
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.workflow import PushTrigger, Workflow, read_workflow

# The name of the repository in a rehearsal where its name on GitHub is unknown.
UNKNOWN_REPOSITORY = "owner/repository"
_WORKFLOWS = Path(".github/workflows")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Attributes:
        root: the maintainer's clone.
        tag: the tag whose commit is rehearsed; None for the working tree and the tag of its version.
        workflow: the workflow file; None for the one that `[tool.release]` names.
        repository: `owner/name` on GitHub; None to ask git and the environment.
    """

    root: Path
    tag: str | None = None
    workflow: Path | None = None
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is rehearsed.

    Attributes:
        origin: the repository as it would be on GitHub, with the tag.
        config: the configuration at the tagged commit.
        workflow: the workflow at the tagged commit.
        identity: the run that GitHub would start.
        registration: the trusted publisher that `[tool.release]` describes.
        notes: what a maintainer should know, one sentence each.
    """

    origin: Origin
    config: Config
    workflow: Workflow
    identity: RunIdentity
    registration: Registration
    notes: tuple[str, ...]

    @property
    def tag_problem(self) -> str:
        """`there is no tag v9.9.9`, where that is why the tag does not match the version; otherwise empty."""
        is_version = self.identity.tag == f"v{self.config.package.version}"
        return f"there is no tag {self.identity.tag}" if self.origin.target.is_invented and not is_version else ""


def target_of(request: Request, *, is_plan: bool = False) -> Target:
    """Find what a release would be made of; a quick look, before anything is copied.

    Raises:
        ReleaseError: there is no clone, or no version to make a tag of.
    """
    tag = request.tag or tag_to_be(with_version(load_config(request.root), os.environ))
    return find_target(request.root, tag, as_committed=request.tag is not None, is_plan=is_plan)


def make_subject(request: Request, target: Target, folder: Path, environ: Mapping[str, str]) -> Subject:
    """Copy what is rehearsed into the empty folder `folder`, and read it there.

    Raises:
        ReleaseError: the repository, its configuration or its workflow cannot be read.
    """
    tag, origin = target.tag, make_origin(request.root, folder / "origin.git", target)
    # The workflow that runs, and everything that it runs, is the one at the tagged commit.
    config = load_config(check_out(origin, folder / "source"))
    if config.package.is_dynamic:
        # In its jobs, validate compares it with what the build backend says.
        config = config.with_version(tag.removeprefix("v"))
    source = config.root
    path = request.workflow or config.workflow
    if path.is_absolute() or ".." in path.parts:
        raise ReleaseError(
            f"{path} is not a path inside the repository", hint="name it from the top folder: .github/workflows/….yml"
        )
    workflow = _read(source, path, tag, config.workflow)
    repository = find_repository(request.repository, environ, request.root)
    name = workflow.name or path.as_posix()
    identity = RunIdentity(repository or UNKNOWN_REPOSITORY, path.as_posix(), name, tag, origin.sha)
    publisher = Registration(config.package.name, repository, config.workflow.name, config.environment)
    notes = [*target.notes, *_others_started(source, path, tag)]
    if path != config.workflow:
        notes.append(f"[tool.release] names {config.workflow.as_posix()}, the only file that is trusted to publish")
    if repository is None:
        notes.append(
            "the GitHub repository is unknown (git remote add origin …, or -- --repository OWNER/NAME); "
            f"using {UNKNOWN_REPOSITORY} as a placeholder"
        )
    return Subject(origin, config, workflow, identity, publisher, tuple(notes))


def _read(source: Path, path: Path, tag: str, trusted: Path) -> Workflow:
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
    others = [other for other in _started(source, tag) if other != path.as_posix()]
    if others:
        yield f"the tag would also start {', '.join(others)}, which is not rehearsed"
