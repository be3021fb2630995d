"""The claims that GitHub makes about a job in its identity token.

Source: GitHub's OpenID Connect reference, "OIDC token claims".
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from truewheel.rehearsal.github.run_identity import RunIdentity


def number_of(name: str) -> str:
    """A stable number in place of GitHub's for an account or a repository, which a rehearsal cannot know.

    Upper and lower case make no difference.
    """
    return str(int.from_bytes(hashlib.sha256(name.lower().encode("utf-8")).digest()[:4], "big"))


def claims_of(identity: RunIdentity, environment: str | None = None, file: str = "") -> dict[str, str]:
    """The claims about a job of the run, without those that the issuer adds to each token (times, audience, …).

    Args:
        identity: the run.
        environment: the job's `environment`; None or empty when it has none.
        file: the workflow file that has the job, if another one calls it.
    """
    # A job with an environment has another subject.
    context = f"environment:{environment.replace(':', '%3A')}" if environment else f"ref:{identity.ref}"
    claims = {
        **identity.facts,
        "sub": f"repo:{identity.repository}:{context}",
        "repository_id": number_of(identity.repository),
        "repository_owner_id": number_of(identity.owner),
        "repository_visibility": "public",
        "job_workflow_ref": replace(identity, workflow=file or identity.workflow).workflow_ref,
        "job_workflow_sha": identity.sha,
        "ref_protected": "false",
        "actor_id": number_of(identity.actor),
        "runner_environment": "github-hosted",
    }
    return {**claims, "environment": environment} if environment else claims
