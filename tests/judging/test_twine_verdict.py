"""The verdict is that of the real twine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judging.test_twine_check import check
from tests.support.factories import DIST_INFO, METADATA, make_wheel
from truewheel.judging.wheels import judge_wheel

PLAIN = METADATA.format(name="quiverdb", version="0.5.0")
RST = PLAIN.replace("text/markdown", "text/x-rst").replace("# quiverdb", "quiverdb\n========")
TYPELESS = RST.replace("Description-Content-Type: text/x-rst\n", "")
EMPTY = PLAIN.partition("\n\n")[0] + "\n"

METADATAS = {
    "Markdown": PLAIN,
    "plain text": PLAIN.replace("text/markdown", "text/plain"),
    "Markdown with parameters": PLAIN.replace("text/markdown", "text/markdown; charset=UTF-8; variant=CommonMark"),
    "reStructuredText": RST,
    "reStructuredText with parameters": RST.replace("text/x-rst", "text/x-rst; charset=UTF-8"),
    "licence files before there were any": PLAIN.replace("Metadata-Version: 2.4", "Metadata-Version: 2.1").replace(
        "License-Expression: MIT\n", ""
    ),
    "reStructuredText that does not render": RST.replace("*one*", "*one"),
    "reStructuredText with an unknown directive": RST + "\n.. nonsense:: x\n",
    "reStructuredText that is nested without end": RST + "\n" + "- " * 400,
    "reStructuredText of blanks": EMPTY.replace("markdown", "x-rst") + "\n \n  \n",
    "reStructuredText with line ends of Windows": RST.replace("*one*", "**one**\r\nmore  \r\n\r\n* a\r\n* b\r\n"),
    "reStructuredText that is empty but for a comment": EMPTY.replace("markdown", "x-rst") + "\n.. nothing\n",
    "no content type": TYPELESS,
    "no content type and no rendering": TYPELESS.replace("*one*", "*one"),
    "no description": EMPTY,
    "UNKNOWN": EMPTY + "\nUNKNOWN\n",
    "neither": EMPTY.replace("Description-Content-Type: text/markdown\n", ""),
    "no name": PLAIN.replace("Name: quiverdb\n", ""),
    "an unknown field": PLAIN.replace("Summary:", "Colour:"),
    "a field of a later version": PLAIN.replace("Metadata-Version: 2.4", "Metadata-Version: 2.1"),
    "a metadata version that is not one": PLAIN.replace("Metadata-Version: 2.4", "Metadata-Version: x"),
    "no metadata version": PLAIN.replace("Metadata-Version: 2.4\n", ""),
    "two names": PLAIN.replace("Name:", "Name: other\nName:"),
    "an unknown content type": PLAIN.replace("text/markdown", "text/html"),
}
ACCEPTED = [*METADATAS][:6]
# What twine finds is one of these; what it cannot read at all is metadata-valid.
CHECKS = ("metadata-valid", "twine-warnings", "description-renders", "description-present")


def found(wheel: Path) -> list[tuple[str, str]]:
    return [(result.check, result.message) for result in judge_wheel(wheel, None).results if result.check in CHECKS]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a wheel with each of the METADATA."""
    folder = tmp_path_factory.mktemp("wheels")
    return {
        key: make_wheel(folder, metadata=metadata).rename(folder / f"quiverdb-0.5.0-{number}-py3-none-any.whl")
        for number, (key, metadata) in enumerate(METADATAS.items())
    }


@pytest.mark.parametrize("name", METADATAS)
def test_it_accepts_the_first_of_them(name: str, wheels: dict[str, Path]) -> None:
    assert len(found(wheels[name])) == (name not in ACCEPTED)


