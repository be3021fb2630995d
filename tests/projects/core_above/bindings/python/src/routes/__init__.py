"""The lengths of routes, by a C++ library."""

from pathlib import Path

import cffi

_ffi = cffi.FFI()
_ffi.cdef("int64_t routes_length(const int64_t *points, size_t count);")
_library = _ffi.dlopen(str(next(Path(__file__).parent.glob("routes_c.*"))))


def length(points: list[int]) -> int:
    """Return the length of a route through points of a line."""
    result = _library.routes_length(_ffi.new("int64_t[]", points), len(points))
    if result < 0:
        raise ValueError("a route has at least one point")
    return int(result)
