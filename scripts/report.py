"""The only printer: what a program found, for a terminal, for GitHub Actions, or as JSON.

In a terminal: findings grouped by file, one line each with the remedy below, and a last line with the verdict.
In GitHub Actions also an annotation per finding, and a job summary. With `--json`, one object and nothing else:

    {"version": 1, "program": …, "verdict": "fit" | "refused" | "cannot-judge",
     "findings": [{"check", "where", "message", "hint"}], "error": …, "hint": …, "wheels": [{"name", "size", "sha256"}]}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.style import Style
from rich.text import Text

from scripts.errors import ReleaseError
from scripts.findings import Finding, Rule

FIT, REFUSED, CANNOT_JUDGE = "fit", "refused", "cannot-judge"
_EXIT_STATUS = {FIT: 0, REFUSED: 1, CANNOT_JUDGE: 2}
_COLOR = {FIT: "green", REFUSED: "red", CANNOT_JUDGE: "yellow"}
JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class WheelFacts:
    """What a report says of a wheel that was judged or built: file name, size in bytes, SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a program.

    Attributes:
        program: its name as a nox session, e.g. `check-dist`.
        subject: what was judged, for the last line, e.g. `2 wheels` or `the tag v0.5.0`.
        findings: all of them.
        wheels: the wheels that were judged.
        error: why nothing could be judged; None when something was.
        task: what the program could not do then: `judge`, or what it does instead.
    """

    program: str
    subject: str = ""
    findings: tuple[Finding, ...] = ()
    wheels: tuple[WheelFacts, ...] = ()
    error: ReleaseError | None = None
    task: str = "judge"

    @property
    def verdict(self) -> str:
        if self.error is not None:
            return CANNOT_JUDGE
        return REFUSED if self.findings else FIT

    @property
    def exit_status(self) -> int:
        """0 fit, 1 refused, 2 could not be judged."""
        return _EXIT_STATUS[self.verdict]

    @property
    def last_line(self) -> str:
        """The verdict in one line. nox turns every failing exit status into 1, so this is what tells them apart."""
        if self.error is not None:
            return f"{self.program}: cannot {self.task}: {self.error.message}"
        if not self.findings:
            return f"{self.program}: fit: {self.subject}"
        return f"{self.program}: refused: {counted(len(self.findings), 'finding')} in {self.subject}"


def counted(number: int, noun: str) -> str:
    """`1 wheel`, `2 wheels`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def print_report(report: Report, stream: TextIO, *, as_json: bool, environ: Mapping[str, str]) -> None:
    """Print `report` to `stream`; in GitHub Actions, annotate and append to the job summary too."""
    if as_json:
        # In ASCII: a file name may hold what no terminal should be sent.
        print(json.dumps(_as_json(report), indent=2), file=stream)
    else:
        _print_text(report, _console(stream, environ))
        if environ.get("GITHUB_ACTIONS") == "true":
            for line in _annotations(report):
                print(line, file=stream)
        # The verdict stays the last line, whatever is said before it.
        style = Style(color=_COLOR[report.verdict], bold=True)
        _console(stream, environ).print(Text(plain(report.last_line), style))
    append_summary(_summary(report), environ)


def print_rules(rules: Sequence[Rule], stream: TextIO, *, as_json: bool) -> None:
    """Print what the checks of a program demand, one line each with the source below it."""
    if as_json:
        print(
            json.dumps({"version": JSON_VERSION, "checks": [asdict(rule) for rule in rules]}, indent=2),
            file=stream,
        )
        return
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        print(f"{rule.name:{width}}  {rule.demand}", file=stream)
        print(f"{'':{width}}  source: {rule.source}", file=stream)


def say(line: str, stream: TextIO) -> None:
    """Print one line of progress at once, so that it stands before the output of a child process."""
    print(line, file=stream, flush=True)


def append_summary(markdown: str, environ: Mapping[str, str]) -> None:
    """Append to the summary page of the GitHub job; nothing happens elsewhere."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(markdown)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in GitHub's Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(_markdown_cell(cell) for cell in line) + " |\n" for line in lines)


def _markdown_cell(text: str) -> str:
    one_line = plain(" ".join(text.split()))
    return one_line.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _as_json(report: Report) -> dict[str, object]:
    return {
        "version": JSON_VERSION,
        "program": report.program,
        "verdict": report.verdict,
        "subject": report.subject,
        "findings": [asdict(finding) for finding in report.findings],
        "wheels": [asdict(wheel) for wheel in report.wheels],
        "error": report.error.message if report.error else None,
        "hint": report.error.hint if report.error else None,
    }


def _console(stream: TextIO, environ: Mapping[str, str]) -> Console:
    # Lines are never wrapped or shortened: they are read in logs, and searched.
    return Console(
        file=stream,
        soft_wrap=True,
        highlight=False,
        markup=False,
        emoji=False,
        # Without colours bold type goes, too: NO_COLOR is also set by those who want no escape codes at all.
        color_system=None if environ.get("NO_COLOR") else "auto",
        _environ=environ,
    )


def _print_text(report: Report, console: Console) -> None:
    for wheel in report.wheels:
        console.print(f"{plain(wheel.name)}  {readable_size(wheel.size)}  sha256 {wheel.sha256}")
    for where, findings in _by_place(report.findings):
        console.print(Text(plain(where), Style(bold=True)))
        for finding in findings:
            console.print(Text("  ").append(finding.check, Style(color="red")).append(f": {plain(finding.message)}"))
            console.print(f"      {plain(finding.hint)}")
    if report.error is not None and report.error.hint:
        for line in f"hint: {report.error.hint}".splitlines():
            console.print(plain(line))


def _by_place(findings: Iterable[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    places: dict[str, list[Finding]] = {}
    for finding in findings:
        places.setdefault(finding.where, []).append(finding)
    yield from places.items()


def plain(text: str) -> str:
    """One line without control characters: a message quotes file names and metadata that nobody vouches for."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def readable_size(size: int) -> str:
    """A size for people: `812 B`, `43.2 KB`, `1.7 MB` (powers of 1000)."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} KB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def _annotations(report: Report) -> Iterator[str]:
    """GitHub's workflow commands. A command ends at the first line break, so those and % are escaped."""
    if report.error is not None:
        yield _annotation(f"{report.program} cannot {report.task}", report.error.message, report.error.hint)
    for finding in report.findings:
        yield _annotation(finding.check, f"{finding.where}: {finding.message}", finding.hint)


def _annotation(title: str, message: str, hint: str) -> str:
    lines = [message, *hint.splitlines()]
    text = "\n".join(plain(line) for line in lines)
    return f"::error title={_escape_property(title)}::{_escape(text)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _summary(report: Report) -> str:
    lines = [f"### {_markdown_cell(report.last_line)}\n"]
    if report.error is not None and report.error.hint:
        lines.append(report.error.hint + "\n")
    if report.wheels:
        rows = [[wheel.name, readable_size(wheel.size), f"`{wheel.sha256}`"] for wheel in report.wheels]
        lines.append(markdown_table(["wheel", "size", "SHA-256"], rows))
    if report.findings:
        rows = [[f.check, f.where, f.message, f.hint] for f in report.findings]
        lines.append(markdown_table(["check", "where", "what is wrong", "what to do"], rows))
    return "\n".join(lines) + "\n"
