"""nox -s validate as users run it: the scratch release is fit until a test breaks one thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.factories import LINUX_WHEEL, ROOT_PYPROJECT, WINDOWS_WHEEL, ReleaseFolder, make_dist, make_wheel
from tests.support.index_server import LoopbackIndex, Served, serving
from tests.support.programs import Outcome, run, run_module
from truewheel.acceptances import PLACEHOLDER
from truewheel.programs import validate
from truewheel.programs.validate import ABOUT_PUBLISHER, RULES, main
from truewheel.publishing.pip_settings import PipSettings

FILE = "bindings/python/pyproject.toml"
WORKFLOW = ".github/workflows/publish.yml"
TAG = "v0.5.0"
NO_INDEX = "fix the network, or pip's index (pip config list); or leave the index out: nox -s validate -- --no-index"
UNKNOWN = "unknown: set GITHUB_REPOSITORY=owner/name, or let git's remote origin be the repository on GitHub"
TAKEN = """\
what pip takes after the release, for each CPython
  3.9      3.10 to 3.15  platform
  nothing  0.5.0         Linux x86_64, Windows AMD64
  nothing  nothing       Linux aarch64, Linux x86_64 (musl), Linux aarch64 (musl), Windows ARM64, Windows 32-bit, \
macOS arm64, macOS x86_64
"""
PUBLISHER = f"""\
trusted publisher, for PyPI's form
  PyPI Project Name  quiverdb
  Owner              {UNKNOWN}
  Repository name    unknown
  Workflow name      publish.yml
  Environment name   pypi
