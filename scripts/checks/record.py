"""Does RECORD tell the truth about the archive? Source: recording installed projects (PEP 376, 627)."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator

from scripts.checks.registers import wheel_check
from scripts.wheel import Member, RecordRow, Wheel

_HINT = "build it again: nox -s wheels; a wheel must not be changed after it was built"
# RECORD cannot hold its own hash, and signatures are made after it (PEP 427).
_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")


@wheel_check(
    "record-readable",
    "there is a RECORD, in UTF-8 and CSV",
    source="binary distribution format specification (PEP 427)",
    hint=_HINT,
)
def record_readable(wheel: Wheel) -> Iterator[str]:
    if wheel.dist_info is None:
        return
    if wheel.dist_info_file("RECORD") is None:
        yield f"{wheel.dist_info}/RECORD is missing"
    elif wheel.record is None:
        yield f"{wheel.dist_info}/RECORD is not CSV in UTF-8"


@wheel_check(
    "record-complete",
    "RECORD names exactly the files in the archive, each once",
    source="binary distribution format specification (PEP 427); PyPI's upload rules",
    hint=_HINT,
)
def record_complete(wheel: Wheel) -> Iterator[str]:
    if wheel.record is None:
        return
    signatures = {f"{wheel.dist_info}/{name}" for name in _UNHASHED[1:]}
    listed = Counter(row.path for row in wheel.record)
    present = {member.name for member in wheel.members}
    for name in sorted(present - set(listed) - signatures):
        yield f"{name} is in the archive, but not in RECORD"
    for name in sorted(set(listed) - present):
        yield f"{name} is in RECORD, but not in the archive"
    for name, count in sorted(listed.items()):
        if count > 1:
            yield f"{name} is in RECORD {count} times"


@wheel_check(
    "record-hash",
    "every file has the SHA-256 that RECORD gives",
    source="binary distribution format specification (PEP 427)",
    hint=_HINT,
)
def record_hash(wheel: Wheel) -> Iterator[str]:
    for member, row in _recorded(wheel):
        algorithm, _, digest = row.hash.partition("=")
        if not row.hash:
            yield f"{member.name} has no hash in RECORD"
        elif algorithm != "sha256":
            yield f"{member.name} has a hash by {algorithm!r} in RECORD, expected sha256"
        elif digest != _urlsafe(member.sha256):
            yield f"{member.name} has SHA-256 {_urlsafe(member.sha256)}, but RECORD says {digest}"


@wheel_check(
    "record-size",
    "every file has the size that RECORD gives",
    source="binary distribution format specification (PEP 427)",
    hint=_HINT,
)
def record_size(wheel: Wheel) -> Iterator[str]:
    for member, row in _recorded(wheel):
        if row.size != str(member.size):
            said = f"says {row.size}" if row.size else "gives no size"
            yield f"{member.name} has {member.size} bytes, but RECORD {said}"


def _recorded(wheel: Wheel) -> Iterator[tuple[Member, RecordRow]]:
    """The files that RECORD must vouch for, each with its (last) line there."""
    rows = {row.path: row for row in wheel.record or []}
    exempt = {f"{wheel.dist_info}/{name}" for name in _UNHASHED}
    for member in wheel.members:
        if member.name in rows and member.name not in exempt:
            yield member, rows[member.name]


def _urlsafe(hexdigest: str) -> str:
    """A digest as RECORD spells it: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(hexdigest)).rstrip(b"=").decode("ascii")
