"""HTML elements whose content cannot break out of them: every text that is not `Html` already is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from truewheel.report.text import printable

# Elements without content and end tag.
_VOID = frozenset({"meta", "rect", "path", "line", "circle"})


class Html(str):
    """Text that is HTML or SVG already: made by this module or written by hand, never taken from a wheel."""

    __slots__ = ()


Content = str | Iterable[str]
Value = str | float | bool


def element(name: str, /, *content: Content, **attributes: Value) -> Html:
    """The element `name` around its content, e.g. `element("p", "a < b", class_="quiet")`.

    Attributes are escaped too. `class_` is `class`, any other `_` is `-`; True is an attribute without a value, False
    is none.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    if name in _VOID:
        return Html(f"<{name}{written}>" if name == "meta" else f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*content)}</{name}>")


def join(*content: Content) -> Html:
    """Pieces one after the other, escaped unless they are `Html`."""
    return Html("".join(_escaped(piece) for piece in content))


def code(text: str) -> Html:
    """Text that is compared character by character."""
    return element("code", text)


def badge(word: str, kind: str = "") -> Html:
    """A word in the colour of `kind`, which is the word itself by default."""
    return element("span", word, class_=f"badge {kind or word}")


def table(header: Sequence[Content], rows: Iterable[Sequence[Content]], label: str, kind: str = "") -> Html:
    """A table that scrolls where it is too wide for the window; the first cell of a row is the row's heading."""
    head = element("tr", *(element("th", cell, scope="col") for cell in header))
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    whole = element("table", element("thead", head), element("tbody", *body))
    return element("div", whole, class_=f"scroll {kind}".strip(), tabindex=0, role="group", aria_label=label)


def _escaped(piece: Content) -> str:
    if isinstance(piece, Html):
        return piece
    if isinstance(piece, str):
        # `printable` spells out what reverses or hides text, and what no document may contain.
        return html.escape(printable(piece))
    return join(*piece)


def _attribute(key: str, value: Value) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {name}="{html.escape(printable(text))}"'
