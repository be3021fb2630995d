"""Does RECORD tell the truth about the archive? Source: recording installed projects (PEP 376, 627)."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator

from truewheel.checks.registers import ReleaseWheel, of_record, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.wheel.reader import Member, Wheel
from truewheel.wheel.record import Record, RecordRow
from truewheel.wheel.unreadable import Unreadable

_PEP_427 = "binary distribution format specification (PEP 427)"
_HINT = "build it again: nox -s wheels; a wheel must not be changed after it was built"
# RECORD cannot hold its own hash, and signatures are made after it (PEP 427).
_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_DIGEST_SIZES = {"sha256": 43, "sha384": 64, "sha512": 86}


@wheel_check(
    "record-readable",
    "there is a RECORD, in UTF-8 and CSV, with three fields in each line",
    by=By.SPECIFICATION,
    source=_PEP_427,
    hint=_HINT,
)
def record_readable(wheel: Wheel) -> Iterator[str]:
    match wheel.record:
        case Unreadable(reason):
            yield f"{wheel.dist_info}/RECORD {reason}"
        case Record(malformed=malformed):
            yield from (
                f"row {row.number} of RECORD has {row.fields} fields, not path, hash and size: {abbreviate(row.text)}"
                for row in malformed
            )


@wheel_check(
    "record-complete",
    "RECORD names exactly the files in the archive, each once",
    by=By.SPECIFICATION,
    source=f"{_PEP_427}; PyPI's upload rules",
    hint=_HINT,
)
@of_record
def record_complete(wheel: Wheel, record: Record) -> Iterator[str]:
    signatures = {f"{wheel.dist_info}/{name}" for name in _UNHASHED[1:]}
    # Some builders list folders too, which are no files; PyPI leaves them aside.
    listed = Counter(row.path for row in record.rows if not row.path.endswith("/"))
    present = {member.name for member in wheel.members}
    yield from (
        f"{abbreviate(name)} is in the archive, but not in RECORD" for name in sorted(present - {*listed} - signatures)
    )
    yield from (
        f"{abbreviate(name)} is in RECORD, but not in the archive" for name in sorted({*listed} - present - signatures)
    )
    yield from (f"{abbreviate(name)} is in RECORD {count} times" for name, count in sorted(listed.items()) if count > 1)


@wheel_check(
    "record-paths",
    "the paths in RECORD are relative, normalized and separated by /",
    by=By.SPECIFICATION,
    source="recording installed projects specification (PEP 376, 627)",
    hint=_HINT,
)
@of_record
def record_paths(_: Wheel, record: Record) -> Iterator[str]:
    flaws = ((row.path, _path_flaw(row.path)) for row in record.rows)
    yield from (f"RECORD has the path {abbreviate(path)!r}, which {flaw}" for path, flaw in flaws if flaw)


def _path_flaw(path: str) -> str:
    if not path:
        return "is empty"
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "is absolute"
    if "\\" in path:
        return "has a backslash"
    parts = path.removesuffix("/").split("/")
    if ".." in parts:
        return "climbs out of the wheel"
    return "is not normalized" if "" in parts or "." in parts else ""


@wheel_check(
    "record-hash",
    "every file has the SHA-256 that RECORD gives",
    by=By.SPECIFICATION,
    source=f"{_PEP_427}: sha256 or better; md5 and sha1 are forbidden",
    hint=_HINT,
)
@of_record
def record_hash(wheel: Wheel, record: Record) -> Iterator[str]:
    yield from _hash_flaws(wheel, record)


def _hash_flaws(wheel: Wheel, record: Record) -> Iterator[str]:
    for member, row in _recorded(wheel, record):
        algorithm, _, digest = row.hash.partition("=")
        if algorithm == "sha256" and digest == _urlsafe(member.sha256):
            continue
        name = abbreviate(member.name)
        if not row.hash:
            yield f"{name} has no hash in RECORD, expected sha256={_urlsafe(member.sha256)}"
        elif algorithm not in _DIGEST_SIZES:
            yield f"{name} has a hash by {abbreviate(algorithm)!r} in RECORD, expected sha256={_urlsafe(member.sha256)}"
        elif not re.fullmatch(r"[A-Za-z0-9_-]+", digest) or len(digest) != _DIGEST_SIZES[algorithm]:
            yield f"{name} has a malformed {algorithm} in RECORD, not URL-safe base64 without =: {abbreviate(digest)!r}"
        # Only SHA-256 is computed; record-uses-sha256 reports longer digests, which are allowed but very rare.
        elif algorithm == "sha256":
            yield f"{name} has SHA-256 {_urlsafe(member.sha256)}, but RECORD says {digest}"


@release_wheel_check(
    "record-uses-sha256",
    "the hashes in RECORD are those that were computed here: SHA-256",
    by=By.CARE,
    source="spec: hashes are right; what was not compared is not known to be",
    hint="let the build backend write sha256, as all of them do",
)
@of_record
def record_uses_sha256(subject: ReleaseWheel, record: Record) -> Iterator[str]:
    algorithms = ((member.name, row.hash.partition("=")[0]) for member, row in _recorded(subject.wheel, record))
    yield from (
        f"{abbreviate(name)} has a {algorithm} in RECORD, which was not compared; expected sha256"
        for name, algorithm in algorithms
        if algorithm in _DIGEST_SIZES and algorithm != "sha256"
    )


@wheel_check(
    "record-size",
    "every file has the size that RECORD gives",
    by=By.SPECIFICATION,
    source=_PEP_427,
    hint=_HINT,
)
@of_record
def record_size(wheel: Wheel, record: Record) -> Iterator[str]:
    yield from (
        f"{abbreviate(member.name)} has {member.size} bytes, but RECORD "
        + (f"says {abbreviate(row.size)}" if row.size else "gives no size")
        for member, row in _recorded(wheel, record)
        if row.size != str(member.size)
    )


@wheel_check(
    "record-unhashed",
    "RECORD and its signatures have no hash in RECORD",
    by=By.SPECIFICATION,
    source=_PEP_427,
    hint=_HINT,
)
@of_record
def record_unhashed(wheel: Wheel, record: Record) -> Iterator[str]:
    exempt = {f"{wheel.dist_info}/{name}" for name in _UNHASHED}
    yield from (
        f"{row.path} has the hash {abbreviate(row.hash)} in RECORD, expected none"
        for row in record.rows
        if row.path in exempt and row.hash
    )


def _recorded(wheel: Wheel, record: Record) -> Iterator[tuple[Member, RecordRow]]:
    """The files that RECORD must vouch for, each with its (last) line there.

    What could not be unpacked is left out: the archive's checks say so, and nobody knows its hash and its size.
    """
    rows = {row.path: row for row in record.rows}
    exempt = {*(f"{wheel.dist_info}/{name}" for name in _UNHASHED), *wheel.sealed}
    for member in wheel.members:
        if member.name in rows and member.name not in exempt:
            yield member, rows[member.name]


def _urlsafe(hexdigest: str) -> str:
    """A digest as RECORD spells it: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(hexdigest)).rstrip(b"=").decode("ascii")
