"""Files are found as the libraries of the actions find them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from truewheel.patterns import PatternError
from truewheel.patterns.paths import glob_files, search


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    for name in (
        "dist/a.whl",
        "dist/b.whl",
        "dist/a.txt",
        "dist/sub/c.whl",
        "dist/.hidden",
        "dist/.x/d.whl",
        "top.whl",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/h.whl").write_text("")
    return folder


def found(tree: Path, patterns: str, *, hidden: bool = False) -> tuple[list[str], list[str]]:
    """What a search finds, and where it began, relative to the folder."""
    result = search(patterns, folder=tree, home=tree.parent / "home", hidden=hidden)
    both = (result.files, result.roots)
    files, roots = ([Path(os.path.relpath(path, tree)).as_posix() for path in paths] for paths in both)
    return files, roots


ALL_OF_DIST = ["dist/a.txt", "dist/a.whl", "dist/b.whl", "dist/sub/c.whl"]


@pytest.mark.parametrize(
    ("patterns", "files", "roots"),
    [
        ("dist/*.whl", ["dist/a.whl", "dist/b.whl"], ["dist"]),
        ("dist", ALL_OF_DIST, ["dist"]),
        ("dist/", ALL_OF_DIST, ["dist"]),
        ("./dist/**", ALL_OF_DIST, ["dist"]),
        ("dist/*", ALL_OF_DIST, ["dist"]),
        ("**/*.whl", ["dist/a.whl", "dist/b.whl", "dist/sub/c.whl", "top.whl"], ["."]),
        ("dist/a.txt", ["dist/a.txt"], ["dist/a.txt"]),
        ("dist/a.txt/", [], ["dist/a.txt"]),
        ("top.whl\ndist/*.txt", ["top.whl", "dist/a.txt"], ["top.whl", "dist"]),
        ("dist/sub/*\ndist/*.txt", ["dist/a.txt", "dist/sub/c.whl"], ["dist"]),
        ("dist\n!dist/sub", ["dist/a.txt", "dist/a.whl", "dist/b.whl"], ["dist"]),
        ("dist\n!dist/*.whl\ndist/a.whl", ["dist/a.txt", "dist/a.whl", "dist/sub/c.whl"], ["dist"]),
        ("!dist/*.whl", [], []),
        ("# dist\n\n  top.whl  ", ["top.whl"], ["top.whl"]),
        ("~/*.whl", ["../home/h.whl"], ["../home"]),
        # Braces and extended patterns are ordinary characters here.
        ("dist/{a,b}.whl", [], ["dist/{a,b}.whl"]),
        ("dist/@(a|b).whl", [], ["dist/@(a|b).whl"]),
        ("dist/[a]*.whl", ["dist/a.whl"], ["dist"]),
        ("d[i]st/a.txt", ["dist/a.txt"], ["dist/a.txt"]),
        (r"dist/\a.txt", ["dist/a.txt"], ["dist/a.txt"]),
        ("dist/**/**", ALL_OF_DIST, ["dist"]),
        ("missing/*", [], ["missing"]),
        # The folder where a search begins is hidden, too.
        ("dist/.x/*", [], ["dist/.x"]),
    ],
)
def test_files_are_searched_as_actions_glob_does(tree: Path, patterns: str, files: list[str], roots: list[str]) -> None:
    assert found(tree, patterns) == (files, roots)


def test_hidden_files_are_found_when_they_are_asked_for(tree: Path) -> None:
    everything = ["dist/.hidden", "dist/.x/d.whl", *ALL_OF_DIST]
    assert found(tree, "dist", hidden=True) == (everything, ["dist"])


def test_an_absolute_pattern_needs_no_folder(tree: Path) -> None:
    assert found(tree / "dist", f"{tree}/*.whl") == (["../top.whl"], [".."])


@pytest.mark.parametrize("pattern", ["../dist", "dist/../top.whl", "dist/./a.whl"])
def test_a_pattern_that_climbs_is_refused_in_the_words_of_actions_glob(tree: Path, pattern: str) -> None:
    with pytest.raises(PatternError) as caught:
        found(tree, pattern)
    assert str(caught.value) == f"Invalid pattern '{pattern}'. Relative pathing '.' and '..' is not allowed."


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_are_followed_and_circles_and_broken_ones_left_out(tree: Path) -> None:
    (tree / "dist/circle").symlink_to(tree / "dist")
    (tree / "dist/broken").symlink_to(tree / "nowhere")
    (tree / "linked").symlink_to(tree / "dist/sub")
    assert found(tree, "dist") == (ALL_OF_DIST, ["dist"])
    assert found(tree, "linked/**") == (["linked/c.whl"], ["linked"])


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("dist/*.whl", ["dist/a.whl", "dist/b.whl"]),
        ("dist/*", ["dist/.hidden", "dist/a.txt", "dist/a.whl", "dist/b.whl"]),
        ("dist", []),
        ("dist/{a,b}.whl", ["dist/a.whl", "dist/b.whl"]),
        ("dist/{a,a}.whl", ["dist/a.whl"]),
        ("./dist/../dist/*.txt", ["dist/a.txt"]),
        ("dist/sub/../*.txt", ["dist/a.txt"]),
        ("dist/!(a).whl", ["dist/b.whl"]),
        ("dist/@(a|b).*", ["dist/a.txt", "dist/a.whl", "dist/b.whl"]),
        ("**/d.whl", ["dist/.x/d.whl"]),
        ("dist/a.whl/", []),
        ("dist/sub/**", ["dist/sub/c.whl"]),
        ("dist/a.whl/**", []),
        ("dist/./a.*", ["dist/a.txt", "dist/a.whl"]),
        ("../home/*", ["../home/h.whl"]),
        ("~/h.whl", ["../home/h.whl"]),
    ],
)
def test_files_are_found_as_the_library_glob_does(tree: Path, pattern: str, files: list[str]) -> None:
    paths = glob_files(pattern, folder=tree, home=tree.parent / "home")
    assert [Path(os.path.relpath(path, tree)).as_posix() for path in paths] == files


def test_braces_that_stand_for_too_many_patterns_are_refused(tree: Path) -> None:
    with pytest.raises(PatternError, match=r"^'\{1\.\.1001\}' stands for more than 1000 patterns$"):
        glob_files("{1..1001}", folder=tree, home=tree)
