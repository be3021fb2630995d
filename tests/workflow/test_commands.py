from __future__ import annotations

import pytest

from truewheel.workflow.commands import read_commands


@pytest.mark.parametrize("blank", ["\v", "\f", "\r", "\x1c", "\x85", "\u2028", "\u00a0"])
def test_what_only_python_takes_for_a_space_or_the_end_of_a_line_is_a_part_of_a_word(blank: str) -> None:
    """For bash this is one command; of it, nox would run only what follows the last -s."""
    (command,) = read_commands(f"nox -s validate check-dist{blank}nox -s validate", {})
    assert command.problem


def test_blanks_of_bash_separate_words_and_lines() -> None:
    script = "\n  set -x\n\tnox  -s\tlint # all\n# none\nnox -s \\\n  docs &&\n\n  nox -s tests\n"
    commands = read_commands(script, {})
    assert [command.text for command in commands] == ["nox -s lint", "nox -s docs", "nox -s tests"]
    assert not any(command.problem for command in commands)
