"""Parts of a valid workflow that cannot be rehearsed."""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.workflow.model import Job
from truewheel.workflow.place import WorkflowError


def unsupported(job: Job) -> Iterator[WorkflowError]:
    """Yield an error for everything in a job that cannot be rehearsed."""
    group, image = "asks for a group of runners (`runs-on.group`)", "makes an image of its runner (`snapshot`)"
    for what in [group] * (job.runner_group is not None) + [image] * job.snapshot:
        yield WorkflowError(job.place, f"cannot be rehearsed: the job `{job.id}` {what}")


def is_token(reference: tuple[str, ...]) -> bool:
    """Whether a reference is the one secret that every job has, and a rehearsal too: `secrets.GITHUB_TOKEN`."""
    return tuple(map(str.upper, reference)) == ("SECRETS", "GITHUB_TOKEN")
