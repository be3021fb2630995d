"""The file name of a wheel, parsed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.factories import wheel_filename
from truewheel.wheel.filename import try_parse

LONG = "Quiver_DB-1.0rc1-2abc-py2.py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"


@pytest.mark.parametrize("version", ["0.5.0", "0.5"])
def test_it_is_of_its_project_and_version_in_any_spelling(version: str) -> None:
    assert wheel_filename("quiverdb-0.5.0-py3-none-win_amd64.whl").is_of(canonicalize_name("quiverdb"), version)


@pytest.mark.parametrize(
    ("project", "version"), [("quiverdb", "0.5.1"), ("other", "0.5.0"), ("quiverdb", None), ("quiverdb", "five")]
)
def test_it_is_not_of_another_project_or_version(project: str, version: str | None) -> None:
    filename = wheel_filename("quiverdb-0.5.0-py3-none-win_amd64.whl")
    assert not filename.is_of(canonicalize_name(project), version)


def test_every_part_is_parsed() -> None:
    filename = wheel_filename(LONG)
    assert filename.text == LONG
    assert filename.project == "quiver-db"
    assert filename.version == Version("1.0rc1")
    assert filename.build == (2, "abc")
    assert filename.stem == "Quiver_DB-1.0rc1"
    assert filename.platform_tags == ["manylinux2014_x86_64", "manylinux_2_17_x86_64"]
    assert filename.tag_text == "py2.py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64"
    assert filename.tags == {
        Tag(python, "none", platform)
        for python in ("py2", "py3")
        for platform in ("manylinux2014_x86_64", "manylinux_2_17_x86_64")
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".whl",
        "notes.whl",
        "quiverdb-0.5.0.tar.gz",
        "quiverdb-0.5.0-py3-none-any.zip",
        "quiverdb-0.5.0-py3-any.whl",
        "quiverdb-five-py3-none-any.whl",
        "quiverdb-0.5.0-build-py3-none-any.whl",
        "quiver db-0.5.0-py3-none-any.whl",
    ],
)
def test_other_names_are_none(text: str) -> None:
    assert try_parse(text) is None


@given(
    st.text() | st.from_regex(r"[a-z_]{0,3}-[0-9.a-z]{0,4}(-[0-9a-z]{0,2})?-[a-z.]{0,4}-[a-z.]{0,4}-[a-z._]{0,4}\.whl")
)
def test_any_text_is_parsed_or_none(text: str) -> None:
    filename = try_parse(text)
    if filename is not None:
        assert filename.text == text
        assert text.startswith(filename.stem)
        assert text.removesuffix(".whl").endswith(filename.tag_text)


def test_a_version_of_endless_digits_is_none() -> None:
    filename = wheel_filename("quiverdb-0.5.0-py3-none-any.whl")
    assert filename.is_of(filename.project, "0.5")
    assert not filename.is_of(filename.project, "9" * 4999 + ".0.0")
    assert try_parse(f"quiverdb-{'9' * 4999}-py3-none-any.whl") is None
