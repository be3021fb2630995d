"""A whole rehearsal: start an index and run the workflow against it; with a fault, run it again to finish."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from truewheel.builds import Build, unserved
from truewheel.checks.sentences import join_names
from truewheel.publishing.pip_settings import PipSettings
from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.actions.call import Services
from truewheel.rehearsal.away import Away
from truewheel.rehearsal.fault_hooks import FaultContext
from truewheel.rehearsal.faults import Fault, Next
from truewheel.rehearsal.github.artifact_store import ArtifactStore
from truewheel.rehearsal.github.release_store import ReleaseStore, read_releases
from truewheel.rehearsal.index.claims import claims_of
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.index.server import RehearsalIndex, serve_index
from truewheel.rehearsal.index_credentials import without_index_credentials
from truewheel.rehearsal.observer import Observer
from truewheel.rehearsal.result import Attempt, Rehearsal, ReleaseFacts
from truewheel.rehearsal.runner.run import Hooks, Run
from truewheel.rehearsal.runner.schedule import JobState, run_jobs
from truewheel.rehearsal.subject import Subject
from truewheel.rehearsal.understudy import explanation, understudied
from truewheel.wheel.filename import try_parse


@dataclass(frozen=True, slots=True)
class Context:
    """Where and how a rehearsal runs."""

    folder: Path  # holds all of it; the caller removes or keeps it
    environ: Mapping[str, str]  # the maintainer's environment
    pip: PipSettings  # how pip is configured; its index serves the dependencies
    observer: Observer  # is notified of what happens
    kept: bool = False  # whether the folder is kept, and so may be named in the report


def play(subject: Subject, context: Context, fault: Fault | None) -> Rehearsal:
    """Rehearse a release; with a fault, also the re-run by which a maintainer finishes it.

    A ReleaseError if the workflow has nothing that the fault could break. After Ctrl-C every program has ended.
    """
    began = time.monotonic()
    folder = context.folder
    # With the repository's name in this rehearsal.
    publisher = replace(subject.registration, repository=subject.identity.repository)
    environ, cleaned = without_index_credentials({**context.environ, **context.pip.variables}, folder)
    with serve_index(folder / "index", publisher, upstream=context.pip.index, environ=environ) as index:
        attempts = _Attempts(subject, replace(context, environ=environ), index, began)
        rehearsal = Rehearsal(
            workflow=subject.identity.workflow,
            tag=subject.identity.tag,
            commit=subject.origin.sha,
            uncommitted=subject.origin.target.uncommitted,
            attempts=tuple(attempts.make(fault)),
            artifacts=attempts.artifacts.facts(),
            release=next(iter(read_releases(attempts.releases)), None),
            index_files=tuple(index.files()),
            index_url=index.simple_url,
            publisher=tuple((field, value or "") for field, value in publisher.fields),
            notes=(*subject.notes, *cleaned, *index.problems),
            seconds=time.monotonic() - began,
            folder=str(folder) if context.kept else "",
            tag_problem=subject.tag_problem,
        )
    # Others may attach to the release what they like.
    own = rehearsal if subject.is_configured else replace(rehearsal, release=None)
    missing = tuple(missing_from(own, subject.config.builds))
    taken = {file.name: of for file in sorted(attempts.artifacts.folder.rglob("*.whl")) if (of := understudied(file))}
    words = [join_names(map(explanation, taken, taken.values()))] if taken else []
    notes = (*rehearsal.notes, *rehearsal.warnings, *words)
    rehearsal = replace(rehearsal, missing=missing, understudies=tuple(taken.items()), notes=notes)
    if fault is None:
        return rehearsal
    return replace(rehearsal, remedy=fault.kind.next_words, deviation=fault.deviation(rehearsal))


def missing_from(rehearsal: Rehearsal, builds: Sequence[Build]) -> Iterator[str]:
    """What a release lacks although all of its jobs may have passed, one sentence each."""
    names = [file.name for file in rehearsal.index_files]
    filenames = [filename for name in names if (filename := try_parse(name))]
    if names and (without := unserved(builds, filenames)):
        yield f"no wheel on the index serves {join_names(map(str, without))}"
    attached = {asset.name for asset in rehearsal.release.assets} if rehearsal.release else set(names)
    if missing := sorted(set(names) - attached):
        yield f"the GitHub Release lacks {', '.join(missing)}"


@dataclass
class _Attempts:
    """The attempts of a rehearsal, and what survives from one to the next."""

    subject: Subject
    context: Context
    index: RehearsalIndex
    began: float

    def __post_init__(self) -> None:
        self.releases = self.context.folder / "releases"
        self.artifacts = ArtifactStore(self.context.folder / "artifacts")
        identity = self.subject.identity
        if identity.event == "release":
            # It is published, which is why the workflow runs.
            ReleaseStore(self.releases).save(ReleaseFacts(identity.tag, identity.tag, "", (), is_latest=True))

    def make(self, fault: Fault | None) -> Iterator[Attempt]:
        """The first attempt; if the remedy of the fault is a re-run, the second one too."""
        publisher, hooks = self.index.publisher, self._hooks(fault) if fault else Hooks()
        states = self._run(1, hooks, {})
        yield self._attempt(1, states, fault.spelling if fault else "")
        if fault is None or fault.kind.then not in (Next.RERUN_FAILED, Next.RERUN_ALL, Next.NEW_RUN):
            return
        # Fix what the fault broke outside of the run, as the maintainer would.
        self.index.ask_for(IndexFaults())
        self.index.register(publisher)
        if fault.kind.then is Next.NEW_RUN:
            # Artifacts belong to a run, and the release was deleted with its tag.
            for folder in (self.artifacts.folder, self.releases):
                shutil.rmtree(folder, ignore_errors=True)
        earlier = states if fault.kind.then is Next.RERUN_FAILED else {}
        yield self._attempt(2, self._run(2, Hooks(), earlier), "")

    def _hooks(self, fault: Fault) -> Hooks:
        subject, releases = self.subject, ReleaseStore(self.releases)
        parts = (subject.workflow, subject.jobs, self.artifacts, self.index, releases, subject.identity.tag)
        return fault.kind.hooks(fault.value, FaultContext(*parts, fault.spelling))

    def _attempt(self, number: int, states: Mapping[str, JobState], fault: str) -> Attempt:
        jobs = tuple(result for state in states.values() for leg in state.legs for result in leg.results)
        on_index = tuple(file.name for file in self.index.files())
        return Attempt(number, jobs, fault, on_index, has_release=bool(read_releases(self.releases)))

    def _run(self, number: int, hooks: Hooks, earlier: Mapping[str, JobState]) -> dict[str, JobState]:
        identity = replace(self.subject.identity, attempt=number)
        services = Services(
            origin=self.subject.origin.folder,
            artifacts=self.artifacts.folder,
            releases=self.releases,
            publish_environ=self.index.publish_environ,
            modules=self.subject.origin.modules,
            project=self.subject.config.package.name,
            version=self.subject.version,
            pip=self.context.pip,
        )
        run = Run(
            workflow=self.subject.workflow,
            identity=identity,
            folder=self.context.folder / f"attempt-{number}",
            services=services,
            stand_ins=STAND_INS,
            environ=self.context.environ,
            index_environ=self.index.pip_environ(),
            token_environ=lambda environment, file="": self.index.job_environ(claims_of(identity, environment, file)),
            observer=self.context.observer,
            hooks=hooks,
            began=self.began,
            parts=self.subject.parts,
            inputs=self.subject.inputs,
            away=Away(self.subject.left_out, self.subject.is_configured),
        )
        return run_jobs(run, earlier)
