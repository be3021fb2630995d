"""The closed world: what is said of each of several hundred edits of a sound workflow, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import WORKFLOW, ReleaseFolder, make_release
from tests.support.judging import HERE, findings
from tests.support.workflow_judging import FILE, Row, edited, read_rows, said_of, subject
from truewheel.checks.registers import workflow_check
from truewheel.findings import Finding
from truewheel.workflow import WorkflowError
from truewheel.workflow.harmless import ACTIONS

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
HARMFUL = list(read_rows(FOLDER / "harmful_edits.txt"))
HARMLESS = list(read_rows(FOLDER / "harmless_edits.txt"))


def _name(row: object) -> str:
    edits = row[0] if isinstance(row, tuple) else []
    return "; ".join(edits)[:80].replace("::", ":")


@pytest.fixture(scope="module")
def edits_of(tmp_path_factory: pytest.TempPathFactory) -> ReleaseFolder:
    """A repository of which only the workflow differs from edit to edit."""
    return make_release(tmp_path_factory.mktemp("edits"))


@pytest.mark.once
@pytest.mark.parametrize("row", HARMFUL, ids=_name)
def test_a_harmful_edit_is_noticed_for_its_reason_and_for_no_other(edits_of: ReleaseFolder, row: Row) -> None:
    edits, expected = row
    assert sorted(said_of(edits_of, edited(edits))) == sorted(expected)


@pytest.mark.once
@pytest.mark.parametrize("row", HARMLESS, ids=_name)
def test_of_a_harmless_edit_nothing_is_said(edits_of: ReleaseFolder, row: Row) -> None:
    edits, expected = row
    text = edited(edits)
    assert text != WORKFLOW
    assert expected == said_of(edits_of, text) == []


def test_the_workflow_of_this_repository_has_no_findings_and_no_notes() -> None:
    assert list(workflow_check.results(subject(ROOT), HERE)) == []


def test_every_check_notices_something_and_every_edit_is_noticed() -> None:
    said = {message.removeprefix("note ").partition(":")[0] for _, expected in HARMFUL for message in expected}
    # These need another configuration.
    elsewhere = {"workflow-file-trusted", "emulator-set-up"}
    assert said == {check.rule.name for check in workflow_check} - elsewhere
    assert all(expected for _, expected in HARMFUL)
    assert len(HARMFUL) + len(HARMLESS) > 350


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("first build: uses: other/tool@COMMIT", "build/other/tool"),
        ("key build: env: {CFLAGS: x}", "build/env.CFLAGS"),
        ("top: env: {CFLAGS: x}", "env.CFLAGS"),
        ("first build: run: make", "build/make"),
        ("first build: id: prepare\\n        run: make", "build/prepare"),
        ("in release: files: dist/*.whl => …\\n          draft: true", "release/softprops/action-gh-release.draft"),
        ("key merge: container: x", "merge/container"),
        ("key publish: if: false", "publish/if"),
        ("in publish: runs-on: ubuntu-latest => runs-on: self-hosted", "publish/runs-on"),
        ("in build: contents: read => contents: write", "build/permissions.contents"),
    ],
)
def test_a_finding_has_a_subject_that_lasts(release: ReleaseFolder, edit: str, said: str) -> None:
    release.write(FILE, edited([edit.replace("@COMMIT", f"@{'0' * 40} # v1")]))
    assert [result.subject for result in workflow_check.results(subject(release.root), HERE)] == [said]


def test_a_finding_has_its_place_and_says_what_to_write(release: ReleaseFolder) -> None:
    release.write(FILE, WORKFLOW.replace("          overwrite: true\n", ""))
    (found,) = workflow_check.results(subject(release.root), HERE)
    assert (found.where, found.hint) == (f"{FILE}, line 38, column 9", "write `overwrite: true` under `with`")


def test_the_table_knows_the_actions_of_this_repository() -> None:
    used = {step.action for job in subject(ROOT).workflow.jobs.values() for step in job.steps if step.action}
    assert used <= ACTIONS.keys()


def test_workflow_file_trusted_accepts_both_endings(release: ReleaseFolder) -> None:
    (release.root / FILE).rename(release.root / ".github/workflows/publish.yaml")
    release.replace("pyproject.toml", "publish.yml", "publish.yaml")
    assert findings(workflow_check, "workflow-file-trusted", subject(release.root)) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("ci/publish.yml", "the workflow is ci/publish.yml, expected a file in .github/workflows"),
        (
            ".github/workflows/a/b.yml",
            "the workflow is .github/workflows/a/b.yml, expected a file in .github/workflows",
        ),
        (".github/workflows/publish.txt", "the workflow is publish.txt, expected a name that ends with .yml or .yaml"),
    ],
)
def test_workflow_file_trusted_refuses_what_github_does_not_read(
    release: ReleaseFolder, path: str, message: str
) -> None:
    release.write(path, (release.root / FILE).read_bytes())
    release.replace("pyproject.toml", FILE, path)
    (found,) = findings(workflow_check, "workflow-file-trusted", subject(release.root))
    assert found.message == message


def test_sessions_exist_refuses_every_name_where_there_is_no_noxfile(release: ReleaseFolder) -> None:
    (release.root / "noxfile.py").unlink()
    assert [found.message for found in findings(workflow_check, "sessions-exist", subject(release.root))] == [
        f"the job {job} runs the session '{name}', which noxfile.py does not have"
        for job, name in (
            *(("preflight", "validate"), ("build", "wheels(manylinux_x86_64)"), ("build", "wheels(win_amd64)")),
            *(("validate", "validate"), ("validate", "check-dist"), ("verify", "verify")),
        )
    ]


def test_sessions_exist_accepts_what_cannot_be_told(release: ReleaseFolder) -> None:
    release.write("noxfile.py", "from sessions import *\n")
    assert said_of(release, WORKFLOW) == []


def test_a_pattern_of_too_many_names_cannot_be_judged(release: ReleaseFolder) -> None:
    with pytest.raises(WorkflowError, match=r"`pattern`: '\{1\.\.1001\}' stands for more than 1000 patterns$"):
        said_of(release, edited(["in merge: pattern: wheels-* => pattern: '{1..1001}'"]))


def test_an_acceptance_of_one_thing_hides_nothing_else(release: ReleaseFolder) -> None:
    # Every finding of one edit can be named apart from those of another.
    release.write(FILE, edited(["first build: run: make", "key build: env: {CFLAGS: x}", "key merge: container: x"]))
    results = list(workflow_check.results(subject(release.root), HERE))
    assert len({(one.check, one.subject) for one in results if isinstance(one, Finding)}) == len(results) == 3
