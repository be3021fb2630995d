"""Jobs that this machine cannot run: why, and the last release's wheels in the artifacts that they would have made."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from truewheel.errors import ReleaseError
from truewheel.rehearsal.actions.setup_python import why_none
from truewheel.rehearsal.github.artifact_store import ArtifactStore, NameTaken
from truewheel.rehearsal.known import UNKNOWN, Known
from truewheel.rehearsal.reach import Reached, steps_of
from truewheel.rehearsal.result import FAILURE, SKIPPED, SUCCESS, JobResult
from truewheel.rehearsal.runner.children import Children
from truewheel.rehearsal.runner.environment import system_of
from truewheel.rehearsal.runner.jobs import run_leg
from truewheel.rehearsal.runner.run import Leg, LegOutcome, Run
from truewheel.rehearsal.understudy import take_understudies
from truewheel.rehearsal.uploads import publishes
from truewheel.system import machine
from truewheel.wheel.filename import WheelFilename
from truewheel.workflow import Scope, Step
from truewheel.workflow.action_names import CHECKOUT, CIBUILDWHEEL, DOWNLOAD, SETUP_PYTHON, UPLOAD
from truewheel.workflow.commands import read_commands
from truewheel.workflow.parts import path_in_repository

_WINDOWS_SHELLS = ("pwsh", "powershell", "cmd")
# In the label of a runner, and the architecture of the wheels that it builds.
_ARCHITECTURES = {"-arm": "aarch64", "-riscv": "riscv64", "-s390x": "s390x", "-ppc64le": "ppc64le"}
# What a job for another system does here if it builds by cibuildwheel, whose stand-in knows which wheels are meant.
_STEPS = (CHECKOUT, DOWNLOAD, CIBUILDWHEEL, UPLOAD)
# Jobs run in threads of one process.
_UPLOADS = threading.Lock()
LEFT_OUT = "it was left out by --without"


def why_away(one: Reached, left_out: Collection[str], *, is_configured: bool) -> str:
    """Return why a job does not run on this machine, as part of a sentence; empty if it does.

    `left_out` has ids of jobs. With `[tool.release]` (`is_configured`), jobs build here for other systems, too; those
    of other projects do if they call nox.
    """
    if any(f"{one.id}/".startswith(f"{name}/") for name in left_out):
        return LEFT_OUT
    if one.job.container or one.job.services:
        return "it runs in a container" if one.job.container else "it has service containers"
    scripts = [step.run.source for step in one.steps if step.run is not None]
    calls_nox = any(command.sessions for script in scripts for command in read_commands(script, {}))
    if is_configured or one.job.uses is not None:
        return ""
    return ("" if calls_nox else _why_not_here(one)) or _why_no_python(one)


def _why_not_here(one: Reached) -> str:
    here, system, architecture = machine.here(), system_of(one.runner), _architecture(one.runner)
    if system != here.system:
        return f"it is for {system}, and this machine runs {here.system}"
    if architecture not in ("", here.architecture):
        return f"it is for {architecture}, and this machine is {here.architecture}"
    shells = [step.shell.source.split()[0] for step in one.steps if step.shell is not None]
    absent = [shell for shell in shells if shell in _WINDOWS_SHELLS and shutil.which(shell) is None]
    return f"it has commands for {absent[0]}, which is not on this machine" if absent else ""


def _why_no_python(one: Reached) -> str:
    """Why a job lacks its Python. One that publishes, or sets outputs for other jobs, must run all the same."""
    if one.job.outputs or publishes(one.steps):
        return ""
    given = [step.inputs.get("python-version") for step in one.steps if step.action == SETUP_PYTHON]
    wanted = [one.known.text(value) for value in given if value and one.known.value(value) is not UNKNOWN]
    return next(filter(None, map(why_none, wanted)), "")


def takes_understudies(one: Reached) -> bool:
    """Whether wheels of the last release take the place of what a job would upload if it ran here."""
    return bool(one.away and _uploads_of_wheels(one))


def _uploads_of_wheels(one: Reached) -> list[Step]:
    uploads = [(step, step.inputs.get("path")) for step in one.steps if step.action == UPLOAD]
    return [step for step, path in uploads if path is None or not path.source.strip().endswith(".tar.gz")]


def steps_away(one: Reached) -> list[Step]:
    """Return what a job for another system can do here: the steps around cibuildwheel, if it uses that."""
    uses = any(step.action == CIBUILDWHEEL for step in one.steps)
    return [step for step in one.steps if step.action in _STEPS] if uses else []


def _architecture(runner: str) -> str:
    return next((name for part, name in _ARCHITECTURES.items() if part in runner), "")


def wheels_of(runner: str) -> Callable[[WheelFilename], bool]:
    """Return which wheels a job on a runner with these labels builds, by their platform tags."""
    pattern = {
        "Linux": rf"(manylinux|musllinux).*_{_architecture(runner) or '(x86_64|i686)'}",
        "Windows": "win_arm64" if "arm" in runner else "win(32|_amd64)",
    }.get(system_of(runner), r"macosx_.*")
    return lambda name: any(re.fullmatch(pattern, tag) for tag in name.platform_tags)


@dataclass(frozen=True, slots=True)
class Away:
    """Ends the legs that cannot run here."""

    left_out: Collection[str]  # the ids of the jobs that the maintainer wants to leave out
    is_configured: bool  # see `why_away`

    def __call__(self, run: Run, leg: Leg, scope: Scope, children: Children) -> LegOutcome | None:
        """Return the outcome of a leg that cannot run here; None if it can."""
        if leg.job.uses is not None and path_in_repository(leg.job.uses):
            # The jobs of the workflow that it calls are asked themselves.
            return None
        known = Known({**scope.contexts, "matrix": leg.row, "strategy": leg.strategy, "vars": {}})
        one = Reached(run.workflow, leg, known, run.above)
        known = known.plus(runner={"os": system_of(one.runner)})
        one = replace(one, known=known, steps=tuple(steps_of(leg.job.steps, known, run.parts)))
        why = why_away(one, self.left_out, is_configured=self.is_configured)
        if not why:
            return None
        if why != LEFT_OUT and steps_away(one):
            # Their conditions were about the system that it is for.
            steps = tuple(replace(step, condition=None) for step in steps_away(one))
            outcome = run_leg(run, replace(leg, job=replace(leg.job, steps=steps)), scope.contexts["needs"], children)
            return replace(outcome, result=replace(outcome.result, not_run=why))
        return _with_understudies(run, one, why)


def _with_understudies(run: Run, one: Reached, why: str) -> LegOutcome:
    """End a leg with the last release's wheels for its runner in the artifacts that it would have uploaded."""
    services, started, lacking, taken, names = run.services, run.clock(), "", "", list[str]()
    folder = run.folder / f"{one.job.id}-{one.leg.index}-understudies"
    project, is_wanted = canonicalize_name(services.project), wheels_of(one.runner)
    uploads = _uploads_of_wheels(one)
    try:
        wheels = take_understudies(project, services.version, is_wanted, folder, services.pip) if uploads else []
        for step in uploads:
            name = one.known.text(step.inputs["name"]) if "name" in step.inputs else "artifact"
            with _UPLOADS:
                _upload(run, one, step, name, wheels)
            names.append(name)
    except ReleaseError as error:
        lacking = error.line
    except NameTaken as error:
        taken = f"{name}: {error}"
    result = JobResult(
        id=one.job.id,
        name=one.leg.name,
        conclusion=SKIPPED if lacking else FAILURE if taken else SUCCESS,
        needs=one.job.needs,
        runner=one.runner,
        attempt=run.identity.attempt,
        started=started,
        seconds=run.clock() - started,
        note=f"{', '.join(names)}: wheels of the last release under the new version" if names else "",
        not_run=why,
        not_built=lacking,
        error=taken,
    )
    run.observer.job_finished(result)
    return LegOutcome(result)


def _upload(run: Run, one: Reached, step: Step, name: str, wheels: Sequence[Path]) -> None:
    """Upload the wheels that no artifact has; NameTaken if another job has certainly taken the artifact's name."""
    store, attempt, job = ArtifactStore(run.services.artifacts), run.identity.attempt, one.leg.label
    made = store.artifacts()
    is_known = "name" not in step.inputs or one.known.value(step.inputs["name"]) is not UNKNOWN
    is_sure = is_known and step.condition is None and "overwrite" not in step.inputs
    if is_sure and any((each.name, each.attempt) == (name, attempt) and each.job != job for each in made):
        raise NameTaken
    there = {PurePosixPath(file.name).name for artifact in made for file in artifact.files}
    new = {path.name: path for path in wheels if path.name not in there}
    if new and store.find(name) is None:
        store.upload(name, new, job=job, attempt=attempt)
