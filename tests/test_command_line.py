"""What all programs share: options, and errors that end in a verdict."""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.support.programs import TRUEWHEEL
from truewheel.command_line import Parser, called_as, gate_parser, run_gate, run_program
from truewheel.errors import ReleaseError
from truewheel.findings import By, Finding, Rule
from truewheel.report.model import Report

RULE = Rule("tag-form", "the tag is right", "D1", "fix it", By.DECISION)


def gate(arguments: Sequence[str] | None, judge: Callable[[argparse.Namespace], Report] | None = None) -> int:
    parser = gate_parser("validate", "May it?")
    return run_gate("validate", parser, [RULE], judge or (lambda _options: Report("validate", "it")), arguments)


def refusing(_options: argparse.Namespace) -> Report:
    return Report("validate", "it", (Finding("tag-form", "v1", "wrong", "fix it"),))


def failing(_options: argparse.Namespace) -> Report:
    raise ReleaseError("no tag", hint="make one")


@pytest.mark.parametrize(
    ("judge", "status", "last"),
    [
        (None, 0, "validate: fit: it"),
        (refusing, 1, "validate: refused: 1 finding in it"),
        (failing, 2, "validate: cannot judge: no tag"),
    ],
)
def test_the_verdict_is_the_exit_status_and_the_last_line(
    judge: Callable[[argparse.Namespace], Report] | None, status: int, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate([], judge) == status
    assert capsys.readouterr().out.splitlines()[-1] == last


@pytest.mark.parametrize("judge", [None, refusing, failing])
def test_json_is_all_that_is_printed(
    judge: Callable[[argparse.Namespace], Report] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    status = gate(["--json"], judge)
    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == ["fit", "refused", "cannot-judge"][status]
    assert err == ""


def test_a_program_is_called_as_its_user_called_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert called_as("check-dist") == "truewheel check-dist"
    monkeypatch.setenv("NOX_CURRENT_SESSION", "check-dist")
    assert called_as("check-dist") == "nox -s check-dist --"


def test_list_judges_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(["--list"], failing) == 0
    assert capsys.readouterr().out == "tag-form  the tag is right\n          source: D1\n"
    assert gate(["--list", "--json"], failing) == 0
    assert [rule["name"] for rule in json.loads(capsys.readouterr().out)["checks"]] == ["tag-form"]


def test_bad_arguments_end_in_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(["--jsn"]) == 2
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "error: unrecognized arguments: --jsn",
        "  usage: truewheel validate [-h] [--json | --accept] [--html FILE] [--list]",
        "validate: cannot judge: unrecognized arguments: --jsn",
    ]
    assert err == ""


def test_options_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(["--js"]) == 2
    assert "unrecognized arguments: --js" in capsys.readouterr().out


def test_a_usage_error_is_json_when_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(["--json", "--nonsense"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["error"]) == ("cannot-judge", "unrecognized arguments: --nonsense")


def test_the_arguments_default_to_those_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["validate", "--json"])
    assert gate(None) == 0
    assert json.loads(capsys.readouterr().out)["program"] == "validate"


def test_a_bug_keeps_its_traceback() -> None:
    def buggy(_options: argparse.Namespace) -> Report:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        gate([], buggy)


def test_any_file_name_can_be_printed_in_any_encoding_of_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    finding = Finding("only-wheels", "größe-\udcff", "…", "none")
    assert gate([], lambda _options: Report("validate", "it", (finding,))) == 1
    sys.stdout.flush()
    assert raw.getvalue().decode("utf-8").splitlines()[0] == r"größe-\udcff"


@pytest.mark.parametrize(
    ("arguments", "status", "last"),
    [
        (["x"], 7, None),
        (["fail"], 2, "wheels: cannot build: no compiler"),
        ([], 2, "wheels: cannot build: the following arguments are required: platform"),
    ],
)
def test_a_program_names_the_task_that_it_could_not_do(
    arguments: list[str], status: int, last: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = Parser(prog="nox -s wheels --")
    parser.add_argument("platform")

    def work(options: argparse.Namespace) -> int:
        if options.platform == "fail":
            raise ReleaseError("no compiler")
        return 7

    assert run_program("wheels", "build", parser, work, arguments) == status
    lines: list[str | None] = [*capsys.readouterr().out.splitlines()]
    assert (lines or [None])[-1] == last


@pytest.mark.parametrize(
    ("arguments", "error"), [(["--json"], "no tag"), (["--json", "x"], "unrecognized arguments: x")]
)
def test_a_program_reports_errors_as_json_when_that_was_asked_for(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = Parser(prog="nox -s rehearse --")
    parser.add_argument("--json", action="store_true")

    def work(_options: argparse.Namespace) -> int:
        raise ReleaseError("no tag")

    assert run_program("rehearse", "judge", parser, work, arguments) == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["program"], report["verdict"], report["error"]) == ("rehearse", "cannot-judge", error)


def run_process(arguments: list[str], environ: dict[str, str], output: BinaryIO) -> subprocess.CompletedProcess[str]:
    """In a process of its own: what a stream still holds is written once more when Python ends."""
    return subprocess.run(
        [sys.executable, TRUEWHEEL, *arguments],
        env={**os.environ, **environ},
        stdout=output,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )


OUTPUTS = pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["--help"], {}),
        (["check-dist", "--list"], {}),
        (["check-dist", "--list", "--json"], {}),
        (["check-dist", "--help"], {}),
        (["check-dist", "no-such-folder"], {}),
        (["check-dist", "no-such-folder"], {"FORCE_COLOR": "1"}),
    ],
)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@OUTPUTS
def test_a_full_disk_is_reported(arguments: list[str], environ: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run_process(arguments, environ, full)
    assert done.returncode == 2
    program = "truewheel" if arguments == ["--help"] else "check-dist"
    assert done.stderr == f"{program}: error: the output cannot be written: No space left on device\n"


@OUTPUTS
def test_nothing_is_reported_when_nobody_reads_any_more(arguments: list[str], environ: dict[str, str]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "wb") as closed:  # noqa: PTH123  (a descriptor, not a path)
        done = run_process(arguments, environ, closed)
    assert (done.returncode, done.stderr) == (2, "")


def test_a_job_summary_that_cannot_be_written_is_reported_after_the_verdict(tmp_path: Path) -> None:
    with (tmp_path / "output").open("wb") as output:
        done = run_process(["check-dist", "no-such-folder"], {"GITHUB_STEP_SUMMARY": str(tmp_path)}, output)
    assert done.returncode == 2
    assert done.stderr.startswith("check-dist: error: the job summary cannot be written: ")
    last = (tmp_path / "output").read_text(encoding="utf-8").splitlines()[-1]
    assert last == "check-dist: cannot judge: there is no folder no-such-folder"


@pytest.mark.skipif(sys.platform == "win32", reason="the redirections are those of a POSIX shell")
@OUTPUTS
def test_a_closed_output_is_reported(arguments: list[str], environ: dict[str, str]) -> None:
    def closing(redirections: str) -> tuple[int, str, str]:
        command = ["sh", "-c", f'"$@" {redirections}', "sh", sys.executable, str(TRUEWHEEL), *arguments]
        env = {**os.environ, **environ}
        done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", check=False)
        return done.returncode, done.stdout, done.stderr

    assert closing(">&-") == (2, "", "truewheel: error: the output cannot be written: it is closed\n")
    assert closing(">&- 2>&-") == (2, "", "")
    status, out, _ = closing("2>&-")
    assert (status, out != "") == (2 if "no-such-folder" in arguments else 0, True)