"""


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackIndex]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def index(server: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> LoopbackIndex:
    """The index that every test here asks: on loopback, with an older version of the project."""
    url = server.url
    server.__dict__.update(LoopbackIndex(url=url).__dict__)
    server.use(monkeypatch)
    server.files["quiverdb-0.4.0.tar.gz"] = Served(b"older", {"requires-python": "<3"})
    # Asking pip takes longer than everything else in a test.
    monkeypatch.setattr(validate, "read_pip_settings", lambda _: PipSettings(url, {}))
    return server


@pytest.fixture
def ready(release: ReleaseFolder) -> ReleaseFolder:
    """A release that is fit, with both wheels in `dist/`."""
    make_dist(release.dist)
    return release


def findings(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, str, str]]:
    """Run with --json, which must refuse something; return what."""
    outcome = run(main, capsys, "--json", *arguments)
    assert (outcome.status, outcome.report["verdict"]) == (1, "refused")
    return outcome.findings


def error(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """Run with --json, which must be unable to judge; return the error and the hint."""
    outcome = run(main, capsys, "--json", *arguments)
    assert (outcome.status, outcome.report["verdict"]) == (2, "cannot-judge")
    return outcome.report["error"], outcome.report["hint"]


def test_a_release_without_problems_is_fit(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(main, capsys, TAG) == Outcome(0, TAKEN + "validate: fit: the tag v0.5.0, dist and the index\n")


def test_this_repository_is_fit_for_its_own_version(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    outcome = run(main, capsys, "--tag-only", "--tag-from-version")
    assert (outcome.status, outcome.output.count("\n")) == (0, 1)
    assert outcome.output.startswith("validate: fit: the tag v")


def test_before_the_build_only_the_tag_is_judged(release: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert not release.dist.exists()
    assert run(main, capsys, "--tag-only", TAG).last_line == "validate: fit: the tag v0.5.0 and the index"
    assert run(main, capsys, "--tag-only", "v0.5.1").status == 1


def test_a_missing_dist_cannot_be_judged(release: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert error(capsys, TAG) == ("there is no folder dist", "build the wheels (nox -s wheels), or name their folder")


def test_findings_about_the_tag_are_shown_although_dist_is_missing(
    release: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run(main, capsys, "v0.6.0")
    assert outcome.status == 2
    assert "tag-equals-version: the tag is v0.6.0, but " in outcome.output
    assert outcome.output.endswith(
        "error: there is no folder dist\n  build the wheels (nox -s wheels), or name their folder\n"
        "validate: cannot judge: there is no folder dist\n"
    )


def test_an_empty_dist_is_refused(release: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    release.dist.mkdir()
    assert findings(capsys, TAG) == [
        (
            "wheel-per-build",
            "dist",
            "no wheel serves cp310-manylinux_x86_64; expected quiverdb-0.5.0-…-manylinux_…_x86_64.whl",
        ),
        (
            "wheel-per-build",
            "dist",
            "no wheel serves cp310-win_amd64; expected quiverdb-0.5.0-…-win_amd64.whl",
        ),
    ]


def test_another_folder_is_judged_when_it_is_named(release: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    make_dist(release.root / "elsewhere")
    outcome = run(main, capsys, "--dist", "elsewhere", TAG)
    assert (outcome.status, outcome.last_line) == (0, "validate: fit: the tag v0.5.0, elsewhere and the index")
    (release.root / "elsewhere" / WINDOWS_WHEEL).unlink()
    assert [(check, where) for check, where, _ in findings(capsys, "--dist", "elsewhere", TAG)] == [
        ("wheel-per-build", "elsewhere")
    ]


def test_a_wrong_tag_is_refused(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(capsys, "v0.5.1") == [
        (
            "tag-equals-version",
            "v0.5.1",
            f"the tag is v0.5.1, but {FILE} has version 0.5.0, whose tag is v0.5.0",
        )
    ]


def test_a_release_candidate_is_refused_once(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(capsys, "v0.5.0rc1") == [
        (
            "tag-form",
            "v0.5.0rc1",
            "the tag 'v0.5.0rc1' names a pre-release, and only stable versions are released",
        )
    ]


def test_a_release_candidate_is_refused_although_the_version_is_one(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    ready.replace(FILE, '"0.5.0"', '"0.5.0rc1"')
    assert [check for check, _, _ in findings(capsys, "--tag-only", "v0.5.0rc1")] == ["tag-form"]


def test_a_workflow_that_the_tag_does_not_trigger_is_refused(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    ready.replace(WORKFLOW, "v*.*.*", "v[1-9]*.*.*")
    assert findings(capsys, TAG) == [
        (
            "tag-starts-workflow",
            TAG,
            f"{WORKFLOW} is not started by the tag 'v0.5.0': on.push.tags is v[1-9]*.*.*",
        )
    ]


def test_a_missing_version_cannot_be_judged(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    ready.replace(FILE, 'version = "0.5.0"', 'dynamic = ["version"]')
    assert error(capsys, "--tag-only", TAG) == (
        f"{FILE} has no version in [project]",
        (
            'write version = "X.Y.Z" there; or, if the build backend takes the version from git or from a file, '
            'write version = "dynamic" in [tool.release] of pyproject.toml'
        ),
    )


def test_all_findings_are_shown_at_once(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    (ready.dist / LINUX_WHEEL).unlink()
    ready.write("dist/quiverdb-0.5.0.tar.gz", "")
    make_wheel(ready.dist, version="0.4.9")
    outcome = run(main, capsys, "v0.6.0rc1")
    assert outcome.status == 1
    lines = outcome.output.splitlines()
    assert [*lines[: lines.index(TAKEN.splitlines()[0])], lines[-1]] == [
        "v0.6.0rc1",
        "  tag-form: the tag 'v0.6.0rc1' names a pre-release, and only stable versions are released",
        "      tag a stable version; if the wrong tag exists, delete it: git tag -d TAG; git push --delete origin TAG",
        "quiverdb-0.5.0.tar.gz",
        "  only-wheels: is an sdist; only wheels are published",
        "      delete it; the publish job uploads everything in the folder",
        "quiverdb-0.4.9-py3-none-manylinux_2_28_x86_64.whl",
        "  wheel-of-release: is a wheel of version 0.4.9; this release is of version 0.5.0",
        "      delete it, or empty the folder and build again: nox -s wheels",
        "dist",
        "  wheel-per-build: no wheel serves cp310-manylinux_x86_64; expected quiverdb-0.5.0-…-manylinux_…_x86_64.whl",
        '      build it: nox -s "wheels(manylinux_x86_64)"',
        "validate: refused: 4 findings in the tag v0.6.0rc1, dist and the index",
    ]


def test_without_an_argument_the_tag_is_found(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.commit(TAG)
    assert run(main, capsys).last_line == "validate: fit: the tag v0.5.0, dist and the index"
    monkeypatch.setenv("GITHUB_REF_TYPE", "tag")
    monkeypatch.setenv("GITHUB_REF_NAME", "v0.7.0")
    assert run(main, capsys).last_line == "validate: refused: 1 finding in the tag v0.7.0, dist and the index"


def test_without_a_tag_nothing_can_be_judged(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    ready.commit()
    assert error(capsys) == (
        "there is no tag to judge",
        "name one (nox -s validate -- v0.5.0), or tag this commit (git tag v0.5.0)",
    )


def test_without_a_tag_the_version_can_be_judged(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    outcome = run(main, capsys, "--tag-from-version")
    # Nothing is about to be published then: the version may be on the index since long, with other bytes.
    assert outcome == Outcome(0, "validate: fit: the tag v0.5.0 and dist\n")
    assert index.asked == []
    ready.replace(FILE, '"0.5.0"', '"0.5.0.1"')
    assert [check for check, _, _ in findings(capsys, "--tag-from-version", "--tag-only")] == ["tag-form"]


def test_a_tag_from_the_version_and_a_tag_exclude_each_other(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert error(capsys, "--tag-from-version", TAG) == (
        "--tag-from-version and a tag cannot be used together",
        "leave out one of the two",
    )


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("pyproject.toml", "[tool", "pyproject.toml is not valid TOML: "),
        ("pyproject.toml", "", "pyproject.toml has no table [tool.release]"),
        (FILE, "", f"{FILE} has no table [project]"),
        (FILE, b"\xff", f"{FILE} is not UTF-8: byte 0"),
        (FILE, '[project]\nname = "q"\ndynamic = 5\n', f"dynamic in [project] of {FILE} must be a list of strings"),
        (WORKFLOW, "on: [", f"{WORKFLOW}, line 1, column 6: not valid YAML: "),
        (WORKFLOW, "jobs: {}", f"{WORKFLOW} is not a workflow: the key `on` is missing"),
    ],
)
def test_a_broken_file_cannot_be_judged(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], file: str, text: str | bytes, message: str
) -> None:
    ready.write(file, text)
    assert error(capsys, TAG)[0].startswith(message)


def test_outside_of_the_repository_nothing_can_be_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert error(capsys, TAG) == ("pyproject.toml is missing", "run this in the repository's top folder")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        ([TAG, "v0.5.1"], "unrecognized arguments: v0.5.1"),
        (["--dist"], "argument --dist: expected one argument"),
    ],
)
def test_bad_arguments_cannot_be_judged(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    outcome = run(main, capsys, *arguments)
    assert (outcome.status, outcome.last_line) == (2, f"validate: cannot judge: {message}")
    assert outcome.output.splitlines()[0] == f"error: {message}"
    assert "\n  usage: truewheel validate [-h] [--json | --accept] [--html FILE] [--list]\n" in outcome.output


def test_in_a_workflow_findings_are_annotated_and_summarized(
    release: ReleaseFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    outcome = run(main, capsys, "--tag-only", "v0.5.0rc1")
    assert [line for line in outcome.output.splitlines() if line.startswith("::")] == [
        (
            "::error title=tag-form::v0.5.0rc1: the tag 'v0.5.0rc1' names a pre-release, and only stable versions are "
            "released%0Atag a stable version; if the wrong tag exists, delete it: git tag -d TAG; git push --delete "
            "origin TAG"
        )
    ]
    assert outcome.last_line == "validate: refused: 1 finding in the tag v0.5.0rc1 and the index"
    summary = (release.root / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("### validate: refused: 1 finding in the tag v0.5.0rc1 and the index\n")


def test_every_check_is_listed_with_its_demand_and_its_source(
    release: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    # No tag, no wheels, no git: a list needs none of them.
    names = [rule.name for rule in RULES]
    assert len(names) >= 10
    listed = run(main, capsys, "--list")
    assert listed.status == 0
    assert [line.split()[0] for line in listed.output.splitlines()[::2]] == names
    assert all(line.strip().startswith("source: ") for line in listed.output.splitlines()[1::2])
    as_json = run(main, capsys, "--list", "--json")
    assert [check["name"] for check in as_json.report["checks"]] == names


@pytest.mark.parametrize(
    ("arguments", "status", "last"),
    [
        ([TAG], 0, "validate: fit: the tag v0.5.0, dist and the index"),
        pytest.param(
            ["v0.5.1"],
            1,
            "validate: refused: 1 finding in the tag v0.5.1, dist and the index",
            marks=pytest.mark.once,
        ),
        pytest.param(
            ["--nonsense"], 2, "validate: cannot judge: unrecognized arguments: --nonsense", marks=pytest.mark.once
        ),
    ],
)
def test_as_a_program_it_ends_with_its_verdict(
    ready: ReleaseFolder, arguments: list[str], status: int, last: str
) -> None:
    outcome = run_module("validate", ready.root, *arguments)
    assert (outcome.status, outcome.last_line) == (status, last)
    as_json = run_module("validate", ready.root, "--json", *arguments, environ={"GITHUB_ACTIONS": "true"})
    assert (as_json.status, as_json.report["version"]) == (status, 3)


def test_the_help_names_the_session(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("usage: truewheel validate ")


def test_json_is_one_document(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(main, capsys, "--json", TAG)
    assert json.loads(outcome.output) == {
        "version": 3,
        "program": "validate",
        "verdict": "fit",
        "subject": "the tag v0.5.0, dist and the index",
        "findings": [],
        "wheels": [],
        "error": None,
        "hint": None,
        "notes": [],
        "publisher": None,
        "accepted": [],
        "pip_takes": outcome.report["pip_takes"],
    }
    assert outcome.report["pip_takes"][:2] == [
        {"python": "3.9", "platform": "Linux x86_64", "version": "", "file": ""},
        {"python": "3.10", "platform": "Linux x86_64", "version": "0.5.0", "file": LINUX_WHEEL},
    ]


def test_an_older_version_must_not_be_taken_where_the_release_promises_itself(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    for name in (LINUX_WHEEL, WINDOWS_WHEEL):
        (ready.dist / name).rename(ready.dist / name.replace("py3-none", "cp310-cp310"))
    index.files["quiverdb-0.1.0-py3-none-any.whl"] = Served(b"forgotten")
    outcome = run(main, capsys, TAG, "--html", "page.html")
    served, others = "Linux x86_64, Windows AMD64", TAKEN.splitlines()[3].partition("nothing       ")[2]
    lines = outcome.output.splitlines()
    assert [line.strip() for line in lines if "pip" in line and "build" not in line] == [
        f"pip-takes-release: pip takes 0.1.0, not 0.5.0, for CPython 3.11 to 3.15 on {served}",
        f"older-version-left: pip still takes 0.1.0 for CPython 3.9 on {served}; CPython 3.9 to 3.15 on {others}",
        "what pip takes after the release, for each CPython",
    ]
    assert lines[-4:-1] == [
        "  3.9    3.10   3.11 to 3.15  platform",
        f"  0.1.0  0.5.0  0.1.0         {served}",
        f"  0.1.0  0.1.0  0.1.0         {others}",
    ]
    page = (ready.root / "page.html").read_text(encoding="utf-8")
    assert "What pip takes after the release" in page
    assert "quiverdb-0.1.0-py3-none-any.whl" in page


def test_the_trusted_publisher_is_shown_when_asked_for(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run(main, capsys, "--registration", TAG)
    assert outcome == Outcome(0, TAKEN + PUBLISHER + "validate: fit: the tag v0.5.0, dist and the index\n")
    monkeypatch.setenv("GITHUB_REPOSITORY", "arrows/quiver")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    outcome = run(main, capsys, "--registration", TAG)
    assert outcome.output.splitlines()[5:10] == [
        "  PyPI Project Name  quiverdb",
        "  Owner              arrows",
        "  Repository name    quiver",
        "  Workflow name      publish.yml",
        "  Environment name   pypi",
    ]
    assert "| Repository name | quiver |\n" in (ready.root / "summary.md").read_text(encoding="utf-8")
    assert run(main, capsys, "--json", "--registration", TAG).report["publisher"] == {
        "PyPI Project Name": "quiverdb",
        "Owner": "arrows",
        "Repository name": "quiver",
        "Workflow name": "publish.yml",
        "Environment name": "pypi",
    }


def test_the_trusted_publisher_is_shown_for_a_project_that_the_index_does_not_have(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    index.files.clear()
    outcome = run(main, capsys, "--tag-only", TAG)
    assert outcome.output == (
        "notes\n"
        f"quiverdb 0.5.0 on {index.url}\n"
        "  project-known: the index has no project quiverdb yet\n"
        "      register a pending trusted publisher (it expires after 30 days): nox -s validate -- --registration\n"
        f"{PUBLISHER}validate: fit: the tag v0.5.0 and the index\n"
    )


def test_the_trusted_publisher_is_shown_when_the_workflow_is_not_the_trusted_one(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    ready.replace(WORKFLOW, "    environment: pypi\n", "    environment: release\n")
    outcome = run(main, capsys, "--tag-only", TAG)
    assert "  publish-environment: " in outcome.output
    assert outcome.output.endswith(PUBLISHER + "validate: refused: 1 finding in the tag v0.5.0 and the index\n")


def test_the_checks_about_the_publisher_are_rules() -> None:
    assert {rule.name for rule in RULES} >= ABOUT_PUBLISHER


def test_files_on_the_index_with_the_same_bytes_are_a_note(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    index.add(ready.dist / LINUX_WHEEL)
    outcome = run(main, capsys, TAG)
    assert outcome.status == 0
    assert outcome.output.splitlines()[:4] == [
        "notes",
        LINUX_WHEEL,
        "  nothing-uploaded-yet: is on the index with the same bytes",
        "      uploading it again changes nothing",
    ]
    assert outcome.last_line == "validate: fit: the tag v0.5.0, dist and the index"
    assert run(main, capsys, "--json", TAG).report["notes"] == [
        {
            "check": "nothing-uploaded-yet",
            "where": LINUX_WHEEL,
            "message": "is on the index with the same bytes",
            "hint": "uploading it again changes nothing",
            "subject": LINUX_WHEEL,
            "also": [],
        }
    ]


def test_other_bytes_on_the_index_are_refused(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    index.files[LINUX_WHEEL] = Served(b"something else")
    ((check, where, message),) = findings(capsys, TAG)
    assert (check, where) == ("index-files-identical", LINUX_WHEEL)
    theirs, ours = hashlib.sha256(b"something else"), hashlib.sha256((ready.dist / LINUX_WHEEL).read_bytes())
    assert message == (
        f"is on the index with SHA-256 {theirs.hexdigest()}, but was built with SHA-256 {ours.hexdigest()}"
    )


def test_before_the_build_a_version_that_is_there_is_a_note(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    index.add(ready.dist / LINUX_WHEEL)
    outcome = run(main, capsys, "--tag-only", TAG)
    assert outcome.status == 0
    assert outcome.output.splitlines()[1:4] == [
        f"quiverdb 0.5.0 on {index.url}",
        "  nothing-uploaded-yet: version 0.5.0 is on the index already, with no wheel yet for cp310-win_amd64",
        "      a re-run finishes the release only if it builds the same bytes again",
    ]
    index.versions["quiverdb"] = ["0.5.0"]
    index.files.clear()
    assert [(check, where) for check, where, _ in findings(capsys, "--tag-only", TAG)] == [
        ("version-not-deleted", f"quiverdb 0.5.0 on {index.url}")
    ]


def test_an_index_that_fails_cannot_be_judged_but_all_else_is_shown(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    index.failing = 500
    outcome = run(main, capsys, "v0.5.1")
    assert outcome.status == 2
    assert "  tag-equals-version: the tag is v0.5.1, but" in outcome.output
    message = f"the index {index.url} cannot be asked: it answers 500 Internal Server Error"
    assert outcome.output.splitlines()[-3:] == [
        f"error: {message}",
        f"  {NO_INDEX}",
        f"validate: cannot judge: {message}",
    ]
    assert run(main, capsys, "--no-index", TAG).last_line == "validate: fit: the tag v0.5.0 and dist"


def test_an_error_with_dist_does_not_hide_one_with_the_index(
    release: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    index.failing = 503
    outcome = run(main, capsys, "--json", TAG)
    assert (outcome.status, outcome.report["error"]) == (2, "there is no folder dist")
    assert [(note["message"], note["hint"]) for note in outcome.report["notes"]] == [
        (
            f"this cannot be judged either: the index {index.url} cannot be asked: it answers 503 Service Unavailable",
            NO_INDEX,
        )
    ]


def test_the_index_is_not_asked_if_it_is_left_out(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], index: LoopbackIndex
) -> None:
    assert run(main, capsys, "--no-index", TAG).status == 0
    assert index.asked == []
    assert run(main, capsys, TAG).status == 0
    assert index.asked == ["/simple/quiverdb/"]


@pytest.mark.once
def test_as_a_program_it_asks_the_index_that_pip_is_configured_for(ready: ReleaseFolder, index: LoopbackIndex) -> None:
    index.files[WINDOWS_WHEEL] = Served(b"something else")
    outcome = run_module("validate", ready.root, TAG)
    assert (outcome.status, outcome.last_line) == (
        1,
        "validate: refused: 1 finding in the tag v0.5.0, dist and the index",
    )


BY_HAND = "it can also be started by hand (on.workflow_dispatch); an `if` keeps branches from being published"


def start_by_hand(release: ReleaseFolder) -> None:
    release.replace(WORKFLOW, "on:\n", "on:\n  workflow_dispatch:\n")
    release.replace(WORKFLOW, "  preflight:\n", "  preflight:\n    if: github.ref_type == 'tag'\n")


def accept(release: ReleaseFolder, *lines: str) -> None:
    release.write("pyproject.toml", "\n".join([ROOT_PYPROJECT, "[tool.release.accept]", *lines, ""]))


def test_a_suggested_acceptance_accepts_and_must_have_a_reason(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    start_by_hand(ready)
    outcome = run(main, capsys, "--accept", TAG)
    assert outcome == Outcome(
        1,
        "[tool.release.accept]\n"
        f"# {WORKFLOW}: {BY_HAND}\n"
        f'"not-started-by-hand:on.workflow_dispatch" = "{PLACEHOLDER}"\n'
        "# validate: refused: 1 finding in the tag v0.5.0, dist and the index\n",
    )
    accept(ready, outcome.output.splitlines()[2])
    message, _ = error(capsys, TAG)
    assert message == (
        '"not-started-by-hand:on.workflow_dispatch" in [tool.release.accept] of pyproject.toml '
        "needs a reason in place of the placeholder"
    )
    ready.replace("pyproject.toml", PLACEHOLDER, "started by hand on the tag")
    assert run(main, capsys, TAG).output.splitlines() == [
        "accepted in [tool.release.accept]",
        WORKFLOW,
        f"  not-started-by-hand: {BY_HAND}",
        "      started by hand on the tag",
        *TAKEN.splitlines(),
        "validate: fit: the tag v0.5.0, dist and the index (1 accepted finding)",
    ]


def test_an_acceptance_is_needed_where_its_check_was_run(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    accept(ready, '"aslr-and-dep:*" = "judged by check-dist"', '"version-newest:*" = "the index changes"')
    assert run(main, capsys, TAG).status == 0
    ready.replace("pyproject.toml", '"aslr-and-dep:*"', '"version-once:*"')
    for arguments in ([TAG], ["--tag-only", TAG]):
        assert findings(capsys, *arguments) == [
            (
                "acceptances-used",
                "[tool.release.accept] of pyproject.toml",
                "version-once:* accepts nothing",
            )
        ]


def test_accepted_findings_are_json(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    start_by_hand(ready)
    accept(ready, '"not-started-by-hand:*" = "by hand"')
    (accepted,) = run(main, capsys, "--json", TAG).report["accepted"]
    line = {"check": "not-started-by-hand", "pattern": "*", "reason": "by hand"}
    assert (accepted["check"], accepted["acceptances"]) == ("not-started-by-hand", [line])
    assert "not allowed with argument --json" in error(capsys, "--accept", TAG)[0]
