"""Where things stand on the page: the treemap and the graph of libraries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truewheel.judging.facts import LibraryFacts
from truewheel.report.page.library_graph import library_graph
from truewheel.report.page.treemap import Rectangle, squarified, treemap

SIZES = st.lists(st.integers(1, 10**9), min_size=1, max_size=40).map(lambda sizes: sorted(sizes, reverse=True))


def lib(name: str, *needs: str, soname: str = "") -> LibraryFacts:
    return LibraryFacts(name, "ELF for x86_64", needs, soname)


@given(SIZES, st.floats(1, 1000), st.floats(1, 1000))
def test_the_area_is_divided_by_size_and_nothing_overlaps(sizes: list[int], width: float, height: float) -> None:
    tiles = squarified(sizes, Rectangle(0, 0, width, height))
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
    tiles = squarified([1, 1, 1, 1], Rectangle(0, 0, 20, 20))
    assert {(tile.width, tile.height) for tile in tiles} == {(10, 10)}


def test_small_files_are_shown_as_one_for_each_kind() -> None:
    big = [("a/big.so", 100_000, "native")]
    dust = [(f"a/{number}.py", 10, "python") for number in range(30)]
    more = [(f"a/{number}.txt", 5, "other") for number in range(3)]
    tiles = treemap([*big, *dust, *more, ("a/empty", 0, "other")], 160, 90)
    assert [(tile.path, tile.size, tile.files, tile.kind) for tile in tiles] == [
        ("a/big.so", 100_000, 1, "native"),
        ("a/", 300, 30, "python"),
        ("a/", 15, 3, "other"),
    ]


def test_nothing_gives_no_map() -> None:
    assert treemap([], 160, 90) == []
    assert treemap([("a", 0, "other")], 160, 90) == []


def test_columns_go_from_what_python_loads_to_what_is_outside() -> None:
    nodes = library_graph(
        [
            lib("p/_a.so", "libone-1.so", "libc.so.6"),
            lib("p.libs/libone-1.so.0", "libtwo.so", soname="libone-1.so"),
            lib("p.libs/libtwo.so", "libc.so.6"),
        ]
    )
    assert [(node.label, node.column, node.row, node.inside, node.loads) for node in nodes] == [
        ("_a.so", 0, 0, True, (1, 3)),
        ("libone-1.so.0", 1, 0, True, (2,)),
        ("libtwo.so", 2, 0, True, (3,)),
        ("libc.so.6", 3, 0, False, ()),
    ]


def test_windows_finds_libraries_in_any_case() -> None:
    nodes = library_graph([lib("p/a.pyd", "ONE.dll"), lib("p.libs/one.DLL")])
    assert [(node.label, node.loads) for node in nodes] == [("a.pyd", (1,)), ("one.DLL", ())]


def test_many_that_load_the_same_are_one() -> None:
    nodes = library_graph([*(lib(f"p/{number}.so", "libc.so.6") for number in range(7)), lib("p/x.so", "libm.so.6")])
    assert [(node.label, node.column, node.row) for node in nodes] == [
        ("7 libraries", 0, 0),
        ("x.so", 0, 1),
        ("libc.so.6", 1, 0),
        ("libm.so.6", 1, 1),
    ]
    assert nodes[0].title.splitlines() == [f"p/{number}.so" for number in range(7)]


def test_libraries_that_load_each_other_are_drawn_too() -> None:
    nodes = library_graph([lib("a.so", "b.so"), lib("b.so", "a.so"), lib("c.so", "c.so")])
    assert len(nodes) == 3
    assert {node.label for node in nodes} == {"a.so", "b.so", "c.so"}
    # No column is left empty.
    assert {node.column for node in nodes} == set(range(max(node.column for node in nodes) + 1))


def test_no_library_no_graph() -> None:
    assert library_graph([]) == []
