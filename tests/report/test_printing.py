"""The report of a program: at a terminal, in GitHub Actions, as JSON."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.rendered import rendered
from tests.support.terminal import Terminal
from truewheel.errors import ReleaseError
from truewheel.findings import Acceptance, Accepted, By, Finding, Note, Rule
from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.report.github import append_summary
from truewheel.report.model import Report
from truewheel.report.printing import print_report, print_rules
from truewheel.report.progress import told_wait

LIBRARY = LibraryFacts("quiverdb/_libs/quiver.dll", "PE for x86_64", ("KERNEL32.dll", "a|b.dll"), size=21500, exports=7)
TABLE = [
    "library                       size  debug  exports  needs  loads",
    "quiverdb/_libs/quiver.dll  21.5 KB               7         KERNEL32.dll, a|b.dll",
]
WHEEL = WheelFacts(
    "quiverdb-0.5.0-py3-none-win_amd64.whl",
    43210,
    "ab" * 32,
    title="quiverdb 0.5.0",
    tags="py3-none-win_amd64",
    libraries=(LIBRARY,),
    contents=(("quiverdb/__init__.py", 10), ("quiverdb/_libs/quiver.dll", 90000)),
)
UNREADABLE = WheelFacts("notes.whl", 5, "", title="notes.whl", readable=False)
STRAY = Finding("only-wheels", "notes.txt", "a stray file; only wheels are published", "delete it")
SIZE = Finding("record-size", WHEEL.name, "a.py has 3 bytes, but RECORD says 4", "build it again")
HASH = Finding("record-hash", WHEEL.name, "a.py has no hash in RECORD", "build it again")

FIT = Report("check-dist", "1 wheel", wheels=(WHEEL,))
REFUSED = Report("check-dist", "1 wheel", (SIZE, STRAY, HASH), (WHEEL,))
BROKEN = Report("check-dist", error=ReleaseError("there is no folder dist", hint="build the wheels first"))

# Sequences that clear a screen, ring, rewrite a line, reverse the text, start a sequence in one byte; half a character.
HOSTILE = "a\x1b[2J\x07\r\n\t\x9b31m\u202e\x7f\udcffz"
SHOWN = r"a\x1b[2J\x07\r\n\t\x9b31m\u202e\x7f\udcffz"


def text_of(report: Report, **environ: str) -> str:
    stream = io.StringIO()
    print_report(report, stream, as_json=False, environ=environ)
    return stream.getvalue()


def json_of(report: Report, **environ: str) -> object:
    stream = io.StringIO()
    print_report(report, stream, as_json=True, environ=environ)
    return json.loads(stream.getvalue())


def test_a_fit_report_shows_what_was_judged() -> None:
    first = "fit      quiverdb 0.5.0  py3-none-win_amd64  43.2 KB  1 library"
    assert text_of(FIT) == "\n".join([first, *TABLE, "check-dist: fit: 1 wheel\n"])


def test_the_facts_of_libraries_are_in_a_table_that_can_be_read() -> None:
    needs = ("@loader_path/libneeded-0.so", *(f"libneeded-{number}.so" for number in range(1, 7)))
    elf = LibraryFacts(f"quiverdb/{'x' * 90}.so", "ELF", needs, "", 2_400_000, 356_000, 155, "glibc 2.17")
    wheel = replace(WHEEL, libraries=(LIBRARY, elf))
    name = f"quiverdb/{'x' * 20}…{'x' * 27}.so"
    loads = "libneeded-0.so, libneeded-1.so, libneeded-2.so, 4 more"
    assert text_of(Report("check-dist", "1 wheel", wheels=(wheel,))).splitlines()[1:-1] == [
        f"{'library':{len(name)}}     size     debug  exports  needs       loads",
        f"{LIBRARY.name:{len(name)}}  21.5 KB                  7              KERNEL32.dll, a|b.dll",
        f"{name}   2.4 MB  356.0 KB      155  glibc 2.17  {loads}",
    ]
    many = replace(WHEEL, libraries=(LIBRARY,) * 25)
    assert len(text_of(Report("check-dist", "1 wheel", wheels=(many,))).splitlines()) == 2


def test_wheels_are_in_columns_and_each_has_its_own_verdict() -> None:
    linux = replace(
        WHEEL, name="quiverdb-0.5.0-x.whl", size=1, tags="py3-none-manylinux_2_28_x86_64", libraries=(LIBRARY, LIBRARY)
    )
    unreadable = Finding("archive-readable", UNREADABLE.name, "the archive is damaged", "build it again")
    report = Report("check-dist", "3 wheels", (SIZE, unreadable), (linux, WHEEL, UNREADABLE))
    assert text_of(report).splitlines()[:3] == [
        "fit      quiverdb 0.5.0  py3-none-manylinux_2_28_x86_64      1 B  2 libraries",
        "refused  quiverdb 0.5.0  py3-none-win_amd64              43.2 KB  1 library",
        "refused  notes.whl                                           5 B  unreadable",
    ]


def test_a_hint_follows_the_last_of_the_findings_that_it_is_for() -> None:
    lost = Finding("wheels-as-before", "dist", "lost since 1: a", "nothing, if this is intended")
    gained = replace(lost, message="gained since 1: b")
    assert text_of(Report("validate", "the index", (lost, gained))).splitlines()[:-1] == [
        "dist",
        "  wheels-as-before: lost since 1: a",
        "  wheels-as-before: gained since 1: b",
        "      nothing, if this is intended",
    ]


def test_findings_are_grouped_by_file_with_their_hints() -> None:
    assert text_of(REFUSED).splitlines() == [
        "refused  quiverdb 0.5.0  py3-none-win_amd64  43.2 KB  1 library",
        WHEEL.name,
        "  record-size: a.py has 3 bytes, but RECORD says 4",
        "      build it again",
        "  record-hash: a.py has no hash in RECORD",
        "      build it again",
        "notes.txt",
        "  only-wheels: a stray file; only wheels are published",
        "      delete it",
        *TABLE,
        "check-dist: refused: 3 findings in 1 wheel",
    ]


def test_what_is_the_same_in_several_files_is_there_once() -> None:
    others = [replace(HASH, where=f"{name}.whl") for name in "abcde"]
    report = Report("check-dist", "6 wheels", (SIZE, HASH, *others))
    assert text_of(report).splitlines() == [
        WHEEL.name,
        "  record-size: a.py has 3 bytes, but RECORD says 4",
        "      build it again",
        f"{WHEEL.name}, a.whl, b.whl, c.whl and 2 more",
        "  record-hash: a.py has no hash in RECORD",
        "      build it again",
        "check-dist: refused: 7 findings in 6 wheels",
    ]


def test_a_hint_follows_its_error_and_the_verdict_is_the_last_line() -> None:
    assert text_of(BROKEN).splitlines() == [
        "error: there is no folder dist",
        "  build the wheels first",
        "check-dist: cannot judge: there is no folder dist",
    ]


def test_a_hint_of_several_lines_keeps_them() -> None:
    report = Report("validate", error=ReleaseError("bad arguments", hint="usage: nox\n  [TAG]"))
    assert text_of(report).splitlines() == [
        "error: bad arguments",
        "  usage: nox",
        "    [TAG]",
        "validate: cannot judge: bad arguments",
    ]


def test_the_task_that_could_not_be_done_is_named() -> None:
    report = Report("wheels", error=ReleaseError("no compiler"), task="build")
    assert text_of(report) == "wheels: cannot build: no compiler\n"


@pytest.mark.parametrize(
    ("report", "verdict", "status", "last"),
    [
        (FIT, "fit", 0, "check-dist: fit: 1 wheel"),
        (REFUSED, "refused", 1, "check-dist: refused: 3 findings in 1 wheel"),
        (BROKEN, "cannot-judge", 2, "check-dist: cannot judge: there is no folder dist"),
        (Report("validate", "the tag v1", (STRAY,)), "refused", 1, "validate: refused: 1 finding in the tag v1"),
    ],
)
@pytest.mark.parametrize("environ", [{}, {"GITHUB_ACTIONS": "true"}])
def test_the_last_line_is_the_verdict(
    report: Report, verdict: str, status: int, last: str, environ: dict[str, str]
) -> None:
    assert (report.outcome.word, report.outcome.exit_status, report.outcome.line) == (verdict, status, last)
    assert text_of(report, **environ).splitlines()[-1] == last


def test_a_long_line_is_never_broken() -> None:
    report = Report("check-dist", "1 wheel", (Finding("only-wheels", "f", "word " * 100 + "end", "hint " * 100),))
    assert f"  only-wheels: {'word ' * 100}end" in text_of(report, COLUMNS="20").splitlines()


def test_text_is_never_markup() -> None:
    finding = Finding("only-wheels", "[red]a[/red]", "[bold]b[/] :smile: 7", "[link=x]c")
    assert text_of(Report("check-dist", "[s]", (finding,))).splitlines() == [
        "[red]a[/red]",
        "  only-wheels: [bold]b[/] :smile: 7",
        "      [link=x]c",
        "check-dist: refused: 1 finding in [s]",
    ]


@pytest.mark.parametrize("report", [FIT, REFUSED, BROKEN])
def test_a_terminal_has_colours_unless_no_color_is_set(report: Report) -> None:
    colourful, colourless = Terminal(), Terminal()
    print_report(report, colourful, as_json=False, environ={"TERM": "xterm-256color"})
    print_report(report, colourless, as_json=False, environ={"TERM": "xterm-256color", "NO_COLOR": "1"})
    assert "\x1b[" in colourful.getvalue()
    assert colourless.getvalue() == text_of(report)
    assert "\x1b" not in text_of(report)


def test_control_characters_never_reach_a_terminal(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    report = Report("check-dist", HOSTILE, (Finding("c", HOSTILE, HOSTILE, HOSTILE),), (WheelFacts(HOSTILE, 1, "00"),))
    error = Report("check-dist", error=ReleaseError(HOSTILE))
    # A hint may have several lines.
    first, rest = SHOWN.split(r"\r\n")
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    assert text_of(report, **environ).splitlines() == [
        f"refused  {SHOWN}    1 B  0 libraries",
        SHOWN,
        f"  c: {SHOWN}",
        f"      {SHOWN}",
        f"::error title=c::{SHOWN}: {SHOWN}%0A{first}%0A{rest}",
        f"check-dist: refused: 1 finding in {SHOWN}",
    ]
    assert text_of(error, **environ).splitlines() == [
        f"::error title=check-dist cannot judge::{SHOWN}",
        f"check-dist: cannot judge: {SHOWN}",
    ]
    written = summary.read_text(encoding="utf-8")
    assert all(character.isprintable() or character == "\n" for character in written)
    assert r"a\\x1b\[2J\\x07" in written


def test_json_has_no_control_characters_and_loses_none() -> None:
    report = Report("check-dist", "1 wheel", (Finding("c", HOSTILE, "…", "é"),))
    stream = io.StringIO()
    print_report(report, stream, as_json=True, environ={})
    assert stream.getvalue().isascii()
    assert all(character.isprintable() or character == "\n" for character in stream.getvalue())
    assert json.loads(stream.getvalue())["findings"][0]["where"] == HOSTILE


def test_json_has_a_version_and_a_fixed_shape() -> None:
    assert json_of(REFUSED) == {
        "version": 3,
        "program": "check-dist",
        "verdict": "refused",
        "subject": "1 wheel",
        "findings": [
            {
                "check": finding.check,
                "where": finding.where,
                "message": finding.message,
                "hint": finding.hint,
                "subject": finding.where,
                "also": [],
            }
            for finding in (SIZE, STRAY, HASH)
        ],
        "wheels": [
            {
                "name": WHEEL.name,
                "size": 43210,
                "sha256": "ab" * 32,
                "verdict": "refused",
                "tags": "py3-none-win_amd64",
                "glibc": None,
                "unpacked": 90010,
                "libraries": [
                    {
                        "name": "quiverdb/_libs/quiver.dll",
                        "target": "PE for x86_64",
                        "needs": ["KERNEL32.dll", "a|b.dll"],
                        "soname": "",
                        "size": 21500,
                        "debug_size": 0,
                        "exports": 7,
                        "system": "",
                    }
                ],
            }
        ],
        "error": None,
        "hint": None,
        "notes": [],
        "publisher": None,
        "accepted": [],
        "pip_takes": [],
    }
    assert json_of(BROKEN) == {
        "version": 3,
        "program": "check-dist",
        "verdict": "cannot-judge",
        "subject": "",
        "findings": [],
        "wheels": [],
        "error": "there is no folder dist",
        "hint": "build the wheels first",
        "notes": [],
        "publisher": None,
        "accepted": [],
        "pip_takes": [],
    }


def test_json_stays_json_in_a_workflow(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    report = json_of(REFUSED, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert report == json_of(REFUSED)
    assert summary.read_text(encoding="utf-8").startswith("### check-dist: refused")


def annotations_of(report: Report) -> list[str]:
    return [line for line in text_of(report, GITHUB_ACTIONS="true").splitlines() if line.startswith("::")]


def test_each_finding_is_an_annotation() -> None:
    assert annotations_of(REFUSED) == [
        f"::error title=record-size::{WHEEL.name}: a.py has 3 bytes, but RECORD says 4%0Abuild it again",
        "::error title=only-wheels::notes.txt: a stray file; only wheels are published%0Adelete it",
        f"::error title=record-hash::{WHEEL.name}: a.py has no hash in RECORD%0Abuild it again",
    ]
    assert annotations_of(FIT) == []
    assert annotations_of(BROKEN) == [
        "::error title=check-dist cannot judge::there is no folder dist%0Abuild the wheels first"
    ]


def test_annotations_are_printed_only_in_a_workflow() -> None:
    assert "::" not in text_of(REFUSED)
    assert "::" not in text_of(REFUSED, GITHUB_ACTIONS="false")


def test_annotations_are_escaped_for_github() -> None:
    finding = Finding("50%: a,b", "x%0A", "100%, a: b", "one\ntwo %25")
    assert annotations_of(Report("check-dist", "1 wheel", (finding,))) == [
        "::error title=50%25%3A a%2Cb::x%250A: 100%25, a: b%0Aone%0Atwo %2525"
    ]


def summary_of(*reports: Report, folder: Path) -> list[list[str]]:
    """The blocks of a job's summary as GitHub shows them."""
    file = folder / "summary.md"
    for report in reports:
        text_of(report, GITHUB_STEP_SUMMARY=str(file))
    return rendered(file.read_text(encoding="utf-8"))


