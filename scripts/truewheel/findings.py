"""Findings, checks, and how a check is declared.

A check is a generator that takes one subject (a release, a `dist/` folder, a wheel) and yields one
sentence per problem. What it is called, what it demands and who demands it stand on its decorator:

    @wheel_check("record-complete", "RECORD names exactly the files in the archive", source="PEP 427",
                 hint="rebuild the wheel; do not edit it by hand")
    def record_complete(wheel: Wheel) -> Iterator[str]:
        for name in sorted(wheel.file_names - wheel.record_names):
            yield f"{name} is in the archive but not in RECORD"

Nothing else has to be edited: the registers in `truewheel.checks` are what programs run and list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to release.

    Attributes:
        check: the name of the check that found it, e.g. `record-complete`.
        where: the file or the fact that is wrong, e.g. a wheel's file name.
        message: what was expected and what was found, in one line.
        hint: what to do about it.
    """

    check: str
    where: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check yields instead of a plain sentence when the problem lies somewhere narrower than its
    subject (`where`), or has a remedy of its own (`hint`)."""

    message: str
    where: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a check demands: its name, the demand in one sentence, who demands it, and the usual remedy."""

    name: str
    demand: str
    source: str
    hint: str

    def finding(self, problem: str | Problem, where: str) -> Finding:
        """The finding for one problem at `where`; what the problem itself says goes first."""
        if isinstance(problem, str):
            problem = Problem(problem)
        return Finding(self.name, problem.where or where, problem.message, problem.hint or self.hint)


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """A rule together with the function that judges a subject by it."""

    rule: Rule
    judge: Callable[[Subject], Iterator[str | Problem]]

    def findings(self, subject: Subject, where: str) -> Iterator[Finding]:
        """Every problem of `subject`, as findings at `where`."""
        for problem in self.judge(subject):
            yield self.rule.finding(problem, where)


class CheckRegister(Generic[Subject]):
    """The checks for one kind of subject, in the order in which they were declared."""

    def __init__(self) -> None:
        self._checks: dict[str, Check[Subject]] = {}

    def __call__(
        self, name: str, demand: str, *, source: str, hint: str
    ) -> Callable[[Callable[[Subject], Iterator[str | Problem]]], Callable[[Subject], Iterator[str | Problem]]]:
        """Declare the decorated generator as the check `name`; the function itself stays callable.

        Raises:
            ValueError: the name is taken.
        """

        def declare(
            judge: Callable[[Subject], Iterator[str | Problem]],
        ) -> Callable[[Subject], Iterator[str | Problem]]:
            if name in self._checks:
                raise ValueError(f"two checks are called {name}")
            self._checks[name] = Check(Rule(name, demand, source, hint), judge)
            return judge

        return declare

    def __iter__(self) -> Iterator[Check[Subject]]:
        return iter(self._checks.values())

    def __len__(self) -> int:
        return len(self._checks)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(check.rule for check in self)

    def findings(self, subject: Subject, where: str) -> Iterator[Finding]:
        """Every finding of every check: one never hides the next."""
        for check in self:
            yield from check.findings(subject, where)
