"""softprops/action-gh-release v3: the release is a folder with its notes and files.

Like the action, it creates the release as a draft, attaches the files and publishes it; if it is cut short, the release
stays a draft. An existing release is updated; if it is a draft, only its files are.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.patterns import PatternError
from truewheel.patterns.paths import glob_files
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.actions.release_request import ReleaseRequest, read_request
from truewheel.rehearsal.github.release_notes import is_configured, previous_tag, release_notes
from truewheel.rehearsal.github.release_store import GitHubRelease, ReleaseStore
from truewheel.workflow import action_names

# Jobs run in threads of one process, and may write the same release.
_RELEASES = threading.RLock()
_DOCUMENTATION = "https://docs.github.com/rest/releases/releases"
_LONGEST_BODY = 124_999


def make_release(call: ActionCall) -> ActionOutcome:
    """Make the release of the tag, or update it."""
    return release(call, read_request(call))


def release(call: ActionCall, request: ReleaseRequest) -> ActionOutcome:
    """Make the release that is asked for, or update it."""
    files = _files(call, request)
    store = ReleaseStore(call.services.releases)
    with _RELEASES:
        store.save(_begin(call, request, store.find(call.identity.tag)))
    attached = _attach(call, store, files)
    with _RELEASES:
        made = store.publish(call.identity.tag)
    url = f"{inputs.repository_url(call)}/releases/tag/{made.tag}"
    call.say(f"published {url} with {', '.join(asset.name for asset in made.assets) or 'no files'}")
    assets = [
        {"name": asset.name, "size": asset.size, "digest": f"sha256:{asset.sha256}"}
        for asset in made.assets
        if asset.name in attached
    ]
    # A rehearsal has one release.
    return ActionOutcome({"url": url, "id": "1", "assets": json.dumps(assets)})


def _files(call: ActionCall, request: ReleaseRequest) -> list[Path]:
    """Find the files to attach."""
    files: list[Path] = []
    try:
        for pattern in request.files:
            found = glob_files(pattern, folder=call.workspace, home=inputs.home(call))
            message = f"Pattern '{pattern}' does not match any files."
            if not found and request.fail_on_unmatched_files:
                raise ActionFailed(message)
            if not found:
                call.say(f"Warning: {message}")
            files += found
    except PatternError as error:
        raise ActionFailed(str(error)) from None
    return files


def _begin(call: ActionCall, request: ReleaseRequest, found: GitHubRelease | None) -> GitHubRelease:
    is_new = found is None or found.draft
    if call.permissions.get("contents") != "write":
        page = "create-a-release" if is_new else "update-a-release"
        if request.generate_notes:
            page = "generate-release-notes-content-for-a-release"
        raise ActionFailed(f"Resource not accessible by integration - {_DOCUMENTATION}#{page}")
    tag = call.identity.tag
    if found is None:
        return GitHubRelease(tag, request.title or tag, _notes(call, request, request.body), draft=True)
    if found.draft:
        return found
    notes = _notes(call, request, request.body or found.notes)
    return replace(found, title=request.title or found.title, notes=notes)


def _notes(call: ActionCall, request: ReleaseRequest, body: str) -> str:
    """Return the body, followed by GitHub's notes if they are requested."""
    if not request.generate_notes:
        return body[:_LONGEST_BODY]
    origin, tag = call.services.origin, call.identity.tag
    try:
        generated = release_notes(origin, tag, previous_tag(origin, tag), inputs.repository_url(call))
        if is_configured(origin, tag):
            call.say("Warning: the categories and exclusions of .github/release.yml are left to GitHub")
    except ReleaseError as error:
        raise ActionFailed(f"the release notes cannot be generated: {error}") from None
    return (f"{body}\n\n{generated}" if body else generated)[:_LONGEST_BODY]


def _attach(call: ActionCall, store: ReleaseStore, files: list[Path]) -> set[str]:
    """Attach the files and return their names, in which GitHub replaces blanks with dots."""
    attached: set[str] = set()
    for file in files:
        name = file.name.replace(" ", ".")
        if name in attached:
            call.say(f"Warning: several files are called {name}; the last one stays")
        with _RELEASES:
            store.attach(call.identity.tag, file, name)
        attached.add(name)
    return attached


GITHUB_RELEASE = StandIn(
    action_names.GITHUB_RELEASE,
    "writes the release, its notes and its files into a folder named after the tag",
    {
        "name": inputs.anything,
        "body": inputs.anything,
        "body_path": inputs.anything,
        "files": inputs.anything,
        "repository": inputs.anything,
        "tag_name": inputs.anything,
        "token": inputs.anything,
        "fail_on_unmatched_files": inputs.FLAG,
        "generate_release_notes": inputs.FLAG,
        "draft": inputs.one_of("false"),
        "prerelease": inputs.one_of("false"),
        "make_latest": inputs.one_of("true"),
        "overwrite_files": inputs.one_of("true"),
        # Files are attached in order anyway.
        "preserve_order": inputs.FLAG,
    },
    make_release,
)
