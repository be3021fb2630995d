"""What GitHub reports of the event that starts a run: the context `github.event`.

Source: GitHub's documentation, "Webhook events and payloads".
"""

from __future__ import annotations

from truewheel.rehearsal.github.run_identity import RunIdentity

SERVER = "https://github.com"
EVENTS = ("push", "release", "workflow_dispatch")
# Fields of these events that GitHub has, but that nobody knows before the run. What else `event_of` lacks is null.
UNKNOWN_FIELDS = ("compare", "organization", "installation", "enterprise")


def event_of(identity: RunIdentity) -> dict[str, object]:
    """Return what can be known of the event before it happens."""
    name, actor = identity.repository.partition("/")[2], {"login": identity.actor, "type": "User"}
    url = f"{SERVER}/{identity.repository}"
    repository = {
        "full_name": identity.repository,
        "name": name,
        "owner": {"login": identity.owner, "name": identity.owner},
        "html_url": url,
        "fork": False,
        "private": False,
    }
    shared: dict[str, object] = {"repository": repository, "sender": actor}
    if identity.event == "workflow_dispatch":
        return {**shared, "ref": identity.ref, "inputs": dict(identity.inputs), "workflow": identity.workflow}
    if identity.event == "release":
        release = {
            "tag_name": identity.tag,
            "name": identity.tag,
            "body": "",
            "draft": False,
            "prerelease": False,
            "html_url": f"{url}/releases/tag/{identity.tag}",
            "author": actor,
            "assets": [],
        }
        return {**shared, "action": identity.activity, "release": release}
    return {
        **shared,
        "ref": identity.ref,
        "after": identity.sha,
        "before": "0" * 40,
        "base_ref": None,
        "created": True,
        "deleted": False,
        "forced": False,
        "commits": [],
        "head_commit": {"id": identity.sha},
        "pusher": {"name": identity.actor},
    }
