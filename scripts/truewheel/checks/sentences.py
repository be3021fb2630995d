"""Parts of messages: names and values from inside a wheel, which may be very long or very many; sources of demands."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Documents that several checks name as their source.
PEP_427 = "PEP 427, the wheel format"
PEP_639 = "PEP 639, licences in Core Metadata"
CORE_METADATA = "Core Metadata specifications (Python Packaging User Guide)"
PYPI_UPLOAD = "PyPI's upload endpoint (pypi/warehouse on GitHub, warehouse/forklift)"
INSTALLED_PROJECTS = "PEP 376 and PEP 627, recording installed projects"
PLATFORM_TAGS = "PEP 425 and PEP 600, platform compatibility tags"
_LONGEST = 160
# Itanium's and Microsoft's names of C++; Rust's.
_MANGLED = re.compile(r"_Z|\?|_R[A-Z]")


def abbreviate(text: str) -> str:
    """A name or a value without its middle if it has more than 160 characters."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]}…{text[-half:]}"


def join_names(names: Iterable[str], most: int = 5) -> str:
    """The first names of a list, and how many more there are: `a, b and 3 more`."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(abbreviate(name) for name in every[:most]) + more


def is_mangled(symbol: str) -> bool:
    """Whether a compiler made the name of a symbol of one with types and namespaces, as those of C++ do."""
    return _MANGLED.match(symbol) is not None


def join_symbols(symbols: Iterable[str]) -> str:
    """The names of symbols; of those that a compiler mangled, only how many: `open, close and 40 C++ symbols`."""
    every = sorted(symbols)
    plain = [name for name in every if not is_mangled(name)]
    count = len(every) - len(plain)
    mangled = f"{count} C++ symbol{'s' if count > 1 else ''}" if count else ""
    return " and ".join(filter(None, (join_names(plain), mangled)))
