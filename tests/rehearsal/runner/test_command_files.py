"""The files by which a step tells the runner something."""

from __future__ import annotations

from pathlib import Path

import pytest

from truewheel.rehearsal.actions.call import ActionOutcome, StepFailed
from truewheel.rehearsal.runner.command_files import CommandFiles


@pytest.fixture
def files(tmp_path: Path) -> CommandFiles:
    return CommandFiles.make(tmp_path / "files")


def write(files: CommandFiles, variable: str, text: str) -> None:
    Path(files.environ[variable]).write_text(text, encoding="utf-8")


def test_a_step_that_writes_nothing(files: CommandFiles) -> None:
    assert files.changes() == ActionOutcome()
    assert sorted(files.environ) == [
        *("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
    ]
    assert all(Path(file).is_file() for file in files.environ.values())


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("a=1\n", {"a": "1"}),
        ("a=1", {"a": "1"}),
        ("a=\n\nb=2\n", {"a": "", "b": "2"}),
        ("a=1\na=2\n", {"a": "2"}),
        ("url=x?y=z<<q\n", {"url": "x?y=z<<q"}),
        ("text<<END\none\ntwo=2\n\nEND\nb=2\n", {"text": "one\ntwo=2\n", "b": "2"}),
        ("text<<a=b\none\na=b\n", {"text": "one"}),
        ("text<<END\nEND\n", {"text": ""}),
        ("a=1\r\n", {"a": "1"}),
    ],
)
def test_outputs_and_variables_are_written_alike(files: CommandFiles, text: str, outputs: dict[str, str]) -> None:
    write(files, "GITHUB_OUTPUT", text)
    write(files, "GITHUB_ENV", text)
    assert files.changes() == ActionOutcome(outputs, (), outputs)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense\n", "GITHUB_OUTPUT has the line 'nonsense', expected NAME=VALUE or NAME<<DELIMITER"),
        ("=1\n", "GITHUB_OUTPUT has the line '=1', expected NAME=VALUE or NAME<<DELIMITER"),
        ("a<<END\none\n", "GITHUB_OUTPUT begins the value of a but has no line 'END' to end it"),
    ],
)
def test_malformed_files_are_refused(files: CommandFiles, text: str, problem: str) -> None:
    write(files, "GITHUB_OUTPUT", text)
    with pytest.raises(StepFailed) as caught:
        files.changes()
    assert str(caught.value) == problem


@pytest.mark.parametrize("name", ["GITHUB_REF", "RUNNER_TEMP", "NODE_OPTIONS", "github_ref"])
def test_a_step_cannot_overwrite_variables_of_the_run(files: CommandFiles, name: str) -> None:
    write(files, "GITHUB_ENV", f"{name}=x\n")
    with pytest.raises(StepFailed, match=rf"^GITHUB_ENV cannot set {name}$"):
        files.changes()


def test_the_last_folder_is_the_first_on_path(files: CommandFiles) -> None:
    write(files, "GITHUB_PATH", "/one\n\n/two\n")
    assert files.changes().path == (Path("/two"), Path("/one"))
