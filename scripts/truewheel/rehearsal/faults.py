"""The faults that a rehearsal can cause: what a broken release looks like, and how it is finished.

`FAULTS` has one row for each fault. `--list-faults`, the table in docs/rehearsal.md and the tests are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from truewheel.errors import ReleaseError
from truewheel.rehearsal import fault_hooks
from truewheel.rehearsal.github.artifact_store import ArtifactStore
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.result import CANCELLED, FAILURE, SUCCESS, Rehearsal


class Next(Enum):
    """What the maintainer does after the first attempt."""

    NOTHING = "nothing: the release is made"
    RERUN_FAILED = "re-run the failed jobs"
    RERUN_ALL = "re-run all jobs"
    NEW_RUN = "push the tag again, which starts a new run"
    RAISE_VERSION = "raise the version and release again"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault."""

    spelling: str  # as written on the command line, with its parameter, e.g. `upload-fails-after=N`
    # Sets it up for the first attempt, given its parameter; raises ReleaseError if the workflow has nothing that it
    # could break.
    hooks: fault_hooks.SetUp
    then: Next  # the maintainer's next step
    breaks: str  # what breaks, in one sentence that names the parameter
    sees: str  # what the maintainer sees
    default: str = ""  # the parameter when none is given
    remedy: str = ""  # what to do before the next step; empty when nothing needs to be done
    first: str = FAILURE  # how the first attempt ends

    @property
    def name(self) -> str:
        return self.spelling.partition("=")[0]

    @property
    def next_words(self) -> str:
        """What the maintainer does next."""
        return f"{self.remedy}; then {self.then.value}" if self.remedy else self.then.value


@dataclass(frozen=True, slots=True)
class Fault:
    """A requested fault: its kind and its parameter."""

    kind: FaultKind
    value: str

    @property
    def spelling(self) -> str:
        return f"{self.kind.name}={self.value}" if self.value else self.kind.name

    def deviation(self, rehearsal: Rehearsal) -> str:
        """How a rehearsal with this fault ended differently than documented; empty if it did not."""
        first, last = rehearsal.attempts[0], rehearsal.attempts[-1]
        if first.conclusion != self.kind.first:
            return f"the first attempt ended with {first.conclusion}, not {self.kind.first}"
        # The release is made in the end, unless that takes a new version.
        if (last.conclusion == SUCCESS) is (self.kind.then is Next.RAISE_VERSION):
            return f"the last attempt ended with {last.conclusion}"
        return ""


