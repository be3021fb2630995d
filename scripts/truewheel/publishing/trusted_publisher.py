"""The trusted publisher that PyPI has to know: this repository's workflow, in the words of PyPI's form."""

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
    """A trusted publisher, as PyPI registers it.

    Attributes:
        project: the project's name, as the package spells it.
        repository: `owner/name` on GitHub; None when it is not known here.
        workflow: the workflow's file name, without its folder.
        environment: the GitHub environment of the publish job.
    """

    project: str
    repository: str | None
    workflow: str
    environment: str

    @property
    def owner(self) -> str | None:
        return self.repository.partition("/")[0] if self.repository else None

    @property
    def repository_name(self) -> str | None:
        return self.repository.partition("/")[2] if self.repository else None

    @property
    def fields(self) -> tuple[tuple[str, str | None], ...]:
        """The fields of PyPI's form with their values, in its order; None where one is not known."""
        return (
            ("PyPI Project Name", self.project),
            ("Owner", self.owner),
            ("Repository name", self.repository_name),
            ("Workflow name", self.workflow),
            ("Environment name", self.environment),
        )


def registration(config: Config, environ: Mapping[str, str]) -> Registration:
    """The trusted publisher of the release that `config` describes."""
    return Registration(
        config.package.name, find_repository(None, environ, config.root), config.workflow.name, config.environment
    )


def find_repository(argument: str | None, environ: Mapping[str, str], root: Path) -> str | None:
    """The repository on GitHub as `owner/name`: the argument, else what a workflow says, else git's remote `origin`.

    None when it is not known.

    Raises:
        ReleaseError: the argument, or what the environment says, is not of this form.
    """
    given = argument or environ.get("GITHUB_REPOSITORY")
    if given:
        if not _REPOSITORY.fullmatch(given):
            raise ReleaseError(f"{given!r} is no repository on GitHub, expected owner/name")
        return given
    match = _REMOTE.fullmatch(git.origin(root) or "")
    return match["repository"] if match else None
