"""docs/checks.md: every check with its demand, an example of its message, and what to do.

The examples are in docs/check-examples.json; everything else comes from the checks themselves.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

from truewheel.acceptances import WHY_NEVER
from truewheel.checks import MODULES, archive, dist, load_checks, registers
from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.dist import WHEELS_PRESENT
from truewheel.docs import read
from truewheel.findings import Rule
from truewheel.judging.twine_check import DESCRIPTION_PRESENT, DESCRIPTION_RENDERS, TWINE_CHECK, TWINE_WARNINGS
from truewheel.report.markdown import code
from truewheel.report.text import printable, truncate
from truewheel.verdict import ACCEPTANCES_USED

PAGE = Path("docs/checks.md")
EXAMPLES = Path("docs/check-examples.json")

_LONGEST_EXAMPLE = 240

# Rules without a check function, by the module with their subject.
_OTHER_RULES = {dist: (WHEELS_PRESENT, "the folder"), archive: (ARCHIVE_READABLE, "any wheel")}


def load_examples(root: Path) -> dict[str, str]:
    """An example of each check's message, by the check's name."""
    examples: dict[str, str] = json.loads(read(root, EXAMPLES))
    return examples


def page(root: Path) -> str:
    """Return the page in the repository `root`; what is above its list of subjects is written by hand."""
    examples = load_examples(root)
    contents = [f"- [{title}](#{_anchor(title)})" for title, _ in subjects()]
    sections = [f"{read(root, PAGE).partition('- [')[0]}{contents[0]}", *contents[1:], ""]
    for title, scoped in subjects():
        sections.append(f"## {title}\n")
        sections += [_entry(rule, scope, examples.get(rule.name, "")) for rule, scope in scoped]
    return "\n".join(sections)


def subjects() -> Iterator[tuple[str, list[tuple[Rule, str]]]]:
    """The subjects, each with its rules and what each rule looks at."""
    for module in load_checks(*MODULES):
        scoped = [_OTHER_RULES[module]] if module in _OTHER_RULES else []
        for scope, register in registers.EVERY.items():
            scoped += [(check.rule, scope) for check in register if check.judge.__module__ == module.__name__]
        yield _question(module), scoped
    of_twine = (DESCRIPTION_RENDERS, DESCRIPTION_PRESENT, TWINE_CHECK, TWINE_WARNINGS)
    yield "Does the description render?", [(rule, "any wheel") for rule in of_twine]
    yield "Is every acceptance needed?", [(ACCEPTANCES_USED, "[tool.release.accept]")]


def _question(module: object) -> str:
    """The question at the beginning of a module's docstring."""
    text = " ".join((inspect.getdoc(module) or "").split())
    return text[: text.index("?") + 1]


def _anchor(title: str) -> str:
    """The anchor that GitHub gives a heading: `Is it one?` has `is-it-one`."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _entry(rule: Rule, scope: str, example: str) -> str:
    never = f"\n- can never be accepted: {WHY_NEVER[rule.name]}" if rule.name in WHY_NEVER else ""
    return f"""\
### {rule.name}

{rule.demand[0].upper()}{rule.demand[1:]}.

- a {"note" if rule.is_note else "finding"} about {scope}
- demanded by: {rule.by.value}
- source: {rule.source}{never}
- example: {code(truncate(printable(example), _LONGEST_EXAMPLE))}
- what to do: {rule.hint}
"""
