"""The graph of a run's jobs as HTML: in columns where there is room, as a list with lanes where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from truewheel.rehearsal.result import SKIPPED, Attempt
from truewheel.report.page.elements import Html, element
from truewheel.report.page.job_graph import JobNode, job_graph
from truewheel.report.rehearsal.model import conclusion_of
from truewheel.report.text import printable, readable_seconds, truncate

# In pixels; a letter of the type that nodes are labelled in is as wide as any other.
_LETTER, _PADDING, _HEIGHT, _ROW, _GAP, _MARGIN = 7.0, 14, 46, 60, 38, 4
_LONGEST = 24
# Of the list: from one job to the next, from one lane to the next, to the middle of the first of each.
_LINE, _LANE, _FIRST = 46, 18, 16


def job_graph_view(attempt: Attempt) -> Html:
    """The jobs of an attempt, each coloured by what came of it, and which waits for which."""
    nodes = job_graph(attempt)
    if not nodes:
        return element("p", "There is no job.", class_="quiet")
    label = f"The jobs of attempt {attempt.number}"
    wide = element(
        "div", _drawing(nodes, label), class_="scroll graph wide", tabindex=0, role="group", aria_label=label
    )
    # The same once more: who listens hears it once.
    return element("figure", wide, element("div", _list(nodes, label), class_="graph slim"), class_="jobs")


def _drawing(nodes: Sequence[JobNode], label: str) -> Html:
    columns = _column_places(nodes)
    tallest = max(node.row for node in nodes) + 1
    height = 2 * _MARGIN + (tallest - 1) * _ROW + _HEIGHT
    counts = [0] * len(columns)
    for node in nodes:
        counts[node.column] += 1
    # Each column stands in the middle of the height.
    tops = [_MARGIN + (tallest - count) * _ROW / 2 for count in counts]
    places = [(*columns[node.column], tops[node.column] + node.row * _ROW) for node in nodes]
    edges = [
        _edge(number, places[number], source, places[source])
        for number, node in enumerate(nodes)
        for source in node.waits_for
    ]
    shapes = [_node(number, node, places[number]) for number, node in enumerate(nodes)]
    width = columns[-1][0] + columns[-1][1] + _MARGIN
    box = f"0 0 {width:.0f} {height}"
    return element("svg", *edges, *shapes, viewBox=box, width=width, height=height, role="img", aria_label=label)


def _column_places(nodes: Sequence[JobNode]) -> list[tuple[float, float]]:
    """Where each column begins, and how wide it is: as its longest label."""
    longest = [0] * (max(node.column for node in nodes) + 1)
    for node in nodes:
        longest[node.column] = max(longest[node.column], len(_written(node)), len(_below(node)))
    places: list[tuple[float, float]] = []
    x = float(_MARGIN)
    for letters in longest:
        places.append((x, letters * _LETTER + 2 * _PADDING))
        x += places[-1][1] + _GAP
    return places


def _node(number: int, node: JobNode, place: tuple[float, float, float]) -> Html:
    x, width, y = place
    return element(
        "g",
        element("title", _told(node)),
        element("rect", x=x, y=y, width=width, height=_HEIGHT, rx=8),
        element("text", _written(node), x=x + _PADDING, y=y + 19),
        element("text", _below(node), x=x + _PADDING, y=y + 36, class_="below"),
        class_=_class(node),
        data_node=number,
    )


def _edge(
    number: int, place: tuple[float, float, float], source: int, source_place: tuple[float, float, float]
) -> Html:
    start, end = source_place[0] + source_place[1], place[0]
    y, target_y = source_place[2] + _HEIGHT / 2, place[2] + _HEIGHT / 2
    bend = max((end - start) / 2, _GAP / 2)
    curve = f"{start + bend:.0f} {y:.0f} {end - bend:.0f} {target_y:.0f} {end:.0f} {target_y:.0f}"
    return element("path", d=f"M{start:.0f} {y:.0f}C{curve}", class_="edge", data_from=source, data_to=number)


def _list(nodes: Sequence[JobNode], label: str) -> Html:
    """A line for each job, with a lane for each row of the graph."""
    spots = [(_FIRST + node.row * _LANE, _FIRST + number * _LINE) for number, node in enumerate(nodes)]
    text_x = _FIRST + max(node.row for node in nodes) * _LANE + 20
    edges = [
        _lane(spots[source], spots[number], number, source)
        for number, node in enumerate(nodes)
        for source in node.waits_for
    ]
    entries = [
        element(
            "g",
            element("circle", cx=x, cy=y, r=7),
            element("text", _written(node), x=text_x, y=y),
            element("text", _below(node), x=text_x, y=y + 17, class_="below"),
            class_=_class(node),
            data_node=number,
        )
        for number, (node, (x, y)) in enumerate(zip(nodes, spots, strict=True))
    ]
    height = len(nodes) * _LINE
    return element("svg", *edges, *entries, width="100%", height=height, role="img", aria_label=label)


def _lane(start: tuple[int, int], end: tuple[int, int], number: int, source: int) -> Html:
    """Out to a lane at once, and back from it at last: so it runs below no job that it has nothing to do with."""
    (x, y), (target_x, target_y) = start, end
    bend = _LINE - 8
    if target_x > x:
        way = f"C{x} {y + 24} {target_x} {y + 14} {target_x} {y + bend}V{target_y}"
    else:
        way = f"V{target_y - bend}C{x} {target_y - 14} {target_x} {target_y - 24} {target_x} {target_y}"
    return element("path", d=f"M{x} {y}{way}", class_="edge", data_from=source, data_to=number)


def _written(node: JobNode) -> str:
    return truncate(printable(node.job.name), _LONGEST)


def _below(node: JobNode) -> str:
    conclusion = conclusion_of(node.job)
    if node.is_kept:
        return f"{conclusion} · kept"
    return conclusion if node.job.conclusion == SKIPPED else f"{conclusion} · {readable_seconds(node.job.seconds)}"


def _class(node: JobNode) -> str:
    return f"node {conclusion_of(node.job)}{' kept' if node.is_kept else ''}"


def _told(node: JobNode) -> str:
    needs = f", waits for {', '.join(node.job.needs)}" if node.job.needs else ""
    return f"{node.job.name}: {_below(node)}, asks for {node.job.runner or 'no runner'}{needs}"
