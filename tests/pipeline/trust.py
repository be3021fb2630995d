"""Who may do what: permissions, the OIDC token, pins, secrets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tests.pipeline.invariant import invariant
from tests.pipeline.pipeline import Pipeline

CHECKOUT = "actions/checkout"
DOWNLOAD = "actions/download-artifact"
GITHUB_RELEASE = "softprops/action-gh-release"
PYPI_PUBLISH = "pypa/gh-action-pypi-publish"

# What an action needs of GitHub, and so the only reasons for a job to have a permission.
PERMISSIONS = {
    CHECKOUT: ("contents", "read"),
    GITHUB_RELEASE: ("contents", "write"),
    PYPI_PUBLISH: ("id-token", "write"),
}

_PIN = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
# At the very end of the line: Dependabot renews the comment only there.
_PINNED_LINE = re.compile(
    r"uses: (?P<action>[\w.-]+/[\w.-]+)\S*@(?P<commit>\S+) .*# (?P<version>v?\d+\.\d+\.\d+)$", re.MULTILINE
)


@invariant("least privilege")
def workflows_have_no_permissions_of_their_own(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        if workflow.document.get("permissions") != {}:
            yield f"{workflow}: permissions are {workflow.document.get('permissions')}, expected {{}}"


@invariant("D11, least privilege")
def jobs_have_the_permissions_that_their_actions_need(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        expected = dict(PERMISSIONS[step.action] for step in job.steps if step.action in PERMISSIONS)
        if job.permissions != expected:
            yield f"{workflow}, job {job}: permissions are {job.permissions}, expected {expected}"


@invariant("D11")
def one_job_has_the_token_and_publishes(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        expected = [job.name for job in workflow.using(PYPI_PUBLISH)]
        holders = [job.name for job in workflow.jobs if "id-token" in job.permissions]
        if holders != expected:
            yield f"{workflow}: id-token is with {holders}, expected {expected}"
    publishers = [f"{workflow}, job {job}" for workflow, job in pipeline.jobs if job.using(PYPI_PUBLISH)]
    if len(publishers) != 1:
        yield f"{len(publishers)} jobs publish, expected one: {publishers}"


@invariant("D11")
def nothing_of_ours_runs_beside_the_token(pipeline: Pipeline) -> Iterator[str]:
    for job in pipeline.publish.using(PYPI_PUBLISH):
        actions = [step.action or f"`{step.run}`" for step in job.steps]
        if actions != [DOWNLOAD, PYPI_PUBLISH]:
            yield f"{pipeline.publish}, job {job} does {actions}, expected download and upload alone"


@invariant("D11, D14: no password, no other index, no skipped file, attestations as by default")
def the_upload_has_no_options_that_weaken_it(pipeline: Pipeline) -> Iterator[str]:
    for job in pipeline.publish.using(PYPI_PUBLISH):
        for step in job.using(PYPI_PUBLISH):
            expected = {"packages-dir": "dist/", "print-hash": True}
            if step.inputs != expected:
                yield f"{pipeline.publish}, job {job}: inputs are {step.inputs}, expected {expected}"


@invariant("D11")
def no_secret_is_used(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        if found := re.search(r"\bsecrets\b|\bgithub\.token\b", workflow.text):
            yield f"{workflow} mentions {found[0]}"
    for where, step in pipeline.steps:
        for name in step.inputs:
            if re.search("token|password|user|secret|api-key", name):
                yield f"{where}: input {name}"


@invariant("the checked-out tree must not hold the job's token")
def checkouts_keep_no_credentials(pipeline: Pipeline) -> Iterator[str]:
    for where, step in pipeline.steps:
        # Nothing else is set, either: `ref` or `repository` would build what was not tagged.
        if step.action == CHECKOUT and step.inputs != {"persist-credentials": False}:
            yield f"{where}: checkout with {step.inputs}, expected persist-credentials: false alone"


@invariant("a tag of an action can be moved, a commit cannot")
def actions_are_pinned_to_commits(pipeline: Pipeline) -> Iterator[str]:
    for where, step in pipeline.steps:
        if step.run is None and not _PIN.fullmatch(step.uses):
            yield f"{where}: {step.uses} is not pinned to a commit of 40 hex digits"
    for workflow in pipeline.workflows:
        for line in workflow.text.splitlines():
            if "uses: " in line and not _PINNED_LINE.search(line):
                yield f"{workflow}: `{line.strip()}` does not end with the version, as `# v1.2.3`"


@invariant("CI must try what a release runs")
def an_action_has_one_pin(pipeline: Pipeline) -> Iterator[str]:
    pins: defaultdict[str, set[str]] = defaultdict(set)
    for workflow in pipeline.workflows:
        for match in _PINNED_LINE.finditer(workflow.text):
            pins[match["action"]].add(f"{match['commit']} # {match['version']}")
    for action, found in pins.items():
        if len(found) > 1:
            yield f"{action} has {len(found)} pins: {', '.join(sorted(found))}"
