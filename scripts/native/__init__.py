"""Native libraries as plain facts: what format they are in and which machine they are for."""

from __future__ import annotations

from scripts.native.library import NativeLibrary, UnreadableLibrary, detect_format, read_library

__all__ = ["NativeLibrary", "UnreadableLibrary", "detect_format", "read_library"]
