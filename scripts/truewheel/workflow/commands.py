"""The commands of a `run`, and the nox sessions that they call."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Only these separate words and lines in bash; others, such as "\v", are a part of a word.
_BLANKS = " \t"
_COMMENT = re.compile(r"(?:^|[ \t])#.*$", re.DOTALL)
# Bash stops after a failure anyway, as GitHub starts it.
_SET = re.compile(r"set -[euox]+(?: pipefail)?")
# A line goes on after a backslash and after `&&`.
_CONTINUED = re.compile(r"\\\n|(?<=&&)[ \t\n]+")
# GitHub sets it; Git refuses a tag that begins with a dash, or has a space or a wildcard.
TAGS = ("$GITHUB_REF_NAME", "${GITHUB_REF_NAME}")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_WORD = r"""(?:(?:[\w.,:=@%+/-]|\$\w+|\$\{\w+\})+|"(?:[^"`$\\]|\$\w+|\$\{\w+\})*"|'[^']*')"""
_LONG_FLAGS = "verbose|non-interactive|stop-on-first-error|reuse-existing-virtualenvs|error-on-missing-interpreters"
_FLAGS = rf"(?: (?:-[vxrR]|--(?:{_LONG_FLAGS}|(?:no|force)color)))*"
_NAMED = "(?:-s |--sessions?[ =])"
_PLAIN = re.compile(
    rf"(?:python3? -m |uvx |uv tool run |pipx run )?nox{_FLAGS} {_NAMED}(?!-){_WORD}(?: (?!-){_WORD})*"
    rf"{_FLAGS}(?: --(?: {_WORD})*)?"
)
_OTHER = "expected nox -s SESSION and nothing else"
LATE = "whose variables are known only when it runs"


@dataclass(frozen=True, slots=True)
class Command:
    """A command."""

    text: str  # as written, in one line and with single spaces
    # The nox sessions that it calls, such as `wheels(win_amd64)`; none if it does not call nox.
    sessions: tuple[str, ...]
    options: tuple[str, ...] = ()  # what follows `--`
    # Why it is not `nox -s SESSION…` (also by uvx, pipx or python -m) and nothing more, in words that follow its
    # text; empty if it is: no other program, no redirection, no option that decides what nox runs, no variable of
    # unknown value but the tag after `--`; and its failure ends the script.
    problem: str = ""


def read_commands(script: str, variables: Mapping[str, str]) -> list[Command]:
    """Return the commands of a script for bash, one for each part around `&&`, with the values of known `variables`."""
    source = "\n".join(_COMMENT.sub("", line) for line in script.split("\n"))
    lines = [re.sub("[ \t]+", " ", line.strip(_BLANKS)) for line in _CONTINUED.sub(" ", source).split("\n")]
    lines = [line for line in lines if line]
    return [
        _command(text, variables, is_ignored=is_ignored)
        for number, line in enumerate(lines, 1)
        for text, is_ignored in _parts(line, is_last=number == len(lines))
        if text and not _SET.fullmatch(text)
    ]


def _parts(line: str, *, is_last: bool) -> Iterator[tuple[str, bool]]:
    """The parts around `&&`, and whether bash ignores their failure: before the last `&&`, unless the script ends."""
    while line:
        text, _, line = (part.strip(_BLANKS) for part in line.partition("&&"))
        yield text, bool(line) and (not is_last or re.search("[|;&]", line.replace("&&", "")) is not None)


def _command(text: str, variables: Mapping[str, str], *, is_ignored: bool) -> Command:
    try:
        words = [
            _VARIABLE.sub(lambda match: variables.get(match[1] or match[2], match[0]), one) for one in shlex.split(text)
        ]
    except ValueError:  # quotes that are not closed
        words = []
    own = words[words.index("nox") + 1 :] if "nox" in words else []
    end = own.index("--") if "--" in own else len(own)
    is_late = any("$" in word and word not in TAGS for word in own) or any("$" in word for word in own[:end])
    if not _PLAIN.fullmatch(text):
        problem = "of which nox runs only what follows the last -s" if len(re.findall(_NAMED, text)) > 1 else _OTHER
    else:
        problem = LATE if is_late else "but goes on if it fails, because of what follows its `&&`" if is_ignored else ""
    return Command(text, tuple(_sessions(own[:end])), tuple(own[end + 1 :]), problem)


def _sessions(words: list[str]) -> list[str]:
    """What follows the last `-s`, up to the next option."""
    sessions: list[str] = []
    is_named = False
    for word in words:
        if word.startswith("-"):
            option, _, first = word.partition("=")
            is_named = option in ("-s", "--session", "--sessions", "-e")
            sessions = [first] if is_named and first else [] if is_named else sessions
        elif is_named:
            sessions.append(word)
    return sessions
