"""Tables of edits of a sound workflow, and what the checks say of it afterwards.

An edit is one line, with `\\n` for a line break:

    in JOB: OLD => NEW      the first OLD in the job (or in the `file`) becomes NEW, in which … is OLD
    first JOB: STEP         STEP becomes the first step of the job
    key JOB: TEXT           the job gets a key
    top: TEXT               the workflow gets a key
    job: TEXT               the workflow gets a job
    drop JOB                the job goes

A line that begins with `+` is one more edit of the same workflow; an indented line is something that is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from twine.utils import DEFAULT_REPOSITORY

from tests.support.factories import WORKFLOW, ReleaseFolder
from tests.support.judging import HERE
from truewheel.checks.registers import workflow_check
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.config import load_config
from truewheel.findings import Note
from truewheel.workflow import read_workflow
from truewheel.workflow.nox_sessions import read_nox_sessions

FILE = ".github/workflows/publish.yml"
Row = tuple[list[str], list[str]]

_WORDS = {
    "@CHECKOUT": "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "@UPLOAD": "@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1",
    "@DOWNLOAD": "@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
    "@PUBLISH": "@dc37677b2e1c63e2034f94d8a5b11f265b73ba33 # v1.14.2",
    "@COMMIT": f"@{'0' * 40}",
    "@PYPI": DEFAULT_REPOSITORY,
    "  gates: ": (
        "  publish-waits-for-gates: the jobs release, publish do not wait for a job that runs nox -s validate and "
        "nox -s check-dist on the wheels; the one in the job validate does not count: "
    ),
    "  verify: ": (
        "  published-is-verified: no job runs nox -s verify after the job publish for manylinux_x86_64 "
        "(ubuntu-latest), win_amd64 (windows-latest); the job verify does not count: "
    ),
}


def read_rows(table: Path) -> Iterator[Row]:
    """Read a table: the edits, and what is said of each."""
    edits: list[str] = []
    said: list[str] = []
    text = table.read_text(encoding="utf-8")
    for word, meaning in _WORDS.items():
        text = text.replace(word, meaning)
    for line in filter(lambda line: line and not line.startswith("# "), text.split("\n")):
        if line.startswith("  "):
            said.append(line.strip())
        elif line.startswith("+ "):
            edits.append(line[2:])
        else:
            if edits:
                yield edits, said
            edits, said = [line], []
    yield edits, said


def edited(edits: list[str]) -> str:
    """Return the sound workflow with some edits."""
    text = WORKFLOW
    for edit in edits:
        verb, _, rest = edit.partition(" ")
        job, _, change = rest.partition(": ") if verb in ("in", "first", "key") else ("file", "", rest)
        text = _edited(text, verb, job, change.replace("\\\n", "\\\\n").replace("\\n", "\n"))
    return text


def _edited(text: str, verb: str, job: str, change: str) -> str:
    if verb == "drop":
        return re.sub(rf"^  {change}:\n(?:    .*\n)+", "", text, count=1, flags=re.MULTILINE)
    if verb == "top:":
        return text.replace("jobs:\n", f"{change}\njobs:\n", 1)
    if verb == "job:":
        return text.replace("  merge:\n", f"  {change}\n  merge:\n", 1)
    if verb == "first":
        verb, change = "in", f"    steps: => …\n      - {change}"
    if verb == "key":
        change = f"    runs-on: =>     {change}\n    runs-on:"
    old, _, new = change.partition(" =>")
    begin, end = _span(text, job)
    part = text[begin:end]
    assert old in part, f"{job} has no {old!r}"
    return text[:begin] + part.replace(old, new[1:].replace("…", old), 1) + text[end:]


def _span(text: str, job: str) -> tuple[int, int]:
    if job == "file":
        return 0, len(text)
    match = re.search(rf"^  {job}:\n(?:    .*\n)+", text, re.MULTILINE)
    assert match, f"there is no job {job}"
    return match.span()


def said_of(release: ReleaseFolder, text: str) -> list[str]:
    """Return everything that the checks say of a workflow: `check: message`, of notes `note check: message`."""
    release.write(FILE, text)
    results = workflow_check.results(subject(release.root), HERE)
    return [f"{'note ' * isinstance(one, Note)}{one.check}: {one.message}" for one in results]


def subject(root: Path) -> TaggedRelease:
    """The release that is configured in a folder, with its workflow and its noxfile."""
    config = load_config(root)
    workflow, sessions = read_workflow(root, config.workflow), read_nox_sessions(root)
    return TaggedRelease("v0.5.0", config, workflow, (), sessions, repository="owner/name")
