"""The files that `truewheel init` writes, and what it does about those that are there already."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.toml_tables import parse_toml

# The first line of what init wrote: the kind of the file, and a digest of the lines below.
_MARK = re.compile(r"^# truewheel init \((?P<kind>\w+), (?P<digest>[0-9a-f]{16})\).*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a file: what is done, the whole new text if there is one, and lines for the maintainer.

    Only the maintainer can complete what is incomplete; until then, nothing works.
    """

    path: Path
    what: str
    text: str | None = None
    shown: tuple[str, ...] = ()
    is_incomplete: bool = False


def marked(kind: str, text: str) -> str:
    """Return a text under the line that tells `--upgrade` whether somebody has edited it."""
    why = "`truewheel init --upgrade` renews the lines below, unless you edit them."
    return f"# truewheel init ({kind}, {_digest(text)}): {why}\n{text}"


def mark_of(text: str) -> str | None:
    """The kind of what `init` wrote into a text; None if it wrote nothing there."""
    match = _MARK.search(text)
    return match["kind"] if match else None


def settled(root: Path, path: Path, kind: str, text: str, *, is_upgrade: bool) -> Change:
    """Write a file that is not there. An upgrade renews one that nobody has edited, and shows the difference."""
    if not (root / path).exists():
        return Change(path, "new", marked(kind, text))
    old = read(root, path)
    match = _MARK.search(old)
    if match is None:
        return Change(path, f"already exists; truewheel init --workflow {path.name} replaces it")
    body = old[match.end() :].replace("\r\n", "\n")
    if body == text:
        return Change(path, "is up to date")
    if not is_upgrade:
        return Change(path, "already exists; truewheel init --upgrade renews it")
    name = path.as_posix()
    shown = tuple(difflib.unified_diff(body.splitlines(), text.splitlines(), name, f"{name}, new", lineterm=""))
    if match["digest"] != _digest(body):
        return Change(path, "was edited, so it is kept; a new one would differ as follows:", shown=shown)
    return Change(path, "renewed", old[: match.start()] + marked(kind, text).replace("\n", _end_of(old)), shown)


def extended_noxfile(path: Path, old: str, kind: str, sections: str) -> Change:
    """Add the sessions to the end of a noxfile; if it has some of them, or their names, show those that it lacks."""
    names, taken, missing = set[str](), set[str](), list[str]()
    why = "lacks `import nox`: add it, and these sessions:"
    try:
        names.update(*map(_names, ast.parse(old).body))
    except SyntaxError:
        why = "cannot be parsed: add these sessions to it:"
    lines, nodes = sections.splitlines(), ast.parse(sections).body
    if "nox" in names and not any(names & _names(node) for node in nodes):
        return Change(path, "sessions added at the end", _appended(old, 3, marked(kind, sections)))
    for node in nodes:
        begin = min(each.lineno for each in (node, *getattr(node, "decorator_list", ())))
        written = lines[begin - 1 : node.end_lineno]
        clashing = names & _names(node)
        if not clashing:
            missing += [*written, ""]
        elif "\n".join(written) not in old.replace("\r\n", "\n"):
            taken |= clashing
    if not taken and not missing:
        return Change(path, "has all sessions")
    if taken:
        which = f"has its own {', '.join(sorted(taken))}: rename or remove {'them' if len(taken) > 1 else 'it'}"
        why = f"{which}, and run truewheel init again{'; add what else is missing:' if missing else ''}"
    elif "nox" in names:
        why = "has only some of the sessions: add these:"
    return Change(path, why, None, tuple(missing), is_incomplete=True)


def _names(node: ast.stmt) -> set[str]:
    """The names that a statement at the top of a module defines, and that of its session."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        keywords = [each for call in node.decorator_list for each in getattr(call, "keywords", [])]
        return {node.name, *(str(getattr(each.value, "value", "")) for each in keywords if each.arg == "name")}
    if isinstance(node, ast.Assign):
        return {ast.unparse(target) for target in node.targets}
    return {alias.asname or alias.name for alias in node.names} if isinstance(node, ast.Import) else set()


def extended_toml(root: Path, table: str) -> Change:
    """Add a table to the root pyproject.toml, or show it if that cannot be done by adding lines."""
    change = extended(root, Path("pyproject.toml"), table)
    try:
        parse_toml(change.text or "", change.path.name)
    except ReleaseError:  # [tool] is an inline table
        return Change(change.path, "add these tables to it:", None, tuple(table.splitlines()), is_incomplete=True)
    return change


def extended(root: Path, path: Path, lines: str) -> Change:
    """Add lines at the end of a file, every other byte of which stays; make it if it is not there."""
    if not (root / path).exists():
        return Change(path, "new", lines)
    return Change(path, "lines added at the end", _appended(read(root, path), 1 + (path.suffix == ".toml"), lines))


def read(root: Path, path: Path) -> str:
    """Return a file's text with its own line ends; a ReleaseError if it is not UTF-8."""
    try:
        return (root / path).read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ReleaseError(f"{path.as_posix()} is not in UTF-8", hint="convert it, and run this again") from None


def _appended(old: str, space: int, lines: str) -> str:
    return old.rstrip() + ("\n" * space + lines).replace("\n", _end_of(old))


def _end_of(old: str) -> str:
    return "\r\n" if "\r\n" in old else "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
