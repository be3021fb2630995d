"""The sessions of a noxfile, read without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_PYTHON = re.compile(r"-(?:python|pypy)?\d[\d.]*t?$")


def read_nox_sessions(root: Path) -> frozenset[str] | None:
    """Return the names of the sessions in the noxfile of the repository at `root`; none if there is no noxfile.

    Returns None if they cannot be known without running it: it cannot be parsed, makes sessions in other ways than by
    `@nox.session` on its functions, or imports a module of the repository, which may make some.
    """
    try:
        tree = ast.parse((root / "noxfile.py").read_bytes())
    except FileNotFoundError:
        return frozenset()
    except (OSError, SyntaxError, ValueError):
        return None
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names = [name for function in functions for name in _names(function)]
    mentioned = sum(isinstance(node, ast.Attribute) and node.attr == "session" for node in ast.walk(tree))
    if None in names or mentioned != len(names) or any(_may_make_sessions(root, node) for node in ast.walk(tree)):
        return None
    return frozenset(name for name in names if name)


def has_session(sessions: frozenset[str], name: str) -> bool:
    """Whether `nox -s NAME` finds a session; a name may have a Python or parameters: `tests-3.12`, `wheels(any)`."""
    plain = name.partition("(")[0]
    return not sessions.isdisjoint({plain, _PYTHON.sub("", plain)})


def _names(function: ast.FunctionDef) -> Iterator[str | None]:
    """The name of a function that is a session, None if it is known only when the noxfile runs."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr == "session":
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            given = [ast.unparse(keyword.value) for keyword in keywords if keyword.arg in ("name", None)]
            literal = re.fullmatch(r"'([^']*)'", given[0]) if given else None
            yield function.name if not given else literal and literal[1]


def _may_make_sessions(root: Path, node: ast.AST) -> bool:
    """Whether a node imports `session` by its own name, everything of a module, or a module of the repository."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        if {alias.name for alias in node.names} & {"session", "*"}:
            return True
        modules = [node.module or "."]
    else:
        return False
    tops = [module.partition(".")[0] for module in modules]
    return any(not top or (root / top).is_dir() or (root / f"{top}.py").exists() for top in tops)
