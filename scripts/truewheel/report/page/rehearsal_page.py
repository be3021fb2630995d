"""A rehearsal as one page, for people who would rather look than read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from truewheel.rehearsal.result import ArtifactFacts, Attempt, FileFacts, Rehearsal
from truewheel.report.model import FIT
from truewheel.report.page.elements import Content, Html, element, join
from truewheel.report.page.frame import framed, section
from truewheel.report.page.job_graph_view import job_graph_view
from truewheel.report.page.jobs_view import attempts_view, badge, failures_view, steps_view
from truewheel.report.page.notes_view import notes_view
from truewheel.report.page.timeline_view import timeline_view
from truewheel.report.page.wheels_page import write_html
from truewheel.report.rehearsal.model import (
    failures,
    half_published,
    is_one_of_several,
    outcome_words,
    seen_after,
    stand_ins,
    verdict_on,
)
from truewheel.report.text import pluralize, readable_seconds, readable_size


def write_rehearsal_page(rehearsal: Rehearsal, file: Path) -> None:
    """Write the page for a rehearsal to `file`.

    Raises:
        ReleaseError: it cannot be written there.
    """
    write_html(file, rehearsal_page(rehearsal))


def rehearsal_page(rehearsal: Rehearsal) -> str:
    """The whole page, the same for the same rehearsal."""
    title = verdict_on(rehearsal).line
    return framed(title, _banner(rehearsal), *_sections(rehearsal), styles=("rehearsal.css",))


def _banner(rehearsal: Rehearsal) -> Html:
    verdict = verdict_on(rehearsal)
    is_made = verdict_on(replace(rehearsal, remedy="")).word == FIT
    jobs = len(rehearsal.attempts[-1].jobs) if rehearsal.attempts else 0
    facts = [*outcome_words(rehearsal), pluralize(jobs, "job"), readable_seconds(rehearsal.seconds)]
    again = " after a re-run" if is_made and len(rehearsal.attempts) > 1 else ""
    return element(
        "header",
        element("p", verdict.program, class_="program"),
        element("h1", f"{rehearsal.tag} would {'' if is_made else 'not '}be released{again}", class_=verdict.word),
        "" if is_made and not rehearsal.remedy else element("p", verdict.reason, class_="reason"),
        element("p", half_published(rehearsal), class_="note") if half_published(rehearsal) else "",
        element("p", " · ".join(facts), class_="quiet"),
        element("p", f"{rehearsal.workflow} at commit {rehearsal.commit[:12]}", class_="quiet path"),
        *_uncommitted(rehearsal),
    )


def _uncommitted(rehearsal: Rehearsal) -> Iterator[Html]:
    if rehearsal.uncommitted:
        words = f"{pluralize(len(rehearsal.uncommitted), 'file')} as in the working tree, not as committed"
        listed = [element("li", file, class_="path") for file in rehearsal.uncommitted]
        yield element("details", element("summary", words), element("ul", *listed), class_="quiet")


def _sections(rehearsal: Rehearsal) -> Iterator[Html]:
    if len(rehearsal.attempts) > 1:
        yield section("Attempts", attempts_view(rehearsal))
    for attempt in rehearsal.attempts:
        yield _attempt(attempt, rehearsal)
    cards = [*_release(rehearsal), *_index(rehearsal), *_artifacts(rehearsal.artifacts)]
    yield section("What came of it", element("div", *cards, class_="cards"))
    differences = [*_list("In place of GitHub", stand_ins(rehearsal)), *_list("Notes", _notes(rehearsal))]
    if differences:
        yield section("How it was rehearsed", element("div", *differences, class_="cards"))


def _attempt(attempt: Attempt, rehearsal: Rehearsal) -> Html:
    failed = list(failures(attempt))
    title: list[Content] = ["Jobs"]
    if is_one_of_several(attempt, rehearsal):
        title = [f"Attempt {attempt.number} ", badge(attempt.conclusion)]
        title += [" with the fault ", element("code", attempt.fault)] if attempt.fault else []
    pictures = element(
        "div",
        element("h3", "Which waited for which"),
        job_graph_view(attempt),
        element("h3", "When they ran"),
        timeline_view(attempt),
        class_="card pictures",
    )
    seen = seen_after(attempt) if len(rehearsal.attempts) > 1 else ""
    told = element("p", f"{seen[:1].upper()}{seen[1:]}.", class_="note") if seen else ""
    return section(join(*title), *failures_view(failed), told, pictures, steps_view(attempt))


def _card(title: str, *content: Html) -> Html:
    return element("article", element("h3", title), *content, class_="card")


def _release(rehearsal: Rehearsal) -> Iterator[Html]:
    release = rehearsal.release
    if release is None:
        yield _card("GitHub Release", element("p", "None was made.", class_="quiet"))
        return
    latest = badge("latest", "success") if release.is_latest else ""
    # What a job that broke off leaves: nobody sees it until a re-run finishes it.
    mark = badge("draft", "cancelled") if release.is_draft else latest
    title = element("p", release.title, " ", mark, class_="release-title")
    tag = element("p", "of the tag ", element("code", release.tag), class_="quiet")
    yield _card("GitHub Release", title, tag, notes_view(release.notes), _files("asset", release.assets))


def _index(rehearsal: Rehearsal) -> Iterator[Html]:
    where = element("p", rehearsal.index_url, class_="path quiet")
    files = _files("file", rehearsal.index_files) if rehearsal.index_files else element("p", "It holds nothing.")
    yield _card("On the index", where, files, *_publisher(rehearsal))


def _publisher(rehearsal: Rehearsal) -> Iterator[Html]:
    if rehearsal.publisher:
        yield element("h3", "The publisher that it trusts", class_="further")
        pairs = [join(element("dt", name), element("dd", value)) for name, value in rehearsal.publisher]
        yield element("dl", *pairs)


def _artifacts(artifacts: Iterable[ArtifactFacts]) -> Iterator[Html]:
    listed = [
        element(
            "div",
            element("p", element("code", artifact.name), element("span", f" from {artifact.job}", class_="quiet")),
            _files("file", artifact.files),
            class_="artifact",
        )
        for artifact in artifacts
    ]
    if not listed:
        listed = [element("p", "There is none.", class_="quiet")]
    yield element("article", element("h3", "Artifacts"), element("div", *listed, class_="artifacts"), class_="card all")


def _files(noun: str, files: Iterable[FileFacts]) -> Html:
    """Files with sizes and hashes; a hash in full is for comparing, and is folded over as many lines as it takes."""
    entries = [
        element(
            "li",
            element("span", file.name, class_="path"),
            element("span", readable_size(file.size), class_="time"),
            element("span", "SHA-256 ", file.sha256, class_="path quiet hash"),
        )
        for file in files
    ]
    return element("ul", *entries, class_="files") if entries else element("p", f"No {noun}.", class_="quiet")


def _list(title: str, sentences: Iterable[str]) -> Iterator[Html]:
    entries = [element("li", sentence) for sentence in sentences]
    if entries:
        yield _card(title, element("ul", *entries, class_="sentences"))


def _notes(rehearsal: Rehearsal) -> Iterator[str]:
    yield from rehearsal.notes
    if rehearsal.folder:
        yield f"Everything was kept in {rehearsal.folder}"
