"""Findings, notes, and how a check is declared.

A check is a generator that takes one subject (a release, a `dist/` folder, a wheel) and yields one
sentence per problem. It has the name of the function, and demands what the docstring says:

    @wheel_check(By.SPECIFICATION, source="PEP 427", hint="rebuild the wheel; do not edit it by hand")
    def record_complete(wheel: Wheel) -> Iterator[str]:
        \"\"\"RECORD names exactly the files in the archive\"\"\"
        for name in sorted(wheel.file_names - wheel.record_names):
            yield f"{name} is in the archive but not in RECORD"

Nothing else has to be edited: programs run and list the registers in `truewheel.checks`.
"""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Generic, TypeVar

Subject = TypeVar("Subject")

_MOST = 20


class By(str, Enum):
    """Whose demand a rule is, the most pressing first."""

    PYPI = "PyPI"  # its upload endpoint refuses the file, or its trusted publishing the workflow
    TWINE = "twine"  # `twine check --strict` fails
    SPECIFICATION = "specification"  # of the format of wheels, of Python packaging or of a file in the wheel
    INSTALLERS = "installers"  # pip or uv cannot install it as it is meant, on every file system
    LOADER = "loader"  # an operating system or Python cannot load the code
    DECISION = "decision"  # docs/decisions.md or [tool.release]
    CARE = "care"  # nobody refuses it, but it would harm users or cannot have been meant


_RANK = {by: rank for rank, by in enumerate(By)}


@dataclass(frozen=True, slots=True)
class _Result:
    """What a check found."""

    check: str  # the name of the check that found it, e.g. `record-complete`
    where: str  # the file or the fact that is wrong, e.g. a wheel's file name
    message: str  # what was expected and what was found, in one line
    hint: str = ""  # what to do about it
    subject: str = ""  # what an acceptance names it by; by default `where` without the line
    also: tuple[str, ...] = ()  # more subjects with the same problem

    def __post_init__(self) -> None:
        if not self.subject:
            object.__setattr__(self, "subject", self.where.partition(", line ")[0])

    @property
    def remark(self) -> str:
        """What reports show below the message."""
        return self.hint


class Finding(_Result):
    """One reason not to release."""

    __slots__ = ()


class Note(_Result):
    """Something worth knowing that never refuses a release. Some fields may be empty."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One line of `[tool.release.accept]`: `"CHECK:PATTERN" = "REASON"`."""

    check: str  # the name of the check
    pattern: str  # an fnmatch pattern of the findings' subjects or wheels, in which * matches slashes too
    reason: str  # why the project accepts them

    def matches(self, result: Result, *subjects: str) -> bool:
        # A wheel may be accepted as a whole; a workflow, where every place is in one file, only part by part.
        names = (*subjects, result.where) if result.where.endswith(".whl") else subjects
        return any(fnmatch.fnmatchcase(name, self.pattern) for name in names)

    def concerns(self, result: Result) -> bool:
        """Whether it accepts the finding, or a part of it."""
        is_finding = self.check == result.check and not isinstance(result, Note)
        return is_finding and self.matches(result, result.subject, *result.also)


@dataclass(frozen=True, slots=True)
class Accepted(_Result):
    """A finding that a project has decided to live with, so it does not refuse."""

    acceptances: tuple[Acceptance, ...] = ()  # those that accept it

    @property
    def remark(self) -> str:
        return "; ".join(dict.fromkeys(one.reason for one in self.acceptances))


Result = Finding | Note | Accepted


def accept(result: Result, acceptances: Iterable[Acceptance]) -> Result:
    """Return `result`, as accepted if it is a finding, and its wheel or each of its subjects is accepted.

    Of several acceptances, the most specific one counts.
    """
    mine = [one for one in acceptances if one.check == result.check] if isinstance(result, Finding) else []
    if not mine:
        return result
    by: dict[Acceptance, None] = {}
    for subject in (result.subject, *result.also):
        matching = [one for one in mine if one.matches(result, subject)]
        if not matching:
            return result
        by[max(matching, key=lambda one: len(one.pattern))] = None
    fields = (result.check, result.where, result.message, result.hint, result.subject, result.also)
    return Accepted(*fields, tuple(by))


