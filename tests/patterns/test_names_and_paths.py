"""Names and files are matched as the actions' own libraries match them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from truewheel.patterns.names import PatternUnsupported, expand_braces, literal, selects
from truewheel.patterns.search import glob_files, search


@pytest.mark.parametrize(
    ("pattern", "name", "selected"),
    [
        ("wheels-*", "wheels-win_amd64", True),
        ("wheels-*", "wheels-", True),
        ("wheels-*", "wheels", False),
        ("*", "wheels", True),
        ("*", ".hidden", False),
        (".*", ".hidden", True),
        ("?heels", ".heels", False),
        ("wheel?", "wheels", True),
        ("wheel?", "wheel", False),
        ("w[a-h]eels", "wheels", True),
        ("w[!a-h]eels", "wheels", False),
        ("w[^a-g]eels", "wheels", True),
        ("w[h-a]eels", "wheels", False),
        ("w[]h]eels", "w]eels", True),
        ("w[.+]", "w+", True),
        ("w[heels", "w[heels", True),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        ("a.b", "a+b", False),
        ("wheels-{win,linux}*", "wheels-linux_x86", True),
        ("wheels-{win,linux}", "wheels-mac", False),
        ("w-{a,b{c,d}}", "w-bd", True),
        ("w-{a}", "w-{a}", True),
        ("!wheels-*", "wheels-a", False),
        ("!wheels-*", "other", True),
        ("!!wheels-*", "wheels-a", True),
        ("#wheels", "#wheels", False),
        ("Wheels", "wheels", False),
    ],
)
def test_a_pattern_selects_names_as_minimatch_does(pattern: str, name: str, *, selected: bool) -> None:
    assert selects(pattern, name) is selected


@pytest.mark.parametrize("pattern", ["!(a|b)", "wheels-@(a|b)", "+(a)", "w-{1..3}"])
def test_a_pattern_that_is_not_read_here_is_refused(pattern: str) -> None:
    with pytest.raises(PatternUnsupported) as caught:
        selects(pattern, "a")
    assert str(caught.value) == (f"the pattern {pattern!r} cannot be rehearsed: it is an extended one or holds a range")


@pytest.mark.parametrize(
    ("pattern", "expanded"),
    [
        ("a", ["a"]),
        ("a{b,c}d{e,f}", ["abde", "abdf", "acde", "acdf"]),
        ("{a,}", ["a", ""]),
        ("${a,b}", ["${a,b}"]),
        ("{a{b,c}}", ["{ab}", "{ac}"]),
        ("{a,b", ["{a,b"]),
    ],
)
def test_braces_are_expanded(pattern: str, expanded: list[str]) -> None:
    assert expand_braces(pattern) == expanded


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("dist", "dist"),
        ("di[s]t", "dist"),
        (r"di\*t", "di*t"),
        ("[", "["),
        ("[]a]", "[]a]"),
        ("*", None),
        ("d?", None),
        ("[ab]", None),
    ],
)
def test_a_pattern_without_wildcards_stands_for_a_name(pattern: str, name: str | None) -> None:
    assert literal(pattern) == name


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
        ("dist/{a,b}.whl", [], ["dist/{a,b}.whl"]),
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
    with pytest.raises(PatternUnsupported) as caught:
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
        ("./dist/../dist/*.txt", None),
        ("dist/sub/../*.txt", None),
        ("**/d.whl", ["dist/.x/d.whl"]),
        ("dist/a.whl/", []),
        ("dist/sub/**", ["dist/sub/c.whl"]),
        ("dist/a.whl/**", []),
        ("dist/./a.*", ["dist/a.txt", "dist/a.whl"]),
        ("../home/*", ["../home/h.whl"]),
        ("~/h.whl", ["../home/h.whl"]),
    ],
)
def test_files_are_found_as_the_library_glob_does(tree: Path, pattern: str, files: list[str] | None) -> None:
    if files is None:
        with pytest.raises(
            PatternUnsupported, match=r"^the pattern '.*' cannot be rehearsed: \.\. stands inside of it$"
        ):
            glob_files(pattern, folder=tree, home=tree.parent / "home")
        return
    paths = glob_files(pattern, folder=tree, home=tree.parent / "home")
    assert [Path(os.path.relpath(path, tree)).as_posix() for path in paths] == files
