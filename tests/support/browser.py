"""Pages in a real browser, and text that would break one."""

from __future__ import annotations

import shutil
import subprocess
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


def open_in_chromium(text: str, *options: str, folder: Path) -> tuple[str, str]:
    """Open a page in a real browser; return the document as the browser then has it, and its error messages."""
    assert CHROMIUM is not None
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    machine = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--enable-logging=stderr"]
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [CHROMIUM, *machine, *quiet, profile, *options, "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=120)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
