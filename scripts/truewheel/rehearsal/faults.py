"""Faults that can be asked for: what a broken release looks like, and how it is finished.

Everything about a fault stands in one row of `FAULTS`: what breaks, what the maintainer sees, what to do next, and
how it ends. The list that `--list-faults` prints, the table in docs/rehearsal.md and the tests are made from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from truewheel.errors import ReleaseError
from truewheel.rehearsal import fault_hooks
from truewheel.rehearsal.fault_hooks import Stage
from truewheel.rehearsal.result import FAILURE, SUCCESS, Rehearsal
from truewheel.rehearsal.runner.run import Hooks


class Next(Enum):
    """What the maintainer does after the first attempt."""

    NOTHING = "nothing: the release is made"
    RERUN_FAILED = "re-run the failed jobs"
    RERUN_ALL = "re-run all jobs"
    NEW_RUN = "push the tag again, which is a new run"
    RAISE_VERSION = "raise the version and release again"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault.

    Attributes:
        name: by which it is asked for.
        parameter: what stands behind `=`; empty when nothing does.
        default: what it is when nothing stands there.
        breaks: what breaks, in one sentence, which names the parameter as the spelling does.
        sees: what the maintainer sees.
        remedy: what to do before the next step, in words; empty when nothing is to be done.
        then: the next step.
        first: how the first attempt ends.
        hooks: where it reaches into the first attempt.
    """

    name: str
    parameter: str
    default: str
    breaks: str
    sees: str
    remedy: str
    then: Next
    first: str
    hooks: Callable[[str, Stage], Hooks]

    @property
    def spelling(self) -> str:
        return f"{self.name}={self.parameter}" if self.parameter else self.name

    @property
    def finishes(self) -> bool:
        """Whether the release is made in the end."""
        return self.then is not Next.RAISE_VERSION

    @property
    def row(self) -> dict[str, str]:
        """What people are told of it."""
        words = {"name": self.name, "spelling": self.spelling, "breaks": self.breaks, "sees": self.sees}
        return {**words, "then": self.next_words}

    @property
    def next_words(self) -> str:
        """What the maintainer does next."""
        return f"{self.remedy}; then {self.then.value}" if self.remedy else self.then.value


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was asked for: its kind, and the parameter."""

    kind: FaultKind
    value: str

    @property
    def spelling(self) -> str:
        return f"{self.kind.name}={self.value}" if self.value else self.kind.name

    def hooks(self, stage: Stage) -> Hooks:
        """Set it up.

        Raises:
            ReleaseError: the workflow has nothing that it could break.
        """
        return self.kind.hooks(self.value, stage)

    def surprise(self, rehearsal: Rehearsal) -> str:
        """In what a rehearsal with this fault did not end as this table says; empty when it did."""
        first, last = rehearsal.attempts[0], rehearsal.attempts[-1]
        if first.conclusion != self.kind.first:
            return f"the first attempt ended with {first.conclusion}, not {self.kind.first}"
        if (last.conclusion == SUCCESS) != self.kind.finishes:
            return f"the last attempt ended with {last.conclusion}"
        return ""


FAULTS = (
    FaultKind(
        "upload-fails-after",
        parameter="N",
        default="1",
        breaks="the upload to the index breaks off after N files",
        sees="publish fails with a connection error; the index has some of the wheels; verify is skipped",
        remedy="",
        then=Next.RERUN_FAILED,
        first=FAILURE,
        hooks=fault_hooks.upload_fails_after,
    ),
    FaultKind(
        "index-unavailable",
        parameter="N",
        default="20",
        breaks="the index answers N uploads with 503 Service Unavailable",
        sees="publish fails with the index's answer; the index has nothing; verify is skipped",
        remedy="wait until the index is well (PyPI tells on its status page)",
        then=Next.RERUN_FAILED,
        first=FAILURE,
        hooks=fault_hooks.index_unavailable,
    ),
    FaultKind(
        "artifact-lost",
        parameter="ARTIFACT",
        default="",
        breaks="an artifact (the first that is uploaded) is gone before the next job wants it",
        sees="the merge finds less, and validate refuses: no wheel for the platform",
        remedy="",
        then=Next.RERUN_ALL,
        first=FAILURE,
        hooks=fault_hooks.artifact_lost,
    ),
    FaultKind(
        "wheel-corrupted",
        parameter="ARTIFACT",
        default="",
        breaks="a byte of the first wheel in an artifact (the first that is uploaded) changes between two jobs",
        sees="check-dist refuses the wheel: its archive or its RECORD no longer tells the truth",
        remedy="",
        then=Next.RERUN_ALL,
        first=FAILURE,
        hooks=fault_hooks.wheel_corrupted,
    ),
    FaultKind(
        "environment-wrong",
        parameter="NAME",
        default="release",
        breaks="the publisher was registered on the index with the environment NAME",
        sees="publish fails with invalid-publisher, and shows the claims that the index compared",
        remedy="correct the environment of the trusted publisher on PyPI",
        then=Next.RERUN_FAILED,
        first=FAILURE,
        hooks=fault_hooks.environment_wrong,
    ),
    FaultKind(
        "id-token-missing",
        parameter="",
        default="",
        breaks="the publishing job has no id-token: write",
        sees="publish fails: it cannot get an identity token; the GitHub Release is there, the index has nothing",
        remedy="a re-run would take the same workflow: delete the GitHub Release and the tag, give the job the "
        "permission, commit",
        then=Next.NEW_RUN,
        first=FAILURE,
        hooks=fault_hooks.id_token_missing,
    ),
    FaultKind(
        "version-exists-same",
        parameter="",
        default="",
        breaks="the index already has the files of this version, with the same bytes",
        sees="nothing but a word in the log: the index answers OK to an identical file",
        remedy="",
        then=Next.NOTHING,
        first=SUCCESS,
        hooks=fault_hooks.version_exists_same,
    ),
    FaultKind(
        "version-exists-other",
        parameter="",
        default="",
        breaks="the index already has files of these names, with other bytes",
        sees="validate refuses: the index has the file with other bytes; nothing is published",
        remedy="",
        then=Next.RAISE_VERSION,
        first=FAILURE,
        hooks=fault_hooks.version_exists_other,
    ),
    FaultKind(
        "build-fails",
        parameter="PLATFORM",
        default="",
        breaks="the build of a platform (the last) fails",
        sees="the build of that platform fails; everything behind it is skipped; nothing is published",
        remedy="",
        then=Next.RERUN_FAILED,
        first=FAILURE,
        hooks=fault_hooks.build_fails,
    ),
    FaultKind(
        "runner-killed",
        parameter="JOB",
        default="",
        breaks="the runner is lost in the middle of a job (the one that publishes)",
        sees="the job fails: the runner was lost",
        remedy="",
        then=Next.RERUN_FAILED,
        first=FAILURE,
        hooks=fault_hooks.runner_killed,
    ),
)


def parse_fault(text: str) -> Fault:
    """The fault that `NAME` or `NAME=PARAMETER` asks for.

    Raises:
        ReleaseError: there is no such fault, or it takes no parameter.
    """
    name, sign, value = text.partition("=")
    kind = next((kind for kind in FAULTS if kind.name == name), None)
    if kind is None:
        names = ", ".join(kind.name for kind in FAULTS)
        raise ReleaseError(f"there is no fault {name!r}; there are {names}", hint="nox -s rehearse -- --list-faults")
    if sign and not kind.parameter:
        raise ReleaseError(f"the fault {name} takes no parameter")
    return Fault(kind, value if sign else kind.default)
