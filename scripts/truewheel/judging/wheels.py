"""Wheels read and judged, on all cores: each by itself first, then those of a release side by side."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from truewheel.checks import load_checks
from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.metadata import metadata_matches_release
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.findings import Finding, Note, separate
from truewheel.judging.facts import WheelFacts
from truewheel.judging.twine_check import DESCRIPTION_RENDERS, TWINE_CHECK
from truewheel.judging.twine_verdict import TwineVerdict, markup_complaint, twine_verdict
from truewheel.judging.wheel_facts import facts_of, facts_of_unreadable
from truewheel.system.processes import ProcessDied, Result, Task, cores, on_all_cores
from truewheel.wheel.archive.anomalies import AnomalyKind
from truewheel.wheel.reader import UnreadableWheel, Wheel, read_wheel

load_checks("wheels")

# Below this many bytes of wheels (measured), starting processes costs more than they save. Where they cannot be
# forked, each of them imports everything anew.
_SMALL = 4_000_000 if sys.platform == "linux" else 60_000_000
# So many texts to render are not worth it either; the empty one is none.
_FEW_TEXTS = 2 if sys.platform == "linux" else 20

# Called with the file name of each wheel as soon as it is judged.
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in one wheel.

    Attributes:
        facts: what reports say of it.
        findings: what is wrong with it, taken by itself.
        notes: what is unfortunate about it.
        wheel: the wheel as read; None when it could not be read, or is no part of a release.
    """

    facts: WheelFacts
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...] = ()
    wheel: Wheel | None = None


def judge_wheel(path: Path, config: Config | None) -> Judgement:
    """Read the wheel at `path` and judge it; as a part of the release that `config` describes, if it is one.

    Raises:
        ReleaseError: the file cannot be opened or read.
    """
    judgement, verdict = _judge_unrendered(path, config)
    return _with_verdict(judgement, verdict, markup_complaint(verdict.markup))


def _judge_unrendered(path: Path, config: Config | None) -> tuple[Judgement, TwineVerdict]:
    """Judge a wheel by everything but how its description renders."""
    try:
        wheel = read_wheel(path)
    except UnreadableWheel as error:
        unreadable = ARCHIVE_READABLE.finding(str(error), path.name)
        return Judgement(facts_of_unreadable(path), (unreadable,)), TwineVerdict()
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}") from None
    results = list(wheel_check.results(wheel, wheel.name))
    if config is not None and _is_of_release(wheel, config):
        results += release_wheel_check.results(ReleaseWheel(wheel, config), wheel.name)
        return Judgement(facts_of(wheel), *separate(results), wheel), TwineVerdict()
    # Nothing will compare it with others, and a wheel may have thousands of members to carry between processes.
    return Judgement(facts_of(wheel), *separate(results)), twine_verdict(wheel)


def _with_verdict(judgement: Judgement, verdict: TwineVerdict, complaint: str) -> Judgement:
    """Add what twine says, if it refuses; `complaint` is why the description does not render."""
    refusal = verdict.refusal(complaint)
    if not refusal:
        return judgement
    rule = DESCRIPTION_RENDERS if complaint else TWINE_CHECK
    return replace(judgement, findings=(*judgement.findings, rule.finding(refusal, judgement.facts.name)))


def _is_of_release(wheel: Wheel, config: Config) -> bool:
    """Whether it is a wheel of this project and version; that another one does not belong here is said once."""
    package = config.package
    return wheel.filename is not None and wheel.filename.is_of(package.normalized_name, package.version)


def comparable(wheels: Sequence[Wheel], config: Config) -> list[Wheel]:
    """The wheels that can be compared with each other: those of the release, neither damaged nor renamed.

    The others have findings of their own; comparing them would blame the sound ones.
    """
    return [
        wheel
        for wheel in wheels
        if _is_of_release(wheel, config)
        and all(anomaly.kind is AnomalyKind.FILE_TOO_LARGE for anomaly in wheel.anomalies)
        and not any(metadata_matches_release(ReleaseWheel(wheel, config)))
    ]


def judge_wheels(paths: Sequence[Path], config: Config | None, progress: Progress) -> list[Judgement]:
    """Judge all wheels at `paths`, in that order whatever was done first.

    Raises:
        ReleaseError: a file cannot be read, or a process that judged was killed.
    """
    sizes = {path: _size(path) for path in paths}
    # The largest first: begun last, it would be what everybody waits for.
    largest_first = sorted(paths, key=lambda path: -sizes[path])
    judged: dict[Path, tuple[Judgement, TwineVerdict]] = {}
    judge = functools.partial(_judge_unrendered, config=config)
    for path, judgement in _in_any_order(judge, largest_first, is_worth_it=sum(sizes.values()) >= _SMALL):
        judged[path] = judgement
        progress(path.name)
    complaints = _complaints(verdict.markup for _, verdict in judged.values())
    return [_with_verdict(*judged[path], complaints[judged[path][1].markup]) for path in paths]


def _complaints(texts: Iterable[str]) -> dict[str, str]:
    """Why texts do not render. Each is rendered once: the wheels of one version have the same, for all platforms."""
    distinct = sorted(set(texts), key=len, reverse=True)
    is_worth_it = len(distinct) > _FEW_TEXTS
    return dict(_in_any_order(markup_complaint, distinct, is_worth_it=is_worth_it))


def _in_any_order(
    function: Callable[[Task], Result], tasks: Sequence[Task], *, is_worth_it: bool
) -> Iterator[tuple[Task, Result]]:
    """Each task with what `function` makes of it, as they are done; on all cores where that is worth it."""
    processes = min(cores(), len(tasks))
    if processes < 2 or not is_worth_it:
        for task in tasks:
            yield task, function(task)
        return
    try:
        yield from on_all_cores(function, tasks, processes)
    except ProcessDied:
        raise ReleaseError(
            "a process that judged wheels was killed",
            hint="look whether the machine ran out of memory, and judge the wheels folder by folder",
        ) from None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}") from None
