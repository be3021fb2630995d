"""softprops/action-gh-release v3: the release is a folder with its notes and files.

Written like the action: a release is made as a draft, gets its files, and is then published, so that one which is
cut short stays a draft. A published one is updated; of a draft that is found, nothing but its files is.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

from packaging.version import Version

from truewheel.errors import ReleaseError
from truewheel.patterns import PatternError
from truewheel.patterns.paths import glob_files
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.actions.release_wish import ReleaseWish, read_wish
from truewheel.rehearsal.github.release_notes import is_configured, previous_tag, release_notes
from truewheel.rehearsal.github.release_store import Release, ReleaseStore
from truewheel.system.git import run_isolated as git
from truewheel.versions import try_version
from truewheel.workflow import action_names

# Jobs run side by side in one process, and may write one release.
_RELEASES = threading.RLock()
_DOCUMENTATION = "https://docs.github.com/rest/releases/releases"
_LONGEST_BODY = 124_999


def make_release(call: ActionCall) -> ActionOutcome:
    """Make the release, or bring it up to date."""
    wish = read_wish(call)
    if _resolved(call, wish.tag) is None:
        raise ActionFailed(f"a release of {wish.tag} cannot be rehearsed: it would make that tag, which is not there")
    files = _files(call, wish)
    store = ReleaseStore(call.services.releases)
    with _RELEASES:
        release = _begin(call, wish, store)
    attached = _attach(call, wish, store, files)
    call.say("Finalizing release...")
    with _RELEASES:
        release = _finish(wish, store)
    call.say("Getting assets list...")
    url = f"{inputs.server_url(call)}/{call.identity.repository}/releases"
    call.say(f"🎉 Release ready at {url}/tag/{release.tag}")
    return ActionOutcome(
        {
            "url": f"{url}/tag/{release.tag}",
            "id": str(release.id),
            "upload_url": f"{url}/{release.id}/assets{{?name,label}}",
            "assets": json.dumps(
                [
                    {"name": asset.name, "size": asset.size, "digest": f"sha256:{asset.sha256}"}
                    for asset in release.assets
                    if asset.name in attached
                ]
            ),
        }
    )


def _resolved(call: ActionCall, tag: str) -> str | None:
    try:
        return git(call.services.origin, "rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}").strip()
    except ReleaseError:
        return None


def _files(call: ActionCall, wish: ReleaseWish) -> list[Path]:
    """The files to attach; a pattern without any is a warning, or an error if that is asked for."""
    files: list[Path] = []
    try:
        for pattern in wish.files:
            found = glob_files(pattern, folder=wish.folder, home=inputs.home(call))
            if not found and wish.fail_on_unmatched_files:
                raise ActionFailed(f"⚠️  Pattern '{pattern}' does not match any files.")
            if not found:
                call.say(f"🤔 Pattern '{pattern}' does not match any files.")
            files += found
    except PatternError as error:
        raise ActionFailed(str(error)) from None
    if wish.files and not files:
        call.say(f"🤔 {','.join(wish.files)} does not include a valid file.")
    return files


def _begin(call: ActionCall, wish: ReleaseWish, store: ReleaseStore) -> Release:
    found = store.find(wish.tag)
    if found is None:
        release = _created(call, wish, store)
    elif found.draft:
        # The action does not see drafts: it makes one more, finds this one after all, and removes its own again.
        duplicate = _created(call, wish, store)
        call.say(f"↪️ Using release {found.id} for tag {wish.tag} instead of duplicate draft {duplicate.id}")
        return found
    else:
        release = _updated(call, wish, store, found)
    store.save(release)
    return release


def _created(call: ActionCall, wish: ReleaseWish, store: ReleaseStore) -> Release:
    at = f' using commit "{wish.target}"' if wish.target else ""
    call.say(f"👩‍🏭 Creating new GitHub release for tag {wish.tag}{at}...")
    if call.permissions.get("contents") != "write":
        page = "generate-release-notes-content-for-a-release" if wish.generate_notes else "create-a-release"
        message = "Resource not accessible by integration"
        call.say("⚠️ GitHub release failed with status: 403")
        call.say(json.dumps({"message": message, "documentation_url": f"{_DOCUMENTATION}#{page}", "status": "403"}))
        call.say("Skip retry — your GitHub token/PAT does not have the required permission to create a release")
        raise ActionFailed(f"{message} - {_DOCUMENTATION}#{page}")
    return _marked(
        Release(
            id=store.next_id(),
            tag=wish.tag,
            title=wish.title or wish.tag,
            notes=_notes(call, wish, wish.body),
            # Until its files are there. A pre-release is published at once.
            draft=wish.draft is True or wish.prerelease is not True,
            prerelease=wish.prerelease is True,
            target=wish.target,
        ),
        wish,
        store,
        is_new=True,
    )


def _updated(call: ActionCall, wish: ReleaseWish, store: ReleaseStore, found: Release) -> Release:
    call.say(f"Found release {found.title} (with id={found.id})")
    if call.permissions.get("contents") != "write":
        page = "generate-release-notes-content-for-a-release" if wish.generate_notes else "update-a-release"
        message = f"Resource not accessible by integration - {_DOCUMENTATION}#{page}"
        call.say(f"⚠️ Unexpected error fetching GitHub release for tag {call.identity.ref}: HttpError: {message}")
        raise ActionFailed(message)
    if wish.target and wish.target != found.target:
        call.say(f'Updating commit from "{found.target}" to "{wish.target}"')
    body = wish.body or found.notes
    if wish.append_body and wish.body and found.notes:
        body = f"{found.notes}\n{wish.body}"
    release = replace(
        found,
        title=wish.title or found.title,
        notes=_notes(call, wish, body),
        prerelease=found.prerelease if wish.prerelease is None else wish.prerelease,
        target=wish.target or found.target,
    )
    return _marked(release, wish, store, is_new=False)


def _notes(call: ActionCall, wish: ReleaseWish, body: str) -> str:
    """The body, with GitHub's notes behind it if they are asked for."""
    if not wish.generate_notes:
        return body[:_LONGEST_BODY]
    if wish.previous_tag:
        call.say(f"📝 Generating release notes using previous tag {wish.previous_tag}")
    origin, tag = call.services.origin, wish.tag
    try:
        previous = wish.previous_tag or previous_tag(origin, tag)
        url = f"{inputs.server_url(call)}/{call.identity.repository}"
        generated = release_notes(origin, tag, previous, url)
        if is_configured(origin, tag):
            call.say("Warning: the categories and exclusions of .github/release.yml are left to GitHub")
    except ReleaseError as error:
        raise ActionFailed(f"the release notes cannot be generated: {error}") from None
    return (f"{body}\n\n{generated}" if body else generated)[:_LONGEST_BODY]


