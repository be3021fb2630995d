"""The frame of every page: one file that needs no network.

Text from wheels and logs is escaped where it is inserted (`truewheel.report.page.elements`), and the page's content
security policy allows no script but our own, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import TextIO

from truewheel.errors import ReleaseError
from truewheel.report.console import write_line
from truewheel.report.page.elements import Content, Html, element
from truewheel.system.files import regular_file, write_atomically

_PARTS = Path(__file__).parent


def framed(title: str, header: Html, *sections: Html, styles: tuple[str, ...] = ()) -> str:
    """The whole page; the same content makes the same page.

    `header` is the banner, and `styles` are CSS files in this folder that it needs in addition to `page.css`.
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


def card(title: str, *content: Content, kind: str = "") -> Html:
    """A sheet of its own below a heading."""
    return element("article", element("h3", title), *content, class_=f"card {kind}".strip())


def require_writable(file: Path) -> None:
    """Raise a ReleaseError if a page cannot be written to `file`, before the work whose result it shows."""
    hint = "name a file in a folder that exists and that you may write to"
    if not file.parent.is_dir():
        raise ReleaseError(f"{file} cannot be written: there is no folder {file.parent}", hint=hint)
    if file.is_dir() or not os.access(regular_file(file).parent, os.W_OK):
        raise ReleaseError(f"{file} cannot be written", hint=hint)


def write_html(file: Path, text: str, stream: TextIO) -> None:
    """Write a page, whole or not at all, and print to `stream` where it is; ReleaseError if it cannot be written."""
    require_writable(file)
    write_atomically(file, text)
    write_line(f"wrote {file}", stream)


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
