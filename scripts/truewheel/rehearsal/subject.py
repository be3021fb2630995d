"""What is rehearsed: the repository as a push of the tag would find it, and what stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.patterns import PatternError
from truewheel.patterns.filters import selects
from truewheel.publishing.trusted_publisher import Registration, find_repository
from truewheel.rehearsal.github.origin import Origin, make_origin
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.system import git
from truewheel.workflow import PushTrigger, Workflow, read_workflow

# The repository on GitHub, where nothing says which one it is.
UNKNOWN_REPOSITORY = "owner/repository"
_WORKFLOWS = Path(".github/workflows")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Attributes:
        root: the maintainer's clone.
        tag: the tag whose commit is rehearsed; None for the working tree, and the tag of its version.
        workflow: the workflow file; None for the one of `[tool.release]`.
        repository: `owner/name` on GitHub; None for what git or the environment says.
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
        notes: what else a maintainer should know, one sentence each.
    """

    origin: Origin
    config: Config
    workflow: Workflow
    identity: RunIdentity
    registration: Registration
    notes: tuple[str, ...]


def make_subject(request: Request, folder: Path, environ: Mapping[str, str]) -> Subject:
    """Make what is rehearsed, in the empty folder `folder`.

    Raises:
        ReleaseError: the repository, its configuration or its workflow cannot be read.
    """
    tag = request.tag or _tag_of_version(load_config(request.root))
    origin = make_origin(request.root, folder / "origin.git", tag, as_committed=request.tag is not None)
    source = folder / "source"
    # The workflow that runs, and everything that it runs, is the one at the tagged commit.
    git.run(request.root, "clone", "--quiet", "--branch", tag, "--template=", str(origin.folder), str(source))
    config = load_config(source)
    path = request.workflow or config.workflow
    if path.is_absolute() or ".." in path.parts:
        raise ReleaseError(f"{path} is no file of the repository", hint="name it from there: .github/workflows/….yml")
    workflow = _read(source, path, tag, config.workflow)
    repository = find_repository(request.repository, environ, request.root)
    identity = RunIdentity(
        repository or UNKNOWN_REPOSITORY, path.as_posix(), workflow.name or path.as_posix(), tag, origin.sha
    )
    publisher = Registration(config.package.name, repository, config.workflow.name, config.environment)
    notes = [*_notes_on(origin), *_others_started(source, path, tag)]
    if path != config.workflow:
        notes.append(f"[tool.release] names {config.workflow.as_posix()}, and that file alone is trusted to publish")
    if repository is None:
        notes.append(
            "git names no repository on GitHub (git remote add origin …, or -- --repository OWNER/NAME): "
            f"it is called {UNKNOWN_REPOSITORY} here"
        )
    return Subject(origin, config, workflow, identity, publisher, tuple(notes))


def _tag_of_version(config: Config) -> str:
    if config.package.version is None:
        raise ReleaseError(
            f"{config.package.pyproject.as_posix()} has no version in [project], so there is no tag to rehearse",
            hint="write the version there, or name a tag: nox -s rehearse -- v0.5.0",
        )
    return f"v{config.package.version}"


def _read(source: Path, path: Path, tag: str, trusted: Path) -> Workflow:
    if (source / path).exists():
        return read_workflow(source, path)
    if path != trusted:
        raise ReleaseError(f"there is no {path.as_posix()} at {tag}", hint="name a workflow that is committed there")
    started = [other.path.as_posix() for other in _workflows(source) if _starts(other.push, tag)]
    instead = f"the tag would start {', '.join(started)}" if started else "the tag would start nothing"
    raise ReleaseError(
        f"there is no {path.as_posix()} at {tag}: {instead}, and PyPI trusts {path.name} alone",
        hint="give the workflow its old name; or change `workflow` in [tool.release] and the publisher on PyPI",
    )


def _workflows(source: Path) -> Iterator[Workflow]:
    """The workflows of the repository that can be read; what is wrong with the others is not this run's business."""
    for file in sorted((source / _WORKFLOWS).glob("*.y*ml")):
        try:
            yield read_workflow(source, file.relative_to(source))
        except ReleaseError:
            continue


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
    others = [other.path.as_posix() for other in _workflows(source) if other.path != path and _starts(other.push, tag)]
    if others:
        yield f"the tag would start {', '.join(others)} as well, which is not rehearsed"


def _notes_on(origin: Origin) -> Iterator[str]:
    if origin.is_invented:
        yield f"there is no tag {origin.tag} here; {origin.sha[:12]}, the commit that is checked out, was taken"
    if origin.moved_from:
        yield (
            f"the tag {origin.tag} is at {origin.moved_from[:12]} here, and {origin.sha[:12]} was rehearsed: "
            "delete the old tag, or raise the version"
        )