def test_the_job_summary_is_appended_to(tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("before\n\n", encoding="utf-8")
    assert summary_of(REFUSED, BROKEN, folder=tmp_path) == [
        ["p", "before"],
        ["h3", "check-dist: refused: 3 findings in 1 wheel"],
        ["tr", "wheel", "verdict", "size", "SHA-256", "tags", "oldest glibc", "libraries"],
        ["tr", WHEEL.name, "refused", "43.2 KB", f"`{'ab' * 32}`", "py3-none-win_amd64", "—", "1"],
        ["tr", "check", "where", "what is wrong", "what to do"],
        ["tr", "record-size", WHEEL.name, "a.py has 3 bytes, but RECORD says 4", "build it again"],
        ["tr", "only-wheels", "notes.txt", "a stray file; only wheels are published", "delete it"],
        ["tr", "record-hash", WHEEL.name, "a.py has no hash in RECORD", "build it again"],
        ["h3", "check-dist: cannot judge: there is no folder dist"],
        ["p", "build the wheels first"],
    ]


def test_the_summary_counts_libraries(tmp_path: Path) -> None:
    libraries = tuple(LibraryFacts(f"lib{number}.so", "ELF for x86_64") for number in range(14))
    wheel = replace(WHEEL, libraries=libraries, glibc="2.17")
    many, unreadable = summary_of(Report("check-dist", "2 wheels", wheels=(wheel, UNREADABLE)), folder=tmp_path)[2:]
    assert many[-2:] == ["2.17", "14"]
    assert unreadable == ["tr", "notes.whl", "fit", "5 B", "—", "—", "—", "—"]


def test_without_a_job_there_is_no_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    append_summary("text", {})
    append_summary("text", {"GITHUB_STEP_SUMMARY": ""})
    assert list(tmp_path.iterdir()) == []


RULES = [
    Rule("short", "it is short", "PEP 1", "fix it", By.SPECIFICATION),
    Rule("a-longer-name", "it is long", "PEP 2", "fix it", By.CARE, is_note=True),
]


def test_rules_are_listed_with_their_sources() -> None:
    stream = io.StringIO()
    print_rules(RULES, stream, as_json=False)
    assert stream.getvalue().splitlines() == [
        "short          it is short",
        "               source: PEP 1",
        "a-longer-name  it is long (a note)",
        "               source: PEP 2",
    ]


def test_rules_are_listed_as_json() -> None:
    stream = io.StringIO()
    print_rules(RULES[:1], stream, as_json=True)
    assert json.loads(stream.getvalue()) == {
        "version": 3,
        "checks": [
            {
                "name": "short",
                "demand": "it is short",
                "source": "PEP 1",
                "hint": "fix it",
                "by": "specification",
                "is_note": False,
            }
        ],
    }


NOTED = Report(
    "validate",
    "the tag v0.5.0",
    notes=(Note("", "", "there already"), Note("record-size", WHEEL.name, HOSTILE, "build it again")),
    publisher=(
        ("PyPI Project Name", "quiverdb"),
        ("Owner", None),
        ("Repository", None),
        ("Environment", "a|b"),
    ),
)
UNKNOWN = "unknown: set GITHUB_REPOSITORY=owner/name, or let git's remote origin be the repository on GitHub"


def test_notes_are_shown_after_the_findings_and_the_verdict_last() -> None:
    assert text_of(replace(NOTED, findings=(SIZE,))).splitlines() == [
        WHEEL.name,
        "  record-size: a.py has 3 bytes, but RECORD says 4",
        "      build it again",
        "notes",
        "  there already",
        WHEEL.name,
        f"  record-size: {SHOWN}",
        "      build it again",
        "trusted publisher, for PyPI's form",
        "  PyPI Project Name  quiverdb",
        f"  Owner              {UNKNOWN}",
        "  Repository         unknown",
        "  Environment        a|b",
        "validate: refused: 1 finding in the tag v0.5.0",
    ]


def test_accepted_findings_are_shown_with_their_reasons(tmp_path: Path) -> None:
    line = Acceptance("record-hash", "*", "an old tool")
    accepted = Accepted(HASH.check, HASH.where, HASH.message, HASH.hint, acceptances=(line,))
    report = Report("check-dist", "1 wheel", accepted=(accepted,))
    assert text_of(report).splitlines() == [
        "accepted in [tool.release.accept]",
        WHEEL.name,
        "  record-hash: a.py has no hash in RECORD",
        "      an old tool",
        "check-dist: fit: 1 wheel (1 accepted finding)",
    ]
    assert "::error" not in text_of(report, GITHUB_ACTIONS="true")
    assert summary_of(report, folder=tmp_path)[1:] == [
        ["tr", "check", "where", "accepted", "reason"],
        ["tr", "record-hash", WHEEL.name, "a.py has no hash in RECORD", "an old tool"],
    ]


def test_notes_and_the_trusted_publisher_are_in_the_summary(tmp_path: Path) -> None:
    assert summary_of(NOTED, folder=tmp_path)[1:] == [
        ["tr", "check", "where", "note", "what to do"],
        ["tr", "—", "—", "there already", "—"],
        ["tr", "record-size", WHEEL.name, SHOWN.replace(r"\r\n\t", " "), "build it again"],
        ["tr", "trusted publisher on PyPI", "value"],
        ["tr", "PyPI Project Name", "quiverdb"],
        ["tr", "Owner", UNKNOWN],
        ["tr", "Repository", "unknown"],
        ["tr", "Environment", "a|b"],
    ]


def test_notes_and_the_trusted_publisher_are_in_json() -> None:
    report = json_of(NOTED)
    assert isinstance(report, dict)
    assert report["notes"] == [
        {"check": "", "where": "", "message": "there already", "hint": "", "subject": "", "also": []},
        {
            "check": "record-size",
            "where": WHEEL.name,
            "message": HOSTILE,
            "hint": "build it again",
            "subject": WHEEL.name,
            "also": [],
        },
    ]
    assert (report["verdict"], NOTED.outcome.exit_status) == ("fit", 0)
    assert report["publisher"] == {
        "PyPI Project Name": "quiverdb",
        "Owner": None,
        "Repository": None,
        "Environment": "a|b",
    }


def test_a_wait_is_reported_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.4, 10.0, 17.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    stream = io.StringIO()
    tell = told_wait("verify", 600, stream)
    for reason in ("not there yet", "still not there", HOSTILE):
        tell(reason)
    assert stream.getvalue() == (
        f"verify: waiting (1 s of 600 s): not there yet\nverify: waiting (17 s of 600 s): {SHOWN}\n"
    )
