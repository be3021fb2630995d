"""Which library of a wheel loads which: columns from what Python loads to what must be on the machine already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from truewheel.judging.facts import LibraryFacts
from truewheel.report.text import pluralize

# More of one kind, loading the very same libraries, are shown as one.
_MOST_ALIKE = 6


@dataclass(frozen=True, slots=True)
class Node:
    """A library, or several that load the same and that no other loads.

    Attributes:
        label: what is written on it.
        title: the whole truth, for those who point at it.
        column: 0 for what nothing else in the wheel loads.
        row: its place in the column, from the top.
        inside: whether it is in the wheel.
        loads: the indices of those that it loads.
    """

    label: str
    title: str
    column: int
    row: int
    inside: bool
    loads: tuple[int, ...]


def library_graph(libraries: Sequence[LibraryFacts]) -> list[Node]:
    """The graph of a wheel's libraries and of those that they need from outside."""
    inside = _by_what_they_answer_to(libraries)
    needs = [[_resolve(name, inside) for name in library.needs] for library in libraries]
    loads = [[found for found in each if isinstance(found, int)] for each in needs]
    depth = _depths(loads)
    outside = sorted({found for each in needs for found in each if isinstance(found, str)}, key=str.lower)
    groups = _groups(libraries, needs, depth)
    index = {member: number for number, group in enumerate(groups) for member in group}
    at = {name: len(groups) + number for number, name in enumerate(outside)}
    rows: dict[int, int] = {}
    nodes = [
        Node(
            *_words([libraries[member] for member in group]),
            depth[group[0]],
            _next_row(rows, depth[group[0]]),
            inside=True,
            loads=_targets(needs[group[0]], index, at),
        )
        for group in groups
    ]
    last = max(depth, default=-1) + 1
    nodes += [Node(name, f"{name}, not in the wheel", last, row, False, ()) for row, name in enumerate(outside)]
    return nodes


def _by_what_they_answer_to(libraries: Sequence[LibraryFacts]) -> dict[str, int]:
    names: dict[str, int] = {}
    for number, library in enumerate(libraries):
        for name in (library.basename, library.soname):
            names.setdefault(name.lower(), number)
    return names


def _resolve(name: str, inside: Mapping[str, int]) -> int | str:
    """The library in the wheel that is meant by `name`, or the name as it stands."""
    found = inside.get(name.lower()) if name else None
    return name if found is None else found


def _depths(loads: Sequence[Sequence[int]]) -> list[int]:
    """How far each library is from those that nothing loads; in a circle, which no loader minds, it ends somewhere."""
    depth = [0] * len(loads)
    for _ in range(min(len(loads), 8)):
        for number, targets in enumerate(loads):
            for target in targets:
                if target != number:
                    depth[target] = max(depth[target], min(depth[number] + 1, 8))
    # Columns that circles left empty are closed.
    order = {value: column for column, value in enumerate(sorted(set(depth)))}
    return [order[value] for value in depth]


def _groups(
    libraries: Sequence[LibraryFacts], needs: Sequence[Sequence[int | str]], depth: Sequence[int]
) -> list[list[int]]:
    alike: dict[tuple[object, ...], list[int]] = {}
    for number in range(len(libraries)):
        alike.setdefault((depth[number], *sorted(map(str, needs[number]))), []).append(number)
    groups: list[list[int]] = []
    for members in alike.values():
        # One that others load keeps a node of its own, for the arrow has to point at it.
        if len(members) > _MOST_ALIKE and depth[members[0]] == 0:
            groups.append(members)
        else:
            groups += [[member] for member in members]
    return groups


def _words(members: Sequence[LibraryFacts]) -> tuple[str, str]:
    if len(members) == 1:
        return members[0].basename, f"{members[0].name}, {members[0].target}"
    return pluralize(len(members), "library"), "\n".join(member.name for member in members)


def _next_row(rows: dict[int, int], column: int) -> int:
    rows[column] = rows.get(column, -1) + 1
    return rows[column]


def _targets(needs: Sequence[int | str], index: Mapping[int, int], outside: Mapping[str, int]) -> tuple[int, ...]:
    found = (index[need] if isinstance(need, int) else outside[need] for need in needs)
    return tuple(dict.fromkeys(found))
