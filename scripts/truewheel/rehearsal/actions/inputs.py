"""What actions read of their inputs, in the ways in which they read it."""

from __future__ import annotations

import re
from pathlib import Path

from truewheel.rehearsal.actions.call import ActionCall, ActionFailed

# What `github.token` and `secrets.GITHUB_TOKEN` are in a rehearsal: a token that opens nothing anywhere.
OWN_TOKEN = "rehearsal-github-token"  # noqa: S105  it is none

_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


def text(call: ActionCall, name: str, default: str = "") -> str:
    """An input, without blanks around it."""
    return call.inputs.get(name, default).strip()


def required_text(call: ActionCall, name: str, default: str = "") -> str:
    """An input that must not be empty.

    Raises:
        ActionFailed: it is.
    """
    value = text(call, name, default)
    if not value:
        raise ActionFailed(f"Input required and not supplied: {name}")
    return value


def flag(call: ActionCall, name: str, *, default: bool = False) -> bool:
    """An input that is true or false, in no other spelling than YAML's.

    Raises:
        ActionFailed: it is neither.
    """
    value = text(call, name, str(default))
    if value not in (*_TRUE, *_FALSE):
        raise ActionFailed(
            f'Input does not meet YAML 1.2 "Core Schema" specification: {name}. '
            "Support boolean input list: `true | True | TRUE | false | False | FALSE`"
        )
    return value in _TRUE


def number(call: ActionCall, name: str) -> int | None:
    """An input that begins with an integer, as JavaScript's parseInt reads it; None when it is empty.

    Raises:
        ActionFailed: it does not.
    """
    value = text(call, name)
    match = re.match(r"[+-]?\d+", value, re.ASCII)
    if value and match is None:
        raise ActionFailed(f"Invalid {name}")
    return int(match[0]) if match else None


def only_own(call: ActionCall, name: str, own: str) -> None:
    """Let an input pass that is empty or says what is so anyway.

    Raises:
        ActionFailed: it leads elsewhere, where a rehearsal does not go.
    """
    value = text(call, name)
    if value and value.casefold() != own.casefold():
        shown = "" if name == "token" or name.endswith(("-token", "-key")) else f": {value}"
        raise ActionFailed(f"the input {name}{shown} cannot be rehearsed: it leads out of this run and repository")


def home(call: ActionCall) -> Path:
    """The home folder of the step."""
    named = call.environ.get("HOME") or call.environ.get("USERPROFILE")
    return Path(named) if named else Path.home()


def in_one_line(message: str) -> str:
    """A message of several lines in one."""
    return " ".join(message.split())


def server_url(call: ActionCall) -> str:
    """The address of GitHub's pages."""
    return call.environ.get("GITHUB_SERVER_URL", "https://github.com")
