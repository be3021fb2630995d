"""What a Python file says about itself: its grammar, its imports, and the names that it defines. Nothing is run."""

from __future__ import annotations

import ast
import functools
import io
import json
import subprocess
import tempfile
import tokenize
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ruff import find_ruff_bin

# The minor versions of Python 3 whose grammar ruff knows.
_OLDEST, _NEWEST = 7, 15
# What Python reports when it compiles, and ruff as these rules: `return` outside of a function and the like.
_COMPILER_ERRORS = "F701,F702,F704,F706,F707"
# A module that uses one of these may define names of which its text says nothing.
_OPAQUE = frozenset({"globals", "vars", "exec", "eval", "setattr", "modules", "__dict__", "__getattr__"})


@dataclass(frozen=True, slots=True)
class Import:
    """An import that runs whenever the file is imported: at its top level, not in a `try`, `if`, `with` or function."""

    line: int  # the number of its line
    module: str  # with the leading dots of a relative import, e.g. `os.path`, `..errors` or `.`
    names: tuple[str, ...] = ()  # what is imported from it; empty for `import module`


@dataclass(frozen=True, slots=True)
class PythonSource:
    """A Python file."""

    imports: tuple[Import, ...]  # those that nothing can prevent, in order
    names: frozenset[str] | None  # what it defines at its top level; None if that cannot be known without running it


@functools.lru_cache(maxsize=10_000)
def read_source(content: bytes) -> PythonSource | None:
    """Parse a file; None if the Python that runs this cannot. The wheels of a release share most of their files."""
    tree = _parsed(content)
    return PythonSource(tuple(_imports(tree)), _names(tree)) if isinstance(tree, ast.Module) else None


def _parsed(content: bytes) -> ast.Module | Exception:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error


def _imports(tree: ast.Module) -> Iterator[Import]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.lineno, "." * node.level + (node.module or ""), names)


def _names(tree: ast.Module) -> frozenset[str] | None:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    defined = {name for statement in _statements(tree.body) for name in _defined(statement)}
    defined |= {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return None if "*" in defined or not _OPAQUE.isdisjoint(found | defined) else frozenset(defined)


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block, and of the blocks in it, but for those of functions and classes."""
    for node in body:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for block in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, block, ()))
            for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                yield from _statements(part.body)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    else:
        names = (part for part in ast.walk(node) if isinstance(part, ast.Name))
        yield from (name.id for name in names if isinstance(name.ctx, ast.Store))


def grammar_problems(sources: Mapping[str, bytes], minor: int) -> dict[str, str]:
    """Return the files that Python 3.`minor` cannot compile, each with the first reason.

    By ruff, whose parser knows the grammar of every version: `ast.parse` with a `feature_version` accepts what only
    the running Python can read, such as the f-strings of 3.12.
    """
    problems: dict[str, str] = {}
    readable: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, content in sources.items():
            text = _text(content)
            if isinstance(text, Exception):
                problems[name] = str(text)
            else:
                # The names are from the wheel, and may be anything.
                Path(folder, f"{len(readable)}.py").write_text(text, encoding="utf-8", newline="")
                readable.append(name)
        for number, problem in _by_ruff(folder, min(max(minor, _OLDEST), _NEWEST)):
            problems.setdefault(readable[number], problem)
    return {name: problems[name] for name in sources if name in problems}


def _text(content: bytes) -> str | Exception:
    """Decode a file as Python does; refuse what is nested too deeply for a parser."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as error:
        return error
    parsed = _parsed(content)
    too_deep = isinstance(parsed, (RecursionError, MemoryError)) or "too many nested" in str(parsed)
    return ValueError("it is nested too deeply") if too_deep else text


def _by_ruff(folder: str, minor: int) -> Iterator[tuple[int, str]]:
    options = ["--isolated", "--no-cache", "--no-respect-gitignore", "--ignore-noqa", "--config", "exclude=[]"]
    options += ["--select", _COMPILER_ERRORS, "--target-version", f"py3{minor}", "--output-format", "json"]
    ended = subprocess.run(
        [find_ruff_bin(), "check", *options, "."], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    if ended.returncode not in (0, 1):
        raise RuntimeError(f"ruff ended with exit status {ended.returncode}: {ended.stderr}")
    for found in json.loads(ended.stdout):
        yield int(Path(found["filename"]).stem), f"line {found['location']['row']}: {found['message']}"
