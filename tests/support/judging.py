"""One check at a time."""

from __future__ import annotations

from truewheel.checks import MODULES, load_checks
from truewheel.findings import CheckRegister, Result, Subject

load_checks(*MODULES)
HERE = "(the subject)"


def findings(register: CheckRegister[Subject], name: str, subject: Subject) -> list[Result]:
    """What the check `name` finds; where it names no place of its own, the place is `HERE`."""
    (check,) = (check for check in register if check.rule.name == name)
    return list(check.results(subject, HERE))


def messages(register: CheckRegister[Subject], name: str, subject: Subject) -> list[str]:
    """What the check `name` says."""
    return [finding.message for finding in findings(register, name, subject)]
