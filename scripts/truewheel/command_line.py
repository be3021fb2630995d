"""What the command lines of all programs share: `--json`, `--list`, and errors without tracebacks."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TextIO

from truewheel.errors import ReleaseError
from truewheel.findings import Rule
from truewheel.report.console import OutputError, write_line, write_text
from truewheel.report.model import Report
from truewheel.report.printing import print_report, print_rules
from truewheel.report.text import as_displayed


class Parser(argparse.ArgumentParser):
    """An argument parser that raises usage errors as `ReleaseError`, so that they end in a verdict too."""

    def error(self, message: str) -> NoReturn:
        # Python 3.14 colours it.
        usage = map(as_displayed, self.format_usage().splitlines())
        raise ReleaseError(message, hint="\n".join(usage))

    def print_help(self, _file: object = None) -> None:
        """Print the help to standard output, and notice when it cannot be written."""
        write_text(self.format_help(), sys.stdout)


def called_as(program: str) -> str:
    """How users called the program: by its nox session or, where it is installed, by its name."""
    return f"nox -s {program} --" if "NOX_CURRENT_SESSION" in os.environ else f"truewheel {program}"


def gate_parser(program: str, description: str) -> Parser:
    """A parser for a gate, with the options that every gate has."""
    parser = Parser(prog=called_as(program), description=description, allow_abbrev=False)
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print the verdict as JSON, and nothing else")
    forms.add_argument(
        "--accept", action="store_true", help="print the lines of [tool.release.accept] that accept what is found"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write the report as an HTML page")
    parser.add_argument("--list", action="store_true", help="print what is checked, and where each rule comes from")
    return parser


def progress_stream(options: argparse.Namespace) -> TextIO:
    """Where a program prints what is not its report: standard output belongs to the JSON where that was asked for."""
    return sys.stderr if options.json else sys.stdout


def run_gate(
    program: str,
    parser: argparse.ArgumentParser,
    rules: Sequence[Rule],
    judge: Callable[[argparse.Namespace], Report],
    arguments: Sequence[str] | None,
) -> int:
    """Parse `arguments` (default: those of the process), judge, print the report, and return the exit status."""

    def work(options: argparse.Namespace) -> int:
        if options.list:
            print_rules(rules, sys.stdout, as_json=options.json)
            return 0
        # Not before: until a gate runs, a program needs only the standard library, and can report what is missing.
        from truewheel.config import load_config  # noqa: PLC0415

        is_new = options.accept and not load_config(Path.cwd()).accept
        report = judge(options)
        if options.html is not None and report.error is None:
            # Imported here because few runs want it.
            from truewheel.report.page.frame import write_html  # noqa: PLC0415
            from truewheel.report.page.wheels_page import page  # noqa: PLC0415

            write_html(options.html, page(report, rules), progress_stream(options))
        if options.accept and report.error is None:
            _print_acceptances(report, is_new=is_new)
            return report.outcome.exit_status
        return _printed(report, as_json=options.json)

    return run_program(program, "judge", parser, work, arguments)


def run_program(
    program: str,
    task: str,
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace], int],
    arguments: Sequence[str] | None,
) -> int:
    """Parse `arguments` (default: those of the process), work, and return the exit status.

    It is 2, and the reason is printed, if the work cannot be done or its output cannot be written.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)

    def attempt() -> int:
        try:
            return work(parser.parse_args(given))
        except ReleaseError as error:
            # The arguments may be what is wrong, and the error must be JSON if JSON was asked for.
            return _printed(Report(program, error=error, task=task), as_json="--json" in given)

    return guarded(program, attempt)


def guarded(program: str, work: Callable[[], int]) -> int:
    """Work, and return the exit status, which is 2 if the output cannot be written, and 130 after Ctrl-C."""
    # Python has no stream for a descriptor that the shell has closed.
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  until the end
    if sys.stdout is None:
        write_line(f"{program}: error: the output cannot be written: it is closed", sys.stderr)
        return 2
    _speak_utf8()
    try:
        return work()
    except KeyboardInterrupt:
        write_line(f"{program}: interrupted", sys.stderr)
        return 130
    except OutputError as error:
        # When the reader of a pipe has gone, there is nobody to report it to.
        if not error.is_closed:
            with contextlib.suppress(OutputError):
                write_line(f"{program}: error: {error}", sys.stderr)
        # What is still in the buffers must not fail once more at exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        return 2


def _print_acceptances(report: Report, *, is_new: bool) -> None:
    from truewheel.acceptances import suggested  # noqa: PLC0415  see above

    for line in (*suggested(report.findings, is_new=is_new), f"# {report.outcome.line}"):
        write_line(line, sys.stdout)


def _printed(report: Report, *, as_json: bool) -> int:
    print_report(report, sys.stdout, as_json=as_json, environ=os.environ)
    return report.outcome.exit_status


def _speak_utf8() -> None:
    """Print UTF-8: the default encoding of Windows consoles and pipes may not have the letters of a file name."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
