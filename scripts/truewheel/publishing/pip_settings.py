"""How pip reaches its index, according to its configuration files and the environment."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from truewheel.errors import ReleaseError
from truewheel.system.commands import captured, last_line

# The settings by which pip reaches an index; others make it look elsewhere, or choose other files.
_CONNECTION = (
    *("cert", "client-cert", "default-timeout", "index-url", "keyring-provider"),
    *("proxy", "retries", "timeout", "trusted-host"),
)
# The sections that `pip install` reads; a later one takes precedence.
_SECTIONS = ("global", "install", ":env:")
# A password may hold an @, and even / ? #, which should be escaped; the last @ ends it. An @ in the path is none of it:
# it comes after a host with a dot, or after a port.
_CREDENTIALS = re.compile(
    r"""(?<=://)(?:
        [^/?\#\s]+@(?![^/?\#\s]*@)(?=[^/?\#\s]*\.)
        | [^/?\#\s:\[]*(?!://):(?!\d{1,5}[/?\#])(?:(?!://)[^\s"'])+@
        | [^/?\#\s]+@
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class PipSettings:
    """How pip reaches its index."""

    index_url: str  # the simple API of the index. It may have credentials in it and is never shown: see `index`
    connection: Mapping[str, str]  # the other settings, by pip's names, e.g. `cert`
    # All settings as environment variables, e.g. `PIP_EXTRA_INDEX_URL`, with credentials.
    variables: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def index(self) -> str:
        """The URL of the index to show: without credentials."""
        return without_credentials(self.index_url)

    @property
    def proxies(self) -> dict[str, str]:
        """The configured proxy, as requests takes it, without those of the environment."""
        proxy = self.connection.get("proxy")
        return {"http": proxy, "https": proxy} if proxy else {}

    @property
    def verify(self) -> str | bool | None:
        """How requests verifies TLS certificates: by a file, not at all, or None for its default."""
        host, port = urlsplit(self.index_url).hostname, urlsplit(self.index_url).port
        if {host, f"{host}:{port}"} & set(self.connection.get("trusted-host", "").split()):
            return False
        return self.connection.get("cert")

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return `environ` for a pip that installs from this index only."""
        kept = {key: value for key, value in environ.items() if not key.upper().startswith("PIP_")}
        return {
            **kept,
            **_variables({"index-url": self.index_url, **self.connection}),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INPUT": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }


def read_pip_settings(environ: Mapping[str, str]) -> PipSettings:
    """Ask pip for its configuration; ReleaseError if pip's configuration is broken, or tells it to use no index."""
    settings: dict[str, str] = {}
    listed = _listed(environ)
    for section in _SECTIONS:
        settings |= {name: value for (where, name), value in listed.items() if where == section and value}
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        raise ReleaseError(
            "pip is configured to use no index", hint="unset no-index; pip config list shows where it is"
        )
    connection = {name: value for name, value in settings.items() if name in _CONNECTION}
    settings.pop("config-file", None)
    return PipSettings(connection.pop("index-url", "") or _default_index(), connection, _variables(settings))


def _variables(settings: Mapping[str, str]) -> dict[str, str]:
    # In a file, lines separate several values; in a variable, spaces do.
    return {f"PIP_{name.upper().replace('-', '_')}": value.replace("\n", " ") for name, value in settings.items()}


def without_credentials(text: str) -> str:
    """Return `text` without the credentials of URLs in it: `https://me:secret@host/` becomes `https://host/`."""
    return _CREDENTIALS.sub("", text)


def _default_index() -> str:
    # pip's own constant.
    from pip._internal.models.index import PyPI  # noqa: PLC0415  only where nothing is configured

    return PyPI.simple_url


def _listed(environ: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Return the settings that `pip config list` prints, by section and name."""
    if environ.get("PIP_CONFIG_FILE") == os.devnull:
        # Then pip reads no file. Starting it takes a quarter of a second, in every job of a rehearsal.
        given = {name[4:]: value for name, value in environ.items() if name.startswith("PIP_")}
        return {(":env:", name.lower().replace("_", "-")): value for name, value in given.items()}
    command = [sys.executable, "-m", "pip", "config", "list", "--disable-pip-version-check"]
    result = captured(command, env={**environ, "PYTHONUTF8": "1"})
    if result.returncode:
        raise ReleaseError(
            f"pip's configuration cannot be read: {without_credentials(last_line(result.stderr))}",
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
