"""GitHub's filter patterns, by the examples of its own documentation."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truewheel.patterns import PatternError
from truewheel.patterns.filters import selects, to_regex

# Source: GitHub's workflow syntax, "Filter pattern cheat sheet": patterns for branches and tags, then for paths.
DOCUMENTED = {
    "feature/*": ["feature/my-branch", "feature/your-branch"],
    "feature/**": ["feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat"],
    "main": ["main"],
    "releases/mona-the-octocat": ["releases/mona-the-octocat"],
    "*": ["main", "releases", "README.md", "server.rb"],
    "**": ["all/the/branches", "every/tag", "all/the/files.md"],
    "*feature": ["mona-feature", "feature", "ver-10-feature"],
    "v2*": ["v2", "v2.0", "v2.9"],
    "v[12].[0-9]+.[0-9]+": ["v1.10.1", "v2.0.0"],
    "*.jsx?": ["page.js", "page.jsx"],
    "*.js": ["app.js", "index.js"],
    "**.js": ["index.js", "js/index.js", "src/js/app.js"],
    "docs/*": ["docs/README.md", "docs/file.txt"],
    "docs/**": ["docs/README.md", "docs/mona/octocat.txt"],
    "docs/**/*.md": ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"],
    "**/docs/**": ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"],
    "**/README.md": ["README.md", "js/README.md"],
    "**/*src/**": ["a/src/app.js", "my-src/code/js/app.js"],
    "**/*-post.md": ["my-post.md", "path/their-post.md"],
    "**/migrate-*.sql": ["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"],
}


@pytest.mark.parametrize(
    ("pattern", "name"), [(pattern, name) for pattern, names in DOCUMENTED.items() for name in names]
)
def test_the_documented_examples_match(pattern: str, name: str) -> None:
    assert selects([pattern], name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("feature/*", "feature/beta-a/my-branch"),
        ("*", "releases/10"),
        ("main", "main2"),
        ("main", "amain"),
        ("v2*", "v2/0"),
        ("v[12].[0-9]+.[0-9]+", "v3.0.0"),
        ("v[12].[0-9]+.[0-9]+", "v1.a.0"),
        ("v1.0", "v1x0"),  # a dot is no wildcard
        ("*.jsx?", "page.jsxx"),
        ("**/README.md", "myREADME.md"),
        ("v*.*.*", "v1.2"),
        ("v*.*.*", "1.2.3"),
        (r"v\*", "v1"),
    ],
)
def test_what_a_pattern_does_not_describe_does_not_match(pattern: str, name: str) -> None:
    assert not selects([pattern], name)


@pytest.mark.parametrize("tag", ["v0.5.0", "v1.2.3rc1", "v1.2.3.4", "va.b.c", "v.."])
def test_the_trigger_of_a_release_is_wide(tag: str) -> None:
    # That is why validate is strict.
    assert selects(["v*.*.*"], tag)


@pytest.mark.parametrize(
    ("pattern", "name"), [(r"v\*", "v*"), (r"a\\b", r"a\b"), (r"\!x", "!x"), ("ab+c", "abbbc"), ("a**?", "a")]
)
def test_signs_are_escaped_and_repeated(pattern: str, name: str) -> None:
    assert selects([pattern], name)


@pytest.mark.parametrize(
    ("patterns", "selected", "others"),
    [
        (["*.md", "!README.md"], ["hello.md"], ["README.md", "docs/hello.md"]),
        (["*.md", "!README.md", "README*"], ["hello.md", "README.md", "README.doc"], ["other.doc"]),
        (["v*.*.*", "!v0.*.*"], ["v1.0.0"], ["v0.5.0"]),
        ([], [], ["v1.0.0", ""]),
    ],
)
def test_the_last_pattern_that_matches_decides(patterns: list[str], selected: list[str], others: list[str]) -> None:
    assert [name for name in [*selected, *others] if selects(patterns, name)] == selected


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (["+1"], "'+1': + has nothing before it to repeat"),
        (["?"], "'?': ? has nothing before it to repeat"),
        (["v["], "'v[': [ at 2 is not closed or lists no letters or digits"),
        (["v[]"], "'v[]': [ at 2 is not closed or lists no letters or digits"),
        (["v[!]"], "'v[!]': [ at 2 is not closed or lists no letters or digits"),
        (["v[9-0]"], "'v[9-0]': the range 9-0 runs backwards"),
        (["v\\"], r"'v\\': \ has nothing after it to escape"),
        (["!v1"], "a list of patterns needs at least one without a leading !"),
    ],
)
def test_what_github_refuses_is_an_error(patterns: list[str], message: str) -> None:
    with pytest.raises(PatternError) as caught:
        selects(patterns, "v1")
    assert str(caught.value) == message


PLAIN = st.text(alphabet=string.ascii_letters + string.digits + "._-/^$(){}|#@é", max_size=20)


@given(PLAIN, PLAIN)
def test_a_plain_name_matches_itself_and_nothing_else(pattern: str, name: str) -> None:
    assert selects([pattern], pattern)
    assert selects([pattern], name) == (pattern == name)


@given(PLAIN, PLAIN, PLAIN)
def test_stars_match_everything_between(start: str, middle: str, end: str) -> None:
    assert selects([f"{start}*{end}"], start + middle + end) or "/" in middle
    # `**/` would be a sign of its own.
    assert selects([f"{start}**x{end}"], f"{start}{middle}x{end}")


@given(st.text(alphabet=r"ab0-9[]*+?!\/.", max_size=12), st.text(alphabet="ab0/.", max_size=6))
def test_a_pattern_is_read_or_refused(pattern: str, name: str) -> None:
    try:
        regex = to_regex(pattern)
    except PatternError as error:
        assert repr(pattern) in str(error)  # noqa: PT017
    else:
        assert regex.fullmatch(name) is None or isinstance(regex.fullmatch(name)[0], str)  # type: ignore[index]
