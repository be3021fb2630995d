"""docs/checks.md: what every check demands, by whose demand, what it says and what to do then.

All of it is taken from the checks themselves but the examples of what they say, which docs/check-examples.json holds:
a test compares those with what the checks said in the run of the tests.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from truewheel.checks import (
    archive,
    dist,
    index,
    registers,
    release,
    workflow,
    workflow_gates,
    workflow_publication,
    workflow_wheels,
)
from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.dist import WHEELS_PRESENT
from truewheel.errors import ReleaseError
from truewheel.findings import CheckRegister, Rule
from truewheel.judging.twine_check import DESCRIPTION_RENDERS, TWINE_CHECK
from truewheel.judging.wheels import CHECKS
from truewheel.report.text import printable

PAGE = Path("docs/checks.md")
EXAMPLES = Path("docs/check-examples.json")

_HEADING = """\
# Checks

What `nox -s validate` and `nox -s check-dist` demand before anything is published. Written by `nox -s docs`; do not
edit it by hand. Each check has a name, under which its findings are shown and its tests are found.
"""
_LONGEST_EXAMPLE = 240

# Who is asked what: which register a check is in says on what it is asked.
_SCOPES: tuple[tuple[CheckRegister[Any], str], ...] = (
    (registers.release_check, "the tag and the tree (`validate`)"),
    (registers.workflow_check, "the publishing workflow (`validate`)"),
    (registers.index_check, "the index (`validate`)"),
    (registers.dist_check, "the folder"),
    (registers.wheel_check, "any wheel"),
    (registers.release_wheel_check, "a wheel of this release"),
    (registers.wheel_set_check, "the wheels of this release side by side"),
)
# Those that are no functions, by the module whose subject they share.
_LONE_RULES = {dist: (WHEELS_PRESENT,), archive: (ARCHIVE_READABLE,)}


def load_examples(root: Path) -> dict[str, str]:
    """The example of each check's message, by the check's name.

    Raises:
        ReleaseError: the file is not there.
    """
    try:
        examples: dict[str, str] = json.loads((root / EXAMPLES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReleaseError(f"there is no {EXAMPLES.as_posix()}", hint="run this from the repository's top") from None
    return examples


def page(examples: Mapping[str, str]) -> str:
    """The whole page."""
    sections = [_HEADING]
    for title, scoped in subjects():
        sections.append(f"## {title}\n")
        sections += [_entry(rule, scope, examples.get(rule.name, "")) for rule, scope in scoped]
    return "\n".join(sections)


def subjects() -> Iterator[tuple[str, list[tuple[Rule, str]]]]:
    """The subjects with their rules, each with what it is asked about."""
    for module in (release, workflow, workflow_gates, workflow_publication, workflow_wheels, index, dist, *CHECKS):
        scoped = [(rule, "the folder" if module is dist else "any wheel") for rule in _LONE_RULES.get(module, ())]
        for register, scope in _SCOPES:
            scoped += [(check.rule, scope) for check in register if check.judge.__module__ == module.__name__]
        yield _question(module), scoped
    yield "Does the description render?", [(rule, "any wheel") for rule in (DESCRIPTION_RENDERS, TWINE_CHECK)]


def _question(module: object) -> str:
    """The first sentence of what a module of checks says of itself."""
    text = " ".join((inspect.getdoc(module) or "").split())
    return text[: text.index("?") + 1]


def _entry(rule: Rule, scope: str, example: str) -> str:
    lines = [
        f"### {rule.name}\n",
        f"{_sentence(rule.demand)}\n",
        f"- a {'note' if rule.is_note else 'finding'} on {scope}",
        f"- demanded by: {rule.by.value}",
        f"- source: {rule.source}",
        f"- example: {_quoted(example)}",
        f"- what to do: {rule.hint}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(example: str) -> str:
    """An example as code in Markdown, without the middle of one that would fill the page."""
    text = printable(example)
    if len(text) > _LONGEST_EXAMPLE:
        text = f"{text[: _LONGEST_EXAMPLE // 3]}…{text[-_LONGEST_EXAMPLE // 2 :]}"
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _sentence(demand: str) -> str:
    return f"{demand[0].upper()}{demand[1:]}."
