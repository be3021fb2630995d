"""Keep the user names and passwords of package indexes out of a rehearsal's jobs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from truewheel.publishing.pip_settings import without_credentials

_UV_SETTINGS = "UV_CONFIG_FILE"
_UV_SYSTEM_SETTINGS = Path("/etc/uv/uv.toml")


def without_index_credentials(environ: Mapping[str, str], folder: Path) -> tuple[dict[str, str], list[str]]:
    """Return the environment without credentials in the URLs for pip and uv, and a note that names what changed.

    uv's settings file counts as the variable that names it; `folder` gets a copy if it holds credentials. A proxy keeps
    its own: without them a job would have no network.
    """
    cleaned, changed = dict(environ), []
    for name, value in environ.items():
        is_setting = name.upper().startswith(("PIP_", "UV_")) and not name.upper().endswith("PROXY")
        if is_setting and without_credentials(value) != value:
            cleaned[name] = without_credentials(value)
            changed.append(name)
    settings = _uv_settings(environ)
    if settings is not None:
        text = settings.read_text(encoding="utf-8", errors="surrogateescape")
        if without_credentials(text) != text:
            settings = folder / "uv.toml"
            settings.write_text(without_credentials(text), encoding="utf-8", errors="surrogateescape")
            changed.append(_UV_SETTINGS)
        cleaned[_UV_SETTINGS] = str(settings)
    names = ", ".join(changed)
    note = f"jobs get {names} without the user name and password, and cannot install what needs them"
    return cleaned, [note] if changed else []


def _uv_settings(environ: Mapping[str, str]) -> Path | None:
    """The settings file of uv, the user's or else the system's; None when there is none."""
    if environ.get(_UV_SETTINGS):
        files = [Path(environ[_UV_SETTINGS])]
    else:
        home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
        own = environ.get("APPDATA") if sys.platform == "win32" else environ.get("XDG_CONFIG_HOME")
        files = [Path(own or home / ".config") / "uv" / "uv.toml", _UV_SYSTEM_SETTINGS]
    return next((file for file in files if file.is_file() and os.access(file, os.R_OK)), None)
