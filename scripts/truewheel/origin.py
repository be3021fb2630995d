"""Where the running truewheel comes from, so that another repository installs the very same (PEP 610)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from truewheel.errors import ReleaseError

# What builds truewheel: the requirement in [build-system] of its pyproject.toml.
BUILD_BACKEND = "hatchling>=1.27"
_CREDENTIALS = re.compile(r"(?<=^https://)[^/@]*@")
# The folder of the repository, if truewheel runs from its tree.
_TREE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where truewheel comes from, as in a requirement: `git+https://github.com/OWNER/REPOSITORY@COMMIT`."""

    location: str

    def requirement(self, extra: str = "") -> str:
        """The requirement of truewheel, e.g. with the extra `[build]`."""
        return f"truewheel{extra} @ {self.location}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine has it, and CI has not."""
        return "file://" in self.location


def find_origin() -> Origin:
    """Find where the running truewheel was installed from; ReleaseError if its installer did not write it down."""
    if (_TREE / "pyproject.toml").is_file():
        return Origin(_TREE.as_uri())
    try:
        if written := distribution("truewheel").read_text("direct_url.json"):
            return Origin(_location(json.loads(written)))
    except PackageNotFoundError:
        pass
    hint = "install it from its repository: uvx --from git+https://github.com/OWNER/REPOSITORY truewheel …"
    raise ReleaseError("it is not known where this truewheel was installed from", hint=hint)


def version() -> str:
    """Return the version of the running truewheel, and its folder if it runs from its tree."""
    file = _TREE / "pyproject.toml"
    if not file.is_file():
        return distribution("truewheel").version
    (number,) = re.findall(r'^version = "(.+)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
    return f"{number} in {_TREE}"


def _location(direct: dict[str, Any]) -> str:
    url = _CREDENTIALS.sub("", direct["url"])
    if vcs := direct.get("vcs_info"):
        folder = f"#subdirectory={direct['subdirectory']}" if "subdirectory" in direct else ""
        return f"{vcs['vcs']}+{url}@{vcs['commit_id']}{folder}"
    digest = direct.get("archive_info", {}).get("hashes", {}).get("sha256")
    return f"{url}#sha256={digest}" if digest else url
