"""The store as a mapping."""
# ruff: noqa: SLF001 - the views of a database are parts of it

from __future__ import annotations

import errno
import logging
import os
import sys
import threading
import weakref
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from quiverdb._errors import ClosedError, CorruptError, FormatError, LockedError, ReadOnlyError, ReplacedError
from quiverdb._native import ffi, lib

if TYPE_CHECKING:
    from types import TracebackType

    # collections.abc.Buffer exists since Python 3.12.
    from typing_extensions import Buffer, Self

_Default = TypeVar("_Default")
_Item = TypeVar("_Item")

_logger = logging.getLogger("quiverdb")

# Looked up once: looking up an attribute of `lib` takes a good part of the time of a call.
_get = lib.quiver_get
_put = lib.quiver_put
_delete = lib.quiver_delete
_contains = lib.quiver_contains
_next = lib.quiver_next
_unpack = ffi.unpack
_encode = str.encode

_OK: int = lib.QUIVER_OK
_MISSING: int = lib.QUIVER_MISSING
_SMALL: int = lib.QUIVER_SMALL
_LARGE: int = lib.QUIVER_LARGE

# By identity, because a mapping has no hash.
_open_databases: weakref.WeakValueDictionary[int, Database] = weakref.WeakValueDictionary()
_registering = threading.Lock()
_forking: list[Database] = []
_ABSENT: Any = object()


def open(path: str | os.PathLike[str], *, readonly: bool = False) -> Database:  # noqa: A001
    """Open the store in the file `path`, creating it if it is missing.

    A record that an interrupted write left incomplete is cut off the end of the file, and the logger `quiverdb`
    warns of it. The store stays locked against other writers until it is closed.

    Args:
        path: the file.
        readonly: open an existing store for reading, even while another process has it open for writing. The
            database shows the store as it is now, and never changes the file.

    Raises:
        LockedError: the store is open for writing elsewhere.
        CorruptError: the store is damaged.
        FormatError: the file is not a store, or has a newer format; it is left untouched.
        FileNotFoundError: with readonly, there is no such file.
        OSError: the operating system refused.
    """
    return Database(path, readonly=readonly)


