"""The page of a rehearsal: its content, that nothing breaks it, and that a browser opens it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.browser import SHOWN_EVIL, Framed, Reader
from tests.support.rehearsal_samples import (
    BOTH,
    CHECKOUT,
    FAILING,
    JOBS,
    LINUX,
    NOTES,
    PASSING,
    PUBLISHER,
    REFUSAL,
    RERUN,
    WINDOWS,
    WORKFLOW,
    hostile,
)
from truewheel.rehearsal.result import SUCCESS, Attempt, JobResult, Rehearsal
from truewheel.report.page.job_graph import job_boxes, job_edges
from truewheel.report.page.notes_view import notes_view
from truewheel.report.page.rehearsal_page import rehearsal_page

PAGES = {"passing": PASSING, "failing": FAILING, "re-run": RERUN, "hostile": hostile()}
EMPTY = Rehearsal(WORKFLOW, "v0.5.0", "57d3ead", (), ())


def read(rehearsal: Rehearsal) -> Reader:
    return Reader(rehearsal_page(rehearsal))


def test_a_release_that_would_succeed_says_so_first() -> None:
    texts = read(PASSING).texts
    start = texts.index("rehearse")
    assert texts[start : start + 6] == [
        "rehearse",
        "v0.5.0 would be released",
        "2 wheels on the index · 1 GitHub Release · 8 jobs · 24.9 s",
        ".github/workflows/publish.yml at commit 57d3ead0a1b2",
        "2 uncommitted files",
        "noxfile.py",
    ]


def test_a_release_that_would_fail_says_why_and_what_users_already_see() -> None:
    texts = read(FAILING).texts
    start = texts.index("v0.5.0 would not be released")
    assert texts[start + 1 : start + 3] == [
        f"job publish failed: {REFUSAL}",
        "The run did not pass, but users already see 1 wheel on the index and a GitHub Release.",
    ]


def test_failures_are_shown_with_the_last_lines_of_their_logs() -> None:
    texts = read(FAILING).texts
    start = texts.index("job publish, step Run pypa/gh-action-pypi-publish")
    assert texts[start + 1] == REFUSAL
    log = "".join(texts[start + 2 : texts.index("Job dependencies")]).splitlines()
    assert log[0] == "twine says line 9"
    assert log[-1] == (
        "ERROR    HTTPError: 503 Service Unavailable from the index of the rehearsal"
        "8 lines before these are shown below, with the job."
    )
    assert "What failed" not in texts
    assert "Attempt 1, with the fault upload-fails-after=1: failure" in texts


def test_every_job_is_in_the_graph_with_its_conclusion() -> None:
    reader = read(FAILING)
    classes = Counter(
        found["class"] for name, found in reader.elements if name == "g" and "node" in (found.get("class") or "")
    )
    assert classes == {"node success": 6, "node failure": 1, "node skipped": 1}
    edges = [(found["data-from"], found["data-to"]) for _, found in reader.elements if found.get("class") == "edge"]
    assert sorted(edges) == sorted(
        [("0", "1"), ("0", "2"), ("1", "3"), ("2", "3"), ("3", "4"), ("4", "5"), ("4", "6"), ("6", "7")]
    )
    assert [text for text in reader.texts if text == "failure · 2.3 s"] == ["failure · 2.3 s"]
    assert "Build win_amd64: success · 7.8 s, runs on windows-latest, waits for preflight" in reader.texts


def test_the_timeline_shows_jobs_and_their_steps_where_they_ran() -> None:
    reader = read(PASSING)
    bars = [found for name, found in reader.elements if name == "rect" and (found.get("class") or "").startswith("bar")]
    assert Counter(found["class"] for found in bars) == {
        "bar success": 8,
        "bar step success": sum(len(job.steps) for job in JOBS),
    }
    # Preflight takes 2.0 of 24.9 seconds, from the beginning.
    assert (bars[0]["x"], bars[0]["width"]) == ("0.00%", "8.03%")
    assert "PyPI, Run pypa/gh-action-pypi-publish · 3.1 s" in reader.texts


def test_each_job_shows_its_steps_and_what_they_printed() -> None:
    reader = read(PASSING)
    texts = reader.texts
    start = len(texts) - texts[::-1].index("windows-latest")
    assert texts[start : start + 5] == ["7.8 s", JOBS[2].note, "Run actions/checkout", "0.3 s", CHECKOUT]
    assert f"zig builds manylinux_x86_64\n{LINUX.name}" in texts
    assert reader.count("details", class_="job") == 8
    assert reader.count("pre", class_="log") == sum(bool(step.log) for job in JOBS for step in job.steps)


def test_only_failures_are_unfolded() -> None:
    def unfolded(rehearsal: Rehearsal) -> list[str | None]:
        return [found.get("class") for _, found in read(rehearsal).elements if "open" in found]

    assert unfolded(PASSING) == []
    assert unfolded(FAILING) == ["job", "step"]
    assert unfolded(RERUN) == ["job", "step"]


def test_each_attempt_shows_what_it_ran_and_what_it_kept() -> None:
    reader = read(RERUN)
    assert [text for text in reader.texts if text.startswith("Attempt ")] == [
        "Attempt 1, with the fault upload-fails-after=1: failure",
        "Attempt 2: success",
    ]
    # The second graph has the kept jobs too; their steps are shown once.
    assert reader.count("g", class_="node success kept") == 6
    assert reader.count("details", class_="job") == 8 + 2


def test_the_result_is_complete() -> None:
    reader = read(PASSING)
    texts = reader.texts[reader.texts.index("Result") :]
    for name, value in PUBLISHER:
        assert texts[texts.index(name) + 1] == value
    for text in ("latest", "What's Changed", "order", "https://localhost:40123/simple/", "wheels-win_amd64"):
        assert text in texts
    # As an asset, on the index, in its own artifact, in the merged one.
    assert (texts.count(LINUX.name), texts.count(f"SHA-256 {WINDOWS.sha256}")) == (4, 4)
    assert texts.count(CHECKOUT) == 1
    assert "pip installed quiverdb 0.5.0 from that index" in texts
    assert "Everything was kept in kept" in read(FAILING).texts


def test_missing_parts_are_named() -> None:
    texts = read(EMPTY).texts
    assert "no job ran" in texts
    assert "Not created." in texts
    assert "No files." in texts
    assert "No artifacts." in texts
    idle = replace(EMPTY, attempts=(Attempt(1, ()),))
    assert {"There are no jobs.", "No job ran."} <= {*read(idle).texts}


def test_the_page_loads_nothing() -> None:
    text = rehearsal_page(RERUN)
    reader = Reader(text)
    assert not {"link", "img", "iframe", "object", "embed", "base", "a"} & {name for name, _ in reader.elements}
    assert not any({"src", "href", "action", "onclick"} & found.keys() for _, found in reader.elements)
    assert "url(" not in text
    assert "@import" not in text
    (policy,) = (found["content"] for _, found in reader.elements if "http-equiv" in found)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")


def test_untrusted_text_is_escaped() -> None:
    sound, evil = read(RERUN), read(hostile())
    assert {name for name, _ in evil.elements} <= {name for name, _ in sound.elements} | {"br"}
    assert {key for _, found in evil.elements for key in found} <= {key for _, found in sound.elements for key in found}
    assert evil.count("script") == 1
    assert evil.texts.count(SHOWN_EVIL) > 20
    assert "taken" not in {found.get("class") for _, found in evil.elements}


def test_notes_are_rendered_as_github_would() -> None:
    assert notes_view(NOTES) == (
        '<div class="notes"><h2>What\'s Changed</h2>\n<ul>\n'
        "<li>A torn tail is cut back to the last whole record by @ada in"
        " https://example.invalid/example/quiver/pull/41</li>\n"
        "<li><code>compact()</code> keeps the <strong>order</strong> of keys by @grace in"
        " https://example.invalid/example/quiver/pull/43</li>\n</ul>\n"
        "<p><strong>Full Changelog</strong>:"
        " https://example.invalid/example/quiver/compare/v0.4.0...v0.5.0</p>\n</div>"
    )


REL = 'rel="noopener noreferrer"'


@pytest.mark.parametrize(
    ("markdown", "rendered"),
    [
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"),
        ("<b onclick=x>b</b>", "<p>&lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"),
        ("[a](javascript:x)", "<p>[a](javascript:x)</p>\n"),
        ("[a](https://a.invalid/?q='%22)", f'<p><a href="https://a.invalid/?q=\'%22" {REL}>a</a></p>\n'),
        ("![a](https://a.invalid/a.png)", f'<p>!<a href="https://a.invalid/a.png" {REL}>a</a></p>\n'),
        ("a\u202eb\x1b[2J", "<p>a\\u202eb\\x1b[2J</p>\n"),
        ("<!-- never ended", ""),
        ("", ""),
    ],
)
def test_notes_are_harmless(markdown: str, rendered: str) -> None:
    assert notes_view(markdown) == f'<div class="notes">{rendered}</div>'


@given(st.text())
def test_notes_contain_only_allowed_elements(markdown: str) -> None:
    allowed = {"div", "p", "ul", "ol", "li", "blockquote", "hr", "br", "strong", "em", "code", "pre", "a"}
    reader = Reader(notes_view(markdown))
    assert {name for name, _ in reader.elements} <= allowed | {f"h{level}" for level in range(1, 7)}
    assert {key for _, found in reader.elements for key in found} <= {"class", "href", "rel"}


def jobs(**needs: str) -> Attempt:
    return Attempt(1, tuple(JobResult(name, name, SUCCESS, tuple(given.split())) for name, given in needs.items()))


def test_jobs_are_in_columns_and_lines_that_a_longer_way_implies_are_left_out() -> None:
    attempt = jobs(a="", b="a", c="a", d="a b", e="c d")
    assert [box.column for box in job_boxes(attempt)] == [0, 1, 1, 2, 3]
    assert job_edges(attempt.jobs) == [(0, 1), (0, 2), (1, 3), (2, 4), (3, 4)]


def test_a_job_that_waits_for_one_that_does_not_exist_is_drawn_too() -> None:
    attempt = jobs(a="gone", b="a")
    assert [box.column for box in job_boxes(attempt)] == [0, 1]
    assert job_edges(attempt.jobs) == [(0, 1)]


def test_the_same_rehearsal_makes_the_same_page(tmp_path: Path) -> None:
    assert rehearsal_page(RERUN) == rehearsal_page(RERUN)


Browse = Callable[[Mapping[str, Framed | str]], tuple[dict[str, str], str]]


def test_a_browser_opens_the_pages_without_errors(browse: Browse) -> None:
    texts = {name: rehearsal_page(rehearsal) for name, rehearsal in PAGES.items()}
    documents, errors = browse(texts)
    assert errors == ""
    for name, text in texts.items():
        # It found every element where it was written, and corrected nothing.
        before, after = Reader(text), Reader(documents[name])
        assert Counter(tag for tag, _ in after.elements) == Counter(tag for tag, _ in before.elements), name
        assert "<title>taken" not in documents[name]


# Appended to a page, it reports in the title what is visible.
MEASURE = """<script>
onload = () => {
  const fits = document.documentElement.scrollWidth <= innerWidth;
  const seen = (selector) => document.querySelector(selector)?.checkVisibility();
  const log = ".job:not([open]) .step .log", opened = log.replace(":not([open])", "[open]");
  const before = seen(log);
  document.querySelector(log)?.closest(".job").querySelector("summary").click();
  const halfway = seen(log);
  document.querySelector(opened)?.closest(".step").querySelector("summary").click();
  document.title = [fits, getComputedStyle(document.body).color, before, halfway, seen(opened)].join(" ");
};
</script>"""
LIGHT, DARK = "rgb(28, 31, 35)", "rgb(230, 231, 233)"


def measured(rehearsal: Rehearsal, width: int, *, is_dark: bool = False) -> Framed:
    """The page with the measuring script, and without the policy that would keep it from running."""
    text = rehearsal_page(rehearsal).replace("Content-Security-Policy", "x-none")
    return Framed(text.replace("</body>", f"{MEASURE}</body>"), width, is_dark)


def test_the_page_fits_every_window_and_logs_unfold_on_a_click(browse: Browse) -> None:
    pages = {"passing": PASSING, "re-run": RERUN, "hostile": replace(hostile(), attempts=RERUN.attempts)}
    frames = {
        f"{name}, {width}, {is_dark}": measured(rehearsal, width, is_dark=is_dark)
        for name, rehearsal in pages.items()
        # The last is a small phone.
        for width, is_dark in ((1300, False), (1300, True), (500, False), (340, False))
    }
    # Nothing in it can be unfolded.
    frames["wordy, 340, False"] = measured(hostile("word" * 100), 340)
    documents, errors = browse(frames)
    assert errors == ""
    titles = {name: document.partition("<title>")[2].partition("</title>")[0] for name, document in documents.items()}
    assert titles == {
        name: f"true {DARK if frame.is_dark else LIGHT} {'  true' if 'wordy' in name else 'false false true'}"
        for name, frame in frames.items()
    }


def test_a_script_from_a_log_does_not_run(browse: Browse) -> None:
    documents, errors = browse({"passing": rehearsal_page(PASSING).replace("</body>", f"{MEASURE}</body>")})
    title = "rehearse: fit: v0.5.0 would be released: 2 wheels on the index, 1 GitHub Release"
    assert f"<title>{title}</title>" in documents["passing"]
    assert "Content Security Policy" in errors


def test_a_release_without_files_says_so() -> None:
    assert PASSING.release is not None
    texts = read(replace(PASSING, release=replace(PASSING.release, assets=(), is_latest=False), index_files=BOTH)).texts
    assert "No files." in texts
    assert "latest" not in texts
