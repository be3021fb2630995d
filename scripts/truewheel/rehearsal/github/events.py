"""What GitHub reports of the event that starts a run: the context `github.event`.

Source: GitHub's documentation, "Webhook events and payloads".
"""

from __future__ import annotations

from truewheel.rehearsal.github.run_identity import RunIdentity

SERVER = "https://github.com"
_ANY = ("repository", "sender", "organization", "installation", "enterprise")
# The fields of each event; what it does not have is null, as on GitHub.
_FIELDS = {
    "push": (
        *("after", "base_ref", "before", "commits", "compare", "created", "deleted", "forced", "head_commit"),
        *("pusher", "ref"),
    ),
    "release": ("action", "release"),
    "workflow_dispatch": ("inputs", "ref", "workflow"),
}
EVENTS = tuple(_FIELDS)


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


def is_null(event: str, field: str) -> bool:
    """Whether an event does not have a field, by its lower-cased name."""
    return field not in (*_ANY, *_FIELDS[event])
