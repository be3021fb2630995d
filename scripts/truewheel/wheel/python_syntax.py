"""Reading the Python files of a wheel as a certain Python reads them, without running anything of them.

Their text is not kept when a wheel is read, for few are asked about it; so they are unpacked again, one at a time.
"""

from __future__ import annotations

import ast
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator

from truewheel.wheel.reader import Wheel

# The newest minor version of Python 3 whose syntax is known here.
NEWEST_MINOR = sys.version_info.minor
# No file that people write is larger; what a machine wrote is left aside.
_LARGEST = 2 << 20


# What Python's zip reader raises for what it does not take: its own errors, and those of what it calls.
_REFUSALS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, ValueError, EOFError, zlib.error, OSError)


class InstallersCannotRead(Exception):
    """Python's own zip reader, which installers use, does not take the archive; the message is its own."""


def syntax_flaws(wheel: Wheel, minor: int) -> Iterator[tuple[str, str]]:
    """The .py files that Python 3.`minor` cannot read, each with the reason. The archive must have no anomalies.

    Raises:
        InstallersCannotRead: the archive is one that installers cannot read.
    """
    try:
        with zipfile.ZipFile(wheel.path) as archive:
            names = [member.name for member in wheel.members if member.name.endswith(".py") and member.size <= _LARGEST]
            for name in names:
                flaw = _flaw(archive.read(name), minor)
                if flaw:
                    yield name, flaw
    except _REFUSALS as error:
        raise InstallersCannotRead(str(error) or type(error).__name__) from None


def _flaw(source: bytes, minor: int) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source, feature_version=(3, minor))
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        return f"{where}{error.msg}"
    except ValueError as error:  # a zero byte, on older Pythons
        return str(error)
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    return ""
