"""The layout of the treemap and of the graphs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.browser import Reader
from truewheel.judging.facts import LibraryFacts
from truewheel.report.page.graph import Box, graph
from truewheel.report.page.library_graph import library_graph
from truewheel.report.page.treemap import Rectangle, divided, treemap

SIZES = st.lists(st.integers(1, 10**9), min_size=1, max_size=40).map(lambda sizes: sorted(sizes, reverse=True))


def lib(name: str, *needs: str, soname: str = "") -> LibraryFacts:
    return LibraryFacts(name, "ELF for x86_64", needs, soname)


@given(SIZES, st.floats(1, 1000), st.floats(1, 1000))
def test_the_area_is_divided_by_size_and_nothing_overlaps(sizes: list[int], width: float, height: float) -> None:
    tiles = divided(sizes, Rectangle(0, 0, width, height))
    assert len(tiles) == len(sizes)
    scale = width * height / sum(sizes)
    for size, tile in zip(sizes, tiles, strict=True):
        assert tile.width * tile.height == pytest.approx(size * scale, rel=1e-3, abs=1e-6 * width * height)
        assert tile.x >= -1e-6 * width
        assert tile.y >= -1e-6 * height
        assert tile.x + tile.width <= width * (1 + 1e-6)
        assert tile.y + tile.height <= height * (1 + 1e-6)
    for number, one in enumerate(tiles):
        for other in tiles[number + 1 :]:
            across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert min(across / width, down / height) < 1e-6


def test_equal_sizes_become_squares() -> None:
    tiles = divided([1, 1, 1, 1], Rectangle(0, 0, 20, 20))
    assert {(tile.width, tile.height) for tile in tiles} == {(10, 10)}


def test_small_files_are_shown_as_one_for_each_kind() -> None:
    big = [("a/big.so", 100_000, "native")]
    dust = [(f"a/{number}.py", 10, "python") for number in range(30)]
    more = [(f"a/{number}.txt", 5, "other") for number in range(3)]
    tiles = treemap([*big, *dust, *more, ("a/empty", 0, "other")], 160, 90)
    assert [(node.path, node.size, node.files, node.kind) for node, _ in tiles] == [
        ("a/big.so", 100_000, 1, "native"),
        ("a/", 300, 30, "python"),
        ("a/", 15, 3, "other"),
    ]


def test_without_files_there_is_no_map() -> None:
    assert treemap([], 160, 90) == []
    assert treemap([("a", 0, "other")], 160, 90) == []


def drawn(*libraries: LibraryFacts) -> tuple[list[tuple[str, int]], list[tuple[int, int]]]:
    """The labels and columns of the boxes, and the edges."""
    boxes, edges = library_graph(libraries)
    return [(box.label, box.column) for box in boxes], edges


def test_columns_go_from_what_python_loads_to_what_is_outside() -> None:
    boxes, edges = drawn(
        lib("p/_a.so", "libone-1.so", "libc.so.6"),
        lib("p.libs/libone-1.so.0", "libtwo.so", soname="libone-1.so"),
        lib("p.libs/libtwo.so", "libc.so.6"),
    )
    assert boxes == [("_a.so", 0), ("libone-1.so.0", 1), ("libtwo.so", 2), ("libc.so.6", 9)]
    assert edges == [(0, 1), (0, 3), (1, 2), (2, 3)]


def test_windows_finds_libraries_in_any_case() -> None:
    assert drawn(lib("p/a.pyd", "ONE.dll"), lib("p.libs/one.DLL")) == ([("a.pyd", 0), ("one.DLL", 1)], [(0, 1)])


def test_many_libraries_that_load_the_same_are_one_box() -> None:
    libraries = [*(lib(f"p/{number}.so", "libc.so.6") for number in range(7)), lib("p/x.so", "libm.so.6")]
    assert drawn(*libraries) == (
        [("7 libraries", 0), ("x.so", 0), ("libc.so.6", 9), ("libm.so.6", 9)],
        [(0, 2), (1, 3)],
    )
    assert library_graph(libraries)[0][0].title == ", ".join(f"p/{number}.so" for number in range(7))


def test_libraries_that_load_each_other_are_drawn_too() -> None:
    boxes, edges = drawn(lib("a.so", "b.so"), lib("b.so", "a.so"), lib("c.so", "c.so"))
    assert {label for label, _ in boxes} == {"a.so", "b.so", "c.so"}
    assert edges == [(0, 1), (1, 0), (2, 2)]


def test_boxes_are_placed_in_rows_and_empty_columns_are_closed() -> None:
    boxes = [Box("a", "A", 0, "inside"), Box("bb", "B", 0, "inside"), Box("c", "C", 9, "outside")]
    places = [
        (float(found["x"] or 0), float(found["y"] or 0), float(found["width"] or 0))
        for name, found in Reader(graph(boxes, [(0, 2)], "libraries")).elements
        if name == "rect"
    ]
    # As wide as the longest label of the column; the next column is 46 pixels to the right.
    assert places == [(4, 4, 38), (4, 40, 38), (88, 4, 31)]
