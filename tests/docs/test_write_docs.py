"""nox -s docs writes the pages, and checks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import ROOT, run
from truewheel.docs import checks_page, rehearsal_page, workflow_page
from truewheel.docs.checks_page import EXAMPLES
from truewheel.errors import ReleaseError
from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.faults import FAULTS
from truewheel.workflow.harmless import ACTIONS
from write_docs import PAGES, main

pytestmark = pytest.mark.once


def test_pages_are_written_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / EXAMPLES).write_bytes((ROOT / EXAMPLES).read_bytes())
    # The names of a check and of stand-ins; the text that is written by hand stays.
    renamed = {checks_page.PAGE: (b"### record-size", b"### size"), rehearsal_page.PAGE: (b"| `actions/c", b"| `old/c")}
    outdated = {page: (ROOT / page).read_bytes().replace(*names) for page, names in renamed.items()}
    for page, text in outdated.items():
        (tmp_path / page).write_bytes(text)
    refused = run(main, capsys, "--check")
    assert (refused.status, refused.output) == (
        1,
        (
            "docs: refused: docs/checks.md is out of date; run nox -s docs\n"
            "docs: refused: docs/rehearsal.md is out of date; run nox -s docs\n"
            "docs: refused: docs/workflow.md is out of date; run nox -s docs\n"
        ),
    )
    assert {page: (tmp_path / page).read_bytes() for page in PAGES if (tmp_path / page).exists()} == outdated
    assert run(main, capsys).output == "".join(f"docs: wrote {page}\n" for page in PAGES)
    for page in PAGES:
        assert (tmp_path / page).read_bytes() == (ROOT / page).read_bytes(), "run nox -s docs"
    fit = run(main, capsys, "--check")
    assert (fit.status, fit.output) == (0, "".join(f"docs: {page} is up to date\n" for page in PAGES))


def test_a_page_that_lost_a_table_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / rehearsal_page.PAGE).write_text("| a |\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"docs/rehearsal\.md must have two tables"):
        rehearsal_page.page(tmp_path)


def test_every_action_and_its_inputs_are_on_the_page() -> None:
    for name, action in ACTIONS.items():
        section = workflow_page.page().partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert all(f"`{known}`" in section for known in action.inputs)


def test_every_stand_in_and_every_fault_is_on_the_page() -> None:
    text = rehearsal_page.page(ROOT)
    for name in STAND_INS:
        assert f"| `{name}` | " in text
    for kind in FAULTS:
        assert f"| `{kind.spelling}` | ".replace("|other", "\\|other") in text
        assert f" {kind.next_words} |" in text
