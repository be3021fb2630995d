"""A report on wheels as an HTML page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from truewheel.findings import Accepted, Finding, Note, Result, Rule
from truewheel.judging.facts import WheelFacts
from truewheel.publishing.pip_choice import PipChoice
from truewheel.report.model import FIT, LIBRARY_HEADS, REFUSED, Report, by_place, library_cells
from truewheel.report.page.elements import Content, Html, badge, code, element, join, table
from truewheel.report.page.frame import framed, section
from truewheel.report.page.library_graph import library_view
from truewheel.report.page.treemap_view import treemap_view
from truewheel.report.text import pluralize, readable_size

# The pictures of more wheels are folded.
_MOST_UNFOLDED = 6
_HEADLINES = {FIT: "Fit to be published", REFUSED: "Refused"}


def page(report: Report, rules: Sequence[Rule]) -> str:
    """The whole page; the same report makes the same page."""
    return framed(report.outcome.line, _banner(report), *_sections(report, rules))


def _banner(report: Report) -> Html:
    facts = [
        pluralize(len(report.wheels), "wheel"),
        readable_size(sum(wheel.size for wheel in report.wheels)),
        pluralize(sum(len(wheel.libraries) for wheel in report.wheels), "native library"),
        pluralize(len(report.findings), "finding"),
        *([f"{len(report.accepted)} accepted"] if report.accepted else []),
        *([pluralize(len(report.notes), "note")] if report.notes else []),
    ]
    return element(
        "header",
        element("p", report.program, class_="program"),
        element("h1", _HEADLINES[report.outcome.word], class_=report.outcome.word),
        element("p", " · ".join(facts), class_="quiet"),
    )


def _sections(report: Report, rules: Sequence[Rule]) -> Iterator[Html]:
    none = element("p", f"None: {pluralize(len(report.wheels), 'wheel')} passed every check.", class_="quiet")
    yield section("Findings", *(_results(report.findings, "findings") if report.findings else [none]))
    if report.accepted:
        why = element("p", "The project has accepted these findings in [tool.release.accept].", class_="quiet")
        yield section("Accepted", why, *_results(report.accepted, "findings noted"))
    if report.notes:
        why = element("p", "Notes do not refuse a release.", class_="quiet")
        yield section("Notes", why, *_results(report.notes, "findings noted"))
    if report.choices:
        yield section("What pip takes after the release", _choices(report.choices))
    folded = len(report.wheels) > _MOST_UNFOLDED
    cards = [_card(wheel, report, folded=folded) for wheel in report.wheels]
    yield section("Wheels", element("div", *cards, class_="cards") if cards else "There are no wheels.")
    yield section("Checks", *_checks(report, rules))


def _choices(choices: Sequence[PipChoice]) -> Html:
    """Every file that pip takes: a row for each platform, a column for each Python."""
    rows: dict[str, list[Content]] = {}
    for choice in choices:
        cell = join(element("strong", choice.version), " ", element("span", choice.file, class_="path quiet"))
        rows.setdefault(choice.platform, []).append(cell if choice.file else "nothing")
    head = ["CPython", *dict.fromkeys(choice.python for choice in choices)]
    return table(head, [(name, *cells) for name, cells in rows.items()], "What pip takes", "checks")


def _results(results: Sequence[Result], kind: str) -> Iterator[Html]:
    for where, at_one_place in by_place(results).items():
        entries = element("ul", *map(_result, at_one_place))
        yield element("article", element("h3", where, class_="path"), entries, class_=kind)


def _result(result: Result) -> Html:
    lead = "Accepted" if isinstance(result, Accepted) else "What to do"
    return element(
        "li",
        element("code", result.check, class_="check"),
        element("p", result.message, class_="message"),
        element("p", element("span", f"{lead}: ", class_="lead"), result.remark, class_="quiet"),
    )


def _card(wheel: WheelFacts, report: Report, *, folded: bool) -> Html:
    verdict = report.verdict_on(wheel)
    mark = badge(verdict if wheel.readable else "unreadable", verdict)
    # Wheels of one release differ in their tags only.
    heading = element("h3", wheel.title or wheel.name, " ", element("span", wheel.tags, class_="path quiet"), " ", mark)
    pictures = [
        _picture("Largest files", treemap_view(wheel), folded=folded),
        _picture("Library dependencies", library_view(wheel), folded=folded),
    ]
    if wheel.libraries:
        libraries = (library_cells(library, len(library.needs)) for library in wheel.libraries)
        rows = [(code(cells[0]), *cells[1:]) for cells in libraries]
        facts = table(LIBRARY_HEADS, rows, f"Native libraries of {wheel.name}", "libraries")
        pictures.insert(0, _picture("Native libraries", facts, folded=folded))
    name = element("p", wheel.name, class_="path quiet")
    return element("article", heading, name, _facts(wheel), *(pictures if wheel.readable else ()), class_="card")


def _picture(title: str, picture: Html, *, folded: bool) -> Html:
    return element("details", element("summary", element("h4", title)), picture, open=not folded, class_="picture")


def _facts(wheel: WheelFacts) -> Html:
    size = readable_size(wheel.size)
    facts: dict[str, Content] = {"size": size}
    if wheel.readable:
        facts = {
            "size": f"{size}, {readable_size(wheel.unpacked)} unpacked",
            "files": str(len(wheel.contents)),
            "oldest glibc": wheel.glibc,
            "libraries": str(len(wheel.libraries)),
            "SHA-256": code(wheel.sha256),
        }
    return element("dl", *(join(element("dt", name), element("dd", value)) for name, value in facts.items() if value))


def _checks(report: Report, rules: Sequence[Rule]) -> Iterator[Html]:
    """The checks with findings or notes, then the others, folded."""
    results: list[Result] = [*report.findings, *report.accepted, *report.notes]
    found = Counter((result.check, type(result)) for result in results)
    failed = [rule for rule in rules if any(check == rule.name for check, _ in found)]
    if failed:
        yield _check_table(sorted(failed, key=lambda rule: rule.is_note), found, "Checks with findings or notes")
    passed = [rule for rule in rules if rule not in failed]
    words = f"{pluralize(len(passed), 'check')} passed"
    yield element("details", element("summary", words), _check_table(passed, found, words))


def _check_table(rules: Sequence[Rule], found: Counter[tuple[str, type[Result]]], label: str) -> Html:
    rows = [(code(rule.name), _verdict(rule, found), rule.demand, rule.source) for rule in rules]
    return table(["check", "verdict", "demand", "source"], rows, label, "checks")


def _verdict(rule: Rule, found: Counter[tuple[str, type[Result]]]) -> Html:
    kinds = ((Finding, "finding", REFUSED), (Accepted, "accepted finding", "noted"), (Note, "note", "noted"))
    badges = [badge(pluralize(n, words), colour) for kind, words, colour in kinds if (n := found[rule.name, kind])]
    return join(*(badges or [badge(FIT)]))
