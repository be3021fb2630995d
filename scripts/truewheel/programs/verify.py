"""nox -s verify: do users get what was built?"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from truewheel.checks.index import older_version_left, pip_takes_release, promised_python_served
from truewheel.checks.registers import index_check
from truewheel.checks.sentences import join_names
from truewheel.clean_room.environment import clean_environment
from truewheel.clean_room.interpreters import best_wheels, interpreter_for
from truewheel.command_line import gate_parser, progress_stream, run_gate
from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.findings import Finding, Result
from truewheel.judging.wheel_facts import facts_of
from truewheel.judging.wheels import is_understudy
from truewheel.platforms import native_target
from truewheel.publishing.distribution_folder import list_wheels
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.publishing.publication import Publication
from truewheel.publishing.trusted_publisher import find_repository, registration
from truewheel.report.model import Report
from truewheel.report.progress import told_wait
from truewheel.report.text import pluralize, run_here
from truewheel.system.files import FileFacts, scratch_folder
from truewheel.system.github_actions import NOT_RUN, RAN, RehearsedJob, is_real_job, rehearsed_job
from truewheel.system.pythons import describe_python
from truewheel.tag import resolve_tag
from truewheel.verdict import judged
from truewheel.verification.attestations import verify_attestations
from truewheel.verification.installation import try_installed
from truewheel.verification.rules import RULES as VERIFICATION
from truewheel.verification.rules import note
from truewheel.verification.serving import compare, wait_until_served
from truewheel.wheel.reader import UnreadableWheel, Wheel, read_wheel

_CHOICE_CHECKS = [
    check for check in index_check if check.judge in (pip_takes_release, older_version_left, promised_python_served)
]
RULES = (*VERIFICATION, *(check.rule for check in _CHOICE_CHECKS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the index with dist/; exit status 0 the same and it works, 1 not, 2 could not be judged."""
    parser = gate_parser("verify", "Do users get what was built?")
    parser.add_argument(
        "tag", nargs="?", metavar="TAG", help="the release (default: the tag that GitHub runs for, or the one at HEAD)"
    )
    parser.add_argument("--dist", type=Path, default=Path("dist"), help="folder of the built wheels (default: dist)")
    parser.add_argument(
        "--timeout",
        type=int,
        default=600,
        metavar="SECONDS",
        help="how long to wait for the index (default: 600)",
    )
    parser.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        help="the expected publisher (default: GITHUB_REPOSITORY, or git's origin)",
    )
    return run_gate("verify", parser, RULES, _judge, arguments)


def _judge(options: argparse.Namespace) -> Report:
    if not 0 <= options.timeout <= 86400:
        raise ReleaseError(f"--timeout {options.timeout} is not between 0 and 86400 seconds")
    config, tag, wheels = _released(options)
    files = tuple(FileFacts(wheel.name, wheel.size, wheel.sha256) for wheel in wheels)
    repository = find_repository(options.repository, os.environ, config.root)
    publisher = replace(registration(config, os.environ), repository=repository)
    settings = read_pip_settings(os.environ)
    package = config.package
    error: ReleaseError | None = None
    ran: list[Wheel] = []
    with scratch_folder() as folder:
        filenames = [wheel.filename for wheel in wheels if wheel.filename is not None]
        told = told_wait("verify", options.timeout, progress_stream(options))
        served = wait_until_served(filenames, settings, folder, options.timeout, told)
        results: list[Result] = [*compare(files, served)]
        differ = {result.where for result in results}
        promised = package.settings["project"].get("requires-python", "")
        publication = Publication(served.indexed, config.builds, files, datetime.now(timezone.utc), promised)
        for check in _CHOICE_CHECKS:
            results.extend(check.results(publication, f"{package.name} {package.version} on {settings.index}"))
        try:
            results.extend(verify_attestations(files, served.indexed, publisher, tag, settings))
            results.extend(_try(wheels, config, differ, ran))
        except ReleaseError as caught:
            error = caught
    # Every attestation has the same note about sigstore's trust root. Of the wheels, one is tried; so acceptances of
    # what others have may accept nothing here.
    findings, notes, accepted = judged(dict.fromkeys(results), config, ())
    return Report(
        "verify",
        f"{pluralize(len(wheels), 'wheel')} of {package.normalized_name} {package.version} on "
        f"{settings.index}; {run_here(len(ran), len(wheels))}",
        findings,
        tuple(map(facts_of, wheels)),
        error=error,
        notes=notes,
        accepted=accepted,
        choices=publication.choices,
    )


