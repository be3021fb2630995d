"""ncipollo/release-action v1: the release is a folder with its notes and files, as for action-gh-release."""

from __future__ import annotations

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.actions.github_release import release
from truewheel.rehearsal.actions.release_request import ReleaseRequest
from truewheel.rehearsal.github.release_store import ReleaseStore
from truewheel.workflow import action_names


def make_release(call: ActionCall) -> ActionOutcome:
    """Make the release of the tag, or update it if that is allowed."""
    for name, own in (("owner", call.identity.owner), ("repo", call.identity.repository.partition("/")[2])):
        inputs.only_own(call, name, own)
    inputs.only_own(call, "token", inputs.OWN_TOKEN)
    inputs.only_own(call, "tag", call.identity.tag)
    if inputs.text(call, "commit") != call.identity.branch:
        inputs.only_own(call, "commit", call.identity.sha)
    found = ReleaseStore(call.services.releases).find(call.identity.tag)
    if found and not found.draft and inputs.flag(call, "skipifreleaseexists"):
        call.say(f"there is a release of {call.identity.tag} already: nothing to do")
        return ActionOutcome()
    if found and not inputs.flag(call, "allowupdates"):
        raise ActionFailed("Error 422: Validation Failed: tag_name already_exists")
    made = release(call, _request(call))
    return ActionOutcome({"id": "1", "html_url": made.outputs["url"], "upload_url": ""})


def _request(call: ActionCall) -> ReleaseRequest:
    body = call.inputs.get("body", "").strip()
    if file := inputs.text(call, "bodyfile"):
        try:
            body = (call.workspace / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise ActionFailed(f"ENOENT: no such file or directory, open '{file}'") from None
    artifacts = inputs.text(call, "artifacts") or inputs.text(call, "artifact")
    return ReleaseRequest(
        title="" if inputs.flag(call, "omitname") else call.inputs.get("name", ""),
        body="" if inputs.flag(call, "omitbody") else body,
        files=tuple(pattern.strip() for pattern in artifacts.split(",") if pattern.strip()),
        generate_notes=inputs.flag(call, "generatereleasenotes"),
        fail_on_unmatched_files=inputs.flag(call, "artifacterrorsfailbuild"),
    )


RELEASE_ACTION = StandIn(
    action_names.RELEASE_ACTION,
    "writes the release, its notes and its files into a folder named after the tag",
    {
        **dict.fromkeys(("artifact", "artifacts", "artifactcontenttype", "body", "bodyfile"), inputs.anything),
        **dict.fromkeys(("name", "tag", "commit", "owner", "repo", "token"), inputs.anything),
        **dict.fromkeys(("allowupdates", "artifacterrorsfailbuild", "generatereleasenotes", "omitbody"), inputs.FLAG),
        **dict.fromkeys(
            ("omitname", "skipifreleaseexists", "omitbodyduringupdate", "omitnameduringupdate"), inputs.FLAG
        ),
        **dict.fromkeys(("draft", "prerelease", "removeartifacts", "updateonlyunreleased"), inputs.one_of("false")),
        **dict.fromkeys(("makelatest", "replacesartifacts"), inputs.one_of("true")),
    },
    make_release,
)
