"""PyPI's demands on METADATA beyond Core Metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.factories import ReleaseFolder
from tests.support.wheel_judging import metadata, of_release, of_wheel

CHECKS = (
    "classifiers-known",
    "dependencies-from-index",
    "extras-declared",
    "urls-valid",
    "summary-short",
    "contacts-valid",
)


def judged(folder: Path, check: str, *fields: str) -> list[str]:
    return of_wheel(folder, check, metadata=metadata(*fields))


def test_classifiers_known_accepts_known_ones(tmp_path: Path) -> None:
    assert judged(tmp_path, "classifiers-known", "Classifier: Typing :: Typed") == []


@pytest.mark.parametrize(
    ("classifier", "message"),
    [
        (
            "Private :: Do Not Upload",
            "the classifier 'Private :: Do Not Upload' makes PyPI refuse the upload",
        ),
        (
            "Typing :: Typd",
            "the classifier 'Typing :: Typd' is unknown; did you mean 'Typing :: Typed'?",
        ),
        ("-", "the classifier '-' is unknown"),
        (
            "Natural Language :: Ukranian",
            "the classifier 'Natural Language :: Ukranian' is deprecated, expected Natural Language :: Ukrainian",
        ),
    ],
)
def test_classifiers_known_refuses_others(tmp_path: Path, classifier: str, message: str) -> None:
    assert judged(tmp_path, "classifiers-known", f"Classifier: {classifier}") == [message]


def test_dependencies_from_index_accepts_versions(tmp_path: Path) -> None:
    assert judged(tmp_path, "dependencies-from-index", "Requires-Dist: a>=1; os_name == 'nt'") == []


def test_dependencies_from_index_refuses_addresses(tmp_path: Path) -> None:
    field = "Requires-Dist: a @ https://example.invalid/a.zip"
    assert judged(tmp_path, "dependencies-from-index", field) == [f"METADATA has {field}, a direct reference"]


def test_extras_declared_accepts_declared_extras(tmp_path: Path) -> None:
    fields = ("Provides-Extra: my-extra", "Requires-Dist: a; extra == 'My_Extra'")
    assert judged(tmp_path, "extras-declared", *fields) == []


def test_extras_declared_refuses_others(tmp_path: Path) -> None:
    field = "Requires-Dist: a; extra == 'more'"
    assert judged(tmp_path, "extras-declared", field, "Requires-Dist: b; 'more' == extra") == [
        f"METADATA has {field}, but no Provides-Extra: more"
    ]


@pytest.mark.parametrize(
    "field",
    [
        "Project-URL: Source, https://example.invalid",
        f"Project-URL: {'x' * 32}, http://me@example.invalid:80/a?b#c",
        "Home-page: https://[::1]/",
        "Home-page: UNKNOWN",
    ],
)
def test_urls_valid_accepts_web_addresses(tmp_path: Path, field: str) -> None:
    assert judged(tmp_path, "urls-valid", field) == []


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (
            "Project-URL: Source, example.invalid",
            "Project-URL 'Source' is 'example.invalid', expected an http or https address",
        ),
        (
            "Project-URL: Source",
            "Project-URL 'Source' is '', expected an http or https address",
        ),
        (
            "Project-URL: , https://example.invalid",
            "Project-URL ', https://example.invalid' has a label of 0 characters, expected 1 to 32",
        ),
        (
            f"Project-URL: {'x' * 33}, https://a.invalid",
            f"Project-URL '{'x' * 33}, https://a.invalid' has a label of 33 characters, expected 1 to 32",
        ),
        ("Home-page: ftp://a.invalid", "Home-page is 'ftp://a.invalid', expected an http or https address"),
        ("Download-URL: https:// a", "Download-URL is 'https:// a', expected an http or https address"),
    ],
)
def test_urls_valid_refuses_others(tmp_path: Path, field: str, message: str) -> None:
    assert judged(tmp_path, "urls-valid", field) == [message]


def test_summary_short_accepts_512_characters(tmp_path: Path) -> None:
    text = metadata(f"Summary: {'x' * 512}", without="Summary")
    assert of_wheel(tmp_path, "summary-short", metadata=text) == []


def test_summary_short_refuses_one_more(tmp_path: Path) -> None:
    text = metadata(f"Summary: {'x' * 513}", without="Summary")
    assert of_wheel(tmp_path, "summary-short", metadata=text) == [
        "the summary has 513 characters, expected at most 512"
    ]


def test_contacts_valid_accepts_addresses_with_names(tmp_path: Path) -> None:
    assert judged(tmp_path, "contacts-valid", 'Author-email: "A, B" <a@b.invalid>, c@d.invalid') == []


def test_contacts_valid_refuses_other_texts(tmp_path: Path) -> None:
    assert judged(tmp_path, "contacts-valid", "Maintainer-email: A <nobody>", "Author-email: a@b") == [
        "Author-email has 'a@b', expected an email address like name@example.org",
        "Maintainer-email has 'nobody', expected an email address like name@example.org",
    ]


def test_summary_present_accepts_one(release: ReleaseFolder) -> None:
    assert of_release(release, "summary-present") == []


def test_summary_present_notes_a_missing_or_empty_one(release: ReleaseFolder) -> None:
    for text in (metadata(without="Summary"), metadata("Summary:  ", without="Summary")):
        assert of_release(release, "summary-present", metadata=text) == ["METADATA has no Summary"]


FIELDS = ("Classifier", "Requires-Dist", "Provides-Extra", "Project-URL", "Home-page", "Author-email", "Summary")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(fields=st.lists(st.tuples(st.sampled_from(FIELDS), st.text(max_size=40)), max_size=6))
def test_any_values_are_judged_without_a_traceback(tmp_path: Path, fields: list[tuple[str, str]]) -> None:
    text = "".join(f"{name}: {value}\n" for name, value in fields).encode("utf-8", "surrogatepass")
    for check in CHECKS:
        assert all(of_wheel(tmp_path, check, metadata=text))
