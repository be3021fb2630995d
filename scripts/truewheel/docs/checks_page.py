"""docs/checks.md: every check with its demand, an example of its message, and what to do.

The examples are in docs/check-examples.json; all else comes from the checks themselves.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from truewheel.checks import MODULES, archive, dist, load_checks, registers
from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.dist import WHEELS_PRESENT
from truewheel.errors import ReleaseError
from truewheel.findings import CheckRegister, Rule
from truewheel.judging.twine_check import DESCRIPTION_RENDERS, TWINE_CHECK
from truewheel.report.text import printable, truncate

PAGE = Path("docs/checks.md")
EXAMPLES = Path("docs/check-examples.json")

_HEADING = """\
# Checks

What `nox -s validate` and `nox -s check-dist` demand before anything is published. Written by `nox -s docs`; do not
edit this page by hand. Reports and tests name a check as it is named here.

A *finding* refuses the release; a *note* never does. "Demanded by" says whose demand it is: PyPI and twine refuse the
file, installers or the loader cannot use it, a specification or a [decision](decisions.md) forbids it. With *care*,
nobody refuses it, but it would harm users or cannot have been meant.
"""
_LONGEST_EXAMPLE = 240

# Each register with what its checks look at.
_SCOPES: tuple[tuple[CheckRegister[Any], str], ...] = (
    (registers.release_check, "the tag and the source tree"),
    (registers.workflow_check, "the publishing workflow"),
    (registers.index_check, "the index"),
    (registers.dist_check, "the folder"),
    (registers.wheel_check, "any wheel"),
    (registers.release_wheel_check, "a wheel of this release"),
    (registers.wheel_set_check, "the wheels of this release together"),
)
# Rules without a check function, by the module with their subject.
_OTHER_RULES = {dist: (WHEELS_PRESENT, "the folder"), archive: (ARCHIVE_READABLE, "any wheel")}


def load_examples(root: Path) -> dict[str, str]:
    """An example of each check's message, by the check's name.

    Raises:
        ReleaseError: the file is missing.
    """
    try:
        examples: dict[str, str] = json.loads((root / EXAMPLES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReleaseError(f"{EXAMPLES.as_posix()} is missing", hint="run this from the repository's top") from None
    return examples


def page(examples: Mapping[str, str]) -> str:
    """The text of docs/checks.md."""
    contents = [f"- [{title}](#{_anchor(title)})" for title, _ in subjects()]
    sections = [_HEADING, *contents, ""]
    for title, scoped in subjects():
        sections.append(f"## {title}\n")
        sections += [_entry(rule, scope, examples.get(rule.name, "")) for rule, scope in scoped]
    return "\n".join(sections)


def subjects() -> Iterator[tuple[str, list[tuple[Rule, str]]]]:
    """The subjects, each with its rules and what each rule looks at."""
    for module in load_checks(*MODULES):
        scoped = [_OTHER_RULES[module]] if module in _OTHER_RULES else []
        for register, scope in _SCOPES:
            scoped += [(check.rule, scope) for check in register if check.judge.__module__ == module.__name__]
        yield _question(module), scoped
    yield "Does the description render?", [(rule, "any wheel") for rule in (DESCRIPTION_RENDERS, TWINE_CHECK)]


def _question(module: object) -> str:
    """The question at the beginning of a module's docstring."""
    text = " ".join((inspect.getdoc(module) or "").split())
    return text[: text.index("?") + 1]


def _anchor(title: str) -> str:
    """The anchor that GitHub gives a heading: `Is it one?` has `is-it-one`."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _entry(rule: Rule, scope: str, example: str) -> str:
    return f"""\
### {rule.name}

{rule.demand[0].upper()}{rule.demand[1:]}.

- a {"note" if rule.is_note else "finding"} about {scope}
- demanded by: {rule.by.value}
- source: {rule.source}
- example: {_code(truncate(printable(example), _LONGEST_EXAMPLE))}
- what to do: {rule.hint}
"""


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"
