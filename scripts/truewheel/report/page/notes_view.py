"""The notes of a GitHub Release as HTML: the Markdown that GitHub would render, without what could do harm."""

from __future__ import annotations

import re

from truewheel.report.page.elements import Html, element
from truewheel.report.text import printable

# GitHub shows no comment either.
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "hr", "br"),
    *("strong", "em", "code", "pre", "a"),
}


def notes_view(markdown: str) -> Html:
    """The rendered notes; pictures, which a page without a network cannot show, and HTML stay as they are written."""
    # Imported here because they take longer than all else on the page, and it may have no notes.
    import nh3  # noqa: PLC0415
    from markdown_it import MarkdownIt  # noqa: PLC0415

    text = "\n".join(printable(line.expandtabs(4)) for line in _COMMENT.sub("", markdown).splitlines())
    renderer = MarkdownIt("commonmark", {"html": False}).disable("image")
    rendered = renderer.render(text)
    # Nothing but these can be in it already; this is what makes it HTML that may be taken as it is.
    safe = nh3.clean(rendered, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https"})
    return element("div", Html(safe), class_="notes")