class Database(MutableMapping[str, bytes]):
    """A store, opened by `quiverdb.open`: a mapping from `str` to `bytes` that behaves like a dict.

    Keys keep the order in which they were first put. Iterating over a store whose keys change raises
    RuntimeError; replacing values meanwhile is allowed.

    A change survives a killed process as soon as the call returns, and a power cut after `sync`. If a call
    fails, the store is as it was before it and stays usable.

    Any thread may use a database; every method is atomic except `update`. A signal handler or a finalizer must
    not use one that the interrupted code is using. In a forked child process it is closed. It cannot be copied or
    pickled.

    Each method raises ClosedError once the database is closed, CorruptError when it finds damage on the
    disk, and OSError when the operating system refuses. Keys other than `str` and values without the buffer
    protocol raise TypeError; putting a key with lone surrogates raises UnicodeEncodeError.
    """

    __slots__ = ("__weakref__", "_bytes", "_handle", "_key", "_lock", "_path", "_readonly", "_small")

    def __init__(self, path: str | os.PathLike[str], *, readonly: bool = False) -> None:
        """See `quiverdb.open`."""
        self._path = os.fsdecode(path)
        self._readonly = readonly
        self._handle = ffi.NULL
        # A value is in the handle's memory until the next call, so call and copy need to be under one lock.
        self._lock = threading.Lock()
        self._bytes = ffi.new("quiver_bytes *")
        self._key = ffi.new("quiver_bytes *")
        # Registered with its lock held, so that no child is forked before it is open and can be closed there.
        with self._lock:
            with _registering:
                _open_databases[id(self)] = self
            self._open(lib.QUIVER_OPEN_READ_ONLY if readonly else 0)
        torn = self._inspect().torn
        if torn and not readonly:
            _logger.warning("%s: cut %d bytes off the end, which an interrupted write left", self._path, torn)

    def _open(self, flags: int) -> None:
        if "\0" in self._path:
            raise ValueError("embedded null character in path")
        # The process may change its directory, and a compaction must not replace a link.
        native_path = os.fsencode(os.path.realpath(self._path))
        handle = ffi.new("quiver **")
        error = ffi.new("quiver_error *")
        status = lib.quiver_open(native_path, flags, handle, error)
        if status != _OK:
            raise _error(status, self._path, error)
        self._handle = ffi.gc(handle[0], lib.quiver_close)
        self._small = ffi.buffer(lib.quiver_value(self._handle), _SMALL)

    @property
    def path(self) -> str:
        """The file, as it was given to `quiverdb.open`."""
        return self._path

    @property
    def readonly(self) -> bool:
        """Whether the database refuses changes."""
        return self._readonly

    @property
    def closed(self) -> bool:
        """Whether the database was closed."""
        return bool(self._handle == ffi.NULL)

    def __repr__(self) -> str:
        try:
            count = len(self)
        except ClosedError:
            state = "closed"
        else:
            state = f"{count} key{'s' * (count != 1)}{', read-only' * self._readonly}"
        return f"<quiverdb.Database {self._path!r}, {state}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse `copy` and `pickle`: a second object with the same handle would outlive it."""
        raise TypeError("a quiverdb.Database cannot be copied or pickled; open it again, or copy its items: dict(db)")

    def _inspect(self) -> Any:
        info = ffi.new("quiver_info *")
        with self._lock:
            self._check(lib.quiver_inspect(self._handle, info))
        return info

    def _fail(self, status: int) -> NoReturn:
        error = ffi.new("quiver_error *")
        lib.quiver_last_error(self._handle, error)
        lib.quiver_release(self._handle)
        raise _error(status, self._path, error)

    def __getitem__(self, key: str) -> bytes:
        """Return the value; KeyError if the key is missing."""
        try:
            raw = _encode(key)
        except (TypeError, UnicodeEncodeError):
            raw = _raw_key(key, "surrogatepass")
        with self._lock:
            size = _get(self._handle, raw, len(raw))
            # The usual case, in which a call of a method would be noticed.
            value = self._small[:size] if 0 <= size <= _SMALL else self._found(size)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: Buffer) -> None:
        """Put a value, which is copied. The longest key and the longest value have 2**31 - 1 bytes."""
        raw = _raw_key(key)
        data = value if type(value) is bytes else _copy(value)
        with self._lock:
            status = _put(self._handle, raw, len(raw), data, len(data))
            if status != _OK:
                self._fail(status)

    def __delitem__(self, key: str) -> None:
        """Delete a key; KeyError if it is missing."""
        raw = _raw_key(key, "surrogatepass")
        with self._lock:
            status = _delete(self._handle, raw, len(raw))
            if status == _OK:
                return
            if status != _MISSING:
                self._fail(status)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        """Return whether the key exists, without reading its value; False for what cannot be a key."""
        try:
            raw = _encode(key)  # type: ignore[arg-type]
        except (TypeError, UnicodeEncodeError):
            return False
        with self._lock:
            status: int = _contains(self._handle, raw, len(raw))
            if status not in (_OK, _MISSING):
                self._fail(status)
        return status == _OK

    def __len__(self) -> int:
        return int(self._inspect().keys)

    def __iter__(self) -> Iterator[str]:
        return self._walk(Database._take_key)

    def __reversed__(self) -> Iterator[str]:
        return self._walk(Database._take_key, backward=True)

    def __or__(self, other: Any) -> dict[str, Any]:
        return {**dict(self.items()), **other} if isinstance(other, Mapping) else NotImplemented

    def __ror__(self, other: Any) -> dict[Any, Any]:
        return {**other, **dict(self.items())} if isinstance(other, Mapping) else NotImplemented

    def __ior__(self, other: Any) -> Self:
        self.update(other)
        return self

    def keys(self) -> KeysView[str]:
        return _Keys(self)

    def items(self) -> ItemsView[str, bytes]:
        return _Items(self)

    def values(self) -> ValuesView[bytes]:
        return _Values(self)

    @overload
    def pop(self, key: str) -> bytes: ...
    @overload
    def pop(self, key: str, default: bytes) -> bytes: ...
    @overload
    def pop(self, key: str, default: _Default) -> bytes | _Default: ...
    def pop(self, key: str, default: Any = _ABSENT) -> Any:
        """Delete a key and return its value; if it is missing, return the default, or raise KeyError without one."""
        raw = _raw_key(key, "surrogatepass")
        with self._lock:
            value = self._found(_get(self._handle, raw, len(raw)))
            if value is not None:
                self._check(_delete(self._handle, raw, len(raw)))
                return value
        if default is _ABSENT:
            raise KeyError(key)
        return default

    def popitem(self) -> tuple[str, bytes]:
        """Delete the newest key and return it with its value; KeyError if there is none."""
        cursor = ffi.new("quiver_cursor *", {"backward": True})
        with self._lock:
            item = self._step(cursor, Database._take_item, self._bytes)
            if item is None:
                raise KeyError("popitem(): the database is empty")
            raw = _encode(item[0])
            self._check(_delete(self._handle, raw, len(raw)))
        return item

    def setdefault(self, key: str, default: Buffer) -> bytes:
        """Return the value of a key; if it is missing, put the default and return it as bytes."""
        raw = _raw_key(key)
        data = default if type(default) is bytes else _copy(default)
        with self._lock:
            value = self._found(_get(self._handle, raw, len(raw)))
            if value is None:
                self._check(_put(self._handle, raw, len(raw), data, len(data)))
        return data if value is None else value

    def clear(self) -> None:
        """Delete every key. A crash leaves all of them or none."""
        with self._lock:
            self._check(lib.quiver_clear(self._handle))

    def sync(self) -> None:
        """Wait until every change so far is on the disk, where it survives a power cut."""
        with self._lock:
            self._check(lib.quiver_sync(self._handle))

    def compact(self) -> None:
        """Rewrite the file without what was deleted or replaced, and sync it.

        Atomic: if it fails or the process dies, the old file is still there, intact. Needs disk space for a second
        file. It raises ReplacedError if by now the path names another file or none, or if the store has other hard
        links. On Windows it can raise PermissionError while another process has the file open.
        """
        with self._lock:
            self._check(lib.quiver_compact(self._handle))

    def close(self) -> None:
        """Close the file and release its lock, without `sync`. Closing twice is fine."""
        with self._lock:
            handle, self._handle = self._handle, ffi.NULL
            if handle != ffi.NULL:
                ffi.release(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _check(self, status: int) -> None:
        if status != _OK:
            self._fail(status)

    def _found(self, size: int) -> bytes | None:
        if size == -_MISSING:
            return None
        if size < 0:
            self._fail(-size)
        value: bytes = _unpack(lib.quiver_value(self._handle), size)
        if size > _LARGE:
            lib.quiver_release(self._handle)
        return value

    def _take_key(self) -> str:
        key: str = _unpack(self._key.data, self._key.size).decode()
        return key

    def _take_value(self) -> bytes:
        value: bytes = _unpack(self._bytes.data, self._bytes.size)
        return value

    def _take_item(self) -> tuple[str, bytes]:
        return self._take_key(), self._take_value()

    def _take_bytes(self) -> tuple[bytes, bytes]:
        return _unpack(self._key.data, self._key.size), self._take_value()

    def _step(self, cursor: Any, take: Callable[[Database], _Item], value: Any) -> _Item | None:
        status = _next(self._handle, cursor, self._key, value)
        if status == _OK:
            item = take(self)
            if cursor.lent > _LARGE:
                lib.quiver_release(self._handle)
            return item
        if status != _MISSING:
            self._fail(status)
        return None

    def _walk(self, take: Callable[[Database], _Item], *, backward: bool = False) -> Iterator[_Item]:
        cursor = ffi.new("quiver_cursor *", {"backward": backward})
        value = ffi.NULL if take is Database._take_key else self._bytes
        while True:
            with self._lock:
                item = self._step(cursor, take, value)
            if item is None:
                return
            yield item


class _Keys(KeysView[str]):
    _mapping: Database

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._mapping)


