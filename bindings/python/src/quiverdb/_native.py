"""The native library, loaded by cffi in ABI mode: one library serves every Python."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cffi

# The declarations of native/quiver.h, word for word, as a test verifies.
_DECLARATIONS = """
enum quiver_status {
    QUIVER_OK = 0,
    QUIVER_MISSING = 1,
    QUIVER_CHANGED = 2,
    QUIVER_LOCKED = 3,
    QUIVER_READ_ONLY = 4,
    QUIVER_CLOSED = 5,
    QUIVER_CORRUPT = 6,
    QUIVER_NOT_A_STORE = 7,
    QUIVER_TOO_NEW = 8,
    QUIVER_TOO_LARGE = 9,
    QUIVER_NO_MEMORY = 10,
    QUIVER_SYSTEM = 11
};
enum quiver_flags {
    QUIVER_OPEN_READ_ONLY = 1
};
enum quiver_limits {
    QUIVER_SMALL = 4096
};
typedef struct quiver quiver;
typedef struct quiver_error {
    uint64_t offset;
    int system;
} quiver_error;
typedef struct quiver_bytes {
    const char *data;
    size_t size;
} quiver_bytes;
typedef struct quiver_cursor {
    uint64_t position;
    uint64_t generation;
} quiver_cursor;
const char *quiver_version(void);
const char *quiver_strerror(int status);
int quiver_open(const char *path, unsigned flags, quiver **db, quiver_error *error);
void quiver_close(quiver *db);
void quiver_last_error(const quiver *db, quiver_error *error);
int quiver_count(const quiver *db, uint64_t *count);
int quiver_get(quiver *db, const char *key, size_t key_size, quiver_bytes *value);
int64_t quiver_get_small(quiver *db, const char *key, size_t key_size);
const char *quiver_small(const quiver *db);
int quiver_contains(quiver *db, const char *key, size_t key_size);
int quiver_put(quiver *db, const char *key, size_t key_size, const char *value, size_t value_size);
int quiver_delete(quiver *db, const char *key, size_t key_size);
int quiver_clear(quiver *db);
int quiver_next(quiver *db, quiver_cursor *cursor, quiver_bytes *key, quiver_bytes *value);
int quiver_previous(quiver *db, quiver_cursor *cursor, quiver_bytes *key, quiver_bytes *value);
int quiver_sync(quiver *db);
int quiver_compact(quiver *db);
"""

_FILE_NAMES = {"win32": "quiver.dll", "darwin": "libquiver.dylib"}
_LIBRARY = Path(__file__).resolve().parent / "_libs" / _FILE_NAMES.get(sys.platform, "libquiver.so")

ffi: Any = cffi.FFI()
ffi.cdef(_DECLARATIONS)


def _load() -> Any:
    try:
        return ffi.dlopen(str(_LIBRARY))
    except OSError as error:
        raise ImportError(
            f"quiverdb cannot load its native library: {error}. "
            "Reinstall the package: pip install --force-reinstall quiverdb",
            name="quiverdb",
            path=str(_LIBRARY),
        ) from error


lib: Any = _load()


def library_path() -> Path:
    """Return the path of the native library in use, always a file inside this package."""
    return _LIBRARY


def native_version() -> str:
    """Return the version that was compiled into the native library."""
    version: str = ffi.string(lib.quiver_version()).decode("ascii")
    return version
