"""`[tool.release.accept]`: what a line accepts, what no line may accept, and the lines that --accept suggests."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import ReleaseFolder
from tests.support.judging import HERE
from tests.support.workflow_judging import FILE, Row, edited, read_rows, subject
from truewheel.acceptances import PLACEHOLDER, WHY_NEVER, problem_with, suggested
from truewheel.checks import load_checks
from truewheel.checks.registers import workflow_check
from truewheel.findings import Acceptance, Accepted, Finding, Note, accept

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

load_checks("release")
HARMFUL = list(read_rows(Path(__file__).parent / "checks/harmful_edits.txt"))
WHEEL = "quiverdb-0.5.0-cp313-cp313-win_amd64.whl"
LINUX = "quiverdb-0.5.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
DLL = Finding("aslr-and-dep", WHEEL, "quiverdb/a.dll is linked without NX_COMPAT", "link it", "quiverdb/a.dll")
SECRET = Finding("no-other-publishing", "p.yml, line 3, column 5", "reads secrets.A", "", "publish/env.A")


@pytest.mark.parametrize("pattern", ["quiverdb/a.dll", "*.dll", "*", "*win_amd64.whl", "quiverdb-0.5.?-*.whl"])
def test_a_pattern_names_the_member_or_its_wheel(pattern: str) -> None:
    line = Acceptance("aslr-and-dep", pattern, "old")
    fields = (DLL.check, DLL.where, DLL.message, DLL.hint, DLL.subject, DLL.also)
    assert accept(DLL, [line]) == Accepted(*fields, (line,))


@pytest.mark.parametrize("key", ["aslr-and-dep:a.dll", "aslr-and-dep:*.DLL", "record-hash:*", "aslr-and-dep:*linux*"])
def test_other_findings_stay(key: str) -> None:
    check, _, pattern = key.partition(":")
    assert accept(DLL, [Acceptance(check, pattern, "old")]) is DLL


def test_a_note_is_never_accepted() -> None:
    note = Note("aslr-and-dep", WHEEL, "so")
    assert accept(note, [Acceptance("aslr-and-dep", "*", "old")]) is note


def test_the_most_specific_acceptance_counts() -> None:
    lines = [Acceptance("aslr-and-dep", pattern, pattern) for pattern in ("*", "quiverdb/a*", "*.dll")]
    accepted = accept(DLL, lines)
    assert isinstance(accepted, Accepted)
    assert accepted.remark == "quiverdb/a*"


def test_a_finding_about_several_files_is_accepted_for_all_of_them() -> None:
    finding = replace(DLL, also=("quiverdb/b.dll", "other/c.dll"))
    ours, theirs = Acceptance("aslr-and-dep", "quiverdb/*", "old"), Acceptance("aslr-and-dep", "other/*", "theirs")
    assert accept(finding, [ours]) is finding
    accepted = accept(finding, [theirs, ours])
    assert isinstance(accepted, Accepted)
    assert accepted.acceptances == (ours, theirs)
    assert accepted.remark == "old; theirs"
    assert isinstance(accept(finding, [Acceptance("aslr-and-dep", "*win_amd64.whl", "all")]), Accepted)


@pytest.mark.parametrize(
    ("key", "reason", "problem"),
    [
        ("aslr-and-dep:*.dll", "old", ""),
        ("aslr-and-dep", "old", 'must be "CHECK:PATTERN", the name of a check and the files or parts of the workflow'),
        (":*", "old", 'must be "CHECK:PATTERN", the name of a check and the files or parts of the workflow'),
        ("aslr-and-dep:", "old", 'must be "CHECK:PATTERN", the name of a check and the files or parts of the workflow'),
        ("tag-form:*", "a candidate", "can never be accepted: the tag must name the version"),
        ("record-hash:*", "old", "can never be accepted: users must get the very bytes that were built"),
        ("actions-next-to-token:publish/step-security/harden-runner", "watched", ""),
        ("actions-next-to-token:publish/*", "watched", "must name the action, without *, ? and ["),
        ("aslr-and-dep:*.dll", PLACEHOLDER, "needs a reason in place of the placeholder"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(key: str, reason: str, problem: str) -> None:
    assert problem_with(key, reason) == problem


@pytest.mark.parametrize(
    ("where", "subject", "pattern"),
    [
        (WHEEL, "", "*win_amd64.whl"),
        (LINUX, "", "*manylinux*x86_64.whl"),
        ("q-1.0-py3-none-musllinux_1_2_aarch64.whl", "", "*musllinux*aarch64.whl"),
        ("q-1.0-cp39-abi3-macosx_11_0_universal2.whl", "", "*macosx*universal2.whl"),
        ("q-1.0-py3-none-win32.whl", "", "*win32.whl"),
        ("q-1.0-py3-none-any.whl", "", "*any.whl"),
        (WHEEL, "quiverdb/a.dll", "quiverdb/a.dll"),
        (WHEEL, "quiverdb.libs/msvcp140-8f141b4454fa78db.dll", "quiverdb.libs/msvcp140-*.dll"),
        (LINUX, "quiverdb.libs/libgomp-a34b3233.so.1.0.0", "quiverdb.libs/libgomp-*.so.*"),
        (WHEEL, "quiverdb/_a.cp313-win_amd64.pyd", "quiverdb/_a.*.pyd"),
        (LINUX, "quiverdb/_a.cpython-313-x86_64-linux-gnu.so", "quiverdb/_a.cpython-*-linux-gnu.so"),
        (WHEEL, "quiverdb-0.5.0.dist-info/x[1].txt", "quiverdb-*.dist-info/x[[]1].txt"),
        ("v0.5.0", "", "v*"),
        ("quiverdb 0.5.0 on PyPI", "", "quiverdb * on PyPI"),
        (".github/workflows/publish.yml, line 3, column 5", "", ".github/workflows/publish.yml"),
        ("p.yml, line 3, column 5", "build/actions/setup-python", "build/actions/setup-python"),
        ("p.yml, line 3, column 5", "publish/env.A", "publish/env.A"),
    ],
)
def test_a_suggestion_holds_for_the_next_version(where: str, subject: str, pattern: str) -> None:
    finding = Finding("x", where, "is wrong", "", subject)
    assert list(suggested([finding], is_new=True)) == [
        "[tool.release.accept]",
        f"# {where}: is wrong",
        f'"x:{pattern}" = "{PLACEHOLDER}"',
    ]
    assert isinstance(accept(finding, [Acceptance("x", pattern, "old")]), Accepted)


def test_suggestions_are_grouped_and_are_toml() -> None:
    findings = [
        replace(DLL, also=("quiverdb/b.dll",)),
        SECRET,
        Finding("record-hash", WHEEL, "a has another hash", "build again"),
        Finding("aslr-and-dep", WHEEL, "quiverdb/a.dll is linked without DYNAMIC_BASE", "link it", "quiverdb/a.dll"),
        Finding("odd", "p.yml", "odd", "", 'say "\x1b\\"'),
    ]
    lines = list(suggested(findings, is_new=True))
    assert lines == [
        "[tool.release.accept]",
        f"# {WHEEL}: quiverdb/a.dll is linked without NX_COMPAT (and 1 more)",
        f'"aslr-and-dep:quiverdb/a.dll" = "{PLACEHOLDER}"',
        f"# {WHEEL}: quiverdb/a.dll is linked without NX_COMPAT",
        f'"aslr-and-dep:quiverdb/b.dll" = "{PLACEHOLDER}"',
        "# p.yml, line 3, column 5: reads secrets.A",
        f'"no-other-publishing:publish/env.A" = "{PLACEHOLDER}"',
        "# p.yml: odd",
        f'"odd:say \\"?\\\\\\"" = "{PLACEHOLDER}"',
        f"# record-hash can never be accepted ({WHY_NEVER['record-hash']}): {WHEEL}: a has another hash",
    ]
    keys = tomllib.loads("\n".join(lines))["tool"]["release"]["accept"]
    acceptances = [Acceptance(check, pattern, "why") for check, _, pattern in (key.partition(":") for key in keys)]
    assert [type(accept(finding, acceptances)) for finding in findings] == [
        *(Accepted, Accepted, Finding, Accepted, Accepted)
    ]


NAMES = st.text(st.characters(), min_size=1)


@given(where=st.sampled_from([WHEEL, LINUX, "p.yml, line 3, column 5"]), names=st.lists(NAMES, min_size=1, max_size=9))
def test_what_is_suggested_is_toml_and_accepts_whatever_the_names_are(where: str, names: list[str]) -> None:
    first, *others = (names[0] if " " in names[0] else f"a/{names[0]}.so"), *names[1:]
    finding = Finding("x", where, "is wrong", "", first, tuple(others))
    lines = [line for line in suggested([finding], is_new=True) if not line.startswith("#")]
    keys = [key.partition(":") for key in tomllib.loads("\n".join(lines))["tool"]["release"]["accept"]]
    assert isinstance(accept(finding, [Acceptance(check, pattern, "why") for check, _, pattern in keys]), Accepted)


def test_many_files_are_accepted_together() -> None:
    names = [f"scipy/{letter}/x.cp313-win_amd64.{ending}" for letter in "abc" for ending in ("dll.a", "lib")]
    finding = Finding("development-files-absent", WHEEL, "it contains 6", "", names[0], (*names[1:],))
    keys = [f"development-files-absent:scipy/*.{ending}" for ending in ("a", "lib")]
    assert [line.partition('" = ')[0][1:] for line in suggested([finding], is_new=True)][2::2] == keys
    acceptances = [Acceptance(check, pattern, "why") for check, _, pattern in (key.partition(":") for key in keys)]
    assert isinstance(accept(finding, acceptances), Accepted)


def test_an_existing_table_is_not_begun_again() -> None:
    assert next(suggested([DLL], is_new=False)) == "# add to [tool.release.accept]"
    assert list(suggested([Note("x", "", "so")], is_new=False)) == []


@pytest.mark.once
@pytest.mark.parametrize("row", HARMFUL[::10], ids=str)
def test_what_is_suggested_for_a_workflow_accepts_it_on_other_lines_too(release: ReleaseFolder, row: Row) -> None:
    text = edited(row[0])
    lines = suggested(found(release, text), is_new=True)
    accepting = tomllib.loads("\n".join(lines)).get("tool", {"release": {"accept": {}}})["release"]["accept"]
    keys = [key.partition(":") for key in accepting]
    left = found(release, f"# one\n# two\n{text}", *(Acceptance(check, pattern, "") for check, _, pattern in keys))
    assert [finding for finding in left if finding.check not in WHY_NEVER] == []


def found(release: ReleaseFolder, text: str, *acceptances: Acceptance) -> list[Finding]:
    release.write(FILE, text)
    results = workflow_check.results(subject(release.root), HERE, acceptances)
    return [result for result in results if isinstance(result, Finding)]
