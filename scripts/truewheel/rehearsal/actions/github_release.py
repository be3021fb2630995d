"""softprops/action-gh-release v3 and ncipollo/release-action v1: the release is a folder with its notes and files.

Like the actions, they create the release as a draft, attach the files and publish it; if it is cut short, the release
stays a draft. An existing release is updated; if it is a draft, only its files are.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import OWN_TOKEN, ActionCall, ActionOutcome, StandIn, StepFailed
from truewheel.rehearsal.github.release_notes import is_configured, previous_tag, release_notes
from truewheel.rehearsal.github.release_store import ReleaseStore
from truewheel.rehearsal.result import ReleaseFacts
from truewheel.workflow import action_names

# Jobs run in threads of one process, and may write the same release.
_RELEASES = threading.RLock()
_DOCUMENTATION = "https://docs.github.com/rest/releases/releases"
_LONGEST_BODY = 124_999
# A comma outside of braces, which end with their line.
_BETWEEN = re.compile(r"\n|,(?![^{\n]*\})")


@dataclass(frozen=True, slots=True)
class _Request:
    """The release that a step asks for."""

    title: str  # the release's title; may be empty
    body: str  # the beginning of its notes; may be empty
    files: list[str]  # the patterns of the files to attach
    generate_notes: bool  # whether generated notes follow the body
    fail_on_unmatched_files: bool  # whether a pattern without any file is an error


def action_gh_release(call: ActionCall) -> ActionOutcome:
    """Make the release of the tag, or update it."""
    call.only_own("repository", call.identity.repository)
    call.only_own("token", OWN_TOKEN)
    if call.text("tag_name") != call.identity.ref:
        call.only_own("tag_name", call.identity.tag)
    body, path = call.inputs.get("body", ""), call.inputs.get("body_path", "")
    if path:
        try:
            body = (call.workspace / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            call.say(f"Warning: Failed to read body_path \"{path}\" (ENOENT). Falling back to 'body' input.")
    request = _Request(
        title=call.inputs.get("name", ""),
        body=body,
        files=_BETWEEN.split(call.inputs.get("files", "")),
        generate_notes=call.flag("generate_release_notes"),
        fail_on_unmatched_files=call.flag("fail_on_unmatched_files"),
    )
    return _release(call, request)


def release_action(call: ActionCall) -> ActionOutcome | None:
    """Make the release of the tag, or update it if that is allowed."""
    identity = call.identity
    own = {"owner": identity.owner, "repo": identity.repository.partition("/")[2], "token": OWN_TOKEN}
    for name, value in {**own, "tag": identity.tag}.items():
        call.only_own(name, value)
    if call.text("commit") != identity.branch:
        call.only_own("commit", identity.sha)
    found = ReleaseStore(call.services.releases).find(identity.tag)
    if found and not found.is_draft and call.flag("skipifreleaseexists"):
        call.say(f"there is a release of {identity.tag} already: nothing to do")
        return None
    if found and not call.flag("allowupdates"):
        raise StepFailed("Error 422: Validation Failed: tag_name already_exists")
    body = call.text("body")
    if file := call.text("bodyfile"):
        try:
            body = (call.workspace / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise StepFailed(f"ENOENT: no such file or directory, open '{file}'") from None
    request = _Request(
        title="" if call.flag("omitname") else call.inputs.get("name", ""),
        body="" if call.flag("omitbody") else body,
        files=(call.text("artifacts") or call.text("artifact")).split(","),
        generate_notes=call.flag("generatereleasenotes"),
        fail_on_unmatched_files=call.flag("artifacterrorsfailbuild"),
    )
    made = _release(call, request)
    return ActionOutcome({"id": "1", "html_url": made.outputs["url"], "upload_url": ""})


def _release(call: ActionCall, request: _Request) -> ActionOutcome:
    """Make the release that is asked for, or update it."""
    files = _files(call, request)
    store, tag = ReleaseStore(call.services.releases), call.identity.tag
    with _RELEASES:
        store.save(_begin(call, request, store.find(tag)))
    # GitHub replaces the blanks in their names with dots.
    named = [(file.name.replace(" ", "."), file) for file in files]
    attached = dict(named)
    for name, file in named:
        if attached[name] != file:
            call.say(f"Warning: several files are called {name}; the last one stays")
        with _RELEASES:
            store.attach(tag, file, name)
    with _RELEASES:
        made = store.publish(tag)
    url = f"{call.repository_url}/releases/tag/{tag}"
    call.say(f"published {url} with {', '.join(asset.name for asset in made.assets) or 'no files'}")
    assets = [
        {"name": asset.name, "size": asset.size, "digest": f"sha256:{asset.sha256}"}
        for asset in made.assets
        if asset.name in attached
    ]
    # A rehearsal has one release.
    return ActionOutcome({"url": url, "id": "1", "assets": json.dumps(assets)})


def _files(call: ActionCall, request: _Request) -> list[Path]:
    """Find the files to attach."""
    files: list[Path] = []
    for pattern in filter(None, map(str.strip, request.files)):
        found = call.find(pattern)
        message = f"Pattern '{pattern}' does not match any files."
        if not found and request.fail_on_unmatched_files:
            raise StepFailed(message)
        if not found:
            call.say(f"Warning: {message}")
        files += found
    return files


def _begin(call: ActionCall, request: _Request, found: ReleaseFacts | None) -> ReleaseFacts:
    if call.permissions.get("contents") != "write":
        page = "create-a-release" if found is None or found.is_draft else "update-a-release"
        page = "generate-release-notes-content-for-a-release" if request.generate_notes else page
        raise StepFailed(f"Resource not accessible by integration - {_DOCUMENTATION}#{page}")
    tag = call.identity.tag
    if found is None:
        notes = _notes(call, request, request.body)
        return ReleaseFacts(tag, request.title or tag, notes, (), is_latest=False, is_draft=True)
    if found.is_draft:
        return found
    notes = _notes(call, request, request.body or found.notes)
    return replace(found, title=request.title or found.title, notes=notes)


def _notes(call: ActionCall, request: _Request, body: str) -> str:
    """Return the body, followed by GitHub's notes if they are requested."""
    if not request.generate_notes:
        return body[:_LONGEST_BODY]
    origin, tag = call.services.origin, call.identity.tag
    try:
        generated = release_notes(origin, tag, previous_tag(origin, tag), call.repository_url)
        if is_configured(origin, tag):
            call.say("Warning: the categories and exclusions of .github/release.yml are left to GitHub")
    except ReleaseError as error:
        raise StepFailed(f"the release notes cannot be generated: {error}") from None
    return (f"{body}\n\n{generated}" if body else generated)[:_LONGEST_BODY]


_DOES = "writes the release, its notes and its files into a folder named after the tag"
GITHUB_RELEASE = StandIn(
    action_names.GITHUB_RELEASE,
    _DOES,
    inputs.known(
        "name body body_path files repository tag_name token",
        # Files are attached in order anyway.
        "fail_on_unmatched_files generate_release_notes preserve_order",
        false="draft prerelease",
        true="make_latest overwrite_files",
    ),
    action_gh_release,
)
RELEASE_ACTION = StandIn(
    action_names.RELEASE_ACTION,
    _DOES,
    inputs.known(
        "artifact artifacts artifactcontenttype body bodyfile name tag commit owner repo token",
        "allowupdates artifacterrorsfailbuild generatereleasenotes omitbody omitname skipifreleaseexists "
        "omitbodyduringupdate omitnameduringupdate",
        false="draft prerelease removeartifacts updateonlyunreleased",
        true="makelatest replacesartifacts",
    ),
    release_action,
)
