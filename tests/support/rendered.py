"""Markdown as a renderer shows it."""

from __future__ import annotations

from markdown_it import MarkdownIt

# What only holds other blocks.
_AROUND = {"bullet_list", "table", "thead", "tbody", "th", "td", "inline"}


def rendered(markdown: str) -> list[list[str]]:
    """Each block and its texts: `["h3", text]`, `["p", text]`, `["li", text]`; `["tr", cell, cell…]` for a row.

    Code is told from text by backticks around it; any other markup within a line fails.
    """
    blocks: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        if token.type == "inline":
            blocks[-1].append("".join(_shown(child.type, child.content) for child in token.children or []))
        elif token.type.removesuffix("_open") not in _AROUND and token.nesting >= 0 and not token.hidden:
            blocks.append([token.tag])
    return blocks


def _shown(kind: str, content: str) -> str:
    assert kind in ("text", "text_special", "code_inline"), (kind, content)
    return f"`{content}`" if kind == "code_inline" else content
