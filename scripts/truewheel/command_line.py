"""What the command lines of all gates have in common: `--json`, `--list`, and errors that are never tracebacks."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from truewheel.errors import ReleaseError
from truewheel.findings import Rule
from truewheel.report.console import write_line
from truewheel.report.model import Report
from truewheel.report.printing import print_report, print_rules


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are `ReleaseError`s, so that they end in a verdict like all others."""

    def error(self, message: str) -> NoReturn:
        raise ReleaseError(message, hint=self.format_usage().strip())


def gate_parser(program: str, description: str) -> Parser:
    """A parser for a gate, called as `nox -s PROGRAM -- …`, with the options that every gate has."""
    parser = Parser(prog=f"nox -s {program} --", description=description, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON, and nothing else")
    parser.add_argument("--list", action="store_true", help="print what is checked, and by whose demand")
    return parser


def run_gate(
    program: str,
    parser: argparse.ArgumentParser,
    rules: Sequence[Rule],
    judge: Callable[[argparse.Namespace], Report],
    arguments: Sequence[str] | None,
) -> int:
    """Parse `arguments` (those of the process when None), judge, print the report, return the exit status."""
    # The arguments may be what is wrong, and the complaint must be JSON when JSON was asked for.
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    _speak_utf8()
    try:
        options = parser.parse_args(given)
        if options.list:
            print_rules(rules, sys.stdout, as_json=as_json)
            sys.stdout.flush()
            return 0
        report = judge(options)
    except ReleaseError as error:
        report = Report(program, error=error)
    except KeyboardInterrupt:
        return _interrupted(program)
    except BrokenPipeError:
        return _nobody_reads()
    print_report(report, sys.stdout, as_json=as_json, environ=os.environ)
    return report.exit_status


def run_program(
    program: str,
    task: str,
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace], int],
    arguments: Sequence[str] | None,
) -> int:
    """Parse `arguments` (those of the process when None), do the work, return its exit status, or 2 with the reason.

    The reason is JSON when `--json` was asked for, which may be the very thing that the program does not know.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    _speak_utf8()
    try:
        return work(parser.parse_args(given))
    except ReleaseError as error:
        report = Report(program, error=error, task=task)
    except KeyboardInterrupt:
        return _interrupted(program)
    except BrokenPipeError:
        return _nobody_reads()
    print_report(report, sys.stdout, as_json="--json" in given, environ=os.environ)
    return report.exit_status


def _nobody_reads() -> int:
    """Who reads our output has seen enough. What is left of it must not fail once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _interrupted(program: str) -> int:
    """Say so in one line, and give the exit status by which shells know Ctrl-C."""
    write_line(f"{program}: interrupted", sys.stderr)
    return 130


def _speak_utf8() -> None:
    """Windows consoles and pipes default to a code page in which a file name may not be printable."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
