"""Rehearsals and plans: at a terminal, in GitHub Actions, as JSON."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from tests.support.rehearsal_samples import (
    BOTH,
    BROKEN_PYPI,
    COMMIT,
    FAILING,
    FIRST,
    JOBS,
    LINUX,
    PASSING,
    PLAN,
    PREFLIGHT,
    PYPI,
    REFUSAL,
    RERUN,
    VERIFY,
    WINDOWS,
    WORKFLOW,
    hostile,
)
from tests.support.terminal import Terminal
from truewheel.rehearsal.plan_facts import Plan, PlannedBuilder, PlannedJob
from truewheel.rehearsal.result import (
    CANCELLED,
    FAILURE,
    SKIPPED,
    SUCCESS,
    Attempt,
    JobResult,
    Rehearsal,
    ReleaseFacts,
    StepResult,
)
from truewheel.report.rehearsal.model import failures
from truewheel.report.rehearsal.printing import print_plan, print_rehearsal

SMALL = Rehearsal(
    "publish.yml",
    "v1.0.0",
    COMMIT,
    (),
    (
        Attempt(
            1,
            (
                JobResult(
                    "build", "Build", SUCCESS, (), "linux", 1, 0.0, 8.0, (StepResult("Make", SUCCESS, 0.0, 8.0),)
                ),
                JobResult(
                    "publish",
                    "PyPI",
                    FAILURE,
                    ("build",),
                    "linux",
                    1,
                    8.0,
                    2.0,
                    (
                        StepResult("Fetch", SUCCESS, 8.0, 0.5, stand_in="A folder plays the artifact."),
                        StepResult("Upload", FAILURE, 8.5, 1.5, ("\x1b[1mPOST\x1b[0m\ta.whl", "403"), "not trusted"),
                    ),
                    error="not trusted",
                    note="here it is another",
                ),
                JobResult("verify", "Verify", SKIPPED, ("publish",)),
            ),
        ),
    ),
    publisher=(("Owner", "me"), ("Environment name", "pypi")),
    notes=("take care",),
    folder="kept",
)


def text_of(rehearsal: Rehearsal, **environ: str) -> str:
    stream = io.StringIO()
    print_rehearsal(rehearsal, stream, as_json=False, environ=environ)
    return stream.getvalue()


def json_of(rehearsal: Rehearsal, **environ: str) -> Any:
    stream = io.StringIO()
    print_rehearsal(rehearsal, stream, as_json=True, environ=environ)
    assert stream.getvalue().isascii()
    return json.loads(stream.getvalue())


def plan_of(plan: Plan, stream: io.StringIO | None = None) -> list[str]:
    stream = stream or io.StringIO()
    print_plan(plan, stream, as_json=False, environ={})
    return stream.getvalue().splitlines()


def part(text: str, heading: str) -> list[str]:
    """The lines below a heading."""
    return text.partition(f"\n{heading}\n")[2].partition("\n\n")[0].splitlines()


def test_a_small_rehearsal_as_a_whole() -> None:
    assert text_of(SMALL).splitlines() == [
        "publish.yml for the tag v1.0.0 at commit 57d3ead0a1b2",
        "",
        "jobs",
        "  success        8.0 s Build",
        "  success        8.0 s   Make",
        "  failure        2.0 s PyPI",
        "                       here it is another",
        "  success        0.5 s   Fetch",
        "  failure        1.5 s   Upload",
        "  skipped              Verify",
        "",
        "timeline",
        "         0 s              2 s              4 s              6 s              8 s             10 s",
        "         ┬────────────────┬────────────────┬────────────────┬────────────────┬───────────────┬",
        "  Build  ████████████████████████████████████████████████████████████████████ 8.0 s",
        "  PyPI                                                                       █████████████████ 2.0 s",
        "",
        "failures",
        "  job publish, step Upload failed: not trusted",
        "    | POST    a.whl",
        "    | 403",
        "",
        "stand-ins",
        "  A folder plays the artifact.",
        "",
        "GitHub Release",
        "  not created",
        "",
        "on the index",
        "  nothing",
        "",
        "trusted publisher registered there",
        "  Owner             me",
        "  Environment name  pypi",
        "",
        "notes",
        "  take care",
        "  everything was kept in kept",
        "rehearse: refused: job publish failed: not trusted",
    ]


def test_published_files_are_listed_with_sizes_and_hashes() -> None:
    text = text_of(PASSING)
    files = [
        f"  quiverdb-0.5.0-py3-none-manylinux_2_17_x86_64.whl  43.2 KB  sha256 {'ab' * 32}",
        f"  quiverdb-0.5.0-py3-none-win_amd64.whl              61.0 KB  sha256 {'cd' * 32}",
    ]
    assert part(text, "on the index at https://localhost:40123/simple/") == files
    release = part(text, "GitHub Release")
    assert release[:4] == [
        "  v0.5.0  for the tag v0.5.0  latest",
        *files,
        "    | <!-- Written by GitHub for this tag. A re-run writes it anew. -->",
    ]
    assert part(text, "artifacts")[-3:] == [
        "  wheels  from Merge wheels",
        "    quiverdb-0.5.0-py3-none-manylinux_2_17_x86_64.whl  43.2 KB",
        "    quiverdb-0.5.0-py3-none-win_amd64.whl  61.0 KB",
    ]
    assert part(text, "stand-ins")[0] == "  The commit of the tag, from a scratch clone, is checked out."
    assert len(part(text, "stand-ins")) == 6
    assert text.splitlines()[1] == ("  with 2 uncommitted files: noxfile.py, scripts/tag.py")


def test_the_timeline_shows_jobs_that_ran_at_the_same_time() -> None:
    assert part(text_of(PASSING), "timeline") == [
        "                           0 s          5 s           10 s         15 s          20 s",
        "                           ┬────────────┬─────────────┬────────────┬─────────────┬────────────",
        "  Preflight                █████ 2.0 s",
        "  Build manylinux_x86_64         █████████████████████████ 9.5 s",
        "  Build win_amd64                █████████████████████ 7.8 s",
        "  Merge wheels                                            █ 0.2 s",
        "  Validate                                                 ████████████ 4.5 s",
        "  GitHub Release                                                        █ 0.5 s",
        "  PyPI                                                                  ████████ 3.2 s",
        "  Verify manylinux_x86_64                                                        █████████████ 4.9 s",
    ]


@pytest.mark.parametrize(("asked", "width"), [("20", 80), ("100", 100), ("500", 120), ("nonsense", 100), ("", 100)])
def test_the_timeline_fits_the_window(asked: str, width: int) -> None:
    lines = part(text_of(PASSING, COLUMNS=asked), "timeline")
    assert width - 8 <= max(map(len, lines)) <= width


def test_each_attempt_shows_the_jobs_that_it_ran_again() -> None:
    text = text_of(RERUN)
    assert part(text, "attempt 1, with the fault upload-fails-after=1: failure")[-4:] == [
        "  failure        2.3 s PyPI",
        "  success        0.1 s   Run actions/download-artifact",
        "  failure        2.2 s   Run pypa/gh-action-pypi-publish",
        "  skipped              Verify manylinux_x86_64",
    ]
    assert part(text, "attempt 2: success") == [
        "  success        2.0 s Preflight  kept from attempt 1",
        "  success        9.5 s Build manylinux_x86_64  kept from attempt 1",
        "  success        7.8 s Build win_amd64  kept from attempt 1",
        "  success        0.2 s Merge wheels  kept from attempt 1",
        "  success        4.5 s Validate  kept from attempt 1",
        "  success        0.5 s GitHub Release  kept from attempt 1",
        "  success        3.2 s PyPI",
        "  success        0.1 s   Run actions/download-artifact",
        "  success        3.1 s   Run pypa/gh-action-pypi-publish",
        "  success        4.9 s Verify manylinux_x86_64",
        "  success        0.3 s   Run actions/checkout",
        "  success        0.1 s   Run wntrblm/nox",
        "  success        4.5 s   Run nox -s verify",
    ]
    assert text.splitlines()[-1] == (
        "rehearse: fit: v0.5.0 would be released after a re-run: 2 wheels on the index, 1 GitHub Release"
    )


def test_a_failure_shows_the_last_lines_of_its_log_and_what_users_already_see() -> None:
    text = text_of(FAILING)
    failed = part(text, "failures")
    assert failed[:3] == [
        f"  job publish, step Run pypa/gh-action-pypi-publish failed: {REFUSAL}",
        "    (8 lines before these)",
        "    | twine says line 9",
    ]
    assert failed[-1] == "    | ERROR    HTTPError: 503 Service Unavailable from the index of the rehearsal"
    assert len(failed) == 14
    assert (
        "  The run did not pass, but users already see 1 wheel on the index and a GitHub Release." in text.splitlines()
    )
    assert "users see" not in text_of(PASSING) + text_of(RERUN) + text_of(SMALL)


def test_a_job_that_failed_as_a_whole_says_why() -> None:
    refused = JobResult("publish", "PyPI", FAILURE, error="the tag may not deploy to pypi")
    late = JobResult("slow", "Slow", CANCELLED, error="10 minutes are over", steps=(StepResult("Wait", CANCELLED),))
    found = list(failures(Attempt(1, (refused, late))))
    assert [failure.sentence for failure in found] == [
        "job publish failed: the tag may not deploy to pypi",
        "job slow failed: 10 minutes are over",
    ]


def with_jobs(*jobs: JobResult, **changed: Any) -> Rehearsal:
    return replace(PASSING, attempts=(Attempt(1, jobs),), **changed)


MADE = "v0.5.0 would be released: 2 wheels on the index, 1 GitHub Release"
MAY_FAIL = replace(VERIFY, conclusion=FAILURE, tolerated=True)
SAID = ("Warning: on GitHub it may be either", "Warning: on GitHub it may be either", "all is well")
# Only stand-ins warn: what a command prints is its own affair.
WARNING = replace(VERIFY, steps=(StepResult("Take", SUCCESS, log=SAID, stand_in="download: it plays"),))
SILENT = replace(VERIFY, steps=(StepResult("Run a program", SUCCESS, log=SAID),))
RAN = replace(VERIFY, ran=(f"{LINUX.name} with CPython 3.12", f"{LINUX.name} tested", "of-another.whl tested"))
NOT_RUN = replace(VERIFY, not_run="this machine (macOS on arm64) does not run win_amd64")
NOT_BUILT = replace(JOBS[2], conclusion=SKIPPED, not_built="nothing can build win_amd64 here; and there is no release")
UNDERSTUDIES = ((WINDOWS.name, "quiverdb-0.4.0-py3-none-win_amd64.whl"), ("b.whl", "a.whl"))
TAKEN = f"not built here, but taken from the last release: {WINDOWS.name} and 1 more"
BUILDS_FAILED = [replace(job, conclusion=FAILURE, error="why not") for job in JOBS[1:4]]


@pytest.mark.parametrize(
    ("rehearsal", "line"),
    [
        (PASSING, f"fit: {MADE}"),
        (with_jobs(PREFLIGHT, replace(VERIFY, conclusion=SKIPPED)), f"fit: {MADE}, 1 job skipped"),
        (with_jobs(PREFLIGHT, MAY_FAIL), f"fit: {MADE}"),
        (with_jobs(PREFLIGHT, WARNING), f"fit: {MADE}, 1 warning (see notes)"),
        (with_jobs(PREFLIGHT, SILENT), f"fit: {MADE}"),
        (
            with_jobs(PREFLIGHT, release=None, index_files=(replace(LINUX, name="a.tar.gz"),)),
            "fit: v0.5.0 would be released: 1 file on the index, no GitHub Release",
        ),
        (FAILING, f"refused: job publish failed: {REFUSAL}"),
        (with_jobs(replace(BROKEN_PYPI, error="")), f"refused: job publish failed: {REFUSAL}"),
        (with_jobs(replace(PYPI, conclusion=FAILURE)), "refused: job publish failed: no reason given"),
        (
            with_jobs(*BUILDS_FAILED),
            "refused: job Build manylinux_x86_64 failed: why not, and 2 other jobs failed",
        ),
        (with_jobs(PREFLIGHT, replace(PYPI, conclusion=CANCELLED)), "refused: job publish was cancelled"),
        (with_jobs(PREFLIGHT, index_files=()), "refused: no job failed, but nothing is on the index"),
        (replace(PASSING, attempts=()), "refused: no job ran"),
        (with_jobs(PREFLIGHT, RAN, NOT_RUN), f"fit: {MADE}; 1 of 2 wheels was run here"),
        (with_jobs(replace(RAN, ran=(*RAN.ran, f"{WINDOWS.name} under"))), f"fit: {MADE}; 2 of 2 wheels were run here"),
        (with_jobs(PREFLIGHT, NOT_RUN), f"fit: {MADE}; none of the 2 wheels was run here"),
        (with_jobs(NOT_RUN, understudies=UNDERSTUDIES), f"fit: {MADE}; none of the 2 wheels was run here; {TAKEN}"),
        (with_jobs(PREFLIGHT, understudies=UNDERSTUDIES[:1]), f"fit: {MADE}; {TAKEN.removesuffix(' and 1 more')}"),
        (with_jobs(PREFLIGHT, NOT_BUILT, index_files=()), f"cannot rehearse: {NOT_BUILT.not_built}"),
        (with_jobs(NOT_BUILT, index_files=(), remedy="re-run"), f"cannot rehearse: {NOT_BUILT.not_built}"),
        (with_jobs(NOT_BUILT, replace(PYPI, conclusion=FAILURE)), "refused: job publish failed: no reason given"),
        (
            replace(PASSING, index_problem="the real index would refuse it", missing=("there is no wheel for a",)),
            "refused: no job failed, but there is no wheel for a; the real index would refuse it",
        ),
    ],
)
def test_the_last_line_is_the_verdict(rehearsal: Rehearsal, line: str) -> None:
    for environ in ({}, {"GITHUB_ACTIONS": "true"}):
        stream = io.StringIO()
        status = print_rehearsal(rehearsal, stream, as_json=False, environ=environ)
        assert status == {"fit": 0, "refused": 1, "cannot rehearse": 2}[line.partition(":")[0]]
        assert stream.getvalue().splitlines()[-1] == f"rehearse: {line}"


def test_what_was_not_run_or_not_built_here_is_shown_with_the_job() -> None:
    rehearsal = with_jobs(replace(NOT_RUN, steps=()), replace(NOT_BUILT, steps=(), note="it differs"))
    assert part(text_of(rehearsal), "jobs") == [
        "  not run here   4.9 s Verify manylinux_x86_64",
        f"{'':23}this machine (macOS on arm64) does not run win_amd64",
        "  not built here 7.8 s Build win_amd64",
        f"{'':23}it differs",
        f"{'':23}nothing can build win_amd64 here; and there is no release",
    ]


def test_an_allowed_failure_is_shown_too() -> None:
    step = StepResult("Try", SUCCESS, 0.0, 1.0, ("no",), "it did not work")
    job = JobResult("extra", "Extra", FAILURE, (), "linux", 1, 0.0, 1.0, (step,), "it did not work", tolerated=True)
    text = text_of(with_jobs(PREFLIGHT, job))
    assert part(text, "jobs")[-2:] == ["  tolerated      1.0 s Extra", "  tolerated      1.0 s   Try"]
    assert part(text, "failures") == ["  job extra, step Try failed: it did not work", "    | no"]


@pytest.mark.parametrize("rehearsal", [PASSING, FAILING, RERUN, SMALL])
def test_a_terminal_has_colours_unless_no_color_is_set(rehearsal: Rehearsal) -> None:
    colourful, colourless = Terminal(), Terminal()
    environ = {"TERM": "xterm-256color", "COLUMNS": "100"}
    print_rehearsal(rehearsal, colourful, as_json=False, environ=environ)
    print_rehearsal(rehearsal, colourless, as_json=False, environ={**environ, "NO_COLOR": "1"})
    assert "\x1b[" in colourful.getvalue()
    assert colourless.getvalue() == text_of(rehearsal)
    assert "\x1b" not in text_of(rehearsal)


def test_control_characters_never_reach_a_terminal() -> None:
    evil = "a\x1b[2J\x07\r\n\t\x9b31m\u202e\x7f\udcffz"
    assert all(character.isprintable() or character == "\n" for character in text_of(hostile(evil)))


def test_a_job_for_another_system_says_how_its_wheels_were_run() -> None:
    how = f"{WINDOWS.name} under Wine 8.0 with CPython 3.13.2"
    foreign = replace(VERIFY, note="a Windows job on this Linux machine", ran=(how,))
    said = with_jobs(replace(VERIFY, ran=(f"{LINUX.name} with CPython 3.12",)), foreign)
    words = ["a Windows job on this Linux machine", f"run here: {how}"]
    lines = [line.strip() for line in text_of(said).splitlines()]
    assert lines[lines.index(words[0]) + 1] == words[1]
    # What runs as on GitHub needs no words.
    assert text_of(said).count("run here: ") == 1


def test_json_contains_everything() -> None:
    report = json_of(RERUN)
    head = {key: report.pop(key) for key in ("version", "program", "verdict", "reason", "error", "hint")}
    assert head == {
        "version": 3,
        "program": "rehearse",
        "verdict": "fit",
        "reason": "v0.5.0 would be released after a re-run: 2 wheels on the index, 1 GitHub Release",
        "error": None,
        "hint": None,
    }
    assert [attempt.pop("conclusion") for attempt in report["attempts"]] == ["failure", "success"]
    assert report == json.loads(json.dumps(asdict(RERUN)))
    assert report["attempts"][0]["jobs"][6]["steps"][1]["log"][-2].startswith("\x1b[31mERROR")
    assert json_of(SMALL)["release"] is None
    assert (json_of(SMALL)["verdict"], json_of(SMALL)["reason"]) == ("refused", "job publish failed: not trusted")


def test_a_fault_is_fit_when_it_ended_as_documented() -> None:
    asked_for = replace(RERUN, remedy="re-run the failed jobs")
    assert text_of(asked_for).splitlines()[-1] == (
        "rehearse: fit: the fault upload-fails-after=1 ended as documented: re-run the failed jobs"
    )
    deviating = replace(asked_for, deviation="the last attempt ended with failure")
    assert text_of(deviating).splitlines()[-1] == (
        "rehearse: refused: the fault upload-fails-after=1 did not end as documented: "
        "the last attempt ended with failure"
    )
    # A fault that ends as documented is fit; that does not mean that the tag would be released.
    broken = replace(FAILING, remedy="raise the version")
    assert json_of(broken)["verdict"] == "fit"
    assert json_of(broken)["attempts"][0]["conclusion"] == "failure"


@pytest.mark.parametrize(
    ("conclusions", "conclusion"),
    [
        ([SUCCESS, SUCCESS], SUCCESS),
        ([SUCCESS, SKIPPED], SUCCESS),
        ([SUCCESS, CANCELLED, SKIPPED], CANCELLED),
        ([CANCELLED, FAILURE, SKIPPED], FAILURE),
    ],
)
def test_an_attempt_has_the_conclusion_that_github_gives_it(conclusions: list[str], conclusion: str) -> None:
    jobs = tuple(JobResult(str(number), "", each) for number, each in enumerate(conclusions))
    assert Attempt(1, jobs).conclusion == conclusion


def test_a_plan_shows_everything_that_a_tag_would_do() -> None:
    assert plan_of(PLAN) == [
        f"{WORKFLOW} for the tag v0.5.0 at commit 57d3ead0a1b2",
        "  with 1 uncommitted file: noxfile.py",
        "  starts the workflow: v*.*.* matches v0.5.0",
        "",
        "order",
        "  Preflight",
        "  ├─ Build manylinux_x86_64",
        "  └─ Build win_amd64",
        "     └─ Merge wheels",
        "        ├─ GitHub Release",
        "        └─ PyPI",
        "",
        "job Preflight",
        "  runner       ubuntu-latest",
        "  permissions  contents: read",
        "  timeout      10 min",
        "  1. Run actions/checkout",
        "     The commit of the tag, from a scratch clone, is checked out.",
        "  2. Run nox -s validate -- --tag-only",
        "",
        "job Build manylinux_x86_64",
        "  runner       ubuntu-latest",
        "  permissions  none",
        "  timeout      30 min",
        "",
        "job Build win_amd64",
        "  runner       windows-latest",
        "  permissions  none",
        "  timeout      30 min",
        "  note         cross-built on this machine",
        "",
        "job Merge wheels",
        "  runner       ubuntu-latest",
        "  permissions  none",
        "  timeout      360 min",
        "",
        "job GitHub Release",
        "  runner       ubuntu-latest",
        "  if           success()",
        "  permissions  none",
        "  timeout      360 min",
        "  1. Say  if failure()",
        "     $ echo one",
        "     $ echo two",
        "",
        "job PyPI",
        "  runner       ubuntu-latest",
        "  environment  pypi",
        "  permissions  contents: read, id-token: write",
        "  timeout      360 min",
        "",
        "builders on this machine",
        "  manylinux_x86_64  zig: neither Docker nor Podman works here",
        "",
        "files to publish",
        "  quiverdb-0.5.0-py3-none-manylinux_*_x86_64.whl",
        "  quiverdb-0.5.0-py3-none-win_amd64.whl",
        "",
        "GitHub Release",
        "  v0.5.0",
        "  dist/*.whl",
        "    | ## What's Changed",
        "    | * all of it",
        "",
        "trusted publisher to register on PyPI",
        "  PyPI Project Name  quiverdb",
        "  Owner              example",
        "  Repository name    quiver",
        "  Workflow name      publish.yml",
        "  Environment name   pypi",
        "",
        "notes",
        "  The tag is not there yet.",
        f"rehearse: fit: v0.5.0 would start {WORKFLOW}: 6 jobs",
    ]


@pytest.mark.parametrize(
    ("builders", "limits"),
    [
        ([("manylinux_x86_64", "zig", True), ("win_amd64", "zig", True)], ""),
        (
            [("manylinux_x86_64", "zig", True), ("win_amd64", "zig", False), ("win32", "zig", False)],
            "; wheels for 2 of 3 platforms cannot be run here: win_amd64, win32",
        ),
        (
            [("manylinux_x86_64", "none", True), ("win_amd64", "zig", False)],
            (
                "; wheels for 1 of 2 platforms cannot be built here: manylinux_x86_64"
                "; wheels for 1 of 2 platforms cannot be run here: win_amd64"
            ),
        ),
        (
            [("macosx_arm64", "understudy", False), ("win_amd64", "zig", True)],
            (
                "; wheels for 1 of 2 platforms cannot be built here and are taken from the last release"
                ", if there is one: macosx_arm64"
            ),
        ),
    ],
)
def test_the_last_line_of_a_plan_counts_what_cannot_be_done_here(
    builders: list[tuple[str, str, bool]], limits: str
) -> None:
    planned = tuple(PlannedBuilder(name, builder, "…", runs_here) for name, builder, runs_here in builders)
    lines = plan_of(replace(PLAN, builders=planned))
    assert lines[-1] == f"rehearse: fit: v0.5.0 would start {WORKFLOW}: 6 jobs{limits}"


def test_the_order_names_everything_that_a_job_waits_for() -> None:
    jobs = (PlannedJob("a", "A"), PlannedJob("b", "B", ("a",)), PlannedJob("c", "C"), PlannedJob("d", "D", ("c", "b")))
    assert part("\n".join(plan_of(replace(PLAN, jobs=jobs))), "order") == [
        "  A",
        "  └─ B",
        "     └─ D  (also waits for c)",
        "  C",
    ]


def test_a_tag_that_starts_nothing_is_refused() -> None:
    reason = f"{WORKFLOW} is not started by the tag 'v0.5.0': on.push.tags is v1.*"
    plan = replace(PLAN, fires=False, reason=reason, release=None)
    stream = io.StringIO()
    assert print_plan(plan, stream, as_json=False, environ={}) == 1
    lines = stream.getvalue().splitlines()
    assert lines[2] == f"  does not start the workflow: {reason}"
    assert part(stream.getvalue(), "GitHub Release") == ["  none"]
    assert lines[-1] == f"rehearse: refused: {reason}"


def test_a_plan_as_json() -> None:
    stream = io.StringIO()
    assert print_plan(PLAN, stream, as_json=True, environ={}) == 0
    plan = json.loads(stream.getvalue())
    assert (plan.pop("version"), plan.pop("program"), plan.pop("verdict")) == (3, "rehearse", "fit")
    assert plan.pop("reason") == f"v0.5.0 would start {WORKFLOW}: 6 jobs"
    assert (plan.pop("error"), plan.pop("hint")) == (None, None)
    assert {"reason": plan.pop("trigger"), **plan} == json.loads(json.dumps(asdict(PLAN)))


def test_only_the_latest_release_is_marked_latest() -> None:
    release = ReleaseFacts("v0.5.0", "Five", "", BOTH, is_latest=False)
    assert part(text_of(replace(PASSING, release=release)), "GitHub Release")[0] == "  Five  for the tag v0.5.0"
    draft = replace(release, is_draft=True, is_latest=True)
    assert part(text_of(replace(PASSING, release=draft)), "GitHub Release")[0] == "  Five  for the tag v0.5.0  draft"


def test_a_first_attempt_without_a_fault_is_not_numbered() -> None:
    assert "attempt" not in text_of(PASSING)
    assert "\nattempt 1: failure\n" in text_of(replace(RERUN, attempts=(replace(FIRST, fault=""), *RERUN.attempts[1:])))
