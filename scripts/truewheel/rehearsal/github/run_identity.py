"""The run that a rehearsal simulates, as GitHub would describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """A run of a workflow.

    Attributes:
        repository: `owner/name` on GitHub.
        workflow: the workflow file, relative to the repository, e.g. `.github/workflows/publish.yml`.
        workflow_name: the workflow's `name`.
        tag: the tag that was pushed, or that the release is made from; the one of the version in a run on a branch.
        sha: the commit that it points to, in hexadecimal.
        actor: who started it.
        attempt: from 1; a re-run has the next one.
        run_id: the run's number on GitHub.
        event: what started it: `push`, `release` or `workflow_dispatch`.
        activity: what was done to the release: `published`, `released` or `created`.
        branch: the branch that it runs on; empty for the tag.
        inputs: what was given to `workflow_dispatch`, as texts.
    """

    repository: str
    workflow: str
    workflow_name: str
    tag: str
    sha: str
    actor: str = "maintainer"
    attempt: int = 1
    run_id: int = 1
    event: str = "push"
    activity: str = "published"
    branch: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)

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
    def ref_type(self) -> str:
        return "branch" if self.branch else "tag"

    @property
    def workflow_ref(self) -> str:
        """The workflow as GitHub's claims name it: repository, file, ref."""
        return f"{self.repository}/{self.workflow}@{self.ref}"