FAULTS = (
    FaultKind(
        "upload-fails-after=N",
        fault_hooks.faulty_uploads(lambda count: IndexFaults(upload_fails_after=count)),
        Next.RERUN_FAILED,
        breaks="the upload to the index breaks off after N files",
        sees="publish fails with a connection error; the index has some of the wheels; verify is skipped",
        default="1",
    ),
    FaultKind(
        "upload-cancelled-after=N",
        fault_hooks.faulty_uploads(lambda count: IndexFaults(upload_fails_after=count), is_cancelled=True),
        Next.RERUN_FAILED,
        breaks="somebody cancels the run when N files have been uploaded",
        sees="publish is cancelled; the index has some of the wheels; verify is skipped",
        default="1",
        first=CANCELLED,
    ),
    FaultKind(
        "all-jobs-rerun-after=N",
        fault_hooks.faulty_uploads(lambda count: IndexFaults(upload_fails_after=count)),
        Next.RERUN_ALL,
        breaks="the upload breaks off after N files, and all jobs are run again, not only the failed ones",
        sees="the second attempt builds the same bytes again, so the index accepts them; the GitHub Release is kept",
        default="1",
    ),
    FaultKind(
        "file-refused-after=N",
        fault_hooks.faulty_uploads(lambda count: IndexFaults(refused_after=count)),
        Next.RAISE_VERSION,
        breaks="the index accepts N files and refuses the next one permanently",
        sees="publish fails with the index's reason; the index has some of the wheels, and the GitHub Release has all",
        default="1",
        remedy="fix what the index refuses, delete the GitHub Release, and yank the version on PyPI",
    ),
    FaultKind(
        "index-unavailable=N",
        fault_hooks.faulty_uploads(lambda count: IndexFaults(unavailable_uploads=count)),
        Next.RERUN_FAILED,
        breaks="the index answers N uploads with 503 Service Unavailable",
        sees="publish fails with the index's answer; the index has nothing; verify is skipped",
        default="20",
        remedy="wait until the index works again (PyPI has a status page)",
    ),
    FaultKind(
        "artifact-lost=ARTIFACT",
        fault_hooks.once_uploaded(ArtifactStore.delete),
        Next.RERUN_ALL,
        breaks="an artifact (the first that is uploaded) disappears before the next job downloads it",
        sees="the merge finds too few artifacts, and validate refuses: no wheel serves the platform's builds",
    ),
    FaultKind(
        "wheel-corrupted=ARTIFACT",
        fault_hooks.once_uploaded(ArtifactStore.corrupt),
        Next.RERUN_ALL,
        breaks="one byte of the first wheel in an artifact (the first that is uploaded) changes between two jobs",
        sees="check-dist refuses the wheel: its archive or RECORD no longer matches its contents",
    ),
    FaultKind(
        "environment-wrong=NAME",
        fault_hooks.environment_wrong,
        Next.RERUN_FAILED,
        breaks="the trusted publisher on the index is registered with the environment NAME",
        sees="publish fails with invalid-publisher, and shows the claims that the index compared",
        default="release",
        remedy="correct the environment of the trusted publisher on PyPI",
    ),
    FaultKind(
        "id-token-missing",
        fault_hooks.id_token_missing,
        Next.NEW_RUN,
        breaks="the publishing job does not have the permission id-token: write",
        sees="publish fails: it cannot get an identity token; the GitHub Release exists, the index has nothing",
        remedy="a re-run would use the same workflow, so delete the GitHub Release and the tag, add the permission "
        "to the job and commit",
    ),
    FaultKind(
        "version-exists-same",
        fault_hooks.files_on_index(lambda data: data),
        Next.NOTHING,
        breaks="the index already has the files of this version, with the same bytes",
        sees="only a line in the log: the index accepts an identical file",
        first=SUCCESS,
    ),
    FaultKind(
        "version-exists-other",
        fault_hooks.files_on_index(lambda data: data + b"\n"),
        Next.RAISE_VERSION,
        breaks="the index already has files of these names, with different bytes",
        sees="validate refuses: the index has the file with different bytes; nothing is published",
    ),
    FaultKind(
        "release-exists",
        fault_hooks.release_exists,
        Next.NOTHING,
        breaks="the GitHub Release of the tag exists already, made by hand",
        sees="nothing fails: the wheels are attached to it, and its notes are written again",
        first=SUCCESS,
    ),
    FaultKind(
        "build-fails=PLATFORM",
        fault_hooks.build_fails,
        Next.RERUN_FAILED,
        breaks="the build for one platform (the last) fails",
        sees="the build for that platform fails; the jobs after it are skipped; nothing is published",
    ),
    FaultKind(
        "runner-killed=JOB",
        fault_hooks.runner_killed,
        Next.RERUN_FAILED,
        breaks="the runner is lost in the middle of a job (the one that publishes)",
        sees="the job fails: the runner was lost",
    ),
)


def parse_fault(text: str) -> Fault:
    """Parse `NAME` or `NAME=PARAMETER`; a ReleaseError if there is no such fault, or it does not take a parameter."""
    name, sign, value = text.partition("=")
    kind = next((kind for kind in FAULTS if kind.name == name), None)
    if kind is None:
        names = ", ".join(kind.name for kind in FAULTS)
        raise ReleaseError(
            f"there is no fault {name!r}; the faults are {names}", hint="nox -s rehearse -- --list-faults"
        )
    if sign and kind.spelling == name:
        raise ReleaseError(f"the fault {name} does not take a parameter", hint=f"nox -s rehearse -- --fault {name}")
    return Fault(kind, value if sign else kind.default)
