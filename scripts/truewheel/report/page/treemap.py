"""What takes the room in a wheel, as nested rectangles whose areas are sizes.

The layout is the squarified treemap of Bruls, Huizing and van Wijk (2000): rectangles as near to squares as they go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

# A file with less than this share of the area could be neither seen nor hit: such files are shown as one.
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
class Tile:
    """A rectangle of the map.

    Attributes:
        path: the file; for several that are shown as one, their folder.
        size: in bytes, of all of them.
        files: how many they are.
        kind: what sort of file it is; of several, what most of their bytes are.
        place: where, in units of the whole map's width and height given to `treemap`.
    """

    path: str
    size: int
    files: int
    kind: str
    place: Rectangle


@dataclass(frozen=True, slots=True)
class _Node:
    path: str
    size: int
    files: int
    kind: str
    children: tuple[_Node, ...] = ()


def treemap(files: Iterable[tuple[str, int, str]], width: float, height: float) -> list[Tile]:
    """Lay out files, given with size and kind, in an area of `width` by `height`; empty files are left out."""
    root = _tree("", [(path.split("/"), size, kind) for path, size, kind in files if size])
    return list(_tiles(root, Rectangle(0, 0, width, height), root.size)) if root.size else []


def _tree(path: str, files: Sequence[_File]) -> _Node:
    """The folder `path` of `files`, each named by the parts of its path that are left."""
    folders: dict[str, list[_File]] = {}
    children: list[_Node] = []
    for parts, size, kind in files:
        if len(parts) == 1:
            children.append(_Node(path + parts[0], size, 1, kind))
        else:
            folders.setdefault(parts[0], []).append((parts[1:], size, kind))
    children += [_tree(f"{path}{name}/", inside) for name, inside in folders.items()]
    return _together(path, children)


def _together(path: str, nodes: Sequence[_Node]) -> _Node:
    sizes: Counter[str] = Counter()
    for node in nodes:
        sizes[node.kind] += node.size
    # At equal sizes the first in the alphabet, so that the same wheel gives the same page.
    kind = min(sizes, key=lambda kind: (-sizes[kind], kind), default="")
    return _Node(path, sum(sizes.values()), sum(node.files for node in nodes), kind, _sorted(nodes))


def _sorted(nodes: Iterable[_Node]) -> tuple[_Node, ...]:
    return tuple(sorted(nodes, key=lambda node: (-node.size, node.path)))


def _tiles(node: _Node, place: Rectangle, whole: int) -> Iterator[Tile]:
    if not node.children:
        yield Tile(node.path, node.size, node.files, node.kind, place)
        return
    shown = _without_dust(node, whole)
    for child, where in zip(shown, squarified([child.size for child in shown], place), strict=True):
        yield from _tiles(child, where, whole)


def _without_dust(node: _Node, whole: int) -> tuple[_Node, ...]:
    """The children of a folder, those of one kind that are too small to be shown put together as one."""
    shown = [child for child in node.children if child.size >= whole * _SMALLEST_SHARE]
    dust: dict[str, list[_Node]] = {}
    for child in node.children:
        if child.size < whole * _SMALLEST_SHARE:
            dust.setdefault(child.kind, []).append(child)
    # Without their children: a tile of their own.
    shown += [replace(_together(node.path, alike), children=()) for alike in dust.values()]
    return _sorted(shown)


def squarified(sizes: Sequence[float], place: Rectangle) -> list[Rectangle]:
    """Divide `place` among `sizes`, which are positive and in descending order; in that order."""
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
    """How many go into the row that begins with `begin`: as long as that makes its rectangles no longer."""
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
    """Put a row along the shorter side of `rest`; gives what is left of it."""
    total = sum(areas)
    if rest.width >= rest.height:
        depth = total / rest.height if rest.height else 0.0
        at = rest.y
        for area in areas:
            length = rest.height * area / total
            placed.append(Rectangle(rest.x, at, depth, length))
            at += length
        return Rectangle(rest.x + depth, rest.y, max(rest.width - depth, 0.0), rest.height)
    depth = total / rest.width if rest.width else 0.0
    at = rest.x
    for area in areas:
        length = rest.width * area / total
        placed.append(Rectangle(at, rest.y, length, depth))
        at += length
    return Rectangle(rest.x, rest.y + depth, rest.width, max(rest.height - depth, 0.0))
