"""The files of a wheel as nested rectangles whose areas are their sizes.

Each rectangle is divided along its longer side, so that none is much longer than wide.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

# Files with a smaller share of the area could be neither seen nor pointed at; they are shown as one.
_SMALLEST_SHARE = 0.004


# The parts of a path, a size in bytes, a kind.
_File = tuple[Sequence[str], int, str]


@dataclass(frozen=True, slots=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Node:
    """A file, or several in one folder."""

    path: str  # of the file; of several, their folder
    size: int  # in bytes, of all of them
    files: int  # the number of files
    kind: str  # of the file; of several, the kind with the most bytes
    children: tuple[Node, ...] = ()  # what a folder contains


def treemap(files: Iterable[tuple[str, int, str]], width: float, height: float) -> list[tuple[Node, Rectangle]]:
    """Lay out files, given as path, size and kind, in an area of `width` by `height`. Empty files are left out."""
    root = _tree("", [(path.split("/"), size, kind) for path, size, kind in files if size])
    return list(_tiles(root, Rectangle(0, 0, width, height), root.size)) if root.size else []


def _tree(path: str, files: Sequence[_File]) -> Node:
    """The folder `path` with `files`, whose paths are relative to it."""
    folders: dict[str, list[_File]] = {}
    children: list[Node] = []
    for parts, size, kind in files:
        if len(parts) == 1:
            children.append(Node(path + parts[0], size, 1, kind))
        else:
            folders.setdefault(parts[0], []).append((parts[1:], size, kind))
    children += [_tree(f"{path}{name}/", inside) for name, inside in folders.items()]
    return _together(path, children)


def _together(path: str, nodes: Sequence[Node]) -> Node:
    sizes: Counter[str] = Counter()
    for node in nodes:
        sizes[node.kind] += node.size
    # Of kinds with equal sizes the first in the alphabet, so that the same wheel makes the same page.
    kind = min(sizes, key=lambda kind: (-sizes[kind], kind), default="")
    return Node(path, sum(sizes.values()), sum(node.files for node in nodes), kind, _sorted(nodes))


def _sorted(nodes: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(sorted(nodes, key=lambda node: (-node.size, node.path)))


def _tiles(node: Node, place: Rectangle, whole: int) -> Iterator[tuple[Node, Rectangle]]:
    if not node.children:
        yield node, place
        return
    shown = _without_dust(node, whole)
    for child, where in zip(shown, divided([child.size for child in shown], place), strict=True):
        yield from _tiles(child, where, whole)


def _without_dust(node: Node, whole: int) -> tuple[Node, ...]:
    """The children of a folder, but those of one kind that are too small to be shown are one."""
    shown = [child for child in node.children if child.size >= whole * _SMALLEST_SHARE]
    dust: dict[str, list[Node]] = {}
    for child in node.children:
        if child.size < whole * _SMALLEST_SHARE:
            dust.setdefault(child.kind, []).append(child)
    # Without children, each is a tile of its own.
    shown += [replace(_together(node.path, alike), children=()) for alike in dust.values()]
    return _sorted(shown)


def divided(sizes: Sequence[float], place: Rectangle) -> list[Rectangle]:
    """Divide `place` among `sizes`, which are positive: into halves that are about equal, and those again."""
    if len(sizes) == 1:
        return [place]
    before = [*itertools.accumulate(sizes)]
    middle = min(range(1, len(sizes)), key=lambda number: abs(2 * before[number - 1] - before[-1]))
    share = before[middle - 1] / before[-1]
    if place.width > place.height:
        width = place.width * share
        one = replace(place, width=width)
        other = replace(place, x=place.x + width, width=place.width - width)
    else:
        height = place.height * share
        one = replace(place, height=height)
        other = replace(place, y=place.y + height, height=place.height - height)
    return [*divided(sizes[:middle], one), *divided(sizes[middle:], other)]
