"""What starts a workflow, what can hold it up, and what each of its steps may say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.pipeline.invariant import invariant
from tests.pipeline.pipeline import Pipeline, in_row
from tests.pipeline.trust import CHECKOUT, PYPI_PUBLISH

NOX_ACTION = "wntrblm/nox"


@invariant("D4")
def a_version_tag_alone_starts_a_release(pipeline: Pipeline) -> Iterator[str]:
    expected = {"push": {"tags": ["v*.*.*"]}}
    if pipeline.publish.document["on"] != expected:
        yield f"{pipeline.publish} is started by {pipeline.publish.document['on']}, expected {expected}"


@invariant("D4")
def ci_runs_for_pull_requests_and_branches(pipeline: Pipeline) -> Iterator[str]:
    events = pipeline.ci.document["on"]
    if set(events) != {"pull_request", "push"}:
        yield f"{pipeline.ci} is started by {', '.join(events)}, expected pull_request and push"
    elif set(events["push"] or {}) != {"branches"}:
        yield f"{pipeline.ci} filters pushes by {events['push']}, expected branches: tags start a release"


@invariant("PyPI trusts no reusable workflow")
def no_workflow_calls_another(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        if "uses" in job.settings:
            yield f"{workflow}, job {job} calls the workflow {job.settings['uses']}"


@invariant("a cut upload is worse than a queued one")
def a_release_is_never_cut_short(pipeline: Pipeline) -> Iterator[str]:
    concurrency = pipeline.publish.document.get("concurrency", {})
    if "${{ github.ref }}" not in concurrency.get("group", ""):
        yield f"{pipeline.publish}: two runs for one tag can overlap, the concurrency group lacks github.ref"
    if concurrency.get("cancel-in-progress") is not False:
        yield f"{pipeline.publish}: cancel-in-progress is not false"


@invariant("D13")
def nothing_waits_for_a_person(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        allowed = pipeline.environment if job.using(PYPI_PUBLISH) else None
        if job.settings.get("environment") != allowed:
            yield f"{workflow}, job {job}: environment {job.settings.get('environment')}, expected {allowed}"


@invariant("a hanging job would hold up a release for six hours")
def every_job_has_a_timeout(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        minutes = job.settings.get("timeout-minutes")
        if not isinstance(minutes, int) or not 1 <= minutes <= 60:
            yield f"{workflow}, job {job}: timeout-minutes is {minutes}, expected 1 to 60"


@invariant("D17")
def every_run_line_is_one_call_of_nox(pipeline: Pipeline) -> Iterator[str]:
    for where, step in pipeline.steps:
        if step.run is not None and step.nox is None:
            yield f"{where}: `{step.run}` is not one plain `nox -s SESSION…`"


@invariant("D17")
def run_lines_name_sessions_that_nox_has(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        for step in job.steps:
            for session in step.nox.sessions if step.nox else ():
                for row in job.rows:
                    name = session.replace("$PLATFORM", in_row(step.env.get("PLATFORM", ""), row))
                    if name not in pipeline.sessions:
                        yield f"{workflow}, job {job}: nox has no session {name}"


@invariant("D17: the same line must mean the same on every runner")
def run_lines_run_in_bash_at_the_top(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        defaults = workflow.document.get("defaults")
        if defaults != {"run": {"shell": "bash"}}:
            yield f"{workflow}: defaults are {defaults}, expected the shell bash alone"
    for workflow, job in pipeline.jobs:
        for owner in (job.settings, *(step.settings for step in job.steps)):
            for key in owner.keys() & {"defaults", "shell", "working-directory", "container"}:
                yield f"{workflow}, job {job} sets {key}: a run line would mean something else there"


@invariant("D17: no setting reaches a session in CI that a desk does not have")
def the_platform_is_the_only_variable(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        for owner in (workflow.document, *(job.settings for job in workflow.jobs)):
            if "env" in owner:
                yield f"{workflow}: env {owner['env']} is not on a step"
    for where, step in pipeline.steps:
        expected = {"PLATFORM": "${{ matrix.platform }}"} if "$PLATFORM" in (step.run or "") else {}
        if step.env != expected:
            yield f"{where}: env is {step.env}, expected {expected}"


@invariant("D17")
def jobs_check_out_and_install_nox_before_they_run_it(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        runs = any(step.run is not None for step in job.steps)
        first = [step.action for step in job.steps[:2]]
        if runs and first != [CHECKOUT, NOX_ACTION]:
            yield f"{workflow}, job {job} starts with {first}, expected {CHECKOUT} and {NOX_ACTION}"


@invariant("a gate that can be skipped is none")
def nothing_is_conditional_or_forgiven(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        for owner in (job.settings, *(step.settings for step in job.steps)):
            for key in owner.keys() & {"if", "continue-on-error"}:
                yield f"{workflow}, job {job}: {key}: {owner[key]}"


@invariant("D5: a release is built afresh")
def nothing_is_cached(pipeline: Pipeline) -> Iterator[str]:
    for where, step in pipeline.steps:
        for word in (step.action, *step.inputs):
            if re.search("cache", word, re.IGNORECASE):
                yield f"{where}: {word}"