def _attach(call: ActionCall, wish: ReleaseWish, store: ReleaseStore, files: list[Path]) -> set[str]:
    """Attach the files; gives the names under which they are."""
    with _RELEASES:
        release = store.find(wish.tag)
    there = {asset.name for asset in release.assets} if release else set()
    _say_duplicates(call, files)
    attached: set[str] = set()
    for file in files:
        name = file.name.replace(" ", ".")  # as GitHub does
        if name in there and not wish.overwrite_files:
            call.say(f"Asset {file.name} already exists and overwrite_files is false...")
            continue
        if name in attached and not wish.overwrite_files:
            error = json.dumps({"resource": "ReleaseAsset", "code": "already_exists", "field": "name"})
            raise ActionFailed(f"Validation Failed: {error}")
        if name in there:
            call.say(f"♻️ Deleting previously uploaded asset {file.name}...")
        call.say(f"⬆️ Uploading {file.name}...")
        with _RELEASES:
            store.attach(wish.tag, file, name)
        attached.add(name)
        call.say(f"✅ Uploaded {file.name}")
    return attached


def _say_duplicates(call: ActionCall, files: list[Path]) -> None:
    for name, count in Counter(file.name for file in files).items():
        if count > 1:
            call.say(f"Warning: {count} files are called {name}; the one that is attached last stays")


def _finish(wish: ReleaseWish, store: ReleaseStore) -> Release:
    """Publish the release, unless it is to stay a draft."""
    release = store.find(wish.tag)
    if release is None:
        raise ActionFailed("Not Found")
    if wish.draft is not True and release.draft:
        release = _marked(replace(release, draft=False), wish, store, is_new=True)
        store.save(release)
    return release


def _marked(release: Release, wish: ReleaseWish, store: ReleaseStore, *, is_new: bool) -> Release:
    """The release, marked latest or not: no draft and no pre-release ever is; a new one is, unless told otherwise."""
    latest = is_new or release.latest
    if release.draft or release.prerelease:
        latest = False
    elif wish.make_latest == "legacy":
        others = [one.tag for one in store.releases() if not (one.draft or one.prerelease or one.tag == release.tag)]
        latest = all(_order(release.tag) >= _order(other) for other in others)
    elif wish.make_latest:
        latest = wish.make_latest == "true"
    return replace(release, latest=latest)


def _order(tag: str) -> Version:
    return try_version(tag) or Version("0")


GITHUB_RELEASE = StandIn(
    action_names.GITHUB_RELEASE,
    "writes the release, its notes and its files into a folder named after the tag",
    frozenset(
        {
            *("body", "body_path", "name", "tag_name", "draft", "prerelease", "preserve_order", "files"),
            *("working_directory", "overwrite_files", "fail_on_unmatched_files", "repository", "token"),
            *("target_commitish", "generate_release_notes", "previous_tag", "append_body", "make_latest"),
        }
    ),
    make_release,
)
