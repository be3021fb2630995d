"""Pages in a real browser, and text that would break one."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Text that breaks out of its place wherever it is not escaped.
EVIL = (
    '</title></style></script><script>document.title = "taken"</script><img src=x onerror="alert(1)">&amp;"\'\u202e\0'
)
SHOWN_EVIL = EVIL.replace("\u202e", r"\u202e").replace("\0", r"\x00")


class Reader(HTMLParser):
    """The elements of a page, their attributes, and the texts, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str, **attributes: str) -> int:
        wanted = {key.rstrip("_"): value for key, value in attributes.items()}
        return sum(name == tag and wanted.items() <= found.items() for name, found in self.elements)


@dataclass(frozen=True)
class Framed:
    """A page in a frame of the browser's window."""

    text: str
    width: int = 1300  # in pixels
    is_dark: bool = False  # whether the reader prefers dark colours


# Around the pages: it shows what became of each. It starts slowly, so it opens them all at once.
_AROUND = """\
<!DOCTYPE html><title></title>{frames}<script>
onload = () => {{
  const documents = [...document.querySelectorAll("iframe")].map((frame) => frame.contentDocument);
  document.body.textContent = JSON.stringify(documents.map((one) => one.documentElement.outerHTML));
}};
</script>"""


def open_in_chromium(pages: Mapping[str, Framed | str], *, folder: Path) -> tuple[dict[str, str], str]:
    """Open pages in a real browser; return each as the browser then has it, and the error messages about all."""
    assert CHROMIUM is not None
    file = folder / "page.html"
    each = [page if isinstance(page, Framed) else Framed(page) for page in pages.values()]
    file.write_text(_AROUND.format(frames="".join(map(_frame, each))), encoding="utf-8")
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    machine = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--enable-logging=stderr"]
    profile = f"--user-data-dir={folder / 'profile'}"
    command: Sequence[str] = [CHROMIUM, *machine, *quiet, profile, "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=120)
    body = done.stdout.partition("<body>")[2].partition("</body>")[0]
    documents = json.loads(html.unescape(body))
    errors = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return dict(zip(pages, documents, strict=True)), errors


def _frame(page: Framed) -> str:
    style = f"width:{page.width}px;height:900px;border:0;color-scheme:{'dark' if page.is_dark else 'light'}"
    return f'<iframe style="{style}" srcdoc="{html.escape(page.text)}"></iframe>'
