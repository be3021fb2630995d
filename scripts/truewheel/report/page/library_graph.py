"""Which library of a wheel loads which: columns from what Python loads to what the system must have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.report.page.elements import Html, element
from truewheel.report.page.graph import Box, graph
from truewheel.report.text import pluralize, printable, truncate

# More libraries that load exactly the same, and that no other loads, are shown as one.
_MOST_ALIKE = 6
# Names from outside are long and differ in the middle: api-ms-win-crt-….
_LONGEST_INSIDE, _LONGEST_OUTSIDE = 24, 36
# The deepest column; libraries that load each other in a circle would have none.
_DEEPEST = 8
# What every extension module of a wheel has in its name: `.cpython-312-x86_64-linux-gnu`, `.cp312-win_amd64`, `.abi3`.
_MODULE_TAG = re.compile(r"\.(?:cpython-[\w-]+|cp\d+-win\w+|abi\d)(?=\.(?:so|pyd)$)", re.ASCII)

# A library of the wheel by its index, or one from outside by its name.
_Target = int | str


def library_view(wheel: WheelFacts) -> Html:
    """The libraries of a wheel and what they load, as a graph."""
    if not wheel.libraries:
        return element("p", "It has no native libraries.", class_="quiet")
    boxes, edges = library_graph(wheel.libraries)
    return element("figure", graph(boxes, edges, f"What the libraries in {wheel.name} load"))


def library_graph(libraries: Sequence[LibraryFacts]) -> tuple[list[Box], list[tuple[int, int]]]:
    """The boxes for the libraries and for those that they load from outside, and the edges between them."""
    loads = _resolved(libraries)
    columns = _columns(loads)
    groups = _groups(loads, columns)
    outside = sorted({target for targets in loads for target in targets if isinstance(target, str)}, key=str.lower)
    boxes = [_box([libraries[member] for member in group], columns[group[0]]) for group in groups]
    boxes += [
        Box(truncate(printable(name), _LONGEST_OUTSIDE), f"{name}, not in the wheel", _DEEPEST + 1, "outside")
        for name in outside
    ]
    number_of: dict[_Target, int] = {member: number for number, group in enumerate(groups) for member in group}
    number_of |= {name: len(groups) + number for number, name in enumerate(outside)}
    edges = [
        (number, number_of[target]) for number, group in enumerate(groups) for target in dict.fromkeys(loads[group[0]])
    ]
    return boxes, edges


def _resolved(libraries: Sequence[LibraryFacts]) -> list[list[_Target]]:
    """What each library loads. Windows ignores case; elsewhere no two names of a wheel differ in case only."""
    inside: dict[str, int] = {}
    for number, library in enumerate(libraries):
        for name in filter(None, (library.basename, library.soname)):
            inside.setdefault(name.lower(), number)
    return [[inside.get(name.lower(), name) for name in library.needs] for library in libraries]


def _columns(loads: Sequence[Sequence[_Target]]) -> list[int]:
    """The column of each library of the wheel: 0 for those that no other loads."""
    columns = [0] * len(loads)
    for _ in range(min(len(loads), _DEEPEST)):
        for number, targets in enumerate(loads):
            for target in targets:
                if isinstance(target, int) and target != number:
                    columns[target] = max(columns[target], min(columns[number] + 1, _DEEPEST))
    return columns


def _groups(loads: Sequence[Sequence[_Target]], columns: Sequence[int]) -> list[list[int]]:
    alike: dict[tuple[object, ...], list[int]] = {}
    for number, targets in enumerate(loads):
        alike.setdefault((columns[number], *sorted(map(str, targets))), []).append(number)
    groups: list[list[int]] = []
    for members in alike.values():
        # A library that others load keeps a box of its own, because a line has to lead to it.
        is_one = len(members) > _MOST_ALIKE and columns[members[0]] == 0
        groups += [members] if is_one else [[member] for member in members]
    return groups


def _box(members: Sequence[LibraryFacts], column: int) -> Box:
    if len(members) > 1:
        return Box(pluralize(len(members), "library"), ", ".join(one.name for one in members), column, "inside")
    (library,) = members
    label = truncate(_MODULE_TAG.sub("", printable(library.basename)), _LONGEST_INSIDE)
    return Box(label, f"{library.name}, {library.target}", column, "inside")
