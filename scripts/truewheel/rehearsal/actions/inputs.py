"""How stand-ins judge and read the inputs of a step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from truewheel.rehearsal.actions.call import ActionCall, ActionFailed

# The value of `github.token` and `secrets.GITHUB_TOKEN` in a rehearsal: a token that gives access to nothing.
OWN_TOKEN = "rehearsal-github-token"  # noqa: S105  it is not a secret


def anything(_value: str) -> str:
    """Accept every value of an input."""
    return ""


def one_of(*values: str) -> Callable[[str], str]:
    """Accept these values of an input, and an empty one, which stands for the default."""

    def judge(value: str) -> str:
        return "" if value.strip().lower() in ("", *values) else f"expected {' or '.join(values)}"

    return judge


FLAG = one_of("true", "false")


def whole_number(value: str) -> str:
    """Accept digits, and an empty value, which stands for the default."""
    return "" if value.strip().isdecimal() or not value.strip() else "expected a whole number"


def text(call: ActionCall, name: str, default: str = "") -> str:
    """Return an input without the blanks around it."""
    return call.inputs.get(name, default).strip()


def required_text(call: ActionCall, name: str, default: str = "") -> str:
    """Return an input that must not be empty.

    Raises:
        ActionFailed: it is empty.
    """
    value = text(call, name, default)
    if not value:
        raise ActionFailed(f"Input required and not supplied: {name}")
    return value


def flag(call: ActionCall, name: str, *, default: bool = False) -> bool:
    """Return an input that is a `FLAG`."""
    return (text(call, name) or str(default)).lower() == "true"


def only_own(call: ActionCall, name: str, own: str) -> None:
    """Accept an input only if it is empty or names the run's own repository, token or tag.

    Raises:
        ActionFailed: it names another one.
    """
    value = text(call, name)
    if value and value.casefold() != own.casefold():
        shown = "" if name.endswith("token") else f": {value}"
        raise ActionFailed(f"the input {name}{shown} cannot be rehearsed: it is not the run's own")


def home(call: ActionCall) -> Path:
    """Return the home folder of the step."""
    named = call.environ.get("HOME") or call.environ.get("USERPROFILE")
    return Path(named) if named else Path.home()


def repository_url(call: ActionCall) -> str:
    """Return the address of the repository's page on GitHub."""
    return f"{call.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{call.identity.repository}"
