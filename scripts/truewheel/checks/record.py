"""Does RECORD match the archive?"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator

from truewheel.checks.registers import of_record, wheel_check
from truewheel.checks.sentences import PEP_427, abbreviate
from truewheel.findings import By
from truewheel.wheel.dist_info import Record, RecordRow, Unreadable
from truewheel.wheel.reader import Member, Wheel

_HINT = "build it again: nox -s wheels; a wheel must not be changed after it was built"
# RECORD cannot contain its own hash, and signatures are made after it (PEP 427).
_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_DIGEST_SIZES = {"sha256": 43, "sha384": 64, "sha512": 86}


@wheel_check(By.SPECIFICATION, source=PEP_427, hint=_HINT)
def record_readable(wheel: Wheel) -> Iterator[str]:
    """there is a RECORD file, in UTF-8 and CSV with three fields in each row"""
    match wheel.record:
        case Unreadable(reason):
            yield f"{wheel.dist_info}/RECORD {reason}"
        case Record(malformed=malformed):
            for row in malformed:
                yield f"row {row.number} of RECORD {row.problem}: {abbreviate(row.text)}"


@wheel_check(By.SPECIFICATION, source=f"{PEP_427}; PyPI mails the owners about a mismatch", hint=_HINT)
@of_record
def record_complete(wheel: Wheel, record: Record) -> Iterator[str]:
    """RECORD names exactly the files in the archive, each once"""
    signatures = {f"{wheel.dist_info}/{name}" for name in _UNHASHED[1:]}
    present = {member.name for member in wheel.members}
    # Some build backends list folders too; PyPI ignores them.
    folders = {name[: match.end()] for name in (*present, *wheel.folders) for match in re.finditer("/", name)}
    recorded = Counter(row.path for row in record.rows if row.path not in folders)
    for name in sorted(present - {*recorded} - signatures):
        yield f"{abbreviate(name)} is in the archive, but not in RECORD"
    for name in sorted({*recorded} - present - signatures):
        yield f"{abbreviate(name)} is in RECORD, but not in the archive"
    for name, count in sorted(recorded.items()):
        if count > 1:
            yield f"{abbreviate(name)} is in RECORD {count} times"


@wheel_check(By.SPECIFICATION, source=f"{PEP_427}: sha256 or better; md5 and sha1 are forbidden", hint=_HINT)
@of_record
def record_hash(wheel: Wheel, record: Record) -> Iterator[str]:
    """RECORD has the right hash of every file, SHA-256 or longer, but none for itself and its signatures"""
    for member, row in _recorded(wheel, record):
        algorithm, _, digest = row.hash.partition("=")
        name = abbreviate(member.name)
        expected = _urlsafe(wheel.longer_hashes.get(member.name, member.sha256))
        if not row.hash:
            yield f"{name} has no hash in RECORD, expected sha256={expected}"
        elif algorithm not in _DIGEST_SIZES:
            yield f"{name} has a hash by {abbreviate(algorithm)!r} in RECORD, expected sha256={expected}"
        elif not re.fullmatch(r"[A-Za-z0-9_-]+", digest) or len(digest) != _DIGEST_SIZES[algorithm]:
            yield f"{name} has a malformed {algorithm} in RECORD, not URL-safe base64 without =: {abbreviate(digest)!r}"
        elif digest != expected:
            yield f"{name} has SHA-{algorithm[3:]} {expected}, but RECORD says {digest}"
    for row in record.rows:
        if row.hash and row.path in _unhashed(wheel):
            yield f"{row.path} has the hash {abbreviate(row.hash)} in RECORD, expected none"


@wheel_check(By.SPECIFICATION, source=PEP_427, hint=_HINT)
@of_record
def record_size(wheel: Wheel, record: Record) -> Iterator[str]:
    """RECORD has the right size of every file"""
    for member, row in _recorded(wheel, record):
        if row.size != str(member.size):
            found = f"says {abbreviate(row.size)}" if row.size else "has no size"
            yield f"{abbreviate(member.name)} has {member.size} bytes, but RECORD {found}"


def _unhashed(wheel: Wheel) -> set[str]:
    return {f"{wheel.dist_info}/{name}" for name in _UNHASHED}


def _recorded(wheel: Wheel, record: Record) -> Iterator[tuple[Member, RecordRow]]:
    """The files that need a hash, each with its (last) row.

    Members that could not be unpacked have unknown hashes and sizes, and findings of their own.
    """
    rows = {row.path: row for row in record.rows}
    skipped = _unhashed(wheel) | wheel.sealed
    for member in wheel.members:
        if member.name in rows and member.name not in skipped:
            yield member, rows[member.name]


def _urlsafe(hexdigest: str) -> str:
    """A digest as RECORD has it: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(hexdigest)).rstrip(b"=").decode("ascii")
