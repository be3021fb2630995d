"""The run that a rehearsal simulates, as GitHub would describe it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """A run of a workflow for a pushed tag.

    Attributes:
        repository: `owner/name` on GitHub.
        workflow: the workflow file, relative to the repository, e.g. `.github/workflows/publish.yml`.
        workflow_name: the workflow's `name`.
        tag: the tag that was pushed.
        sha: the commit that it points to, in hexadecimal.
        actor: who pushed it.
        attempt: from 1; a re-run has the next one.
        run_id: the run's number on GitHub.
    """

    repository: str
    workflow: str
    workflow_name: str
    tag: str
    sha: str
    actor: str = "maintainer"
    attempt: int = 1
    run_id: int = 1

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    @property
    def ref(self) -> str:
        return f"refs/tags/{self.tag}"

    @property
    def workflow_ref(self) -> str:
        """The workflow as GitHub's claims name it: repository, file, ref."""
        return f"{self.repository}/{self.workflow}@{self.ref}"
