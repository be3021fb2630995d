"""The report of a program, from which every form of output is made."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from truewheel.errors import ReleaseError
from truewheel.findings import Accepted, Finding, Note, Result
from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.report.text import pluralize, readable_size

if TYPE_CHECKING:
    from truewheel.publishing.pip_choice import PipChoice

FIT, REFUSED, CANNOT_JUDGE = "fit", "refused", "cannot-judge"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a program ended."""

    program: str  # its name as a nox session
    word: str  # `fit`, `refused` or `cannot-judge`
    reason: str  # what is fit, or why it is not, for the last line
    task: str = "judge"  # what the program could not do, e.g. `judge` or `build`

    @property
    def exit_status(self) -> int:
        """0 fit, 1 refused, 2 could not be judged."""
        return (FIT, REFUSED, CANNOT_JUDGE).index(self.word)

    @property
    def line(self) -> str:
        """The verdict in one line. nox turns every failing exit status into 1; this line tells them apart."""
        words = f"cannot {self.task}" if self.word == CANNOT_JUDGE else self.word
        return f"{self.program}: {words}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a program."""

    program: str  # its name as a nox session, e.g. `check-dist`
    subject: str = ""  # what was judged, for the last line, e.g. `2 wheels` or `the tag v0.5.0`
    findings: tuple[Finding, ...] = ()  # all of them
    wheels: tuple[WheelFacts, ...] = ()  # the wheels that were judged
    error: ReleaseError | None = None  # why nothing could be judged, if so
    notes: tuple[Note, ...] = ()  # what is worth knowing but refuses nothing
    # The trusted publisher to register, as the fields of PyPI's form; an unknown value is None.
    publisher: tuple[tuple[str, str | None], ...] = ()
    task: str = "judge"  # what the program could not do, e.g. `judge` or `build`
    accepted: tuple[Accepted, ...] = ()  # the findings that the project has accepted; they refuse nothing
    choices: tuple[PipChoice, ...] = ()  # what pip takes after the release, for each platform and Python

    @property
    def outcome(self) -> Verdict:
        """Fit, refused, or not judged, and why."""
        if self.error is not None:
            return Verdict(self.program, CANNOT_JUDGE, self.error.message, self.task)
        if not self.findings:
            accepted = f" ({pluralize(len(self.accepted), 'accepted finding')})" if self.accepted else ""
            return Verdict(self.program, FIT, f"{self.subject}{accepted}")
        return Verdict(self.program, REFUSED, f"{pluralize(len(self.findings), 'finding')} in {self.subject}")

    def verdict_on(self, wheel: WheelFacts) -> str:
        """`refused` if a finding is about this wheel, else `fit`; findings about the whole set are about no wheel."""
        return REFUSED if any(finding.where == wheel.name for finding in self.findings) else FIT


# The heads of a table of native libraries.
LIBRARY_HEADS = ("library", "size", "debug", "exports", "needs", "loads")


def library_cells(library: LibraryFacts, most: int) -> tuple[str, ...]:
    """The facts about a native library for people, in the order of `LIBRARY_HEADS`; of what it loads, the first."""
    more = len(library.needs) - most
    loaded = [name.rpartition("/")[2] for name in library.needs[:most]]
    loads = ", ".join([*loaded, *([f"{more} more"] if more > 0 else [])])
    debug = readable_size(library.debug_size) if library.debug_size else ""
    return library.name, readable_size(library.size), debug, str(library.exports), library.system, loads


def publisher_fields(report: Report) -> Iterator[tuple[str, str]]:
    """The trusted publisher for people; the first unknown value says how to make it known."""
    remedy = ": set GITHUB_REPOSITORY=owner/name, or let git's remote origin be the repository on GitHub"
    for field, value in report.publisher:
        if value is None:
            yield field, f"unknown{remedy}"
            remedy = ""
        else:
            yield field, value


def choice_rows(choices: Sequence[PipChoice]) -> Iterator[tuple[str, ...]]:
    """What pip takes, for people: a head with Pythons, then the versions for platforms, which are the last cell.

    Pythons and platforms for which pip takes the same are together.
    """
    # Without the dependencies of truewheel, the error that says so is still printed.
    from truewheel.publishing.pip_choice import python_ranges  # noqa: PLC0415

    pythons = list(dict.fromkeys(choice.python for choice in choices))
    platforms: dict[str, list[str]] = {}
    for choice in choices:
        words = f"{choice.version}{'' if choice.file.endswith('.whl') else ' (sdist)'}" if choice.file else "nothing"
        platforms.setdefault(choice.platform, []).append(words)
    columns = [*zip(*platforms.values(), strict=True)]
    alike = [[*group] for _, group in itertools.groupby(range(len(pythons)), key=columns.__getitem__)]
    yield (*(python_ranges([pythons[number] for number in group]) for group in alike), "platform")
    rows: dict[tuple[str, ...], list[str]] = {}
    for platform, versions in platforms.items():
        rows.setdefault(tuple(versions[group[0]] for group in alike), []).append(platform)
    yield from ((*cells, ", ".join(names)) for cells, names in rows.items())


_MOST_PLACES = 4
_AnyResult = TypeVar("_AnyResult", bound=Result)


def by_place(results: Iterable[_AnyResult]) -> dict[str, list[_AnyResult]]:
    """Findings or notes by where they are, in their order; what is the same in several places is there once."""
    alike: dict[tuple[str, str, str], list[_AnyResult]] = {}
    for result in results:
        alike.setdefault((result.check, result.message, result.remark), []).append(result)
    places: dict[str, list[_AnyResult]] = {}
    for same in alike.values():
        every = list(dict.fromkeys(result.where for result in same))
        more = f" and {len(every) - _MOST_PLACES} more" if len(every) > _MOST_PLACES else ""
        places.setdefault(f"{', '.join(every[:_MOST_PLACES])}{more}", []).append(same[0])
    return places
