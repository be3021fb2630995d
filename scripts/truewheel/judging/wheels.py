"""Wheels read and judged, on all cores."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from truewheel.checks import load_checks
from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.metadata import metadata_matches_release
from truewheel.checks.project_metadata import metadata_matches_project
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.findings import Accepted, By, Finding, Note, Result, separate
from truewheel.judging.facts import WheelFacts
from truewheel.judging.twine_check import refused_description
from truewheel.judging.wheel_facts import facts_of, facts_of_unreadable
from truewheel.system.processes import ProcessDied, cores, on_all_cores
from truewheel.wheel.archive.anomalies import AnomalyKind
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.reader import UNDERSTUDY, UnreadableWheel, Wheel, read_wheel

load_checks("wheels")

# Below this many bytes of wheels (measured), starting processes costs more than it saves. Where processes cannot be
# forked, each one imports everything again.
_SMALL = 4_000_000 if sys.platform == "linux" else 60_000_000

# What is not about the file itself, but about what was built.
_OF_CONTENTS = {rule.name for rule in wheel_check.rules if rule.by in (By.LOADER, By.DECISION, By.CARE)}
_UNDERSTUDY = "it is an understudy, a wheel of the last release: nothing in it was compared with the tagged sources"

# Called with the file name of each wheel as soon as it is judged.
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The findings in one wheel."""

    facts: WheelFacts  # what reports show of it
    findings: tuple[Finding, ...]  # why it must not be published
    notes: tuple[Note, ...] = ()  # what is merely unfortunate
    accepted: tuple[Accepted, ...] = ()  # what would refuse it, if the project had not accepted it
    wheel: Wheel | None = None  # the wheel as read; None if it is unreadable, or not of the release

    @property
    def results(self) -> tuple[Result, ...]:
        return (*self.findings, *self.notes, *self.accepted)


def judge_wheel(path: Path, config: Config | None, *, is_rehearsed: bool = False) -> Judgement:
    """Read and judge the wheel at `path`; as a wheel of the release that `config` describes, if it is one.

    In a rehearsal an understudy is not compared with the tagged tree, and what is wrong with its contents is a note.

    Raises:
        ReleaseError: the file cannot be opened or read.
    """
    try:
        wheel = read_wheel(path)
    except UnreadableWheel as error:
        return Judgement(facts_of_unreadable(path), (ARCHIVE_READABLE.finding(str(error), path.name),))
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}") from None
    acceptances = config.accept if config is not None else ()
    results = list(wheel_check.results(wheel, wheel.name, acceptances))
    is_release = config is not None and _is_of_release(wheel, config)
    # metadata-valid refuses what twine cannot read.
    if isinstance(wheel.metadata, HeaderFile) and all(result.check != "metadata-valid" for result in results):
        refused = refused_description(wheel.metadata, is_release=is_release)
        results += [rule.result(reason, wheel.name) for rule, reason in refused]
    if is_understudy(wheel, is_rehearsed=is_rehearsed):
        return Judgement(facts_of(wheel), *separate(map(_as_understudy, results)), wheel)
    if config is not None and is_release:
        results += release_wheel_check.results(ReleaseWheel(wheel, config), wheel.name, acceptances)
        return Judgement(facts_of(wheel), *separate(results), wheel)
    # Without the wheel: it is not compared with others, and may have thousands of members to send between processes.
    return Judgement(facts_of(wheel), *separate(results))


def _as_understudy(result: Result) -> Result:
    """A finding about the contents of an understudy as a note: the last release has it, and this one may not."""
    if result.check == "understudy-absent":
        return Note(result.check, result.where, _UNDERSTUDY)
    if isinstance(result, Finding) and result.check in _OF_CONTENTS:
        return Note(result.check, result.where, f"{result.message} (in the last release)", result.hint)
    return result


def is_understudy(wheel: Wheel, *, is_rehearsed: bool) -> bool:
    """Whether a wheel is the last release's; only a rehearsal may have such wheels."""
    return is_rehearsed and wheel.has_dist_info_file(UNDERSTUDY)


def _is_of_release(wheel: Wheel, config: Config) -> bool:
    """Whether it is a wheel of this project and version; others have a finding of their own."""
    package = config.package
    return wheel.filename is not None and wheel.filename.is_of(package.normalized_name, package.version)


def comparable(wheels: Sequence[Wheel], config: Config) -> list[Wheel]:
    """The wheels that can be compared with each other: those of the release, neither damaged nor renamed.

    The others have findings of their own; comparing them would blame the sound ones.
    """
    sound = [
        wheel
        for wheel in wheels
        if _is_of_release(wheel, config)
        and wheel.dist_info is not None
        and all(anomaly.kind is AnomalyKind.FILE_TOO_LARGE for anomaly in wheel.anomalies)
        and not any(metadata_matches_release(ReleaseWheel(wheel, config)))
    ]
    # If all of them have other metadata than the project, they can still be the same release.
    return [wheel for wheel in sound if not any(metadata_matches_project(ReleaseWheel(wheel, config)))] or sound


def judge_wheels(
    paths: Sequence[Path], config: Config | None, progress: Progress, *, is_rehearsed: bool = False
) -> list[Judgement]:
    """Judge all wheels at `paths`; the judgements are in the same order.

    Raises:
        ReleaseError: a file cannot be read, or a process was killed.
    """
    sizes = {path: path.stat().st_size if path.exists() else 0 for path in paths}
    # The largest first: if it began last, all others would wait for it.
    largest_first = sorted(paths, key=lambda path: -sizes[path])
    judged: dict[Path, Judgement] = {}
    judge = functools.partial(judge_wheel, config=config, is_rehearsed=is_rehearsed)
    for path, judgement in _judge_all(judge, largest_first, sum(sizes.values())):
        judged[path] = judgement
        progress(path.name)
    return [judged[path] for path in paths]


def _judge_all(
    judge: Callable[[Path], Judgement], paths: Sequence[Path], size: int
) -> Iterator[tuple[Path, Judgement]]:
    """The judgements as they are made; on all cores, if the wheels are large enough for that."""
    processes = min(cores(), len(paths))
    if processes < 2 or size < _SMALL:
        yield from ((path, judge(path)) for path in paths)
        return
    try:
        yield from on_all_cores(judge, paths, processes)
    except ProcessDied:
        raise ReleaseError(
            "a process that judged wheels was killed",
            hint="check whether the machine ran out of memory; judge fewer wheels at a time",
        ) from None
