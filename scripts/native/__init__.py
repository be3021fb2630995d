"""Native libraries as plain facts: what they are for, what they need, what they offer."""

from __future__ import annotations

from scripts.native.library import (
    ElfFacts,
    NativeLibrary,
    PeFacts,
    UnreadableLibrary,
    detect_format,
    read_library,
)

__all__ = ["ElfFacts", "NativeLibrary", "PeFacts", "UnreadableLibrary", "detect_format", "read_library"]