class _Items(ItemsView[str, bytes]):
    """Reads key and value together; the inherited view would look up every key again."""

    _mapping: Database

    def __contains__(self, item: object) -> bool:
        if not (isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)):
            return False
        value = self._mapping.get(item[0])
        return value is not None and bool(value == item[1])

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return self._mapping._walk(Database._take_item)

    def __reversed__(self) -> Iterator[tuple[str, bytes]]:
        return self._mapping._walk(Database._take_item, backward=True)


class _Values(ValuesView[bytes]):
    _mapping: Database

    def __iter__(self) -> Iterator[bytes]:
        return self._mapping._walk(Database._take_value)

    def __reversed__(self) -> Iterator[bytes]:
        return self._mapping._walk(Database._take_value, backward=True)


def _raw_key(key: object, errors: str = "strict") -> bytes:
    try:
        return _encode(key)  # type: ignore[arg-type]
    except UnicodeEncodeError as error:
        # With surrogatepass, a key that cannot be put is missing like any other.
        return error.object.encode("utf-8", errors)
    except TypeError:
        raise TypeError(f"a key must be str, not {type(key).__name__}") from None


def _copy(value: Buffer) -> bytes:
    # Another thread may change a bytearray while its checksum is computed or its bytes are written.
    try:
        return memoryview(value).tobytes()
    except TypeError:
        raise TypeError(f"a value must be bytes or another buffer, not {type(value).__name__}") from None


