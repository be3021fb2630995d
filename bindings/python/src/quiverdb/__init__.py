"""A dict-like persistent store in one file.

>>> import quiverdb
>>> with quiverdb.open("colours.quiver") as db:
...     db["apple"] = b"red"
...     db.sync()
"""

from quiverdb._database import Database, open  # noqa: A004 - the name of gzip.open and dbm.open
from quiverdb._errors import ClosedError, CorruptError, Error, FormatError, LockedError, ReadOnlyError, ReplacedError
from quiverdb._native import library_path, native_version
from quiverdb._recovery import Report, check, recover
from quiverdb._version import __version__

__all__ = [
    "ClosedError",
    "CorruptError",
    "Database",
    "Error",
    "FormatError",
    "LockedError",
    "ReadOnlyError",
    "ReplacedError",
    "Report",
    "__version__",
    "check",
    "library_path",
    "native_version",
    "open",
    "recover",
]

if native_version() != __version__:
    raise ImportError(
        f"quiverdb {__version__} found a native library of version {native_version()} at {library_path()}: "
        "the library is stale. Reinstall the package: pip install --force-reinstall quiverdb",
        name=__name__,
        path=str(library_path()),
    )
