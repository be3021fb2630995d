"""The treemap of a wheel as HTML."""

from __future__ import annotations

from collections import Counter

from truewheel.judging.facts import WheelFacts
from truewheel.report.page.elements import Html, element
from truewheel.report.page.treemap import Tile, treemap
from truewheel.report.text import pluralize, readable_size

# The shape of the map; tiles are placed in hundredths of it, so that it fits any width.
_MAP_WIDTH, _MAP_HEIGHT = 160.0, 90.0
# The smallest tile that is written on, in the same units.
_WRITTEN_WIDTH, _WRITTEN_HEIGHT = 22.0, 8.0
_LISTED = 12

KINDS = {
    "native": "native code",
    "python": "Python",
    "metadata": "metadata",
    "other": "other files",
}


def kind_of(path: str, libraries: frozenset[str]) -> str:
    """What sort of file it is, one of `KINDS`."""
    if path in libraries:
        return "native"
    if path.partition("/")[0].endswith(".dist-info"):
        return "metadata"
    return "python" if path.endswith((".py", ".pyi", ".pyx", ".pxd")) else "other"


def treemap_view(wheel: WheelFacts) -> Html:
    """What takes the room in a wheel: a map, its legend, and the largest files as a list."""
    libraries = frozenset(library.name for library in wheel.libraries)
    files = [(path, size, kind_of(path, libraries)) for path, size in wheel.contents]
    tiles = treemap(files, _MAP_WIDTH, _MAP_HEIGHT)
    if not tiles:
        return element("p", "There is nothing in it that takes room.", class_="quiet")
    label = f"What takes the room in {wheel.name}: {readable_size(wheel.unpacked)} unpacked"
    return element(
        "figure",
        element("div", *map(_tile, tiles), class_="map", role="img", aria_label=label),
        element("figcaption", _legend(wheel, libraries)),
        _largest(wheel),
    )


def _tile(tile: Tile) -> Html:
    place = tile.place
    name = tile.path.rstrip("/").rpartition("/")[2] if tile.files == 1 else pluralize(tile.files, "file")
    where = (
        tile.path if tile.files == 1 else f"{pluralize(tile.files, 'small file')} in {tile.path or 'the top folder'}"
    )
    is_written = place.width >= _WRITTEN_WIDTH and place.height >= _WRITTEN_HEIGHT
    return element(
        "div",
        element("span", name) if is_written else "",
        element("small", readable_size(tile.size)) if is_written and place.height >= 2 * _WRITTEN_HEIGHT else "",
        class_=f"tile {tile.kind}",
        style=f"left:{place.x / _MAP_WIDTH:.4%};top:{place.y / _MAP_HEIGHT:.4%};"
        f"width:{place.width / _MAP_WIDTH:.4%};height:{place.height / _MAP_HEIGHT:.4%}",
        title=f"{where} · {readable_size(tile.size)}",
    )


def _legend(wheel: WheelFacts, libraries: frozenset[str]) -> Html:
    sizes: Counter[str] = Counter()
    for path, size in wheel.contents:
        sizes[kind_of(path, libraries)] += size
    entries = [
        element("li", element("i", class_=kind, aria_hidden="true"), f"{words} ", element("b", readable_size(size)))
        for kind, words in KINDS.items()
        if (size := sizes[kind])
    ]
    return element("ul", *entries, class_="legend")


def _largest(wheel: WheelFacts) -> Html:
    largest = sorted(wheel.contents, key=lambda member: (-member[1], member[0]))[:_LISTED]
    rows = [
        element("tr", element("td", readable_size(size), class_="number"), element("td", path, class_="path"))
        for path, size in largest
    ]
    return element(
        "details",
        element("summary", f"The largest of {pluralize(len(wheel.contents), 'file')}"),
        element("div", element("table", element("tbody", *rows)), class_="scroll"),
    )
