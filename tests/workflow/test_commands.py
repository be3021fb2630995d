"""The commands of a `run`, and the sessions that they call."""

from __future__ import annotations

import pytest

from truewheel.workflow.commands import Command, read_commands

VARIABLES = {"PLATFORM": "win_amd64"}


@pytest.mark.parametrize(
    ("script", "sessions", "options"),
    [
        ("nox -s lint", ("lint",), ()),
        ("nox --sessions validate check-dist", ("validate", "check-dist"), ()),
        ("nox -s validate -- --tag-only --json", ("validate",), ("--tag-only", "--json")),
        ('nox -s "wheels($PLATFORM)"', ("wheels(win_amd64)",), ()),
        ("nox -v -s 'tests-3.12' --non-interactive", ("tests-3.12",), ()),
        ("uvx nox -s ${PLATFORM}", ("win_amd64",), ()),
    ],
)
def test_plain_calls_of_nox(script: str, sessions: tuple[str, ...], options: tuple[str, ...]) -> None:
    assert read_commands(script, VARIABLES) == [Command(script, sessions, options)]


def test_a_script_has_a_command_for_each_line_and_each_part() -> None:
    script = "set -euo pipefail\n# comment\nnox -s \\\n  a   # one\n\nnox -s b && nox -s c\nls &&\n"
    assert [command.text for command in read_commands(script, {})] == ["nox -s a", "nox -s b", "nox -s c", "ls"]
