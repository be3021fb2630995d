"""RECORD against the archive, in both directions."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.factories import DIST_INFO, LINUX_LIBRARY, Row, make_wheel
from tests.support.judging import messages
from truewheel.checks.registers import wheel_check
from truewheel.wheel.reader import Wheel, read_wheel

RECORD = f"{DIST_INFO}/RECORD"
TYPED = "quiverdb/py.typed"
EMPTY = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"  # SHA-256 of nothing
OTHER = EMPTY[::-1]
HEXADECIMAL = hashlib.sha256().hexdigest()
MALFORMED = "has a malformed sha256 in RECORD, not URL-safe base64 without ="


@pytest.fixture
def good(tmp_path: Path) -> Wheel:
    return read_wheel(make_wheel(tmp_path))


def put(path: str, *, hashed: str | None = None, size: str | None = None) -> Callable[[list[Row]], list[Row]]:
    """An edit of RECORD that changes the hash or the size of one path."""

    def edit(rows: list[Row]) -> list[Row]:
        (index,) = (index for index, row in enumerate(rows) if row[0] == path)
        _, old_hash, old_size = rows[index]
        rows[index] = (path, old_hash if hashed is None else hashed, old_size if size is None else size)
        return rows

    return edit


def without(path: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if row[0] != path]


def edited(tmp_path: Path, edit: Callable[[list[Row]], list[Row]]) -> Wheel:
    return read_wheel(make_wheel(tmp_path, record_rows=edit))


def test_record_readable_accepts_a_true_record(good: Wheel) -> None:
    assert messages(wheel_check, "record-readable", good) == []


def test_record_readable_refuses_a_missing_record(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={RECORD: None}))
    assert messages(wheel_check, "record-readable", wheel) == [f"{RECORD} is missing"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (b"a,,\n\xff\xfe,,\n", f"{RECORD} is not UTF-8: byte 4 is 0xff"),
        (b'a,,\n"never closed', f"{RECORD} is not CSV: line 2: unexpected end of data"),
        (b"a,,\n\0,,\n", f"{RECORD} is not CSV: line 2 has a NUL character"),
        (b"x" * 200_000, f"{RECORD} is not CSV: line 1: field larger than field limit (131072)"),
        (b"a\n", "row 1 of RECORD has 1 fields, expected 3: a"),
        (b"a,,\nb,c,d,e\n", "row 2 of RECORD has 4 fields, expected 3: b,c,d,e"),
    ],
)
def test_record_readable_refuses_a_record_that_is_not_csv(tmp_path: Path, record: bytes, message: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path, record=record))
    assert messages(wheel_check, "record-readable", wheel) == [message]


def test_record_readable_refuses_thousands_of_lines_in_few(tmp_path: Path) -> None:
    found = messages(wheel_check, "record-readable", read_wheel(make_wheel(tmp_path, record=b"a\n" * 50_000)))
    assert found == ["row 1 of RECORD has 1 fields, expected 3: a (and 49,999 more like this)"]


@pytest.mark.parametrize("path", ["", "/etc/passwd", "c:x", "a\\b", "a/../../b", "a//b", "./a", "../a/", "quiverdb//"])
def test_record_complete_refuses_paths_that_lead_elsewhere(tmp_path: Path, path: str) -> None:
    wheel = edited(tmp_path, lambda rows: [*rows, (path, "", "")])
    assert messages(wheel_check, "record-complete", wheel) == [f"{path} is in RECORD, but not in the archive"]


def test_record_hash_refuses_a_hash_of_record_itself(tmp_path: Path) -> None:
    assert messages(wheel_check, "record-hash", edited(tmp_path, put(RECORD, hashed="sha256=x"))) == [
        f"{RECORD} has the hash sha256=x in RECORD, expected none"
    ]


def test_record_complete_accepts_a_true_record(good: Wheel) -> None:
    assert messages(wheel_check, "record-complete", good) == []


def test_record_complete_accepts_signatures_that_are_made_after_it(tmp_path: Path) -> None:
    signed = {f"{DIST_INFO}/RECORD.jws": "{}", f"{DIST_INFO}/RECORD.p7s": "x"}
    names = list(signed)
    wheel = read_wheel(
        make_wheel(tmp_path, change=signed, record_rows=lambda rows: [row for row in rows if row[0] not in names])
    )
    assert messages(wheel_check, "record-complete", wheel) == []


def test_record_complete_refuses_a_file_that_is_not_listed(tmp_path: Path) -> None:
    assert messages(wheel_check, "record-complete", edited(tmp_path, without(TYPED))) == [
        f"{TYPED} is in the archive, but not in RECORD"
    ]


def test_record_complete_refuses_a_record_that_does_not_list_itself(tmp_path: Path) -> None:
    assert messages(wheel_check, "record-complete", edited(tmp_path, without(RECORD))) == [
        f"{RECORD} is in the archive, but not in RECORD"
    ]


def test_record_complete_refuses_a_line_without_a_file(tmp_path: Path) -> None:
    wheel = edited(tmp_path, lambda rows: [*rows, ("quiverdb/gone.py", "", ""), ("", "", "")])
    assert messages(wheel_check, "record-complete", wheel) == [
        " is in RECORD, but not in the archive",
        "quiverdb/gone.py is in RECORD, but not in the archive",
    ]


def test_record_complete_refuses_a_line_that_is_there_twice(tmp_path: Path) -> None:
    wheel = edited(tmp_path, lambda rows: [*rows, rows[0]])
    assert messages(wheel_check, "record-complete", wheel) == ["quiverdb/__init__.py is in RECORD 2 times"]


def test_record_hash_accepts_true_hashes(good: Wheel) -> None:
    assert messages(wheel_check, "record-hash", good) == []


def test_record_hash_accepts_no_hash_for_record_itself_and_signatures(tmp_path: Path) -> None:
    wheel = read_wheel(
        make_wheel(
            tmp_path,
            change={f"{DIST_INFO}/RECORD.jws": "{}"},
            record_rows=put(f"{DIST_INFO}/RECORD.jws", hashed="", size=""),
        )
    )
    assert messages(wheel_check, "record-hash", wheel) == []


@pytest.mark.parametrize(
    ("hashed", "message"),
    [
        ("", f"{TYPED} has no hash in RECORD, expected sha256={EMPTY}"),
        ("md5=1B2M2Y8AsgTpgAmY7PhCfg", f"{TYPED} has a hash by 'md5' in RECORD, expected sha256={EMPTY}"),
        (EMPTY, f"{TYPED} has a hash by {EMPTY!r} in RECORD, expected sha256={EMPTY}"),
        (f"sha256={OTHER}", f"{TYPED} has SHA-256 {EMPTY}, but RECORD says {OTHER}"),
        *((f"sha256={text}", f"{TYPED} {MALFORMED}: {text!r}") for text in (f"{EMPTY}=", HEXADECIMAL, "")),
    ],
)
def test_record_hash_refuses_any_other_hash(tmp_path: Path, hashed: str, message: str) -> None:
    assert messages(wheel_check, "record-hash", edited(tmp_path, put(TYPED, hashed=hashed))) == [message]


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_record_hash_accepts_true_hashes_by_longer_members_of_the_family(tmp_path: Path, algorithm: str) -> None:
    digest = base64.urlsafe_b64encode(hashlib.new(algorithm, b"").digest()).rstrip(b"=").decode()
    wheel = edited(tmp_path, put(TYPED, hashed=f"{algorithm}={digest}"))
    assert messages(wheel_check, "record-hash", wheel) == []


def test_record_hash_refuses_a_wrong_sha512(tmp_path: Path) -> None:
    wheel = edited(tmp_path, put(TYPED, hashed=f"sha512={'x' * 86}"))
    expected = base64.urlsafe_b64encode(hashlib.sha512().digest()).rstrip(b"=").decode()
    assert messages(wheel_check, "record-hash", wheel) == [
        f"{TYPED} has SHA-512 {expected}, but RECORD says {'x' * 86}"
    ]


def test_record_hash_refuses_one_changed_byte_of_the_library(tmp_path: Path) -> None:
    content = bytearray(1000)
    path = make_wheel(tmp_path / "a", change={LINUX_LIBRARY: bytes(content)})
    with zipfile.ZipFile(path) as archive:
        record = archive.read(RECORD)
    content[500] ^= 1
    flipped = read_wheel(make_wheel(tmp_path / "b", change={LINUX_LIBRARY: bytes(content)}, record=record))
    (message,) = messages(wheel_check, "record-hash", flipped)
    assert message.startswith(f"{LINUX_LIBRARY} has SHA-256 ")
    assert messages(wheel_check, "record-size", flipped) == []


def test_record_size_accepts_true_sizes(good: Wheel) -> None:
    assert messages(wheel_check, "record-size", good) == []


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ("1", f"{TYPED} has 0 bytes, but RECORD says 1"),
        ("00", f"{TYPED} has 0 bytes, but RECORD says 00"),
        ("", f"{TYPED} has 0 bytes, but RECORD has no size"),
        ("many", f"{TYPED} has 0 bytes, but RECORD says many"),
    ],
)
def test_record_size_refuses_any_other_size(tmp_path: Path, size: str, message: str) -> None:
    assert messages(wheel_check, "record-size", edited(tmp_path, put(TYPED, size=size))) == [message]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([TYPED, RECORD, "", "gone", "é\n", "../x"])
            | st.text(st.characters(codec="utf-8"), max_size=5),
            st.sampled_from(["", "sha256=", f"sha256={EMPTY}", "md5=x", "="]) | st.text("a=\x80", max_size=5),
            st.sampled_from(["", "0", "-1", "x", "٣"]),
        ),
        max_size=5,
    )
)
def test_any_record_but_the_true_one_is_refused(rows: list[Row], tmp_path: Path) -> None:
    # It lists far fewer files than the wheel has.
    wheel = read_wheel(make_wheel(tmp_path, record_rows=lambda _true: rows))
    found = list(wheel_check.results(wheel, "wheel"))
    assert found
    assert all(finding.check.startswith("record-") for finding in found)
