"""docs/workflow.md: the table of what is known to be harmless in the jobs that lead to publishing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from truewheel.report.markdown import Markdown, code, table
from truewheel.workflow import harmless as known
from truewheel.workflow.harmless import Action, Input

PAGE = Path("docs/workflow.md")


def page() -> str:
    """Return the whole page."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield known.PROSE["heading"] + table(
        ["key", "why it may matter"], [[code(key), why] for key, why in known.KEYS.items()]
    )
    yield f"\n{known.PROSE['commands']}{', '.join(map(code, known.RUNNERS))}\n"
    yield f"\n{known.PROSE['variables']}{', '.join(map(code, known.VARIABLES))}\n\n"
    yield _reasons("variable", known.OTHER_VARIABLES)
    yield "\n## Actions\n\nEvery action is pinned to a commit, 40 hexadecimal digits, with its version in a comment.\n"
    for name, action in known.ACTIONS.items():
        yield _action(name, action)
    yield "\n### Other actions\n\n"
    yield _reasons("action", known.OTHER_ACTIONS)


def _reasons(what: str, reasons: Mapping[str, str]) -> str:
    """A table of patterns, which are regular expressions."""
    rows = [[code(name), why] for name, why in reasons.items()]
    return table([f"{what} (regular expression)", "why it may matter"], rows)


def _action(name: str, action: Action) -> str:
    oldest = ".".join(map(str, action.oldest))
    free = [one for one, given in action.inputs.items() if given in (Input(known.ANY), Input(known.FLAG))]
    rows = [[code(one), Markdown(_values(given)), given.why] for one, given in action.inputs.items() if one not in free]
    text = (
        f"\n### {name}\n\nIn jobs that {' or '.join(action.jobs)}. Versions before {oldest} {action.older_ones}. "
        f"Harmless, if the value is known before the workflow runs: {', '.join(map(code, free))}.\n"
    )
    return text + ("\n" + table(["input", "harmless", "why another value may matter"], rows) if rows else "")


def _values(given: Input) -> str:
    values = (
        "any" if given.values == known.ANY else " or ".join(code(value or "''") for value in given.values) or "none"
    )
    conditions = [
        (f"required{given.unless and f' unless `{given.unless}` is given'}", given.is_required),
        (f"only after {given.after}", given.after),
    ]
    return ", ".join([values, *(text for text, holds in conditions if holds)])
