"""The commands of a `run`, and the nox sessions that they call."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

_COMMENT = re.compile(r"(?:^|\s)#.*$")
# Bash stops after a failure anyway, as GitHub starts it.
_SET = re.compile(r"set -[euox]+(?: pipefail)?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_WORD = r"""(?:(?:[\w.,:=@%+/-]|\$\w+|\$\{\w+\})+|"(?:[^"`$\\]|\$\w+|\$\{\w+\})*"|'[^']*')"""
_FLAGS = r"(?: (?:-v|--verbose|--non-interactive|--error-on-missing-interpreters|--(?:no|force)color))*"
_PLAIN = re.compile(
    rf"(?:python3? -m |uvx |uv tool run |pipx run )?nox{_FLAGS} (?:-s|--sessions?)(?: (?!-){_WORD})+{_FLAGS}"
    rf"(?: --(?: {_WORD})*)?"
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        text: as written, in one line and with single spaces.
        sessions: the nox sessions that it calls, such as `wheels(win_amd64)`; none if it does not call nox.
        options: what follows `--`.
        is_plain: whether it is `nox -s SESSION…` (also by uvx, pipx or python -m) and nothing more: no other program,
            no redirection, no option that decides what nox runs, no variable of unknown value.
    """

    text: str
    sessions: tuple[str, ...]
    options: tuple[str, ...]
    is_plain: bool


def read_commands(script: str, variables: Mapping[str, str]) -> list[Command]:
    """Return the commands of a script for bash, one for each line and each part around `&&`.

    Args:
        script: the value of `run`.
        variables: those of the environment whose values are known.
    """
    lines = script.replace("\\\n", " ").splitlines()
    texts = [" ".join(part.split()) for line in lines for part in _COMMENT.sub("", line).split("&&")]
    return [_command(text, variables) for text in texts if text and not _SET.fullmatch(text)]


def _command(text: str, variables: Mapping[str, str]) -> Command:
    try:
        words = [_VARIABLE.sub(lambda match: _known(match, variables), word) for word in shlex.split(text)]
    except ValueError:  # quotes that are not closed
        words = []
    own = words[words.index("nox") + 1 :] if "nox" in words else []
    end = own.index("--") if "--" in own else len(own)
    is_plain = _PLAIN.fullmatch(text) is not None and not any("$" in word for word in words)
    return Command(text, tuple(_sessions(own[:end])), tuple(own[end + 1 :]), is_plain)


def _known(match: re.Match[str], variables: Mapping[str, str]) -> str:
    return variables.get(match[1] or match[2], match[0])


def _sessions(words: list[str]) -> list[str]:
    """What follows `-s`, up to the next option."""
    sessions: list[str] = []
    is_named = False
    for word in words:
        if word.startswith("-"):
            is_named = word in ("-s", "--session", "--sessions", "-e")
        elif is_named:
            sessions.append(word)
    return sessions
