"""The notes of a GitHub Release as HTML, as GitHub would render them, without anything harmful."""

from __future__ import annotations

import re

from truewheel.report.page.elements import Html, element
from truewheel.report.text import printable

# GitHub does not show comments either.
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "hr", "br"),
    *("strong", "em", "code", "pre", "a"),
}


def notes_view(markdown: str) -> Html:
    """The rendered notes. HTML in them is shown as text, and so are pictures, which need a network."""
    # Imported here because they take longer than the rest of the page, which may have no notes.
    import nh3  # noqa: PLC0415
    from markdown_it import MarkdownIt  # noqa: PLC0415

    text = "\n".join(printable(line.expandtabs(4)) for line in _COMMENT.sub("", markdown).splitlines())
    renderer = MarkdownIt("commonmark", {"html": False}).disable("image")
    # The renderer makes no other tags; nh3 guarantees it.
    safe = nh3.clean(renderer.render(text), tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https"})
    return element("div", Html(safe), class_="notes")
