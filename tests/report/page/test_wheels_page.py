"""The page of a report: its content, that no text from a wheel breaks it, and that a browser opens it."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.browser import EVIL, SHOWN_EVIL, Framed, Reader
from truewheel.errors import ReleaseError
from truewheel.findings import Acceptance, Accepted, By, Finding, Note, Rule
from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.report.model import Report
from truewheel.report.page import frame
from truewheel.report.page.elements import Html, element, join
from truewheel.report.page.frame import write_html
from truewheel.report.page.treemap_view import KINDS
from truewheel.report.page.wheels_page import page

RULES = [
    Rule("record-size", "every file has the size in RECORD", "PEP 427", "build it again", By.SPECIFICATION),
    Rule("only-wheels", "there are only wheels", "decision D8", "delete it", By.DECISION),
]
WHEEL = WheelFacts(
    "quiverdb-0.5.0-py3-none-manylinux_2_17_x86_64.whl",
    43210,
    "ab" * 32,
    title="quiverdb 0.5.0",
    tags="py3-none-manylinux_2_17_x86_64",
    glibc="2.17",
    libraries=(
        LibraryFacts("quiverdb/_api.so", "ELF for x86_64", ("libquiver-1.so", "libc.so.6")),
        LibraryFacts("quiverdb/_libs/libquiver-1.so", "ELF for x86_64", ("libc.so.6",), soname="libquiver-1.so"),
    ),
    contents=(
        ("quiverdb/__init__.py", 2000),
        ("quiverdb/_api.so", 30000),
        ("quiverdb/_libs/libquiver-1.so", 90000),
        ("quiverdb-0.5.0.dist-info/METADATA", 900),
        ("quiverdb/py.typed", 0),
    ),
)
FINDING = Finding("record-size", WHEEL.name, "a.py has 3 bytes, but RECORD says 4", "build it again")
REFUSED = Report("check-dist", "1 wheel", (FINDING,), (WHEEL,))
FIT = Report("check-dist", "1 wheel", (), (WHEEL,))

HOSTILE = Report(
    EVIL,
    EVIL,
    (Finding(EVIL, EVIL, EVIL, EVIL), Finding(EVIL, WHEEL.name, EVIL, EVIL)),
    (
        WheelFacts(
            EVIL,
            1,
            EVIL,
            title=EVIL,
            tags=EVIL,
            glibc=EVIL,
            libraries=(LibraryFacts(EVIL, EVIL, (EVIL, "libc.so"), EVIL), LibraryFacts(f"a/{EVIL}", EVIL, (EVIL,))),
            contents=((EVIL, 5), (f"{EVIL}/{EVIL}", 9), (f"x.dist-info/{EVIL}", 7)),
        ),
        WheelFacts(EVIL, 1, "", readable=False),
    ),
)
HOSTILE_RULES = [Rule(EVIL, EVIL, EVIL, EVIL, By.CARE)]


def test_findings_come_first_and_say_what_to_do() -> None:
    text = page(REFUSED, RULES)
    assert text.index("a.py has 3 bytes, but RECORD says 4") < text.index("Largest files")
    texts = Reader(text).texts
    assert texts[texts.index("record-size") :][:4] == [
        "record-size",
        "a.py has 3 bytes, but RECORD says 4",
        "What to do: ",
        "build it again",
    ]
    assert "Refused" in texts


def test_a_fit_release_says_so() -> None:
    texts = Reader(page(FIT, RULES)).texts
    assert "Fit to be published" in texts
    assert "None: 1 wheel passed every check." in texts
    assert "1 wheel · 43.2 KB · 2 native libraries · 0 findings" in texts


def test_checks_that_passed_are_folded_below_those_with_findings() -> None:
    reader = Reader(page(REFUSED, [*reversed(RULES)]))
    texts = reader.texts[reader.texts.index("Checks") :]
    assert texts[5:7] == ["record-size", "1 finding"]
    start = texts.index("1 check passed")
    assert texts[start + 5 : start + 7] == ["only-wheels", "fit"]
    assert "2 checks passed" in Reader(page(FIT, RULES)).texts


def test_accepted_findings_have_a_section_of_their_own_and_refuse_nothing() -> None:
    line = Acceptance("record-size", "*", "an old tool")
    accepted = Accepted(FINDING.check, FINDING.where, FINDING.message, FINDING.hint, acceptances=(line,))
    reader = Reader(page(replace(FIT, accepted=(accepted,)), RULES))
    texts = reader.texts
    assert "1 wheel · 43.2 KB · 2 native libraries · 0 findings · 1 accepted" in texts
    assert {FINDING.message, "an old tool"} <= set(texts[texts.index("Accepted") : texts.index("Wheels")])
    assert {"1 accepted finding", "1 check passed"} <= set(texts[texts.index("Checks") :])
    assert reader.count("span", class_="badge refused") == 0


def test_notes_have_a_section_of_their_own_and_refuse_nothing() -> None:
    note = Note("record-size", WHEEL.name, "a.py has no size in RECORD", "add it")
    rules = [replace(RULES[0], is_note=True), RULES[1]]
    reader = Reader(page(replace(FIT, notes=(note,)), rules))
    texts = reader.texts
    assert "1 wheel · 43.2 KB · 2 native libraries · 0 findings · 1 note" in texts
    assert "a.py has no size in RECORD" in texts[texts.index("Notes") : texts.index("Wheels")]
    assert "1 note" in texts[texts.index("Checks") :]
    assert reader.count("span", class_="badge refused") == 0


def test_wheels_of_one_release_are_told_apart_by_their_headings() -> None:
    windows = replace(WHEEL, tags="py3-none-win_amd64")
    texts = Reader(page(replace(FIT, wheels=(WHEEL, windows)), RULES)).texts
    headings = [texts[number + 1] for number, text in enumerate(texts) if text == "quiverdb 0.5.0 "]
    assert headings == ["py3-none-manylinux_2_17_x86_64", "py3-none-win_amd64"]


def test_a_wheel_shows_its_facts() -> None:
    texts = Reader(page(FIT, RULES)).texts
    for name, value in {
        "size": "43.2 KB, 122.9 KB unpacked",
        "files": "5",
        "oldest glibc": "2.17",
        "libraries": "2",
        "SHA-256": "ab" * 32,
    }.items():
        assert value in texts[texts.index(name) :][:2]


def test_the_map_shows_the_largest_files() -> None:
    reader = Reader(page(FIT, RULES))
    kinds = Counter(found["class"] for name, found in reader.elements if (found.get("class") or "").startswith("tile"))
    assert kinds == {"tile native": 2, "tile python": 1, "tile metadata": 1}
    assert reader.count("div", title="quiverdb/_libs/libquiver-1.so · 90.0 KB") == 1


def test_the_graph_shows_which_library_loads_which() -> None:
    reader = Reader(page(FIT, RULES))
    edges = [(found["data-from"], found["data-to"]) for name, found in reader.elements if found.get("class") == "edge"]
    # _api.so, libquiver-1.so, libc.so.6
    assert sorted(edges) == [("0", "1"), ("0", "2"), ("1", "2")]
    assert reader.count("g", class_="node inside") == 2
    assert reader.count("g", class_="node outside") == 1


def test_an_unreadable_wheel_has_no_pictures() -> None:
    reader = Reader(page(Report("check-dist", "1 wheel", (), (replace(WHEEL, readable=False),)), RULES))
    assert "unreadable" in reader.texts
    assert reader.count("details", class_="picture") == 0


def test_an_empty_wheel_is_shown_too() -> None:
    texts = Reader(page(Report("check-dist", "1 wheel", (), (WheelFacts("a.whl", 22, "00"),)), RULES)).texts
    assert "It has no files, or only empty ones." in texts
    assert "It has no native libraries." in texts


def test_many_wheels_are_folded() -> None:
    def unfolded(wheels: int) -> int:
        reader = Reader(page(Report("check-dist", "wheels", (), (WHEEL,) * wheels), RULES))
        return sum("open" in found for _, found in reader.elements)

    assert unfolded(6) == 18
    assert unfolded(7) == 0


def test_the_page_loads_nothing() -> None:
    text = page(REFUSED, RULES)
    reader = Reader(text)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {name for name, _ in reader.elements}
    assert not any({"src", "href", "action", "onclick"} & found.keys() for _, found in reader.elements)
    assert "url(" not in text
    assert "@import" not in text
    (policy,) = (found["content"] for _, found in reader.elements if "http-equiv" in found)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")


def test_text_from_a_wheel_is_escaped() -> None:
    sound, hostile = Reader(page(REFUSED, RULES)), Reader(page(HOSTILE, HOSTILE_RULES))
    assert {name for name, _ in hostile.elements} <= {name for name, _ in sound.elements}
    assert {key for _, found in hostile.elements for key in found} <= {
        key for _, found in sound.elements for key in found
    }
    assert hostile.count("script") == 1
    assert SHOWN_EVIL in hostile.texts


@given(st.text(), st.text())
def test_an_element_contains_its_content_and_nothing_else(content: str, value: str) -> None:
    reader = Reader(element("p", content, title=value))
    ((name, attributes),) = reader.elements
    assert (name, list(attributes)) == ("p", ["title"])
    assert "".join(reader.texts).isprintable()
    if (content + value).isprintable():
        assert ("".join(reader.texts), attributes["title"]) == (content, value)


def test_elements_nest_and_only_html_is_taken_as_html() -> None:
    assert element("b", "<", Html("<i>"), ["x", element("u", "&")]) == "<b>&lt;<i>x<u>&amp;</u></b>"
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert element("rect", x=1.50, y=2.0, rx=3) == '<rect x="1.5" y="2" rx="3"/>'
    assert element("details", open=True, hidden=False, class_="a", aria_label='"') == (
        '<details open class="a" aria-label="&quot;"></details>'
    )
    assert join("a", Html("<br>")) == "a<br>"


def test_the_same_report_makes_the_same_page(tmp_path: Path) -> None:
    stream = io.StringIO()
    write_html(tmp_path / "page.html", page(REFUSED, RULES), stream)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page(REFUSED, RULES)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert stream.getvalue() == f"wrote {tmp_path / 'page.html'}\n"


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    for file, why in ((tmp_path / "no" / "page.html", f": there is no folder {tmp_path / 'no'}"), (tmp_path, "")):
        with pytest.raises(ReleaseError) as caught:
            write_html(file, "", io.StringIO())
        assert caught.value.message == f"{file} cannot be written{why}"
    assert list(tmp_path.iterdir()) == []


# Appended to a page, it reports in the title what is visible.
MEASURE = """<script>
onload = () => {
  document.title = [document.documentElement.scrollWidth <= innerWidth, getComputedStyle(document.body).color,
    [...document.querySelectorAll(".tile")].every((tile) => tile.getBoundingClientRect().width > 0)].join(" ");
};
</script>"""
Browse = Callable[[Mapping[str, Framed | str]], tuple[dict[str, str], str]]


def test_a_browser_opens_the_pages_without_errors(browse: Browse) -> None:
    reports = {"refused": (REFUSED, RULES), "fit": (FIT, RULES), "hostile": (HOSTILE, HOSTILE_RULES)}
    texts = {name: page(report, rules) for name, (report, rules) in reports.items()}
    documents, errors = browse(texts)
    assert errors == ""
    for name, text in texts.items():
        before, after = Reader(text), Reader(documents[name])
        # It found every element where it was written, and corrected nothing.
        assert Counter(tag for tag, _ in after.elements) == Counter(tag for tag, _ in before.elements), name
        assert "<title>taken" not in documents[name]


def test_a_script_from_a_wheel_does_not_run(browse: Browse) -> None:
    documents, errors = browse({"refused": page(REFUSED, RULES).replace("</body>", f"{MEASURE}</body>")})
    assert "check-dist: refused: 1 finding in 1 wheel</title>" in documents["refused"]
    assert "Content Security Policy" in errors


def test_the_page_fits_every_window_in_light_and_dark(browse: Browse) -> None:
    text = page(replace(REFUSED, wheels=(WHEEL, WHEEL)), RULES)
    # Without its policy, so that the measuring script may run.
    allowed = text.replace("Content-Security-Policy", "x-none").replace("</body>", f"{MEASURE}</body>")
    frames = {"wide": Framed(allowed), "narrow": Framed(allowed, 500), "dark": Framed(allowed, 500, is_dark=True)}
    documents, errors = browse(frames)
    assert errors == ""
    for name, document in documents.items():
        colour = "rgb(230, 231, 233)" if name == "dark" else "rgb(28, 31, 35)"
        assert f"<title>true {colour} true</title>" in document, name


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_on_the_tiles_of_the_map_has_enough_contrast(mode: int) -> None:
    css = Path(frame.__file__).with_name("page.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{6})", css.split(":root")[1 + mode]))
    text = luminance(colours["on-tile"])
    for kind in KINDS:
        # WCAG 2.2, 1.4.3: at least 4.5 for text of this size.
        assert (text + 0.05) / (luminance(colours[kind]) + 0.05) >= 4.5, kind


def luminance(colour: str) -> float:
    """The relative luminance of an sRGB colour, from 0 to 1 (WCAG 2.2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(factor * value for factor, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
