"""A rehearsal as an HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from truewheel.rehearsal.result import Attempt, Rehearsal
from truewheel.report.model import FIT
from truewheel.report.page.elements import Html, badge, code, element, join
from truewheel.report.page.frame import card, framed, section
from truewheel.report.page.job_graph import job_graph
from truewheel.report.page.jobs_view import failures_view, steps_view
from truewheel.report.page.notes_view import notes_view
from truewheel.report.page.timeline_view import timeline_view
from truewheel.report.rehearsal.model import (
    failures,
    half_published,
    heading_of,
    limits_of,
    outcome_words,
    seen_after,
    stand_ins,
    verdict_on,
)
from truewheel.report.text import pluralize, readable_seconds, readable_size
from truewheel.system.files import FileFacts


def rehearsal_page(rehearsal: Rehearsal) -> str:
    """The whole page; the same rehearsal makes the same page."""
    title = verdict_on(rehearsal).line
    return framed(title, _banner(rehearsal), *_sections(rehearsal), styles=("rehearsal.css",))


def _banner(rehearsal: Rehearsal) -> Html:
    verdict = verdict_on(rehearsal)
    is_released = verdict_on(replace(rehearsal, remedy="")).word == FIT
    jobs = len(rehearsal.attempts[-1].jobs) if rehearsal.attempts else 0
    facts = [*outcome_words(rehearsal), *limits_of(rehearsal)]
    facts += [pluralize(jobs, "job"), readable_seconds(rehearsal.seconds)]
    again = " after a re-run" if is_released and len(rehearsal.attempts) > 1 else ""
    seen = half_published(rehearsal)
    return element(
        "header",
        element("p", verdict.program, class_="program"),
        element("h1", f"{rehearsal.tag} would {'' if is_released else 'not '}be released{again}", class_=verdict.word),
        "" if is_released and not rehearsal.remedy else element("p", verdict.reason, class_="reason"),
        element("p", seen, class_="note") if seen else "",
        element("p", " · ".join(facts), class_="quiet"),
        element("p", f"{rehearsal.workflow} at commit {rehearsal.commit[:12]}", class_="quiet path"),
        *_uncommitted(rehearsal.uncommitted),
    )


def _uncommitted(files: Sequence[str]) -> Iterator[Html]:
    if files:
        words = pluralize(len(files), "uncommitted file")
        listed = element("ul", *(element("li", file, class_="path") for file in files))
        yield element("details", element("summary", words), listed, class_="quiet")


def _sections(rehearsal: Rehearsal) -> Iterator[Html]:
    for attempt in rehearsal.attempts:
        yield _attempt(attempt, rehearsal)
    cards = [_release(rehearsal), _index(rehearsal), _artifacts(rehearsal)]
    yield section("Result", element("div", *cards, class_="cards"))
    kept = [f"Everything was kept in {rehearsal.folder}"] if rehearsal.folder else []
    lists = [*_list("Stand-ins for GitHub", stand_ins(rehearsal)), *_list("Notes", [*rehearsal.notes, *kept])]
    if lists:
        yield section("About this rehearsal", element("div", *lists, class_="cards"))


def _attempt(attempt: Attempt, rehearsal: Rehearsal) -> Html:
    title = heading_of(attempt, rehearsal)
    pictures = element(
        "div",
        element("h3", "Job dependencies"),
        job_graph(attempt),
        element("h3", "Timeline"),
        timeline_view(attempt),
        class_="card pictures",
    )
    seen = seen_after(attempt) if len(rehearsal.attempts) > 1 else ""
    after = element("p", f"After this attempt, users see {seen}.", class_="note") if seen else ""
    title = f"{title[0].upper()}{title[1:]}"
    return section(title, *failures_view(list(failures(attempt))), after, pictures, steps_view(attempt))


def _release(rehearsal: Rehearsal) -> Html:
    release = rehearsal.release
    if release is None:
        return card("GitHub Release", element("p", "Not created.", class_="quiet"))
    latest = badge("latest", "success") if release.is_latest else ""
    # A job that was cut short leaves a draft, which only maintainers see until a re-run finishes it.
    mark = badge("draft", "cancelled") if release.is_draft else latest
    title = element("p", release.title, " ", mark, class_="release-title")
    tag = element("p", "for the tag ", code(release.tag), class_="quiet")
    return card("GitHub Release", title, tag, notes_view(release.notes), _files(release.assets))


def _index(rehearsal: Rehearsal) -> Html:
    where = element("p", rehearsal.index_url, class_="path quiet")
    pairs = [join(element("dt", name), element("dd", value)) for name, value in rehearsal.publisher]
    publisher = [element("h3", "Trusted publisher", class_="further"), element("dl", *pairs)] if pairs else []
    return card("On the index", where, _files(rehearsal.index_files), *publisher)


def _artifacts(rehearsal: Rehearsal) -> Html:
    artifacts = [
        element(
            "div",
            element("p", code(artifact.name), element("span", f" from {artifact.job}", class_="quiet")),
            _files(artifact.files),
            class_="artifact",
        )
        for artifact in rehearsal.artifacts
    ]
    none = element("p", "No artifacts.", class_="quiet")
    return card("Artifacts", element("div", *artifacts, class_="artifacts") if artifacts else none, kind="all")


def _files(files: Iterable[FileFacts]) -> Html:
    """Files with their sizes and whole hashes, which are for comparing."""
    entries = [
        element(
            "li",
            element("span", file.name, class_="path"),
            element("span", readable_size(file.size), class_="time"),
            element("span", "SHA-256 ", file.sha256, class_="path quiet hash"),
        )
        for file in files
    ]
    return element("ul", *entries, class_="files") if entries else element("p", "No files.", class_="quiet")


def _list(title: str, sentences: Iterable[str]) -> Iterator[Html]:
    entries = [element("li", sentence) for sentence in sentences]
    if entries:
        yield card(title, element("ul", *entries, class_="sentences"))