def _error(status: int, path: str, details: Any) -> Exception:
    errors: dict[int, Callable[[], Exception]] = {
        lib.QUIVER_CHANGED: lambda: RuntimeError("keys were added to or deleted from the database during iteration"),
        lib.QUIVER_LOCKED: lambda: LockedError(path),
        lib.QUIVER_READ_ONLY: lambda: ReadOnlyError(path),
        lib.QUIVER_CLOSED: lambda: ClosedError(path),
        lib.QUIVER_CORRUPT: lambda: CorruptError(path, details.offset),
        lib.QUIVER_NOT_A_STORE: lambda: FormatError(path, "is not a quiverdb store"),
        lib.QUIVER_TOO_NEW: lambda: FormatError(path, "has a newer format than this quiverdb reads; upgrade quiverdb"),
        lib.QUIVER_TOO_LARGE: lambda: OverflowError(
            "a key or a value is longer than 2**31 - 1 bytes, or there are more than 2**30 keys"
        ),
        lib.QUIVER_NO_MEMORY: lambda: MemoryError("quiverdb ran out of memory"),
        lib.QUIVER_SYSTEM: lambda: _system_error(details.system, path),
        lib.QUIVER_MOVED: lambda: ReplacedError(path, "no longer names this store; nothing was compacted"),
        lib.QUIVER_LINKED: lambda: ReplacedError(
            path, "has other hard links, which would keep the old file; nothing was compacted"
        ),
    }
    return errors[status]()


def _system_error(code: int, path: str) -> OSError:
    if sys.platform == "win32":
        # OSError derives errno, and with it the subclass, from the Windows code in its fourth argument.
        return OSError(errno.EIO, ffi.getwinerror(code)[1], path, code)
    return OSError(code, os.strerror(code), path)


def _before_fork() -> None:
    # In the child, the other threads would never end their calls, nor close the files that these have open.
    _registering.acquire()
    _forking.extend(_open_databases.values())
    for database in _forking:
        database._lock.acquire()


def _after_fork(*, close: bool = False) -> None:
    for database in _forking:
        database._lock.release()
        if close:
            database.close()
    _forking.clear()
    _registering.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=lambda: _after_fork(close=True)
    )