@pytest.mark.once
def test_twine_accepts_the_same(wheels: dict[str, Path]) -> None:
    refused = [name for name, wheel in wheels.items() if check(wheel)]
    assert refused == [name for name in wheels if name not in ACCEPTED]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (PLAIN, ""),
        (EMPTY, "METADATA has no description"),
        (TYPELESS, "METADATA has no Description-Content-Type, so PyPI takes the description for reStructuredText"),
        (
            RST.replace("*one*", "*one"),
            ("the description does not render: line 4: WARNING: Inline emphasis start-string without end-string."),
        ),
        (
            TYPELESS.replace("*one*", "*one"),
            ("the description does not render: line 4: WARNING: Inline emphasis start-string without end-string."),
        ),
        (
            RST + "\n" + "- " * 400,
            "the description does not render: it is nested too deeply",
        ),
        (
            RST + "a" * 400_000,
            (
                "the description does not render: "
                "it has 400,042 characters; no description of more than 400,000 is rendered"
            ),
        ),
        (
            PLAIN.replace("Name: quiverdb\n", ""),
            "'name' is a required field",
        ),
    ],
)
def test_the_reason_is_returned(tmp_path: Path, metadata: str, message: str) -> None:
    checks = {
        "does not render": "description-renders",
        "required field": "metadata-valid",
        "METADATA has no description": "description-present",
        "Content-Type": "twine-warnings",
    }
    check = next((check for words, check in checks.items() if words in message), "")
    assert found(make_wheel(tmp_path, metadata=metadata)) == ([(check, message)] if message else [])


def test_description_renders_accepts_markdown(tmp_path: Path) -> None:
    assert found(make_wheel(tmp_path, metadata=PLAIN)) == []


def test_description_renders_refuses_broken_markup(tmp_path: Path) -> None:
    (finding,) = judge_wheel(make_wheel(tmp_path, metadata=RST.replace("*one*", "*one")), None).findings
    assert finding.check == "description-renders"


def test_description_present_accepts_one(tmp_path: Path) -> None:
    assert judge_wheel(make_wheel(tmp_path, metadata=RST), None).notes == ()


def test_description_present_notes_a_wheel_without(tmp_path: Path) -> None:
    (note,) = judge_wheel(make_wheel(tmp_path, metadata=EMPTY), None).notes
    assert note.check == "description-present"


def test_twine_warnings_accepts_a_description_with_its_type(tmp_path: Path) -> None:
    assert judge_wheel(make_wheel(tmp_path), None).notes == ()


def test_twine_warnings_notes_a_missing_type_that_pypi_accepts(tmp_path: Path) -> None:
    judgement = judge_wheel(make_wheel(tmp_path, metadata=TYPELESS), None)
    message = "METADATA has no Description-Content-Type, so PyPI takes the description for reStructuredText"
    assert [(note.check, note.message) for note in judgement.notes] == [("twine-warnings", message)]
    assert judgement.findings == ()


def test_one_description_is_rendered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []
    monkeypatch.setattr("readme_renderer.rst.render", lambda text, **_: rendered.append(text))
    # Built on Windows it has other line ends; a blank at the end of a line makes no difference either.
    other = RST.replace("one", "once").replace("file.", "file. ").replace("\n", "\r\n")
    for metadata in (RST.replace("one", "once"), other):
        assert found(make_wheel(tmp_path, metadata=metadata))
    assert len(rendered) == 1


@pytest.mark.once
def test_a_wheel_without_metadata_is_refused(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, change={f"{DIST_INFO}/METADATA": None})
    assert [finding.where for finding in check(path)] == [path.name]
    assert found(path) == [("metadata-valid", f"{DIST_INFO}/METADATA is missing")]


@pytest.mark.parametrize("name", ["Version: 0", "Metadata-Version: 2"])
def test_a_number_of_endless_digits_is_refused(tmp_path: Path, name: str) -> None:
    text = METADATA.format(name="quiverdb", version="0.5.0").replace(f"\n{name}", f"\n{name}{'9' * 4999}")
    text = (
        text if name.startswith("Version") else text.replace("Metadata-Version: 2", f"Metadata-Version: 2{'9' * 4999}")
    )
    ((check, _),) = found(make_wheel(tmp_path, metadata=text))
    assert check == "metadata-valid"
