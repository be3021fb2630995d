"""The frame of every page: one file that needs no network and holds everything itself.

Whatever strangers wrote is text in it: it is escaped where it is put in (`truewheel.report.page.elements`), and the
page's own policy lets no script run but the one that is named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from truewheel.report.page.elements import Content, Html, element

_PARTS = Path(__file__).parent


def framed(title: str, header: Html, *sections: Html, styles: tuple[str, ...] = ()) -> str:
    """The whole page, the same for the same content.

    Args:
        title: of the window.
        header: the banner.
        sections: what stands below it.
        styles: files beside this module with the rules that this page needs beyond those of all pages.
    """
    style = Html("".join(_part(name) for name in ("page.css", *styles)))
    script = Html(_part("page.js"))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", style),
    )
    body = element("body", header, element("main", *sections), element("script", script))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def section(title: Content, *content: Content) -> Html:
    """A part of the page below a heading."""
    return element("section", element("h2", title), *content)


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
