"""HTML elements that cannot be broken by what stands in them: whatever is not `Html` already is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

from truewheel.report.text import printable

# Elements that have no content and no end tag.
_VOID = frozenset({"meta", "rect", "path", "line", "circle"})


class Html(str):
    """Text that is HTML (or SVG), made by this module or written by hand; never what a wheel says."""

    __slots__ = ()


Content = str | Iterable[str]
Value = str | float | bool


def element(name: str, /, *content: Content, **attributes: Value) -> Html:
    """The element `name` with `content`, whose strings are escaped unless they are `Html`.

    Attributes are escaped too; `class_` means `class`, other `_` mean `-`; True gives an attribute without a value,
    False none.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    if name in _VOID:
        return Html(f"<{name}{written}>" if name == "meta" else f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*content)}</{name}>")


def join(*content: Content) -> Html:
    """Pieces one after the other, escaped unless they are `Html`."""
    return Html("".join(_escaped(piece) for piece in content))


def _escaped(piece: Content) -> str:
    if isinstance(piece, Html):
        return piece
    if isinstance(piece, str):
        # `plain` takes the characters that reverse or hide text, and those that no document may hold.
        return html.escape(printable(piece))
    return join(*piece)


def _attribute(key: str, value: Value) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {name}="{html.escape(printable(text))}"'
