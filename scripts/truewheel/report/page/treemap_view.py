"""The largest files of a wheel as HTML: a treemap, and a list."""

from __future__ import annotations

from collections import Counter

from truewheel.judging.facts import WheelFacts
from truewheel.report.page.elements import Html, code, element, table
from truewheel.report.page.treemap import Node, Rectangle, treemap
from truewheel.report.text import pluralize, readable_size

# The shape of the map. Tiles are placed in percent of it, so that it fits any width.
_MAP_WIDTH, _MAP_HEIGHT = 160.0, 90.0
# The smallest tile with a label, in the same units.
_LABELLED_WIDTH, _LABELLED_HEIGHT = 22.0, 8.0
_LISTED = 12

KINDS = {"native": "native code", "python": "Python", "metadata": "metadata", "other": "other files"}


def kind_of(path: str, libraries: frozenset[str]) -> str:
    """The kind of a file, one of `KINDS`; `libraries` are the paths of the native ones."""
    if path in libraries:
        return "native"
    if path.partition("/")[0].endswith(".dist-info"):
        return "metadata"
    return "python" if path.endswith((".py", ".pyi", ".pyx", ".pxd")) else "other"


def treemap_view(wheel: WheelFacts) -> Html:
    """A map of the files of a wheel, its legend, and a list of the largest files."""
    libraries = frozenset(library.name for library in wheel.libraries)
    files = [(path, size, kind_of(path, libraries)) for path, size in wheel.contents]
    tiles = treemap(files, _MAP_WIDTH, _MAP_HEIGHT)
    if not tiles:
        return element("p", "It has no files, or only empty ones.", class_="quiet")
    label = f"The largest files in {wheel.name}: {readable_size(wheel.unpacked)} unpacked"
    return element(
        "figure",
        element("div", *(_tile(node, place) for node, place in tiles), class_="map", role="img", aria_label=label),
        element("figcaption", _legend(wheel, libraries)),
        _largest(wheel),
    )


def _tile(node: Node, place: Rectangle) -> Html:
    name, where = node.path.rpartition("/")[2], node.path
    if node.files > 1:
        name = pluralize(node.files, "file")
        where = f"{pluralize(node.files, 'small file')} in {node.path or 'the top folder'}"
    is_labelled = place.width >= _LABELLED_WIDTH and place.height >= _LABELLED_HEIGHT
    return element(
        "div",
        element("span", name) if is_labelled else "",
        element("small", readable_size(node.size)) if is_labelled and place.height >= 2 * _LABELLED_HEIGHT else "",
        class_=f"tile {node.kind}",
        style=f"left:{place.x / _MAP_WIDTH:.4%};top:{place.y / _MAP_HEIGHT:.4%};"
        f"width:{place.width / _MAP_WIDTH:.4%};height:{place.height / _MAP_HEIGHT:.4%}",
        title=f"{where} · {readable_size(node.size)}",
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
    words = f"The largest of {pluralize(len(wheel.contents), 'file')}"
    rows = [(code(path), readable_size(size)) for path, size in largest]
    return element("details", element("summary", words), table(["file", "size"], rows, words))
