"""Rehearsals for the reports: one that passed, one that failed, one that was finished by a re-run."""

from __future__ import annotations

from dataclasses import replace

from tests.support.browser import EVIL
from truewheel.rehearsal.plan_facts import Plan, PlannedBuilder, PlannedJob, PlannedRelease, PlannedStep
from truewheel.rehearsal.result import (
    FAILURE,
    SKIPPED,
    SUCCESS,
    ArtifactFacts,
    Attempt,
    JobResult,
    Rehearsal,
    ReleaseFacts,
    StepResult,
)
from truewheel.system.files import FileFacts

WORKFLOW = ".github/workflows/publish.yml"
COMMIT = "57d3ead0a1b2c3d4e5f60718293a4b5c6d7e8f90"
LINUX = FileFacts("quiverdb-0.5.0-py3-none-manylinux_2_17_x86_64.whl", 43210, "ab" * 32)
WINDOWS = FileFacts("quiverdb-0.5.0-py3-none-win_amd64.whl", 61003, "cd" * 32)
BOTH = (LINUX, WINDOWS)

CHECKOUT = "The commit of the tag, from a scratch clone, is checked out."
NOX = "nox is the one that runs the rehearsal."
UPLOAD = "The files are copied into a folder that plays the artifact."
DOWNLOAD = "The files are copied out of the folder that plays the artifact."
RELEASE = "A folder plays the GitHub Release: its notes and its assets."
PUBLISH = "twine uploads to the index of the rehearsal, which wants what PyPI wants."
PUBLISHER = (
    ("PyPI Project Name", "quiverdb"),
    ("Owner", "example"),
    ("Repository name", "quiver"),
    ("Workflow name", "publish.yml"),
    ("Environment name", "pypi"),
)
NOTES = """\
<!-- Written by GitHub for this tag. A re-run writes it anew. -->
## What's Changed
* A torn tail is cut back to the last whole record by @ada in https://example.invalid/example/quiver/pull/41
* `compact()` keeps the **order** of keys by @grace in https://example.invalid/example/quiver/pull/43

**Full Changelog**: https://example.invalid/example/quiver/compare/v0.4.0...v0.5.0
"""


def step(name: str, started: float, seconds: float, *log: str, stand_in: str = "") -> StepResult:
    """A step that succeeded."""
    return StepResult(name, SUCCESS, started, seconds, log, stand_in=stand_in)


def job(job_id: str, name: str, *needs: str, steps: tuple[StepResult, ...], runner: str = "ubuntu-latest") -> JobResult:
    """A job that succeeded, as long as its steps."""
    end = steps[-1].started + steps[-1].seconds
    started = steps[0].started
    return JobResult(job_id, name, SUCCESS, needs, runner, 1, started, end - started, steps)


def set_up(started: float) -> tuple[StepResult, StepResult]:
    """The first steps of jobs with a checkout."""
    return (
        step("Run actions/checkout", started, 0.3, "v0.5.0 is 57d3ead0a1b2", stand_in=CHECKOUT),
        step("Run wntrblm/nox", started + 0.3, 0.1, stand_in=NOX),
    )


def fetch(started: float) -> StepResult:
    """The download of the wheels."""
    said = ("the artifact wheels has 2 files", *(f"dist/{file.name}" for file in BOTH))
    return step("Run actions/download-artifact", started, 0.1, *said, stand_in=DOWNLOAD)


PREFLIGHT = job(
    "preflight",
    "Preflight",
    steps=(
        *set_up(0.0),
        step("Run nox -s validate -- --tag-only", 0.4, 1.6, "nox > Running session validate", "validate: fit: v0.5.0"),
    ),
)
BUILD_LINUX = job(
    "build",
    "Build manylinux_x86_64",
    "preflight",
    steps=(
        *set_up(2.1),
        step('Run nox -s "wheels($PLATFORM)"', 2.5, 9.0, "\x1b[36mzig\x1b[0m builds manylinux_x86_64", LINUX.name),
        step("Run actions/upload-artifact", 11.5, 0.1, stand_in=UPLOAD),
    ),
)
BUILD_WINDOWS = replace(
    job(
        "build",
        "Build win_amd64",
        "preflight",
        runner="windows-latest",
        steps=(
            *set_up(2.1),
            step('Run nox -s "wheels($PLATFORM)"', 2.5, 7.25, "zig builds win_amd64", WINDOWS.name),
            step("Run actions/upload-artifact", 9.75, 0.1, stand_in=UPLOAD),
        ),
    ),
    note="windows-latest is not this machine: the wheel was cross-built here, and its tests were not run",
)
MERGE = job(
    "merge",
    "Merge wheels",
    "build",
    steps=(step("Run actions/upload-artifact/merge", 11.7, 0.2, "2 artifacts, 2 files", stand_in=UPLOAD),),
)
VALIDATE = job(
    "validate",
    "Validate",
    "merge",
    steps=(
        *set_up(12.0),
        fetch(12.4),
        step("Run nox -s validate check-dist", 12.5, 4.0, "validate: fit: v0.5.0", "check-dist: fit: 2 wheels"),
    ),
)
GITHUB_RELEASE = job(
    "release",
    "GitHub Release",
    "validate",
    steps=(fetch(16.6), step("Run softprops/action-gh-release", 16.7, 0.4, "v0.5.0: 2 assets", stand_in=RELEASE)),
)
PYPI = job(
    "publish",
    "PyPI",
    "validate",
    steps=(
        fetch(16.6),
        step("Run pypa/gh-action-pypi-publish", 16.7, 3.1, *(f"200 OK {file.name}" for file in BOTH), stand_in=PUBLISH),
    ),
)
VERIFY = job(
    "verify",
    "Verify manylinux_x86_64",
    "publish",
    steps=(*set_up(20.0), step("Run nox -s verify", 20.4, 4.5, "verify: fit: 2 wheels are what was built")),
)
JOBS = (PREFLIGHT, BUILD_LINUX, BUILD_WINDOWS, MERGE, VALIDATE, GITHUB_RELEASE, PYPI, VERIFY)

