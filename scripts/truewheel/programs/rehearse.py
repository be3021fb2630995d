"""nox -s rehearse: run the publishing workflow on this machine, with an index on loopback."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TextIO

from truewheel.builders.choice import CannotBuildHere, choose_builder
from truewheel.builders.project import read_project
from truewheel.checks import load_checks
from truewheel.checks.registers import index_check, project_check, release_check, workflow_check
from truewheel.checks.release import tag_starts_workflow
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.checks.workflow_jobs import sessions_exist
from truewheel.clean_room.interpreters import tags_run_here
from truewheel.command_line import Parser, called_as, progress_stream, run_program
from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.findings import Result
from truewheel.publishing.indexed_release import IndexUnreachable
from truewheel.publishing.package_index import read_indexed_release
from truewheel.publishing.pip_settings import PipSettings, read_pip_settings
from truewheel.publishing.publication import Publication
from truewheel.publishing.stated_versions import read_stated_versions
from truewheel.rehearsal.faults import FAULTS, Fault, parse_fault
from truewheel.rehearsal.github.events import EVENTS
from truewheel.rehearsal.github.origin import Target
from truewheel.rehearsal.plan_facts import PlannedBuilder
from truewheel.rehearsal.planning import plan, with_last_wheels
from truewheel.rehearsal.result import Rehearsal
from truewheel.rehearsal.runner.children import end_strays_of
from truewheel.rehearsal.subject import Request, Subject, make_subject, target_of
from truewheel.rehearsal.support import refuse, rehearsal_errors
from truewheel.report.console import write_json, write_line
from truewheel.report.page.frame import require_writable, write_html
from truewheel.report.page.rehearsal_page import rehearsal_page
from truewheel.report.rehearsal.printing import print_plan, print_rehearsal
from truewheel.report.rehearsal.progress import shown_rehearsal
from truewheel.report.text import pluralize
from truewheel.system.files import claimed, claimed_folder, make_folder
from truewheel.system.interrupts import interruptible
from truewheel.tag import is_release_tag
from truewheel.verdict import judged
from truewheel.workflow import WorkflowError
from truewheel.workflow.nox_sessions import read_nox_sessions

load_checks("build")


def main(arguments: Sequence[str] | None = None) -> int:
    """Rehearse a release; exit status 0 it would succeed (or a fault ended as documented), 1 not, 2 it could not be."""
    with interruptible():
        return run_program("rehearse", "rehearse", _parser(), _rehearse, arguments)


def _parser() -> Parser:
    parser = Parser(
        prog=called_as("rehearse"),
        description="See a release happen: run the publishing workflow on this machine, with an index on loopback.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "tag",
        nargs="?",
        metavar="TAG",
        help="rehearse this tag, as committed (default: the working tree, with the tag of its version)",
    )
    parser.add_argument("--plan", action="store_true", help="show what the tag would do, and run nothing")
    parser.add_argument("--fault", metavar="NAME", help="make something fail, and see how the release is finished")
    parser.add_argument("--list-faults", action="store_true", help="list the faults")
    parser.add_argument(
        "--workflow", type=Path, metavar="FILE", help="run this workflow file (default: the one in [tool.release])"
    )
    parser.add_argument(
        "--event", choices=EVENTS, help="what starts the run (default: the first of these that starts the workflow)"
    )
    parser.add_argument(
        "--input", action="append", type=_pair, default=[], metavar="NAME=VALUE", help="an input of workflow_dispatch"
    )
    parser.add_argument("--without", action="append", default=[], metavar="JOB", help="leave out a job (repeatable)")
    parser.add_argument("--repository", metavar="OWNER/NAME", help="the repository on GitHub (default: git's origin)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep everything in this new folder")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write the report as an HTML page")
    parser.add_argument("--json", action="store_true", help="print the report as JSON, and nothing else")
    parser.add_argument("--verbose", action="store_true", help="show the output of the steps while they run")
    return parser


def _rehearse(options: argparse.Namespace) -> int:
    if options.list_faults:
        _print_faults(as_json=options.json)
        return 0
    _refuse_hopeless(options)
    fault = parse_fault(options.fault) if options.fault else None
    request = Request(
        root=Path.cwd(),
        tag=options.tag,
        workflow=options.workflow,
        repository=options.repository,
        event=options.event,
        inputs=dict(options.input),
        left_out=tuple(options.without),
    )
    target = target_of(request, is_plan=options.plan)
    stream = progress_stream(options)
    if not options.plan:
        _announce(request, target, stream)
    with _folder(options.keep) as folder:
        subject = make_subject(request, target, folder, os.environ)
        found = rehearsal_errors(subject.jobs, subject.parts)
        problems = _trigger_problems(subject)
        if options.plan:
            return _plan(subject, problems, found, as_json=options.json)
        refuse(found)
        if problems:
            raise ReleaseError(problems[0], hint=_hint_for(subject.identity.tag))
        rehearsal = _played(subject, folder, fault, options, stream)
        # Removing the folder is slow, and people wait for the verdict.
        if options.html is not None:
            write_html(options.html, rehearsal_page(rehearsal), stream)
        return print_rehearsal(rehearsal, sys.stdout, as_json=options.json, environ=os.environ)


def _refuse_hopeless(options: argparse.Namespace) -> None:
    """Refuse options that contradict each other, or name files that cannot be written, before a minute of work."""
    given = [f"--{name}" for name in ("fault", "html", "keep") if getattr(options, name) is not None]
    if options.plan and given:
        raise ReleaseError(
            f"--plan runs nothing, so it cannot be used with {', '.join(given)}", hint="leave out one of them"
        )
    if options.html is not None:
        require_writable(options.html)
    root = Path.cwd().resolve()
    if options.keep is not None and options.keep.resolve().is_relative_to(root):
        raise ReleaseError(
            f"{options.keep} is in the repository, and would be part of the next rehearsal",
            hint="name a folder outside of it",
        )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _hint_for(tag: str) -> str:
    if is_release_tag(f"v{tag}"):
        return f"did you mean v{tag}?"
    return "change on.push.tags so that it matches the tag; v*.*.* matches every release tag"


def _played(
    subject: Subject, folder: Path, fault: Fault | None, options: argparse.Namespace, stream: TextIO
) -> Rehearsal:
    pip = read_pip_settings(os.environ)
    index_problem = _ask_upstream(subject, pip, stream)
    from truewheel.rehearsal.play import Context, play  # noqa: PLC0415  half a second, after the first line

    with shown_rehearsal(stream, os.environ, verbose=options.verbose) as observer:
        context = Context(folder, os.environ, pip, observer, kept=options.keep is not None)
        return replace(play(subject, context, fault), index_problem=index_problem)


def _announce(request: Request, target: Target, stream: TextIO) -> None:
    """Print at once what will be rehearsed; copying a large repository takes a while."""
    files, workflow = target.uncommitted, ""
    uncommitted = f" with {pluralize(len(files), 'uncommitted file')}" if files else ""
    with contextlib.suppress(ReleaseError):
        workflow = f", workflow {(request.workflow or load_config(request.root).workflow).as_posix()}"
    write_line(f"rehearsing {target.tag} of commit {target.commit[:7]}{uncommitted}{workflow}", stream)
    for note in target.notes:
        write_line(f"rehearse: note: {note}", stream)


def _ask_upstream(subject: Subject, pip: PipSettings, stream: TextIO) -> str:
    """Ask pip's index, from which all else is installed, about the version; return why validate would refuse it."""
    package, version = subject.config.package, subject.version
    try:
        indexed = read_indexed_release(package.normalized_name, version, pip)
    except IndexUnreachable as error:
        error.hint += "; the wheels' dependencies are installed from it"
        raise
    if indexed.files:
        write_line(
            f"rehearse: note: {indexed.index} has {pluralize(len(indexed.files), 'file')} of {package.name} "
            f"{version} already; a rehearsal treats the version as new (nox -s validate compares the files)",
            stream,
        )
    if not subject.is_configured:
        return ""
    publication = Publication(indexed, subject.config.builds, None, datetime.now(timezone.utc))
    load_checks("index")
    findings, *_ = judged(index_check.results(publication, indexed.index), subject.config, ())
    if not findings:
        return ""
    problem = f"validate would refuse it: {findings[0].check}: {findings[0].where}: {findings[0].message}"
    write_line(f"rehearse: note: {problem}", stream)
    return problem


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Make the folder for everything: a scratch folder, or the one to keep."""
    if kept is None:
        with claimed_folder("rehearsal-", end_strays_of) as scratch:
            yield scratch
        return
    if kept.exists():
        raise ReleaseError(f"{kept} already exists", hint="name a new folder, or delete that one")
    make_folder(kept)
    with claimed(kept):
        yield kept.resolve()


def _trigger_problems(subject: Subject) -> list[str]:
    """Return why a push of the tag would not start the workflow; empty if it would."""
    if not subject.is_configured or subject.identity.event != "push":
        return []
    release = TaggedRelease(subject.identity.tag, subject.config, subject.workflow)
    return [str(problem) for problem in tag_starts_workflow(release)]


def _plan(subject: Subject, problems: Sequence[str], found: Sequence[WorkflowError], *, as_json: bool) -> int:
    trigger = (False, problems[0]) if problems else (True, subject.trigger)
    results = _judge_tag(subject) if subject.is_configured else ()
    findings, notes, _ = judged(results, subject.config, ())
    facts = replace(
        plan(subject, tuple(_builders(subject.config)), trigger, found),
        findings=tuple(f"{finding.check}: {finding.message}" for finding in findings),
        notes=(*subject.notes, *(note.message for note in notes)),
    )
    facts = facts if subject.is_configured else with_last_wheels(facts, subject, os.environ)
    return print_plan(facts, sys.stdout, as_json=as_json, environ=os.environ)


def _judge_tag(subject: Subject) -> Iterator[Result]:
    """Judge the tag, the build and missing sessions; the plan shows the trigger and the builders itself."""
    config, sessions = subject.config, read_nox_sessions(subject.config.root)
    release = TaggedRelease(subject.identity.tag, config, subject.workflow, read_stated_versions(config), sessions)
    for check in (*release_check, *(check for check in workflow_check if check.judge is sessions_exist)):
        if check.judge is not tag_starts_workflow:
            yield from check.results(release, release.tag, config.accept)
    for result in project_check.results(read_project(config), config.package.pyproject.as_posix(), config.accept):
        if result.check != "cross-build-possible":
            yield result


def _builders(config: Config) -> Iterator[PlannedBuilder]:
    for platform in config.platforms:
        runs_here = any(map(platform.accepts, tags_run_here()))
        try:
            choice = choose_builder(platform, config, requested=None, environ={}, may_pull=False)
            yield PlannedBuilder(platform.name, choice.name, choice.reason, runs_here)
        except CannotBuildHere as error:
            reason = f"the wheels of the last release, if there is one, take their place: {error.message}"
            yield PlannedBuilder(platform.name, "understudy", reason, runs_here=False)
        except ReleaseError as error:
            yield PlannedBuilder(platform.name, "none", error.message, runs_here)


def _print_faults(*, as_json: bool) -> None:
    if as_json:
        faults = [
            {"name": kind.name, "spelling": kind.spelling, "breaks": kind.breaks, "sees": kind.sees}
            | {"then": kind.next_words}
            for kind in FAULTS
        ]
        write_json({"faults": faults}, sys.stdout)
        return
    for kind in FAULTS:
        write_line(kind.spelling, sys.stdout)
        for word, text in (("breaks", kind.breaks), ("you see", kind.sees), ("then", kind.next_words)):
            write_line(f"    {word:8} {text}", sys.stdout)
