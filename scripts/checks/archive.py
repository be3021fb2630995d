"""Is the file an archive that installers and PyPI read as we do?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scripts.checks.registers import wheel_check
from scripts.findings import Rule
from scripts.wheel import Wheel

# Not a check: a wheel that cannot be read has nothing that a check could be given.
ARCHIVE_READABLE = Rule(
    "archive-readable",
    "the wheel is an archive that can be read from beginning to end",
    source="binary distribution format specification (PEP 427)",
    hint="build it again: nox -s wheels; if it was downloaded, download it again",
)


@wheel_check(
    "member-unique",
    "no two files in the archive have the same name",
    source="PyPI's upload rules",
    hint="build it again: nox -s wheels; installers disagree about which of the two counts",
)
def member_unique(wheel: Wheel) -> Iterator[str]:
    counts = Counter(member.name for member in wheel.members)
    for name, count in sorted(counts.items()):
        if count > 1:
            yield f"{name} is in the archive {count} times"
