"""METADATA and WHEEL are parsed, or the reason why not is returned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.work import assert_grows_linearly
from truewheel.wheel.dist_info import HeaderFile, Unreadable, parse_header_file


def parsed(content: bytes) -> HeaderFile:
    file = parse_header_file(content)
    assert isinstance(file, HeaderFile)
    return file


def test_fields_are_found_in_any_case_and_in_order() -> None:
    file = parsed(b"Tag: b\nName: x\ntag:  a \nLong: one\n  two\n\nthe body\n")
    assert file.all("TAG") == ("b", "a")
    assert (file.one("name"), file.one("Tag"), file.one("Absent")) == ("x", None, None)
    assert file.all("Long") == ("one\n  two",)
    assert file.body == "the body\n"


def test_a_body_is_always_text() -> None:
    file = parsed(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nbody\n--x--\n")
    assert file.body == "--x\n\nbody\n--x--\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Name: \xff\n", "is not UTF-8: byte 6 is 0xff"),
        (b"Name: x\nTag: \0\n", "has a NUL character on line 2"),
        (b"Name: x\nno field\nTag: y\n", "has a line that is not a header field"),
        (b" Name: x\n", "has a line that is not a header field: 'Name: x'"),
        (b"A: x\n" * 20_001, "has 20001 lines of fields, more than 20000"),
        (b"".join(b"a%d: x\n" % n for n in range(201)), "has 201 different fields, more than 200"),
        (b"Name: " + b"x" * 20_001, "has a field 'name' of 20001 characters, more than 20000"),
    ],
)
def test_what_cannot_be_trusted_is_unreadable(content: bytes, reason: str) -> None:
    assert parse_header_file(content) == Unreadable(reason)


def test_a_licence_may_be_long() -> None:
    assert parsed(b"License: " + b"x" * 100_000).all("License") == ("x" * 100_000,)


@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_parsed_or_unreadable(content: bytes) -> None:
    file = parse_header_file(content)
    assert file.content == content if isinstance(file, HeaderFile) else file.reason


@pytest.mark.once
@pytest.mark.parametrize(("start", "repeated"), [(b"A: ", b"x"), (b"", b"\n"), (b"", b"A: x\n"), (b"", b": ")])
def test_parsing_takes_time_in_proportion_to_the_size(start: bytes, repeated: bytes) -> None:
    assert_grows_linearly(lambda size: parse_header_file(start + repeated * (size // len(repeated))), 256 << 10)
