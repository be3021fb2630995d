"""The trusted publisher that must be registered on PyPI: this repository's workflow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.system import git

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
# https://github.com/owner/name.git, ssh://git@github.com/owner/name, git@github.com:owner/name.git
_REMOTE = re.compile(
    r"(?:(?:https|ssh|git)://(?:[^/@]+@)?(?:www\.|ssh\.)?github\.com(?::\d+)?/|(?:[^/@]+@)?github\.com:/?)"
    r"(?P<repository>[\w.-]+/[\w.-]+?)(?:\.git)?/?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Registration:
    """A trusted publisher, as PyPI registers it."""

    project: str  # the project's name, as the package spells it
    repository: str | None  # `owner/name` on GitHub; None if unknown
    workflow: str  # the workflow's file name, e.g. `publish.yml`
    environment: str  # the GitHub environment of the publish job

    @property
    def owner(self) -> str | None:
        return self.repository.partition("/")[0] if self.repository else None

    @property
    def repository_name(self) -> str | None:
        return self.repository.partition("/")[2] if self.repository else None

    @property
    def fields(self) -> tuple[tuple[str, str | None], ...]:
        """The labels of PyPI's form with their values, in its order; None for an unknown value."""
        return (
            ("PyPI Project Name", self.project),
            ("Owner", self.owner),
            ("Repository name", self.repository_name),
            ("Workflow name", self.workflow),
            ("Environment name", self.environment),
        )


def registration(config: Config, environ: Mapping[str, str]) -> Registration:
    """Return the trusted publisher of the release that `config` describes."""
    return Registration(
        config.package.name, find_repository(None, environ, config.root), config.workflow.name, config.environment
    )


def find_repository(argument: str | None, environ: Mapping[str, str], root: Path) -> str | None:
    """Find the repository on GitHub, as `owner/name`; None if it is unknown.

    It is the argument, else GITHUB_REPOSITORY, else the remote `origin` of git. ReleaseError if the argument or the
    variable does not have this form.
    """
    given = argument or environ.get("GITHUB_REPOSITORY")
    if given:
        if not _REPOSITORY.fullmatch(given):
            raise ReleaseError(
                f"{given!r} is not a repository on GitHub", hint="name it as owner/name, e.g. quiverdb/quiverdb"
            )
        return given
    match = _REMOTE.fullmatch(git.origin(root) or "")
    return match["repository"] if match else None
