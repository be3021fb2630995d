"""The file name, the dist-info folder, METADATA and WHEEL agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.factories import DIST_INFO, LINUX_TAG, METADATA, WHEEL, ReleaseFolder, make_wheel
from tests.support.judging import messages
from tests.support.wheel_judging import of_release
from truewheel.checks.registers import wheel_check
from truewheel.wheel.reader import Wheel, read_wheel

PLAIN = METADATA.format(name="quiverdb", version="0.5.0")
MANY_TAGS = "py2.py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64"


@pytest.fixture
def good(tmp_path: Path) -> Wheel:
    return read_wheel(make_wheel(tmp_path))


def described(tmp_path: Path, old: str, new: str) -> Wheel:
    """A wheel with one thing replaced in its METADATA."""
    assert old in PLAIN
    return read_wheel(make_wheel(tmp_path, metadata=PLAIN.replace(old, new)))


def test_a_good_wheel_has_no_findings(good: Wheel) -> None:
    assert list(wheel_check.results(good, good.name)) == []


def test_filename_valid_accepts_the_normalized_name(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, name="Quiver-DB"))
    assert wheel.name.startswith("quiver_db-0.5.0-")
    assert messages(wheel_check, "filename-valid", wheel) == []


@pytest.mark.parametrize(
    ("filename", "message"),
    [
        (
            f"QuiverDB-0.5.0-{LINUX_TAG}.whl",
            "the file name begins with QuiverDB-0.5.0, expected quiverdb-0.5.0",
        ),
        (
            f"quiver.db-0.5.0-{LINUX_TAG}.whl",
            "the file name begins with quiver.db-0.5.0, expected quiver_db-0.5.0",
        ),
        (
            f"quiverdb-0.5.00-{LINUX_TAG}.whl",
            "the file name begins with quiverdb-0.5.00, expected quiverdb-0.5.0",
        ),
    ],
)
def test_filename_valid_refuses_other_spellings(tmp_path: Path, filename: str, message: str) -> None:
    assert messages(wheel_check, "filename-valid", read_wheel(make_wheel(tmp_path, filename=filename))) == [message]


def test_filename_valid_refuses_tags_in_upper_case(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, filename="quiverdb-0.5.0-py3-none-WIN_AMD64.whl"))
    assert messages(wheel_check, "filename-valid", wheel) == ["WIN_AMD64 must be in lower case; uv ignores the wheel"]


def test_filename_valid_refuses_other_names(tmp_path: Path) -> None:
    (message,) = messages(wheel_check, "filename-valid", read_wheel(make_wheel(tmp_path, filename="notes.whl")))
    assert message.startswith("Invalid wheel filename")
    assert "notes" in message


def test_dist_info_named_accepts_the_spelling_of_the_file_name(good: Wheel) -> None:
    assert messages(wheel_check, "dist-info-named", good) == []


@pytest.mark.parametrize("folder", ["quiverdb-0.5.1.dist-info", "QuiverDB-0.5.0.dist-info", "quiverdb.dist-info"])
def test_dist_info_named_refuses_another_spelling(tmp_path: Path, folder: str) -> None:
    assert messages(wheel_check, "dist-info-named", read_wheel(make_wheel(tmp_path, dist_info=folder))) == [
        f"the folder is {folder}, expected {DIST_INFO}"
    ]


def test_dist_info_named_refuses_none_and_several(tmp_path: Path) -> None:
    none = read_wheel(make_wheel(tmp_path / "a", dist_info="info"))
    two = read_wheel(make_wheel(tmp_path / "b", change={"a-1.dist-info/X": ""}))
    assert messages(wheel_check, "dist-info-named", none) == ["expected one dist-info folder, found 0"]
    assert messages(wheel_check, "dist-info-named", two) == [
        f"expected one dist-info folder, found 2: a-1.dist-info, {DIST_INFO}"
    ]


@pytest.mark.parametrize(
    "change", [{"a-1.dist-info/X": ""}, {f"{DIST_INFO}/METADATA": None, f"{DIST_INFO}/WHEEL": None}]
)
def test_a_wheel_without_its_papers_is_refused_without_a_traceback(
    tmp_path: Path, change: dict[str, str | None]
) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change=change))
    assert list(wheel_check.results(wheel, wheel.name)) != []


def test_metadata_valid_accepts_valid_metadata(good: Wheel) -> None:
    assert messages(wheel_check, "metadata-valid", good) == []


def test_metadata_valid_refuses_missing_metadata(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={f"{DIST_INFO}/METADATA": None}))
    assert messages(wheel_check, "metadata-valid", wheel) == [f"{DIST_INFO}/METADATA is missing"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Name: quiverdb\n", "", "'name' is a required field"),
        ("Name: quiverdb", "Name: -quiverdb-", "'-quiverdb-' is invalid for 'name'"),
        ("Version: 0.5.0", "Version: five", "'five' is invalid for 'version'"),
        ("Version: 2.4", "Version: 9.9", "'9.9' is not a valid metadata version"),
        ("cffi>=1.16", ";;", "';;' is invalid for 'requires-dist'"),
        (">=3.10", "three", "'three' is invalid for 'requires-python'"),
        ("text/markdown", "text/html", "'text/html'"),
        ("Summary: A", "Unheard-Of: A", "the field 'unheard-of' is unknown or malformed"),
    ],
)
def test_metadata_valid_refuses_unspecified_fields(tmp_path: Path, old: str, new: str, message: str) -> None:
    (found,) = messages(wheel_check, "metadata-valid", described(tmp_path, old, new))
    assert message in found


def test_metadata_valid_refuses_everything_at_once(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, metadata=""))
    assert messages(wheel_check, "metadata-valid", wheel) == [
        "'name' is a required field",
        "'version' is a required field",
        "None is not a valid metadata version",
    ]


@pytest.mark.parametrize(("old", "new"), [("Name: quiverdb", "Name: QuiverDB"), ("Version: 0.5.0", "Version: 0.5")])
def test_metadata_matches_filename_accepts_other_spellings_of_the_same(tmp_path: Path, old: str, new: str) -> None:
    assert messages(wheel_check, "metadata-matches-filename", described(tmp_path, old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Name: quiverdb", "Name: quiver", "METADATA names the project quiver, but the file name has quiverdb"),
        ("Version: 0.5.0", "Version: 0.5.1", "METADATA has version 0.5.1, but the file name has 0.5.0"),
        ("Version: 0.5.0", "Version: 0.5.0rc1", "METADATA has version 0.5.0rc1, but the file name has 0.5.0"),
    ],
)
def test_metadata_matches_filename_refuses_another_name_or_version(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert messages(wheel_check, "metadata-matches-filename", described(tmp_path, old, new)) == [message]


def test_metadata_matches_filename_accepts_values_that_other_checks_refuse(tmp_path: Path) -> None:
    wheel = described(tmp_path, "Version: 0.5.0", "Version: five")
    assert messages(wheel_check, "metadata-matches-filename", wheel) == []
    assert messages(wheel_check, "metadata-valid", wheel) != []


def test_wheel_file_valid_accepts_a_wheel_that_is_not_pure(tmp_path: Path) -> None:
    text = WHEEL.replace("1.0", "1.9").replace("false", "False")
    assert messages(wheel_check, "wheel-file-valid", read_wheel(make_wheel(tmp_path, wheel_file=text))) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Wheel-Version: 1.0\n", "", "expected one Wheel-Version 1.x, found none"),
        ("Wheel-Version: 1.0", "Wheel-Version: 2.0", "expected one Wheel-Version 1.x, found 2.0"),
        ("Wheel-Version: 1.0", "Wheel-Version: 10.0", "expected one Wheel-Version 1.x, found 10.0"),
        (
            "Wheel-Version: 1.0",
            "Wheel-Version: 1.0\nWheel-Version: 1.1",
            "expected one Wheel-Version 1.x, found 1.0, 1.1",
        ),
        ("false", "true", "expected Root-Is-Purelib: false, because there is native code; found true"),
        ("Root-Is-Purelib: false\n", "", "expected Root-Is-Purelib: false, because there is native code; found none"),
        (
            "false",
            "false\nRoot-Is-Purelib: true",
            "expected Root-Is-Purelib: false, because there is native code; found false, true",
        ),
    ],
)
def test_wheel_file_valid_refuses_everything_else(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in WHEEL
    wheel = read_wheel(make_wheel(tmp_path, wheel_file=WHEEL.replace(old, new)))
    assert messages(wheel_check, "wheel-file-valid", wheel) == [message]


def test_wheel_file_valid_refuses_a_missing_wheel_file(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={f"{DIST_INFO}/WHEEL": None}))
    assert messages(wheel_check, "wheel-file-valid", wheel) == [f"{DIST_INFO}/WHEEL is missing"]


def test_wheel_file_matches_filename_accepts_the_expanded_tags_and_the_compressed_one(tmp_path: Path) -> None:
    expanded = read_wheel(make_wheel(tmp_path / "a", tag=MANY_TAGS))
    compressed = read_wheel(make_wheel(tmp_path / "b", tag=MANY_TAGS, wheel_file=f"{WHEEL}Tag: {MANY_TAGS}\n"))
    assert messages(wheel_check, "wheel-file-matches-filename", expanded) == []
    assert messages(wheel_check, "wheel-file-matches-filename", compressed) == []


def test_wheel_file_matches_filename_refuses_a_difference_in_either_direction(tmp_path: Path) -> None:
    text = f"{WHEEL}Tag: py3-none-any\nTag: py3-none-linux_x86_64\n"
    assert messages(wheel_check, "wheel-file-matches-filename", read_wheel(make_wheel(tmp_path, wheel_file=text))) == [
        "the tag py3-none-any is in WHEEL, but not in the file name",
        "the tag py3-none-linux_x86_64 is in WHEEL, but not in the file name",
        f"the tag {LINUX_TAG} is in the file name, but not in WHEEL",
    ]


def test_wheel_file_matches_filename_refuses_a_malformed_tag(tmp_path: Path) -> None:
    text = f"{WHEEL}Tag: {LINUX_TAG}\nTag: rubbish\n"
    assert messages(wheel_check, "wheel-file-matches-filename", read_wheel(make_wheel(tmp_path, wheel_file=text))) == [
        "WHEEL has the tag 'rubbish', which is not of the form python-abi-platform"
    ]


LINES = st.sampled_from(
    [
        *PLAIN.splitlines(),
        *("Name: other", "Name:", "Version: 1!0.5.0", "Version:", "Metadata-Version: 99", "Classifier: x"),
        *("License-File: ../x", "License-Expression: NONE", "Dynamic: Name", "Provides-Extra: -", "Project-URL: x"),
        *("", " folded", ":", "From x", "=?utf-8?q?=C3?=", "Content-Transfer-Encoding: base64", "Tag: a-b", "\x00"),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.lists(LINES, max_size=8).map(lambda lines: "\n".join(lines).encode("utf-8")), st.binary(max_size=40)
    )
)
def test_any_metadata_and_wheel_file_is_judged_without_a_traceback(text: bytes, tmp_path: Path) -> None:
    for wheel in (make_wheel(tmp_path, metadata=text), make_wheel(tmp_path, wheel_file=text)):
        read = read_wheel(wheel)
        assert all(finding.message and finding.hint for finding in wheel_check.results(read, read.name))
    # None of these texts is a valid WHEEL: it would need a tag.
    assert messages(wheel_check, "wheel-file-matches-filename", read) or messages(wheel_check, "wheel-file-valid", read)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("Content-Type: multipart/mixed; boundary=x\n", "the field 'content-type' is unknown or malformed"),
        ("Name: quiverdb\n", "the field 'name' appears 2 times, expected once"),
        ("Dynamic: Name\n", "'name' is not allowed as a dynamic field"),
        (f"License-Expression: {'(' * 300}MIT{')' * 300}\n", ""),
        (f"Requires-Dist: a; {'(' * 5000}os_name == 'x'{')' * 5000}\n", ""),
        (f"Requires-Dist: a=={'1' * 10_000}\n", ""),
        (f"Summary: {'x' * 30_000}\n", "has a field 'summary' of 30000 characters, more than 20000"),
    ],
)
def test_metadata_valid_refuses_hostile_fields_in_words(tmp_path: Path, fields: str, message: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path, metadata=fields + PLAIN))
    found = messages(wheel_check, "metadata-valid", wheel)
    assert all(len(text) < 400 for text in found)
    assert any(message in text for text in found) or not message


def test_metadata_valid_accepts_a_license_file_in_older_metadata(tmp_path: Path) -> None:
    text = PLAIN.replace("Version: 2.4", "Version: 2.1").replace("License-Expression: MIT\n", "")
    assert messages(wheel_check, "metadata-valid", read_wheel(make_wheel(tmp_path, metadata=text))) == []


def test_metadata_matches_release_accepts_the_release(release: ReleaseFolder) -> None:
    assert of_release(release, "metadata-matches-release") == []


def test_metadata_matches_release_refuses_another_release(release: ReleaseFolder) -> None:
    text = PLAIN.replace("Name: quiverdb", "Name: quiver").replace("Version: 0.5.0", "Version: 0.5")
    assert of_release(release, "metadata-matches-release", metadata=text) == [
        "METADATA names the project quiver, but bindings/python/pyproject.toml has quiverdb",
        "METADATA has version 0.5, but bindings/python/pyproject.toml has version 0.5.0",
    ]


def configure_python(release: ReleaseFolder, text: str) -> None:
    release.replace("bindings/python/pyproject.toml", 'requires-python = ">=3.10"', text)


def test_requires_python_configured_accepts_the_same_in_other_words(release: ReleaseFolder) -> None:
    configure_python(release, 'requires-python = " >= 3.10"')
    assert of_release(release, "requires-python-configured") == []


def test_requires_python_configured_refuses_a_package_without(release: ReleaseFolder) -> None:
    configure_python(release, "")
    assert of_release(release, "requires-python-configured") == [
        "bindings/python/pyproject.toml has no requires-python in [project]"
    ]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("", "METADATA has no Requires-Python, but bindings/python/pyproject.toml has '>=3.10'"),
        (
            "Requires-Python: >=3.9\n",
            "METADATA has Requires-Python '>=3.9', but bindings/python/pyproject.toml has '>=3.10'",
        ),
        (
            "Requires-Python: three\n",
            "METADATA has Requires-Python 'three', but bindings/python/pyproject.toml has '>=3.10'",
        ),
    ],
)
def test_requires_python_configured_refuses_another(release: ReleaseFolder, new: str, message: str) -> None:
    text = PLAIN.replace("Requires-Python: >=3.10\n", new)
    assert of_release(release, "requires-python-configured", metadata=text) == [message]
