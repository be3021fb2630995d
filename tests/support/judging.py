"""One check at a time."""

from __future__ import annotations

from truewheel.checks import MODULES, load_checks
from truewheel.findings import CheckRegister, Result, Subject

load_checks(*MODULES)
HERE = "(the subject)"


def findings(register: CheckRegister[Subject], name: str, subject: Subject) -> list[Result]:
    """Return the results of the check `name`; the place is `HERE` unless a result has one of its own."""
    (check,) = (check for check in register if check.rule.name == name)
    return list(check.results(subject, HERE))


def messages(register: CheckRegister[Subject], name: str, subject: Subject) -> list[str]:
    """Return the messages of the check `name`."""
    return [finding.message for finding in findings(register, name, subject)]
