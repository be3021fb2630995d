"""The graph of a wheel's libraries as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.report.page.elements import Html, element, join
from truewheel.report.page.library_graph import Node, library_graph
from truewheel.report.text import pluralize

# In pixels; a letter of the type that nodes are labelled in is as wide as any other.
_LETTER, _PADDING, _NODE_HEIGHT, _ROW, _GAP, _MARGIN = 7.0, 11, 26, 34, 60, 4
# Those from outside have long names of which only the middle differs: api-ms-win-crt-….
_LONGEST_INSIDE, _LONGEST_OUTSIDE = 23, 36
# What every extension module of a wheel has in its name: `.cpython-312-x86_64-linux-gnu`, `.cp312-win_amd64`, `.abi3`.
_MODULE_TAG = re.compile(r"\.(?:cpython-[\w-]+|cp\d+-win\w+|abi\d)(?=\.(?:so|pyd)$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Column:
    x: float
    width: float


def graph_view(wheel: WheelFacts) -> Html:
    """The libraries of a wheel and what they load: a drawing, and the same as a table."""
    nodes = library_graph(wheel.libraries)
    if not nodes:
        return element("p", "There is no native library in it.", class_="quiet")
    label = f"What the libraries in {wheel.name} load"
    return element(
        "figure",
        element("div", _drawing(nodes, label), class_="scroll graph", tabindex=0, role="group", aria_label=label),
        _table(wheel.libraries),
    )


def _drawing(nodes: Sequence[Node], label: str) -> Html:
    columns = _columns(nodes)
    width = columns[-1].x + columns[-1].width + _MARGIN
    height = 2 * _MARGIN + max(node.row for node in nodes) * _ROW + _NODE_HEIGHT
    edges = [
        _edge(number, node, target, nodes[target], columns)
        for number, node in enumerate(nodes)
        for target in node.loads
    ]
    shapes = [_node(number, node, columns[node.column]) for number, node in enumerate(nodes)]
    box = f"0 0 {width:.0f} {height}"
    return element("svg", *edges, *shapes, viewBox=box, width=width, height=height, role="img", aria_label=label)


def _columns(nodes: Sequence[Node]) -> list[_Column]:
    """Each as wide as its longest label."""
    longest = [0] * (max(node.column for node in nodes) + 1)
    for node in nodes:
        longest[node.column] = max(longest[node.column], len(_written(node)))
    columns: list[_Column] = []
    x = float(_MARGIN)
    for letters in longest:
        columns.append(_Column(x, letters * _LETTER + 2 * _PADDING))
        x += columns[-1].width + _GAP
    return columns


def _y(node: Node) -> int:
    return _MARGIN + node.row * _ROW


def _node(number: int, node: Node, column: _Column) -> Html:
    return element(
        "g",
        element("title", join(*_lines(node.title))),
        element("rect", x=column.x, y=_y(node), width=column.width, height=_NODE_HEIGHT, rx=6),
        element("text", _written(node), x=column.x + _PADDING, y=_y(node) + 17),
        class_="node inside" if node.inside else "node outside",
        data_node=number,
    )


def _lines(text: str) -> list[str]:
    """A tooltip may have lines; each is escaped by itself, so that what a wheel says adds none."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines += [Html("\n"), line] if lines else [line]
    return lines


def _edge(number: int, node: Node, target_number: int, target: Node, columns: Sequence[_Column]) -> Html:
    start, end = columns[node.column].x + columns[node.column].width, columns[target.column].x
    y, target_y = _y(node) + _NODE_HEIGHT // 2, _y(target) + _NODE_HEIGHT // 2
    bend = max((end - start) / 2, _GAP / 2)
    curve = f"{start + bend:.0f} {y} {end - bend:.0f} {target_y} {end:.0f} {target_y}"
    return element("path", d=f"M{start:.0f} {y}C{curve}", class_="edge", data_from=number, data_to=target_number)


def _written(node: Node) -> str:
    """The label, without its middle when it is long: beginnings and endings tell libraries apart."""
    name = _MODULE_TAG.sub("", node.label) if node.inside else node.label
    longest = _LONGEST_INSIDE if node.inside else _LONGEST_OUTSIDE
    half = longest // 2
    return name if len(name) <= longest else f"{name[:half]}…{name[-half:]}"


def _table(libraries: Sequence[LibraryFacts]) -> Html:
    rows = [
        element(
            "tr",
            element("th", library.name, scope="row", class_="path"),
            element("td", library.target),
            element("td", ", ".join(library.needs) or "nothing", class_="path"),
        )
        for library in libraries
    ]
    header = element("tr", *(element("th", word, scope="col") for word in ("library", "for", "loads")))
    table = element("table", element("thead", header), element("tbody", *rows))
    summary = element("summary", f"{pluralize(len(libraries), 'library')} as a table")
    return element("details", summary, element("div", table, class_="scroll"))
