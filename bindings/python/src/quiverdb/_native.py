"""The native library, loaded by cffi in ABI mode: one library serves every Python."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import cffi

_FILE_NAMES = {"win32": "quiver.dll", "darwin": "libquiver.dylib"}
_LIBRARY = Path(__file__).resolve().parent / "_libs" / _FILE_NAMES.get(sys.platform, "libquiver.so")

ffi: Any = cffi.FFI()
try:
    # The header that the library was compiled with, without what is for compilers only.
    _HEADER = _LIBRARY.with_name("quiver.h").read_text("utf-8")
    ffi.cdef(re.sub(r'^#.*$|^extern "C" \{$|^}$|QUIVER_API', "", _HEADER, flags=re.MULTILINE))
    lib: Any = ffi.dlopen(str(_LIBRARY))
except OSError as error:
    raise ImportError(
        f"quiverdb cannot load its native library: {error}. "
        "Reinstall the package: pip install --force-reinstall quiverdb",
        name="quiverdb",
        path=str(_LIBRARY),
    ) from error


def library_path() -> Path:
    """Return the path of the native library in use, always a file inside this package."""
    return _LIBRARY


def native_version() -> str:
    """Return the version that was compiled into the native library."""
    version: str = ffi.string(lib.quiver_version()).decode("ascii")
    return version
