"""The one place where what was found becomes what refuses: findings, notes, and accepted findings."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator

from truewheel.checks import MODULES, load_checks, registers
from truewheel.checks.sentences import join_names
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.findings import Acceptance, Accepted, By, Finding, Note, Result, Rule, accept, separate

ACCEPTANCES_USED = Rule(
    "acceptances-used",
    "every acceptance in [tool.release.accept] accepts a finding",
    by=By.CARE,
    source="what is accepted for no reason hides the next finding",
    hint="remove the line, or correct its pattern",
)
_NAMES = "[tool.release.accept] of pyproject.toml"


def judged(
    results: Iterable[Result], config: Config | None, run: Collection[Rule]
) -> tuple[tuple[Finding, ...], tuple[Note, ...], tuple[Accepted, ...]]:
    """Return the findings, the notes and the findings that `config` accepts.

    The acceptances of the rules in `run`, which judged the whole release, must have accepted something. ReleaseError if
    an acceptance names a check that does not exist.
    """
    acceptances = config.accept if config is not None else ()
    _refuse_unknown(acceptances, run)
    every = [accept(result, acceptances) for result in results]
    names = {rule.name for rule in run}
    unused = (one for one in acceptances if one.check in names and not any(map(one.concerns, every)))
    found = (ACCEPTANCES_USED.finding(f"{one.check}:{one.pattern} accepts nothing", _NAMES) for one in unused)
    return separate([*every, *found])


def _refuse_unknown(acceptances: Iterable[Acceptance], run: Iterable[Rule]) -> None:
    unknown = {one.check for one in acceptances} - {rule.name for rule in run}
    known = [rule.name for rule in _all_rules()] if unknown else []
    for name in sorted(unknown.difference(known)):
        near = join_names(difflib.get_close_matches(name, known, cutoff=0.4))
        raise ReleaseError(
            f"{_NAMES} names the check {name!r}, which does not exist",
            hint=f"did you mean {near}?" if near else "docs/checks.md lists the checks",
        )


def _all_rules() -> Iterator[Rule]:
    """The rules of all programs; importing them takes half a second, and a program needs only its own."""
    from truewheel.checks.archive import ARCHIVE_READABLE  # noqa: PLC0415
    from truewheel.checks.dist import WHEELS_PRESENT  # noqa: PLC0415
    from truewheel.clean_room.room import CLEAN_IMPORT, PACKAGE_TESTS  # noqa: PLC0415
    from truewheel.judging.twine_check import DESCRIPTION_PRESENT, DESCRIPTION_RENDERS, TWINE_CHECK  # noqa: PLC0415
    from truewheel.verification.rules import RULES as VERIFICATION  # noqa: PLC0415

    load_checks(*MODULES)
    for register in registers.EVERY.values():
        yield from register.rules
    yield from (WHEELS_PRESENT, ARCHIVE_READABLE, CLEAN_IMPORT, PACKAGE_TESTS)
    yield from (DESCRIPTION_RENDERS, DESCRIPTION_PRESENT, TWINE_CHECK)
    yield from VERIFICATION
