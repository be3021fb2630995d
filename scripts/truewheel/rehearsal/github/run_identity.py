"""The run that a rehearsal simulates, as GitHub would describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """A run of a workflow."""

    repository: str  # `owner/name` on GitHub
    workflow: str  # the workflow file, relative to the repository, e.g. `.github/workflows/publish.yml`
    workflow_name: str  # the workflow's `name`
    tag: str  # the tag that was pushed, or that the release is made from; the one of the version in a run on a branch
    sha: str  # the commit that it points to, in hexadecimal
    actor: str = "maintainer"  # who started it
    attempt: int = 1  # from 1; a re-run has the next one
    run_id: int = 1  # the run's number on GitHub
    event: str = "push"  # what started it: `push`, `release` or `workflow_dispatch`
    activity: str = "published"  # what was done to the release: `published`, `released` or `created`
    branch: str = ""  # the branch that it runs on; empty for the tag
    inputs: Mapping[str, str] = field(default_factory=dict)  # what was given to `workflow_dispatch`, as texts

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}" if self.branch else f"refs/tags/{self.tag}"

    @property
    def ref_name(self) -> str:
        return self.branch or self.tag

    @property
    def workflow_ref(self) -> str:
        """The workflow as GitHub's claims name it: repository, file, ref."""
        return f"{self.repository}/{self.workflow}@{self.ref}"

    @property
    def facts(self) -> dict[str, str]:
        """What both the context `github` and the claims of an identity token have, by GitHub's names."""
        return {
            "actor": self.actor,
            # Both are about pull requests, and empty in any other run.
            **dict.fromkeys(("base_ref", "head_ref"), ""),
            "event_name": self.event,
            "ref": self.ref,
            "ref_type": "branch" if self.branch else "tag",
            "repository": self.repository,
            "repository_owner": self.owner,
            "run_attempt": str(self.attempt),
            "run_id": str(self.run_id),
            "run_number": "1",
            "sha": self.sha,
            "workflow": self.workflow_name,
            "workflow_ref": self.workflow_ref,
            "workflow_sha": self.sha,
        }
