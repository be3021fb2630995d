"""What GitHub vouches for in the identity token of a job.

Source: GitHub's OpenID Connect reference, "OIDC token claims".
"""

from __future__ import annotations

import hashlib

from truewheel.rehearsal.github.run_identity import RunIdentity


def number_of(name: str) -> str:
    """The number that a rehearsal gives to an account or a repository, for it cannot know GitHub's; without case."""
    return str(int.from_bytes(hashlib.sha256(name.lower().encode("utf-8")).digest()[:4], "big"))


def claims_of(
    identity: RunIdentity, environment: str | None = None, *, job_workflow_ref: str | None = None
) -> dict[str, str]:
    """The claims about a job of the run; what the issuer adds to each token (times, audience, …) is left out.

    Args:
        identity: the run.
        environment: the job's `environment`; None or empty when it has none.
        job_workflow_ref: the workflow file that the job stands in, when a reusable workflow was called.
    """
    claims = {
        "sub": _subject(identity, environment),
        **_repository_claims(identity),
        **_run_claims(identity),
        "job_workflow_ref": job_workflow_ref or identity.workflow_ref,
        "job_workflow_sha": identity.sha,
    }
    if environment:
        claims["environment"] = environment
    return claims


def _subject(identity: RunIdentity, environment: str | None) -> str:
    """The subject; a job with an environment has another one."""
    context = f"environment:{environment.replace(':', '%3A')}" if environment else f"ref:{identity.ref}"
    return f"repo:{identity.repository}:{context}"


def _repository_claims(identity: RunIdentity) -> dict[str, str]:
    return {
        "repository": identity.repository,
        "repository_id": number_of(identity.repository),
        "repository_owner": identity.owner,
        "repository_owner_id": number_of(identity.owner),
        "repository_visibility": "public",
    }


def _run_claims(identity: RunIdentity) -> dict[str, str]:
    return {
        "workflow": identity.workflow_name,
        "workflow_ref": identity.workflow_ref,
        "workflow_sha": identity.sha,
        "ref": identity.ref,
        "ref_type": "tag",
        "ref_protected": "false",
        "sha": identity.sha,
        "event_name": "push",
        # Both belong to pull requests, and are empty in any other run.
        "base_ref": "",
        "head_ref": "",
        "run_id": str(identity.run_id),
        "run_number": "1",
        "run_attempt": str(identity.attempt),
        "actor": identity.actor,
        "actor_id": number_of(identity.actor),
        "runner_environment": "github-hosted",
    }
