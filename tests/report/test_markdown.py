"""Text comes out of GitHub's Markdown as it went in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rendered import rendered
from truewheel.report.markdown import Markdown, code, escaped, heading, table
from truewheel.report.text import printable

# Characters that mean something to Markdown, and texts of them.
TEXTS = st.one_of(st.text(), st.text("\\`*_[]()<>|~#&@$!-+.=:1 \n\tab;", max_size=12))


def seen(text: str) -> str:
    """The text as it must appear: on one line."""
    return printable(" ".join(text.split()))


@pytest.mark.parametrize(
    "text",
    [
        "quiverdb/__init__.py",
        "v*.*.*",
        "`a` and ``b``",
        "[ ] [x](y) ![z](w)",
        "@names, #1, $a$, ~~b~~, &amp; <img> a|b \\|",
        "- not a list",
        "1. not a list",
        "+ not a list",
        "# not a heading #",
        "---",
        "> not a quotation",
    ],
)
def test_text_is_displayed_as_it_is(text: str) -> None:
    assert rendered(heading(3, text)) == [["h3", text]]
    assert rendered(f"{escaped(text)}\n") == [["p", text]]
    assert rendered(table([text, "b"], [[text, "c"]])) == [["tr", text, "b"], ["tr", text, "c"]]


@given(TEXTS)
def test_any_text_stays_in_its_place(text: str) -> None:
    line = seen(text)
    assert rendered(table(["a", "b"], [[text, "c"]])) == [["tr", "a", "b"], ["tr", line or "—", "c"]]
    if line:
        assert rendered(heading(3, text)) == [["h3", line]]
        assert rendered(f"{escaped(text)}\n") == [["p", line]]
        assert rendered(table(["a"], [[code(text)]])) == [["tr", "a"], ["tr", f"`{line}`"]]


def test_markdown_is_kept_except_for_the_ends_of_cells() -> None:
    assert table(["a"], [[Markdown("`x|y` *z*")]]) == "| a |\n| --- |\n| `x\\|y` *z* |\n"
