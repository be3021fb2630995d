"""actions/checkout v7: the commit of the tag, from the bare repository that plays the one on GitHub."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from truewheel.errors import ReleaseError
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.system.git import run_isolated as git
from truewheel.workflow import action_names

_SHA = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_ALL_TAGS = "+refs/tags/*:refs/tags/*"
# Nothing speaks it, so git refuses to push.
_NO_PUSH = "no-credentials://"


def checkout(call: ActionCall) -> ActionOutcome:
    """Check out what the action would, into the workspace or a folder in it."""
    _refuse_what_is_elsewhere(call)
    folder = _folder(call)
    call.say(f"Syncing repository: {call.identity.repository}")
    if call.permissions.get("contents", "none") == "none":
        # Not an error: who releases to PyPI is public as a rule, and there the action does not need it.
        call.say(
            "Warning: the job has no `contents: read`; on GitHub this works in a public repository, "
            "and fails in a private one"
        )
    reference, commit = _wanted(call)
    try:
        _refuse_unknown(call, reference)
        _prepare(call, folder)
        _fetch(call, folder, reference, commit)
        _check_out(folder, reference, commit)
        head = git(folder, "rev-parse", "HEAD").strip()
    except ReleaseError as error:
        raise ActionFailed(str(error)) from None
    call.say(f"{reference or commit} is checked out, commit {head}")
    return ActionOutcome({"ref": reference, "commit": head})


def _refuse_what_is_elsewhere(call: ActionCall) -> None:
    inputs.only_own(call, "repository", call.identity.repository)
    inputs.only_own(call, "token", inputs.OWN_TOKEN)
    inputs.only_own(call, "ssh-key", "")
    inputs.only_own(call, "github-server-url", inputs.server_url(call))
    inputs.only_own(call, "submodules", "false")
    inputs.only_own(call, "lfs", "false")


def _folder(call: ActionCall) -> Path:
    workspace = Path(os.path.normpath(call.workspace))
    folder = Path(os.path.normpath(workspace / inputs.text(call, "path")))
    if not folder.is_relative_to(workspace):
        raise ActionFailed(f"Repository path '{folder}' is not under '{workspace}'")
    return folder


def _wanted(call: ActionCall) -> tuple[str, str]:
    """The reference and the commit that are asked for; one of them may be empty."""
    given = inputs.text(call, "ref")
    if not given:
        return call.identity.ref, call.identity.sha
    if _SHA.fullmatch(given):
        return "", given
    return given, ""


def _refuse_unknown(call: ActionCall, reference: str) -> None:
    """The action learns it later, and after a shallow fetch says no more than that git failed."""
    if reference and not reference.startswith("refs/"):
        there = git(call.services.origin, "for-each-ref", f"refs/heads/{reference}", f"refs/tags/{reference}")
        if not there:
            raise ActionFailed(f"A branch or tag with the name '{reference}' could not be found")


def _prepare(call: ActionCall, folder: Path) -> None:
    """Leave a repository there that knows its origin, and, but for `clean: false`, no files of earlier steps."""
    if folder.is_file():
        folder.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    url = f"{inputs.server_url(call)}/{call.identity.repository}"
    if (folder / ".git").is_dir() and _url(folder) == url:
        if _is_true(call, "clean", "true"):
            git(folder, "clean", "-ffdx")
            git(folder, "reset", "--hard", "HEAD")
    else:
        if any(folder.iterdir()):
            call.say(f"Deleting the contents of '{folder}'")
        _empty(folder)
        git(folder, "init", "--quiet")
        git(folder, "remote", "add", "origin", url)
        # By its name on GitHub, whatever a step asks of `origin` is answered here.
        git(folder, "config", f"url.{call.services.origin.resolve().as_posix()}.insteadOf", url)
        git(folder, "config", "gc.auto", "0")
    may_push = _is_true(call, "persist-credentials", "true") and call.permissions.get("contents") == "write"
    if not may_push:
        git(folder, "config", "remote.origin.pushurl", _NO_PUSH)


def _url(folder: Path) -> str:
    try:
        return git(folder, "config", "remote.origin.url").strip()
    except ReleaseError:
        return ""


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            _remove(child)
        else:
            child.unlink()


def _remove(folder: Path) -> None:
    def make_writable(remove: Callable[[str], object], path: str, _: Any) -> None:
        # Windows removes no file that is read-only, as git's objects are.
        Path(path).chmod(stat.S_IWRITE)
        remove(path)

    if sys.version_info >= (3, 12):
        shutil.rmtree(folder, onexc=make_writable)
    else:
        shutil.rmtree(folder, onerror=make_writable)


def _fetch(call: ActionCall, folder: Path, reference: str, commit: str) -> None:
    depth = _depth(call)
    if depth == 0:
        _fetch_these(folder, ["+refs/heads/*:refs/remotes/origin/*", _ALL_TAGS], depth)
        if _is_there(folder, reference, commit):
            return
    _fetch_these(folder, _refspecs(reference, commit, all_tags=_is_true(call, "fetch-tags", "false")), depth)
    if not _is_there(folder, reference, commit):
        raise ActionFailed(
            f"The ref '{reference}' does not point to the expected commit '{commit}'. "
            "The ref may have been updated after the workflow was triggered."
        )


def _fetch_these(folder: Path, refspecs: list[str], depth: int) -> None:
    options = ["--quiet", "--no-tags", "--prune", "--no-recurse-submodules"]
    if depth:
        options.append(f"--depth={depth}")
    elif (folder / ".git" / "shallow").exists():
        options.append("--unshallow")
    git(folder, "fetch", *options, "origin", *refspecs)


def _depth(call: ActionCall) -> int:
    """How many commits; 0 for all, which is also what the action takes nonsense for."""
    try:
        return max(int(float(inputs.text(call, "fetch-depth") or "1")), 0)
    except (ValueError, OverflowError):
        return 0


def _refspecs(reference: str, commit: str, *, all_tags: bool) -> list[str]:
    tags = [_ALL_TAGS] if all_tags else []
    if not reference:
        return [*tags, commit]
    if reference.startswith("refs/heads/"):
        return [*tags, f"+{reference}:refs/remotes/origin/{reference[len('refs/heads/') :]}"]
    if reference.startswith("refs/tags/"):
        return tags or [f"+{reference}:{reference}"]
    if reference.startswith("refs/"):
        return [*tags, f"+{reference}:{reference}"]
    branches = f"+refs/heads/{reference}*:refs/remotes/origin/{reference}*"
    return [*tags, branches] if all_tags else [branches, f"+refs/tags/{reference}*:refs/tags/{reference}*"]


def _is_there(folder: Path, reference: str, commit: str) -> bool:
    """Whether the commit is there, and the tag, when one is asked for, points to it."""
    return not commit or _resolved(folder, f"{reference or commit}^{{commit}}") == commit.lower()


def _resolved(folder: Path, name: str) -> str:
    try:
        return git(folder, "rev-parse", "--verify", "--quiet", name).strip()
    except ReleaseError:
        return ""


def _check_out(folder: Path, reference: str, commit: str) -> None:
    branch = reference.removeprefix("refs/heads/")
    if not reference:
        target = [commit]
    elif reference.startswith("refs/") and branch == reference:
        target = [reference]
    elif _resolved(folder, f"refs/remotes/origin/{branch}"):
        target = ["-B", branch, f"refs/remotes/origin/{branch}"]
    else:
        target = [f"refs/tags/{reference}"]
    git(folder, "checkout", "--quiet", "--force", *target)


def _is_true(call: ActionCall, name: str, default: str) -> bool:
    """As this action reads it: everything but `true` is false."""
    return (inputs.text(call, name) or default).lower() == "true"


CHECKOUT = StandIn(
    action_names.CHECKOUT,
    "checks out the tag from the scratch clone that plays the repository on GitHub",
    frozenset(
        {
            *("repository", "ref", "token", "ssh-key", "persist-credentials", "path", "clean", "fetch-depth"),
            *("fetch-tags", "show-progress", "lfs", "submodules", "set-safe-directory", "github-server-url"),
        }
    ),
    checkout,
)