def _released(options: argparse.Namespace) -> tuple[Config, str, list[Wheel]]:
    """The release to verify: its configuration with its version, its tag, and its wheels as they were built."""
    config = load_config(Path.cwd())
    tag = resolve_tag(options.tag, os.environ, config.root)
    # validate has compared the tag with what the build backend says.
    config = config.with_version(tag.removeprefix("v")) if config.package.is_dynamic else config
    version = config.package.version
    if tag != f"v{version}":
        raise ReleaseError(
            f"the tag is {tag}, but {config.package.statement}",
            hint=f"check out the released commit: git checkout {tag}",
        )
    paths = list_wheels(options.dist)
    if not paths:
        raise ReleaseError(
            f"there is no wheel in {options.dist} to compare with",
            hint=f"download the wheels of the GitHub Release: gh release download {tag} --dir {options.dist}",
        )
    return config, tag, [_read(path, config) for path in paths]


def _read(path: Path, config: Config) -> Wheel:
    try:
        wheel = read_wheel(path)
    except UnreadableWheel as error:
        raise ReleaseError(
            f"{path} cannot be compared: {error}", hint="nox -s check-dist explains the problem"
        ) from None
    package = config.package
    if wheel.filename is None or not wheel.filename.is_of(package.normalized_name, package.version):
        raise ReleaseError(
            f"{path} is not a wheel of {package.name} {package.version}",
            hint="keep only this release's wheels in dist/",
        )
    return wheel


def _try(wheels: Sequence[Wheel], config: Config, differ: set[str], ran: list[Wheel]) -> Iterator[Result]:
    """Install the release's wheel for this machine from the index, and try it; notes name those that do not run here.

    The wheel that works is added to `ran`. In a rehearsal it is the one for the system of the job's runner on GitHub.
    On a runner, a ReleaseError if no wheel runs there although there are runners for it.
    """
    job = rehearsed_job(os.environ)
    not_run = {wheel: reason for wheel in wheels if (reason := _why_not_run(wheel, job))}
    for reason in dict.fromkeys(not_run.values()):
        names = [wheel.name for wheel, why in not_run.items() if why == reason]
        yield note(f"not run here: {join_names(names, 2)}: {reason}")
    best = best_wheels([wheel for wheel in wheels if wheel not in not_run])
    if not best:
        missed = [wheel for wheel in not_run if (_is_for(job, wheel) if job else _has_runner(wheel, config))]
        reasons = "; ".join(dict.fromkeys(not_run[wheel] for wheel in missed or not_run))
        if job and missed:
            job.remark(NOT_RUN, reasons)
        elif job or (missed and is_real_job(os.environ)):
            raise ReleaseError(
                f"nothing was installed: {reasons}",
                hint="verify on a machine of a released platform, with a Python that one of the wheels is for",
            )
        return
    for python, ours in best:
        if ours.name in differ:
            yield note(f"not installed: {ours.name}, because of the finding above")
            continue
        with scratch_folder() as folder, clean_environment(folder, python, ours) as room:
            results = list(try_installed(room, ours, config))
        yield from results
        if not any(isinstance(result, Finding) for result in results):
            ran.append(ours)
            if job:
                job.remark(RAN, f"{ours.name}{python.under_wine or f' with {describe_python(python.tag)}'}")


def _why_not_run(wheel: Wheel, job: RehearsedJob | None) -> str:
    """Why a wheel is not run here, as the end of a sentence; empty if it can be."""
    if job and not _is_for(job, wheel):
        return f"it is not for the runner of the job ({job.system} on {job.machine})"
    if is_understudy(wheel, is_rehearsed=job is not None):
        return "it is an understudy, a wheel of the last release"
    return found if isinstance(found := interpreter_for(wheel), str) else ""


def _is_for(job: RehearsedJob, wheel: Wheel) -> bool:
    """Whether a wheel is for the runner that a job has on GitHub."""
    targets = map(native_target, wheel.platform_tags)
    machines = (job.machine, "universal2")
    return any(each is None or (each.system == job.system and each.machine in machines) for each in targets)


def _has_runner(wheel: Wheel, config: Config) -> bool:
    return any(one.has_runner for one in config.platforms if one.accepts_any(wheel.platform_tags))
