"""WHEEL and METADATA are read whatever is in them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truewheel.wheel.header_file import read_header_file


def test_fields_are_found_in_any_case_and_in_order() -> None:
    file = read_header_file(b"Tag: b\nName: x\ntag:  a \nLong: one\n  two\n\nthe body\n")
    assert file.all("TAG") == ("b", "a")
    assert (file.one("name"), file.one("Tag"), file.one("Absent")) == ("x", None, None)
    assert file.all("Long") == ("one\n  two",)
    assert (file.body, file.flaw) == ("the body\n", "")


def test_a_body_is_text_whatever_the_fields_say() -> None:
    file = read_header_file(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nbody\n--x--\n")
    assert file.body == "--x\n\nbody\n--x--\n"


@pytest.mark.parametrize(
    ("content", "flaw"),
    [
        (b"Name: \xff\n", "is not UTF-8: byte 6 is 0xff"),
        (b"Name: x\nTag: \0\n", "has a NUL character in line 2"),
        (b"Name: x\nno field\nTag: y\n", "has a line among its fields that is none"),
        (b" Name: x\n", "has a line among its fields that is none: 'Name: x'"),
        (b"A: x\n" * 20_001, "has 20001 lines of fields, more than 20000"),
        (b"".join(b"a%d: x\n" % n for n in range(201)), "has 201 different fields, more than 200"),
        (b"Name: " + b"x" * 20_001, "has a field 'name' of 20001 characters, more than 20000"),
    ],
)
def test_what_cannot_be_trusted_is_a_flaw(content: bytes, flaw: str) -> None:
    assert read_header_file(content).flaw == flaw


def test_a_licence_may_be_long() -> None:
    assert read_header_file(b"License: " + b"x" * 100_000).flaw == ""


@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_can_be_read(content: bytes) -> None:
    file = read_header_file(content)
    assert isinstance(file.flaw, str)


@pytest.mark.parametrize(
    "content", [b"A: " + b"x" * (8 << 20), b"\n" * (8 << 20), b"A: x\n" * (1 << 20), b": " * (4 << 20)]
)
def test_megabytes_take_no_time(content: bytes) -> None:
    before = time.process_time()
    read_header_file(content)
    assert time.process_time() - before < 5
