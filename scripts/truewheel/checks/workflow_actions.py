"""Are the actions of the jobs that lead to publishing known to be harmless?

The jobs are those that publish, and every job that they wait for. What is harmless in them is in `workflow/harmless`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from truewheel.checks.gates import about, after_download, is_report
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.config import Config
from truewheel.findings import By, Problem
from truewheel.patterns.names import selects
from truewheel.workflow import Job, Step, Template, Workflow
from truewheel.workflow import harmless as table
from truewheel.workflow.action_names import GITHUB_RELEASE, PYPI_PUBLISH
from truewheel.workflow.harmless import ACTIONS, TO_PYPI, Action, Input
from truewheel.workflow.place import advice
from truewheel.workflow.release_jobs import attests, jobs_using, publishing_command, release_jobs, rows, step_name

_SOURCE = "docs/workflow.md, the table of what is harmless"
_COMMIT = re.compile("[0-9a-f]{40}")


def _steps(workflow: Workflow) -> Iterator[tuple[Job, Step]]:
    return ((job, step) for job in release_jobs(workflow) for step in job.steps if step.uses)


def _known(workflow: Workflow) -> Iterator[tuple[Job, Step, Action, tuple[int, ...]]]:
    for job, step in _steps(workflow):
        if step.action in ACTIONS:
            yield job, step, ACTIONS[step.action], step.uses.version if step.uses else ()


def _unknown(workflow: Workflow, *, next_to_token: bool) -> Iterator[tuple[Job, Step, str]]:
    for job, step in _steps(workflow):
        action, role = ACTIONS.get(step.action), table.role(job)
        is_unknown = not publishing_command(step) and (action is None or role not in action.jobs)
        if is_unknown and (role == TO_PYPI) is next_to_token:
            why = table.why_of(table.OTHER_ACTIONS, step.action)
            yield job, step, why if action is None else f"it is for jobs that {' or '.join(action.jobs)}"


@workflow_check(By.CARE, source=_SOURCE, hint="remove it, or move it to a job that no publishing job waits for")
def actions_known(release: TaggedRelease) -> Iterator[Problem]:
    """the jobs that lead to publishing use only actions that are known to be harmless there"""
    for job, step, why in _unknown(release.workflow, next_to_token=False):
        yield about(job, f"uses {step.action}: {why}", step.place, step.action)


@workflow_check(
    By.CARE,
    source=f"{_SOURCE}; an acceptance must name the action, without * or ?",
    hint="remove it, or move it to another job",
)
def actions_next_to_token(release: TaggedRelease) -> Iterator[Problem]:
    """the publish job uses only actions that are known to be harmless next to the identity token"""
    for job, step, _ in _unknown(release.workflow, next_to_token=True):
        why = "what runs next to the identity token could publish in the project's name"
        yield about(job, f"uses {step.action}: {why}", step.place, step.action)


@workflow_check(
    By.CARE,
    source="GitHub's security hardening guide; tags and branches can be moved to other code",
    hint="write the commit, and its version in a comment: uses: OWNER/NAME@COMMIT # v1.2.3",
)
def actions_pinned(release: TaggedRelease) -> Iterator[Problem]:
    """every action is pinned to a commit, 40 hexadecimal digits"""
    for job, step in _steps(release.workflow):
        if step.uses and step.uses.ref and not _COMMIT.fullmatch(step.uses.ref):
            what = f"uses {step.action}@{step.uses.ref}, which can be moved to other code"
            yield about(job, what, step.place, step.action)


@workflow_check(
    By.CARE,
    source=_SOURCE,
    hint="use the newest version; Dependabot updates commits and the versions in their comments",
)
def actions_current(release: TaggedRelease) -> Iterator[Problem]:
    """no action is older than the oldest good version"""
    for job, step, action, version in _known(release.workflow):
        if version and version[: len(action.oldest)] < action.oldest[: len(version)]:
            written, oldest = (".".join(map(str, numbers)) for numbers in (version, action.oldest))
            what = f"uses {step.action} {written}; versions before {oldest} {action.older_ones}"
            yield about(job, what, step.place, step.action)


@workflow_check.note(
    By.CARE,
    source=f"{_SOURCE}; Dependabot updates a version only at the end of the line",
    hint="write the version in a comment after the commit, the same everywhere; read what a new major version changes",
)
def actions_traceable(release: TaggedRelease) -> Iterator[Problem]:
    """every action has a known version in a comment, and the same commit everywhere"""
    refs: dict[str, str] = {}
    ageless: dict[str, None] = {}
    for job, step, action, version in _known(release.workflow):
        ref = step.uses.ref if step.uses and _COMMIT.fullmatch(step.uses.ref) else ""
        if ref and not version:
            ageless[step.action] = None
        elif version and version[0] > action.newest:
            what = f"uses {step.action} {version[0]}; this check knows it up to {action.newest}"
            yield about(job, what, step.place)
        first = refs.setdefault("/".join(step.action.split("/")[:2]), ref) if ref else ""
        if ref != first:
            yield about(job, f"uses {step.action} at {ref[:12]}, and another job at {first[:12]}", step.place)
    if ageless:
        yield Problem(f"no version in a comment after the commit, so its age is not known: {join_names(ageless)}")


@workflow_check.note(By.CARE, source=_SOURCE, hint="write it; an action's input goes under `with`")
def advice_followed(release: TaggedRelease) -> Iterator[Problem]:
    """jobs have time limits, may read what they check out, and take neither tokens nor caches that they do not need"""
    missing: dict[str, dict[str, None]] = defaultdict(dict)
    for job in release_jobs(release.workflow):
        if job.timeout_minutes is None and job.uses is None:
            missing["no timeout-minutes, so GitHub ends them only after six hours"][job.id] = None
    for job, step, action, version in _known(release.workflow):
        for name, known in action.inputs.items() if table.role(job) in action.jobs else ():
            values = {row.input(step, name).lower() for row in rows(job)}
            is_late = (version or (0,))[0] >= known.advised_before
            # What is not harmless has a finding of its own.
            if not is_late and values != {known.values[0]} and values <= {"", *known.values}:
                missing[f"{step.action} without `{name}: {known.values[0]}`, so {known.why}"][job.id] = None
        scope, level = action.permission or ("contents", "none")
        if level == "read" and not release.workflow.permissions_of(job).allows(scope, level):
            missing[f"{step.action} without `{scope}: read`, so it fails if the repository is private"][job.id] = None
    for what, jobs in missing.items():
        yield Problem(f"{what}: {join_names(jobs)}")


@workflow_check(
    By.CARE,
    source="least privilege: everything that runs in a job has its permissions",
    hint="write `permissions: {}` at the top of the workflow, and give each job what its actions need",
)
def permissions_needed(release: TaggedRelease) -> Iterator[Problem]:
    """every job has the write permissions that its actions need, and no others"""
    workflow = release.workflow
    default = [job for job in workflow.jobs.values() if (job.permissions or workflow.permissions) is None]
    if default:
        what = "no permissions, so these jobs have the repository's default, which may be all"
        subjects = [f"{job.id}/permissions" for job in default]
        yield Problem.of(subjects, f"{what}: {join_names(job.id for job in default)}", default[0].place)
    yield from (problem for scope, problem in _writing(workflow) if scope != "id-token")


@workflow_check(
    By.DECISION,
    source="decision D11",
    hint="put `permissions: id-token: write` on the publish job only, and `permissions: {}` at the top",
)
def token_only_for_publish(release: TaggedRelease) -> Iterator[Problem]:
    """only the publish job may request an identity token, and it runs no commands"""
    yield from (problem for scope, problem in _writing(release.workflow) if scope == "id-token")
    for job in jobs_using(release.workflow, PYPI_PUBLISH):
        for step in job.steps:
            # What is between the download and the publishing step has a finding already.
            if step.run and step not in after_download(job) and not publishing_command(step):
                what = f"runs `{abbreviate(step.run.source.strip())}` next to the identity token"
                hint = "move it to another job; it could publish in the project's name"
                yield replace(about(job, what, step.place, step_name(step)), hint=hint)


def _writing(workflow: Workflow) -> Iterator[tuple[str, Problem]]:
    """The write permissions that a job lacks, or does not need."""
    for job in workflow.jobs.values():
        permissions = workflow.permissions_of(job)
        actions = [step.action for step in job.steps if step.action in ACTIONS]
        needed = {name: ACTIONS[name].permission[0] for name in actions if ACTIONS[name].permission[1:] == ("write",)}
        for name, scope in needed.items():
            if not permissions.allows(scope, "write"):
                yield scope, about(job, f"uses {name} without `{scope}: write`", subject=f"permissions.{scope}")
        if attests(job):
            what = "signs something next to PyPI's attestations, with an identity token of its own"
            yield "", about(job, what, subject="permissions.id-token")
            continue
        makes_release = any("gh " in publishing_command(step) for step in job.steps)
        signs = any(step.action.startswith("actions/attest") for step in job.steps)
        harmless = {*needed.values(), *["contents"] * makes_release, *["attestations", "artifact-metadata"] * signs}
        for scope in sorted(scope for scope, level in permissions.levels.items() if level == "write"):
            if scope not in harmless:
                written = "write-all" if scope == "*" else f"{scope}: write"
                is_token = scope == "*" and "id-token" not in harmless
                what = f"has `{written}`, which no known action in it needs"
                yield "id-token" if is_token else scope, about(job, what, subject=f"permissions.{scope}")


@workflow_check(By.CARE, source=_SOURCE, hint="remove it")
def inputs_known(release: TaggedRelease) -> Iterator[Problem]:
    """the actions that lead to publishing have only inputs that are known to be harmless"""
    for job, step, action, _ in _known(release.workflow):
        if table.role(job) not in action.jobs:
            continue
        reports, env = is_report(step, job, release.workflow), {**release.workflow.env, **job.env}
        # The publish action knows the older spelling as well.
        given = [name.replace("_", "-") if step.action == PYPI_PUBLISH else name for name in step.inputs]
        for number, (name, value) in enumerate(zip(given, step.inputs.values(), strict=True)):
            known = action.inputs.get(name)
            why = "it is written twice" if name in given[:number] else _why_input(job, step, name, value, env)
            is_glob = step.action == GITHUB_RELEASE and name == "files" and value.is_constant
            why = "" if is_glob and _finds_all_wheels(value.source, release.config) else why
            if why and not (reports and known and known.is_required):
                shown = abbreviate(" ".join(value.source.split()))
                message = f"the job {job.id} passes `{name}: {shown}` to {step.action}: {why}"
                yield Problem(message, f"{value.place}", _remedy(name, known), f"{job.id}/{step.action}.{name}")
        for name, known in action.inputs.items():
            if known.is_required and not reports and not {name, known.unless} & {*given}:
                message = f"the job {job.id} uses {step.action} without `{name}: {known.values[0]}`: {known.why}"
                yield Problem(message, f"{step.place}", _remedy(name, known), f"{job.id}/{step.action}.{name}")


def _finds_all_wheels(patterns: str, config: Config) -> bool:
    """Whether patterns, one a line, find the wheels of all platforms in dist, and nothing else."""
    globs = [line.strip().removeprefix("./").partition("dist/") for line in patterns.splitlines() if line.strip()]
    # macOS tags have two numbers, and manylinux tags either two or a year.
    system = re.compile(r"(?<=^manylinux)_|(?<=^musllinux)_|(?<=^macosx)_")
    tags = {system.sub(version, one.name, 1) for one in config.platforms for version in ("_11_0_", "_2_28_", "2014_")}
    begin = f"{config.package.normalized_name.replace('-', '_')}-{config.package.version}"
    names = [f"{begin}-{python}-{tag}.whl" for python in ("py3-none", "cp313-cp313") for tag in tags]
    in_dist = all(not before and name.endswith(".whl") and "/" not in name for before, _, name in globs)
    return in_dist and all(any(selects(glob, name) for *_, glob in globs) for name in names)


def _remedy(name: str, known: Input | None) -> str:
    return f"write `{name}: {known.values[0]}` under `with`" if known and known.is_required else ""


def _why_input(job: Job, step: Step, name: str, value: Template, env: Mapping[str, Template]) -> str:
    """Why a value of an input may matter; empty if it is harmless."""
    inputs = ACTIONS[step.action].inputs
    known = inputs.get(name)
    if known is None:
        return f"this input is not known to be harmless; {advice(name, inputs)}"
    is_early = known.after and known.after not in {one.action for one in job.steps[: job.steps.index(step)]}
    if is_early or (known.is_required and not value.source):
        return known.why
    if known.values != table.ANY:
        found = {row.text(value) for row in rows(job)}
        is_known = all(table.known_value(known.values, text) for text in found)
        return "" if is_known or known.unless in step.inputs else known.why
    for read in sorted(value.references):
        if read[0] == "github" and read[1:2] in ((), ("run_attempt",), ("event",)):
            return f"{'.'.join(read)} may differ in a re-run"
        is_constant = read[0] == "env" and read[-1] in env and env[read[-1]].is_constant
        # A secret has a finding of its own.
        if read[0] not in ("github", "matrix", "runner", "strategy", "secrets") and not is_constant:
            return f"it depends on {'.'.join(read)}"
    return ""
