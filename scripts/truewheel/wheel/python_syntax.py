"""The syntax of the Python files in a wheel, checked for a Python version without running anything.

Sources are not kept in memory when a wheel is read; they are unpacked again, one at a time.
"""

from __future__ import annotations

import ast
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator

from truewheel.wheel.reader import Wheel

# The newest minor version of Python 3 whose syntax this Python knows.
NEWEST_MINOR = sys.version_info.minor
# Larger files are skipped: no person wrote them.
_LARGEST = 2 << 20


# The exceptions of Python's zip reader for an archive that it does not accept: its own, and those of its callees.
_REFUSALS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, ValueError, EOFError, zlib.error, OSError)


class InstallersCannotRead(Exception):
    """Python's own zip reader, which installers use, does not accept the archive; the message is its own."""


def syntax_problems(wheel: Wheel, minor: int) -> Iterator[tuple[str, str]]:
    """The .py files that Python 3.`minor` cannot parse, each with the reason. The archive must have no anomalies.

    Raises:
        InstallersCannotRead: installers cannot read the archive.
    """
    try:
        with zipfile.ZipFile(wheel.path) as archive:
            names = [member.name for member in wheel.members if member.name.endswith(".py") and member.size <= _LARGEST]
            for name in names:
                if problem := _problem(archive.read(name), minor):
                    yield name, problem
    except _REFUSALS as error:
        raise InstallersCannotRead(str(error) or type(error).__name__) from None


def _problem(source: bytes, minor: int) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source, feature_version=(3, minor))
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        return f"{where}{error.msg}"
    except ValueError as error:  # a NUL, on older Pythons
        return str(error)
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    return ""