def separate(results: Iterable[Result]) -> tuple[tuple[Finding, ...], tuple[Note, ...], tuple[Accepted, ...]]:
    """The findings, the notes and the accepted findings among `results`, each in their order."""
    every = list(results)
    return (
        tuple(result for result in every if isinstance(result, Finding)),
        tuple(result for result in every if isinstance(result, Note)),
        tuple(result for result in every if isinstance(result, Accepted)),
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check yields instead of a plain sentence."""

    message: str  # the sentence
    where: str = ""  # a narrower place than what was judged, e.g. a line of a file
    hint: str = ""  # a remedy of its own
    # What an acceptance names it by, if that is not `where`: a member of the wheel, or `JOB/WHAT` of a workflow,
    # where WHAT is an action without its version, a key, `env.NAME`, or a step. No line, no version.
    subject: str = ""
    also: tuple[str, ...] = ()  # more subjects with the same problem

    @classmethod
    def at(cls, place: object, message: str, subject: str = "") -> Problem:
        """A problem at `place`, which is written as text: a line of a file, a member of an archive."""
        return cls(message, where=str(place), subject=subject)

    @classmethod
    def of(cls, subjects: Iterable[str], message: str, where: object = "") -> Problem:
        """A problem of one or more subjects, e.g. members of a wheel or jobs of a workflow."""
        first, *others = dict.fromkeys(subjects)
        return cls(message, str(where), subject=first, also=tuple(others))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a check demands."""

    name: str  # of the check, e.g. `record-complete`
    demand: str  # in one sentence
    source: str  # the document or the behaviour that the demand comes from
    hint: str  # the usual remedy
    by: By  # whose demand it is
    is_note: bool = False  # whether a problem is only a note, which refuses nothing

    def result(self, problem: str | Problem, where: str) -> Finding | Note:
        """The finding or, if the rule says so, the note for a problem at `where`."""
        return Note(*self._fields(problem, where)) if self.is_note else self.finding(problem, where)

    def finding(self, problem: str | Problem, where: str) -> Finding:
        """The finding for a problem at `where`; a place or a hint of the problem's own goes first."""
        return Finding(*self._fields(problem, where))

    def _fields(self, problem: str | Problem, where: str) -> tuple[str, str, str, str, str, tuple[str, ...]]:
        if isinstance(problem, str):
            problem = Problem(problem)
        place, hint = problem.where or where, problem.hint or self.hint
        return self.name, place, problem.message, hint, problem.subject, problem.also


Judge = Callable[[Subject], Iterator[str | Problem]]


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """A rule together with the function that judges a subject by it."""

    rule: Rule
    judge: Judge[Subject]

    def results(self, subject: Subject, where: str, acceptances: Sequence[Acceptance] = ()) -> Iterator[Result]:
        """The problems of `subject` as findings, as accepted findings or, if the rule says so, as notes at `where`.

        More than 20 of a kind are one, with their number.
        """
        counts: Counter[tuple[Acceptance, ...]] = Counter()
        kept: dict[tuple[Acceptance, ...], list[Result]] = {}
        for problem in self.judge(subject):
            result = accept(self.rule.result(problem, where), acceptances)
            kind = result.acceptances if isinstance(result, Accepted) else ()
            counts[kind] += 1
            if counts[kind] <= _MOST:
                kept.setdefault(kind, []).append(result)
        for kind, results in kept.items():
            if counts[kind] <= _MOST:
                yield from results
            else:
                first, *others = results
                message = f"{first.message} (and {counts[kind] - 1:,} more like this)"
                yield replace(first, message=message, also=(*first.also, *(other.subject for other in others)))


class CheckRegister(Generic[Subject]):
    """The checks for one kind of subject, in the order in which they were declared."""

    def __init__(self) -> None:
        self._checks: dict[str, Check[Subject]] = {}

    def __call__(
        self, by: By, *, source: str, hint: str, is_note: bool = False
    ) -> Callable[[Judge[Subject]], Judge[Subject]]:
        """Declare the decorated generator, which stays callable, as the check of its name, with dashes; see `add`."""

        def declare(judge: Judge[Subject]) -> Judge[Subject]:
            demand = " ".join((judge.__doc__ or "").split())
            self.add(Rule(judge.__name__.replace("_", "-"), demand, source, hint, by, is_note), judge)
            return judge

        return declare

    def note(self, by: By, *, source: str, hint: str) -> Callable[[Judge[Subject]], Judge[Subject]]:
        """Declare a check in the same way, with problems that are only notes."""
        return self(by, source=source, hint=hint, is_note=True)

    def add(self, rule: Rule, judge: Judge[Subject]) -> None:
        """Add a check; ValueError if its name is taken."""
        if rule.name in self._checks:
            raise ValueError(f"two checks have the name {rule.name}")
        self._checks[rule.name] = Check(rule, judge)

    def __iter__(self) -> Iterator[Check[Subject]]:
        return iter(self._checks.values())

    def __len__(self) -> int:
        return len(self._checks)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(check.rule for check in self)

    def results(self, subject: Subject, where: str, acceptances: Sequence[Acceptance] = ()) -> Iterator[Result]:
        """Every finding and every note of every check: one never hides the next."""
        # The worst first, and in the same order whichever module was imported first.
        for check in sorted(self, key=lambda check: (_RANK[check.rule.by], check.rule.name)):
            yield from check.results(subject, where, [one for one in acceptances if one.check == check.rule.name])
