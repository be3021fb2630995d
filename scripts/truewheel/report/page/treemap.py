"""The files of a wheel as nested rectangles whose areas are their sizes.

The layout is the squarified treemap of Bruls, Huizing and van Wijk (2000): rectangles as close to squares as possible.
"""

from __future__ import annotations

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

    @property
    def transposed(self) -> Rectangle:
        return Rectangle(self.y, self.x, self.height, self.width)


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
    for child, where in zip(shown, squarified([child.size for child in shown], place), strict=True):
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


def squarified(sizes: Sequence[float], place: Rectangle) -> list[Rectangle]:
    """Divide `place` among `sizes`, which are positive and in descending order."""
    total = sum(sizes)
    placed: list[Rectangle] = []
    rest = place
    begin = 0
    while begin < len(sizes):
        scale = rest.width * rest.height / total
        end = _end_of_row(sizes, begin, min(rest.width, rest.height), scale)
        row = [size * scale for size in sizes[begin:end]]
        rest = _put_row(row, rest, placed)
        total -= sum(sizes[begin:end])
        begin = end
    return placed


def _end_of_row(sizes: Sequence[float], begin: int, side: float, scale: float) -> int:
    """The end of the row that starts at `begin`: another rectangle would make the worst of them more oblong."""
    area, largest, worst = 0.0, sizes[begin] * scale, float("inf")
    for end in range(begin, len(sizes)):
        smallest = sizes[end] * scale
        area += smallest
        longest = max(side * side * largest / (area * area), area * area / (side * side * smallest))
        if longest > worst:
            return end
        worst = longest
    return len(sizes)


def _put_row(areas: Sequence[float], rest: Rectangle, placed: list[Rectangle]) -> Rectangle:
    """Put a row along the shorter side of `rest`, and return what is left of it."""
    if rest.width < rest.height:
        across: list[Rectangle] = []
        left = _put_row(areas, rest.transposed, across)
        placed += (place.transposed for place in across)
        return left.transposed
    total = sum(areas)
    depth = total / rest.height if rest.height else 0.0
    y = rest.y
    for area in areas:
        length = rest.height * area / total
        placed.append(Rectangle(rest.x, y, depth, length))
        y += length
    return Rectangle(rest.x + depth, rest.y, max(rest.width - depth, 0.0), rest.height)
