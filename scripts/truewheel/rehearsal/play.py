"""A whole rehearsal: an index is started, the workflow is run against it, and again where a fault was asked for."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.actions.call import Services
from truewheel.rehearsal.fault_hooks import Stage
from truewheel.rehearsal.faults import Fault, Next
from truewheel.rehearsal.github.artifact_store import ArtifactStore
from truewheel.rehearsal.github.release_store import read_releases
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.index.claims import claims_of
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.index.server import RehearsalIndex, serve_index
from truewheel.rehearsal.index.trust import TrustedPublisher, publisher_of
from truewheel.rehearsal.observer import Observer
from truewheel.rehearsal.result import Attempt, Rehearsal
from truewheel.rehearsal.runner.run import Hooks, Run
from truewheel.rehearsal.runner.schedule import JobState, run_jobs
from truewheel.rehearsal.subject import Subject
from truewheel.wheel.filename import try_parse


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how a rehearsal is played.

    Attributes:
        folder: for all of it; removed afterwards, or kept.
        environ: the maintainer's environment.
        upstream: the simple API of the index that pip is configured for, where dependencies come from.
        observer: who is told what happens.
        kept: whether the folder is kept, and so may be named.
    """

    folder: Path
    environ: Mapping[str, str]
    upstream: str
    observer: Observer
    kept: bool = False


def play(subject: Subject, setting: Setting, fault: Fault | None) -> Rehearsal:
    """Rehearse; with a fault, also what a maintainer does about it, as far as that is a re-run.

    Raises:
        ReleaseError: the workflow has nothing that the fault could break.
        Interrupted: Ctrl-C was pressed; nothing runs any more.
    """
    began = time.monotonic()
    publisher = _publisher(subject)
    folder = setting.folder
    with serve_index(folder / "index", publisher, upstream=setting.upstream, environ=setting.environ) as index:
        theatre = _Theatre(subject, setting, index, began)
        attempts = tuple(theatre.attempts(fault))
        rehearsal = Rehearsal(
            workflow=subject.identity.workflow,
            tag=subject.identity.tag,
            commit=subject.origin.sha,
            uncommitted=subject.origin.uncommitted,
            attempts=attempts,
            artifacts=theatre.artifacts.facts(),
            release=next(iter(read_releases(theatre.releases)), None),
            index_files=tuple(index.files()),
            index_url=index.simple_url,
            publisher=publisher.form,
            notes=subject.notes,
            seconds=time.monotonic() - began,
            folder=str(folder) if setting.kept else "",
        )
    rehearsal = replace(rehearsal, shortfalls=tuple(_shortfalls(rehearsal, subject)))
    if fault is None:
        return rehearsal
    return replace(rehearsal, remedy=fault.kind.next_words, surprise=fault.surprise(rehearsal))


def _publisher(subject: Subject) -> TrustedPublisher:
    """Whom the index trusts: what is to be registered, for the repository as it is called here."""
    return publisher_of(replace(subject.registration, repository=subject.identity.repository))


def _shortfalls(rehearsal: Rehearsal, subject: Subject) -> Iterator[str]:
    """What a workflow whose jobs all pass may still have left out."""
    names = [file.name for file in rehearsal.index_files]
    filenames = [filename for name in names if (filename := try_parse(name))]
    for platform in subject.config.platforms:
        if names and not any(platform.accepts_all(filename.platform_tags) for filename in filenames):
            yield f"the index has no wheel for {platform.name}"
    release = rehearsal.release
    if release is None or not names:
        return
    if release.is_draft:
        yield "the GitHub Release is a draft, which nobody sees"
    missing = sorted(set(names) - {asset.name for asset in release.assets})
    if missing:
        yield f"the GitHub Release lacks {', '.join(missing)}"


@dataclass
class _Theatre:
    """What stays from one attempt to the next."""

    subject: Subject
    setting: Setting
    index: RehearsalIndex
    began: float

    def __post_init__(self) -> None:
        self.releases = self.setting.folder / "releases"
        self.artifacts = ArtifactStore(self.setting.folder / "artifacts")

    def attempts(self, fault: Fault | None) -> Iterator[Attempt]:
        stage = Stage(self.subject.workflow, self.artifacts, _Breakable(self.index))
        hooks = fault.hooks(stage) if fault else Hooks()
        states = self._attempt(1, hooks, {})
        yield self._attempt_of(1, states, fault.spelling if fault else "")
        if fault is None or fault.kind.then not in (Next.RERUN_FAILED, Next.RERUN_ALL, Next.NEW_RUN):
            return
        self._mend()
        if fault.kind.then is Next.NEW_RUN:
            # Artifacts belong to a run, and the release was deleted with its tag.
            for folder in (self.artifacts.folder, self.releases):
                shutil.rmtree(folder, ignore_errors=True)
        earlier = states if fault.kind.then is Next.RERUN_FAILED else {}
        yield self._attempt_of(2, self._attempt(2, Hooks(), earlier), "")

    def _attempt_of(self, number: int, states: Mapping[str, JobState], fault: str) -> Attempt:
        jobs = tuple(leg.result for state in states.values() for leg in state.legs)
        on_index = tuple(file.name for file in self.index.files())
        return Attempt(number, jobs, fault, on_index, has_release=bool(read_releases(self.releases)))

    def _mend(self) -> None:
        """Put right what a fault broke outside of the run, as the maintainer would."""
        self.index.ask_for(IndexFaults())
        self.index.register(_publisher(self.subject))

    def _attempt(self, number: int, hooks: Hooks, earlier: Mapping[str, JobState]) -> dict[str, JobState]:
        identity = replace(self.subject.identity, attempt=number)
        run = Run(
            workflow=self.subject.workflow,
            identity=identity,
            folder=self.setting.folder / f"attempt-{number}",
            services=Services(
                self.subject.origin.folder, self.artifacts.folder, self.releases, self.index.publish_environ
            ),
            stand_ins=STAND_INS,
            environ=self.setting.environ,
            index_environ=self.index.pip_environ(),
            token_environ=lambda environment: self._token_environ(identity, environment),
            observer=self.setting.observer,
            hooks=hooks,
            began=self.began,
        )
        return run_jobs(run, earlier)

    def _token_environ(self, identity: RunIdentity, environment: str | None) -> Mapping[str, str]:
        return self.index.register_job(claims_of(identity, environment))


@dataclass(frozen=True, slots=True)
class _Breakable:
    """The index, for faults."""

    index: RehearsalIndex

    def break_uploads(self, *, after: int | None = None, unavailable: int = 0) -> None:
        self.index.ask_for(IndexFaults(after, unavailable))

    def trust(self, *, environment: str | None) -> None:
        self.index.register(replace(self.index.publisher, environment=environment))

    def put(self, name: str, data: bytes) -> None:
        self.index.put(name, data)
