"""Problems with the name of a file in a wheel, as predicates of the name.

Sources: PEP 427 (names are relative, with `/` between the parts); Microsoft's "Naming Files, Paths, and Namespaces";
the limits of common file systems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

# One part of a path on common file systems; a whole path on Windows, without the usual path of site-packages.
LONGEST_PART = 255
LONGEST_NAME = 200

_DRIVE = re.compile(r"[A-Za-z]:")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)


def relative_problems(name: str) -> Iterator[str]:
    """Why the name is not a path inside the folder that the wheel is unpacked into."""
    # Both are separators on Windows, and Python's own readers turn one into the other.
    path = name.replace("\\", "/")
    parts = path.removesuffix("/").split("/")
    if not path:
        yield "is empty"
    elif path.startswith("/"):
        yield "is absolute"
    elif _DRIVE.match(path):
        yield "begins with a drive letter"
    elif "" in parts:
        yield "has an empty part"
    if ".." in parts:
        yield "leaves its folder: it has the part '..'"
    if "." in parts:
        yield "has the part '.'"


def portable_problems(name: str) -> Iterator[str]:
    """Why there cannot be a file of this name on Windows."""
    for part in name.split("/"):
        # With any extension, it is still the device.
        device = _DEVICE.fullmatch(part.split(".")[0].rstrip(" "))
        if device:
            yield f"has the part {part!r}, which is a device on Windows"
        if part.endswith((".", " ")) and part not in (".", ".."):
            yield f"has the part {part!r}, whose last character Windows drops"
        if match := _FORBIDDEN.search(part):
            yield f"has the character {match[0]!r}, which Windows does not allow"


def length_problems(name: str) -> Iterator[str]:
    """Why the name is too long for common file systems."""
    longest = max(len(part.encode("utf-8", "surrogatepass")) for part in name.split("/"))
    if longest > LONGEST_PART:
        yield f"has a part of {longest} bytes; file systems allow {LONGEST_PART}"
    if len(name) > LONGEST_NAME:
        yield f"has {len(name)} characters, more than {LONGEST_NAME}: Windows allows 259 with the path of site-packages"


def same_elsewhere(names: Iterable[str]) -> list[list[str]]:
    """Return the groups of names that differ only in case or Unicode normalization, sorted.

    The names of the folders are compared, too.
    """
    groups: dict[str, set[str]] = {}
    for name in _with_folders(names):
        # Nearly all names are ASCII, which is normalized already.
        folded = name.lower() if name.isascii() else _folded(name)
        groups.setdefault(folded, set()).add(name)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def _with_folders(names: Iterable[str]) -> Iterator[str]:
    """The names and their folders, each folder once."""
    seen: set[str] = set()
    for name in names:
        yield name
        for folder in _folders(name):
            if folder in seen:
                break
            seen.add(folder)
            yield folder


def _folders(name: str) -> Iterator[str]:
    """The folders that a name is in, innermost first: `a/b`, then `a`, for `a/b/c`."""
    at = name.rfind("/")
    while at > 0:
        yield name[:at]
        at = name.rfind("/", 0, at)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def files_that_are_folders(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return each file that is also the folder of others, with the first of those, sorted."""
    ordered = list(names)
    files = set(ordered)
    found: dict[str, str] = {}
    for name in ordered:
        for folder in _folders(name):
            if folder in files:
                found.setdefault(folder, name)
    return sorted(found.items())
