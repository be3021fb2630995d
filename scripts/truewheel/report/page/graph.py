"""A graph as SVG: boxes in columns, and lines from the boxes on the left to those on the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from truewheel.report.page.elements import Html, element
from truewheel.report.page.treemap import Rectangle

# In pixels. Labels are set in a fixed-width font, so the width of a box follows from its text.
_LETTER, _PADDING, _COLUMN_GAP, _ROW_GAP, _MARGIN = 7.0, 12, 46, 10, 4


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the graph."""

    label: str  # the text on it
    title: str  # the tooltip
    column: int  # from the left; columns without boxes are left out
    kind: str  # its CSS classes
    below: str = ""  # a second line of text


def graph(boxes: Sequence[Box], edges: Iterable[tuple[int, int]], label: str) -> Html:
    """Draw the boxes, each in the next row of its column, and a line between each pair of indices in `edges`."""
    places = _places(boxes)
    lines = [_line(pair, places[pair[0]], places[pair[1]]) for pair in edges]
    shapes = [_shape(number, box, place) for number, (box, place) in enumerate(zip(boxes, places, strict=True))]
    width = max(place.x + place.width for place in places) + _MARGIN
    height = max(place.y + place.height for place in places) + _MARGIN
    picture = element(
        "svg",
        *(lines + shapes),
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
    )
    return element("div", picture, class_="scroll graph", tabindex=0, role="group", aria_label=label)


def _places(boxes: Sequence[Box]) -> list[Rectangle]:
    height = 46 if any(box.below for box in boxes) else 26
    columns = {}
    x = float(_MARGIN)
    for column in sorted({box.column for box in boxes}):
        longest = max(len(text) for box in boxes if box.column == column for text in (box.label, box.below))
        columns[column] = x, longest * _LETTER + 2 * _PADDING
        x += columns[column][1] + _COLUMN_GAP
    rows: Counter[int] = Counter()
    places = []
    for box in boxes:
        x, width = columns[box.column]
        places.append(Rectangle(x, _MARGIN + rows[box.column] * (height + _ROW_GAP), width, height))
        rows[box.column] += 1
    return places


def _shape(number: int, box: Box, place: Rectangle) -> Html:
    below = element("text", box.below, x=place.x + _PADDING, y=place.y + 36, class_="below") if box.below else ""
    return element(
        "g",
        element("title", box.title),
        element("rect", x=place.x, y=place.y, width=place.width, height=place.height, rx=6),
        element("text", box.label, x=place.x + _PADDING, y=place.y + 18),
        below,
        class_=f"node {box.kind}",
        data_node=number,
    )


def _line(pair: tuple[int, int], source: Rectangle, target: Rectangle) -> Html:
    start, end = source.x + source.width, target.x
    y, target_y = source.y + source.height / 2, target.y + target.height / 2
    bend = max((end - start) / 2, _COLUMN_GAP / 2)
    curve = f"{start + bend:.0f} {y:.0f} {end - bend:.0f} {target_y:.0f} {end:.0f} {target_y:.0f}"
    return element("path", d=f"M{start:.0f} {y:.0f}C{curve}", class_="edge", data_from=pair[0], data_to=pair[1])
