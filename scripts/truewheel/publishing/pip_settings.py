"""From where pip installs, as pip itself has it configured: by its files, and by the environment."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from truewheel.errors import ReleaseError
from truewheel.system.processes import last_line

# Of its settings, how pip reaches an index; by the others it would look elsewhere, or choose something else.
_CONNECTION = (
    *("cert", "client-cert", "default-timeout", "index-url", "keyring-provider"),
    *("proxy", "retries", "timeout", "trusted-host"),
)
# In which sections pip looks when it installs; a later one wins.
_SECTIONS = ("global", "install", ":env:")
# A password may hold an @; the last one ends it.
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]+@")


@dataclass(frozen=True, slots=True)
class PipSettings:
    """How pip reaches its index.

    Attributes:
        index_url: the simple API of the index; it may hold credentials, so it is never shown.
        connection: the other settings about it, by pip's names, e.g. `cert`.
        variables: all settings as environment variables, e.g. `PIP_EXTRA_INDEX_URL`; credentials included.
    """

    index_url: str
    connection: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def index(self) -> str:
        """The index for people: without credentials."""
        return without_credentials(self.index_url)

    @property
    def proxies(self) -> dict[str, str]:
        """As requests takes them; the environment's own ones are not among them."""
        proxy = self.connection.get("proxy")
        return {"http": proxy, "https": proxy} if proxy else {}

    @property
    def verify(self) -> str | bool | None:
        """What TLS certificates are verified by: a file, or not at all; None for what requests does by itself."""
        host, port = urlsplit(self.index_url).hostname, urlsplit(self.index_url).port
        if {host, f"{host}:{port}"} & set(self.connection.get("trusted-host", "").split()):
            return False
        return self.connection.get("cert")

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of a pip that installs from this index and from nowhere else."""
        kept = {key: value for key, value in environ.items() if not key.upper().startswith("PIP_")}
        return {
            **kept,
            **_variables({"index-url": self.index_url, **self.connection}),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INPUT": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }


def read_pip_settings(environ: Mapping[str, str]) -> PipSettings:
    """Ask pip what it is configured for.

    Raises:
        ReleaseError: pip cannot be asked, or is configured to use no index.
    """
    settings: dict[str, str] = {}
    listed = _listed(environ)
    for section in _SECTIONS:
        settings |= {name: value for (where, name), value in listed.items() if where == section and value}
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        raise ReleaseError("pip is configured to use no index", hint="pip config list shows where; unset no-index")
    connection = {name: value for name, value in settings.items() if name in _CONNECTION}
    settings.pop("config-file", None)
    return PipSettings(connection.pop("index-url", "") or _default_index(), connection, _variables(settings))


def _variables(settings: Mapping[str, str]) -> dict[str, str]:
    # A file may have one value of several to a line; in a variable blanks separate them.
    return {f"PIP_{name.upper().replace('-', '_')}": value.replace("\n", " ") for name, value in settings.items()}


def without_credentials(text: str) -> str:
    """`text` with the credentials of every URL in it left out."""
    return _CREDENTIALS.sub("", text)


def _default_index() -> str:
    # pip's own constant, so that no host stands here.
    from pip._internal.models.index import PyPI  # noqa: PLC0415  only where nothing is configured

    return PyPI.simple_url


def _listed(environ: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """The settings that `pip config list` prints, by section and name."""
    command = [sys.executable, "-m", "pip", "config", "list", "--disable-pip-version-check"]
    result = subprocess.run(
        command,
        env={**environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if result.returncode:
        raise ReleaseError(
            f"pip cannot be asked for its index: {without_credentials(last_line(result.stderr))}",
            hint="pip config debug shows its files",
        )
    settings = {}
    for line in result.stdout.splitlines():
        key, _, written = line.partition("=")
        section, _, name = key.rpartition(".")
        try:
            settings[section, name] = str(ast.literal_eval(written))
        except (SyntaxError, ValueError):
            continue
    return settings