ARTIFACTS = (
    ArtifactFacts("wheels-manylinux_x86_64", "Build manylinux_x86_64", (LINUX,)),
    ArtifactFacts("wheels-win_amd64", "Build win_amd64", (WINDOWS,)),
    ArtifactFacts("wheels", "Merge wheels", BOTH),
)
PASSING = Rehearsal(
    WORKFLOW,
    "v0.5.0",
    COMMIT,
    ("noxfile.py", "scripts/tag.py"),
    (Attempt(1, JOBS),),
    ARTIFACTS,
    ReleaseFacts("v0.5.0", "v0.5.0", NOTES, BOTH, is_latest=True),
    BOTH,
    "https://localhost:40123/simple/",
    PUBLISHER,
    ("pip installed quiverdb 0.5.0 from that index",),
    24.9,
)

REFUSAL = "503 Service Unavailable after 1 of 2 files"
BROKEN_UPLOAD = StepResult(
    "Run pypa/gh-action-pypi-publish",
    FAILURE,
    16.7,
    2.2,
    (
        *(f"twine says line {number}" for number in range(1, 19)),
        f"Uploading {LINUX.name}",
        "\x1b[31mERROR\x1b[0m    HTTPError: 503 Service Unavailable from the index of the rehearsal",
        "",
    ),
    REFUSAL,
    PUBLISH,
)
BROKEN_PYPI = replace(PYPI, conclusion=FAILURE, seconds=2.3, steps=(PYPI.steps[0], BROKEN_UPLOAD), error=REFUSAL)
NO_VERIFY = replace(VERIFY, conclusion=SKIPPED, started=0.0, seconds=0.0, steps=())
FAULT = "upload-fails-after=1"
FIRST = Attempt(1, (*JOBS[:6], BROKEN_PYPI, NO_VERIFY), FAULT)
FAILING = replace(
    PASSING,
    attempts=(replace(FIRST, on_index=(LINUX.name,), has_release=True),),
    index_files=(LINUX,),
    notes=(),
    folder="kept",
    uncommitted=(),
)


def again(result: JobResult, later: float) -> JobResult:
    """The job as it ran in the second attempt."""
    steps = tuple(replace(each, started=each.started + later) for each in result.steps)
    return replace(result, attempt=2, started=result.started + later, steps=steps)


SECOND = Attempt(2, (*JOBS[:6], again(PYPI, 8.0), again(VERIFY, 8.0)))
RERUN = replace(PASSING, attempts=(FIRST, SECOND), seconds=33.0)

PLAN = Plan(
    WORKFLOW,
    "v0.5.0",
    COMMIT,
    ("noxfile.py",),
    True,
    "v*.*.* matches v0.5.0",
    (
        PlannedJob(
            "preflight",
            "Preflight",
            (),
            "ubuntu-latest",
            (
                PlannedStep("Run actions/checkout", stand_in=CHECKOUT),
                PlannedStep("Run nox -s validate -- --tag-only", "nox -s validate -- --tag-only"),
            ),
            permissions=(("contents", "read"),),
            timeout_minutes=10,
        ),
        PlannedJob("build", "Build manylinux_x86_64", ("preflight",), "ubuntu-latest", timeout_minutes=30),
        PlannedJob(
            "build",
            "Build win_amd64",
            ("preflight",),
            "windows-latest",
            timeout_minutes=30,
            note="cross-built on this machine",
        ),
        PlannedJob("merge", "Merge wheels", ("build",), "ubuntu-latest"),
        PlannedJob(
            "release",
            "GitHub Release",
            ("merge",),
            "ubuntu-latest",
            (PlannedStep("Say", "echo one\necho two\n", condition="failure()"),),
            condition="success()",
        ),
        PlannedJob(
            "publish",
            "PyPI",
            ("merge", "preflight"),
            "ubuntu-latest",
            environment="pypi",
            permissions=(("contents", "read"), ("id-token", "write")),
        ),
    ),
    (PlannedBuilder("manylinux_x86_64", "zig", "neither Docker nor Podman works here", runs_here=True),),
    ("quiverdb-0.5.0-py3-none-manylinux_*_x86_64.whl", WINDOWS.name),
    PlannedRelease("v0.5.0", "## What's Changed\n* all of it\n", ("dist/*.whl",)),
    PUBLISHER,
    ("The tag is not there yet.",),
)


def hostile(evil: str = EVIL) -> Rehearsal:
    """A rehearsal whose every text is `evil`."""
    file = FileFacts(evil, 1, evil)
    steps = (
        StepResult(evil, SUCCESS, 0.0, 1.0, (evil, evil), stand_in=evil),
        StepResult(evil, FAILURE, 1.0, 1.0, (evil,), evil, evil),
    )
    first = JobResult(evil, evil, FAILURE, (), evil, 1, 0.0, 2.0, steps, evil, evil)
    other = JobResult("b", evil, SKIPPED, (evil,))
    failed = Attempt(1, (first, other), evil)
    release = ReleaseFacts(evil, evil, f"{evil}\n\n* [{evil}](javascript:x)", (file,), is_latest=True)
    pairs = ((evil, evil),)
    rerun = Attempt(2, (replace(first, attempt=2), other))
    artifacts = (ArtifactFacts(evil, evil, (file,)),)
    return Rehearsal(
        evil, evil, evil, (evil,), (failed, rerun), artifacts, release, (file,), evil, pairs, (evil,), 3.0, evil
    )
