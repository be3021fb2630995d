"""What is wrong with the name of a file in a wheel, for whoever has to unpack it somewhere.

Sources: PEP 427 (names are relative, with `/` between the parts); Microsoft's "Naming Files, Paths, and Namespaces";
the limits of common file systems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

# A part of a path on any common file system; a whole path on Windows, less what a usual site-packages takes.
LONGEST_PART = 255
LONGEST_NAME = 200

_DRIVE = re.compile(r"[A-Za-z]:")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)


def relative_flaws(name: str) -> Iterator[str]:
    """Why the name does not lead to one place inside the folder into which the wheel is unpacked."""
    # Windows reads both as separators, and Python's own readers turn one into the other.
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
        yield "climbs out of its folder: it has the part '..'"
    if "." in parts:
        yield "has the part '.'"


def portable_flaws(name: str) -> Iterator[str]:
    """Why Windows cannot have a file of this name."""
    for part in name.split("/"):
        # A device's name counts whatever extension follows.
        device = _DEVICE.fullmatch(part.split(".")[0].rstrip(" "))
        if device:
            yield f"has the part {part!r}, which is a device on Windows"
        if part.endswith((".", " ")) and part not in (".", ".."):
            yield f"has the part {part!r}, whose last character Windows drops"
        if match := _FORBIDDEN.search(part):
            yield f"has the character {match[0]!r}, which Windows does not allow"


def length_flaws(name: str) -> Iterator[str]:
    """Why the name may be too long for a file system."""
    longest = max(len(part.encode("utf-8", "surrogatepass")) for part in name.split("/"))
    if longest > LONGEST_PART:
        yield f"has a part of {longest} bytes; file systems take {LONGEST_PART}"
    if len(name) > LONGEST_NAME:
        yield (
            f"has {len(name)} characters; Windows takes 259 with the folder it is installed in, "
            f"so at most {LONGEST_NAME}"
        )


def same_elsewhere(names: Iterable[str]) -> list[list[str]]:
    """The groups of different names that are one name where case or the form of Unicode does not count, sorted.

    The folders that the names are in have names, too.
    """
    groups: dict[str, set[str]] = {}
    for name in _with_folders(names):
        # ASCII has but one form, and is nearly all there is.
        folded = name.lower() if name.isascii() else _folded(name)
        groups.setdefault(folded, set()).add(name)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def _with_folders(names: Iterable[str]) -> Iterator[str]:
    """The names, and those of the folders that they are in, each folder once."""
    folders: set[str] = set()
    for name in names:
        yield name
        at = name.rfind("/")
        while at > 0 and (folder := name[:at]) not in folders:
            folders.add(folder)
            yield folder
            at = name.rfind("/", 0, at)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def files_that_are_folders(names: Iterable[str]) -> list[tuple[str, str]]:
    """Each name that is also a folder of another one, with the first such one, sorted."""
    ordered = list(names)
    files = set(ordered)
    found: dict[str, str] = {}
    for name in ordered:
        at = name.rfind("/")
        while at > 0:
            folder = name[:at]
            if folder in files and folder not in found:
                found[folder] = name
            at = name.rfind("/", 0, at)
    return sorted(found.items())
