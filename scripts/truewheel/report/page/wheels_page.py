"""A report as one page, for people who would rather look than read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from truewheel.findings import Result, Rule
from truewheel.judging.facts import WheelFacts
from truewheel.report.model import FIT, REFUSED, Report, by_place
from truewheel.report.page.elements import Html, element, join
from truewheel.report.page.frame import framed, section
from truewheel.report.page.library_graph_view import graph_view
from truewheel.report.page.treemap_view import treemap_view
from truewheel.report.text import pluralize, readable_size
from truewheel.system.files import write_atomically

# With more wheels, their pictures are folded up.
_MOST_UNFOLDED = 6
# What is compared letter by letter is set in a type for that.
_WRITTEN_AS = {"SHA-256": "path", "tags": "path"}
_WORDS = {FIT: "Fit to be published", REFUSED: "Refused"}


def write_page(report: Report, rules: Sequence[Rule], file: Path) -> None:
    """Write the page for `report`, judged by `rules`, to `file`.

    Raises:
        ReleaseError: it cannot be written there.
    """
    write_html(file, page(report, rules))


def write_html(file: Path, text: str) -> None:
    """Write a page, whole or not at all.

    Raises:
        ReleaseError: it cannot be written there.
    """
    write_atomically(file, text)


def page(report: Report, rules: Sequence[Rule]) -> str:
    """The whole page, the same for the same report."""
    return framed(report.last_line, _banner(report), *_sections(report, rules))


def _banner(report: Report) -> Html:
    libraries = sum(len(wheel.libraries) for wheel in report.wheels)
    facts = [
        pluralize(len(report.wheels), "wheel"),
        readable_size(sum(wheel.size for wheel in report.wheels)),
        pluralize(libraries, "native library"),
        pluralize(len(report.findings), "finding"),
    ]
    return element(
        "header",
        element("p", report.program, class_="program"),
        element("h1", _WORDS[report.verdict], class_=report.verdict),
        element("p", " · ".join(facts), class_="quiet"),
    )


def _sections(report: Report, rules: Sequence[Rule]) -> Iterator[Html]:
    yield section("Findings", *_findings(report))
    if report.notes:
        yield section("Notes", element("p", "They refuse nothing.", class_="quiet"), *_results(report.notes))
    folded = len(report.wheels) > _MOST_UNFOLDED
    cards = [_card(wheel, report, folded=folded) for wheel in report.wheels]
    yield section("Wheels", element("div", *cards, class_="cards") if cards else "There is none.")
    yield section("Checks", _checks(report, rules))


def _findings(report: Report) -> Iterator[Html]:
    if not report.findings:
        yield element("p", f"None: {pluralize(len(report.wheels), 'wheel')} passed every check.", class_="quiet")
    yield from _results(report.findings)


def _results(results: Sequence[Result]) -> Iterator[Html]:
    for where, at_one_place in by_place(results).items():
        entries = [_result(result) for result in at_one_place]
        yield element("article", element("h3", where, class_="path"), element("ul", *entries), class_="findings")


def _result(result: Result) -> Html:
    return element(
        "li",
        element("code", result.check, class_="check"),
        element("p", result.message, class_="message"),
        element("p", element("span", "What to do: ", class_="lead"), result.hint, class_="quiet"),
    )


def _card(wheel: WheelFacts, report: Report, *, folded: bool) -> Html:
    verdict = report.verdict_on(wheel)
    badge = element("span", verdict if wheel.readable else "unreadable", class_=f"badge {verdict}")
    heading = element("h3", wheel.title or wheel.name, " ", badge)
    pictures = join(
        _picture("What takes the room", treemap_view(wheel), folded=folded),
        _picture("What the libraries load", graph_view(wheel), folded=folded),
    )
    name = element("p", wheel.name, class_="path quiet")
    return element("article", heading, name, _facts(wheel), pictures if wheel.readable else "", class_="card")


def _picture(title: str, picture: Html, *, folded: bool) -> Html:
    return element("details", element("summary", element("h4", title)), picture, open=not folded, class_="picture")


def _facts(wheel: WheelFacts) -> Html:
    facts = {
        "size": f"{readable_size(wheel.size)}, {readable_size(wheel.unpacked)} unpacked",
        "files": str(len(wheel.contents)),
        "tags": wheel.tags,
        "oldest glibc": wheel.glibc,
        "libraries": str(len(wheel.libraries)),
        "SHA-256": wheel.sha256,
    }
    shown = {"size": readable_size(wheel.size), "tags": wheel.tags} if not wheel.readable else facts
    pairs = [
        join(element("dt", name), element("dd", value, class_=_WRITTEN_AS.get(name, "")))
        for name, value in shown.items()
        if value
    ]
    return element("dl", *pairs)


def _checks(report: Report, rules: Sequence[Rule]) -> Html:
    results: list[Result] = [*report.findings, *report.notes]
    found = Counter(result.check for result in results)
    header = element("tr", *(element("th", word, scope="col") for word in ("check", "verdict", "demand", "source")))
    rows = [_check(rule, found[rule.name]) for rule in sorted(rules, key=lambda rule: rule.name not in found)]
    table = element("table", element("thead", header), element("tbody", *rows), class_="checks")
    return element("div", table, class_="scroll", tabindex=0, role="group", aria_label="Checks")


def _check(rule: Rule, results: int) -> Html:
    text = pluralize(results, "note" if rule.is_note else "finding") if results else FIT
    badge = element("span", text, class_=f"badge {REFUSED if results and not rule.is_note else FIT}")
    return element(
        "tr",
        element("th", element("code", rule.name), scope="row"),
        element("td", badge),
        element("td", rule.demand),
        element("td", rule.source, class_="quiet"),
    )
