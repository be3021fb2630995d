"""actions/checkout v7: the tagged commit, from the bare repository that takes the place of the one on GitHub."""

from __future__ import annotations

import os
import re
from pathlib import Path

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import OWN_TOKEN, ActionCall, ActionOutcome, StandIn, StepFailed
from truewheel.system.files import scratch_folder
from truewheel.system.git import run_isolated as git
from truewheel.workflow import action_names

_SHA = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_ALL_BRANCHES, _ALL_TAGS = "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"
# A protocol that does not exist, so that git refuses to push.
_NO_PUSH = "no-credentials://"


def checkout(call: ActionCall) -> ActionOutcome:
    """Check out what the action would, into the workspace or a folder in it."""
    call.only_own("repository", call.identity.repository)
    call.only_own("token", OWN_TOKEN)
    folder = _folder(call)
    if call.permissions.get("contents", "none") == "none":
        # Not an error: most projects on PyPI are public, and there the action does not need it.
        call.say(
            "Warning: the job has no `contents: read`; on GitHub this works in a public repository, "
            "and fails in a private one"
        )
    asked, commit = _asked(call)
    reference = _full_name(call, asked)
    _prepare(call, folder)
    _fetch(call, folder, reference, commit)
    branch = reference.removeprefix("refs/heads/")
    target = ["-B", branch, f"refs/remotes/origin/{branch}"] if branch != reference else [reference or commit]
    git(folder, "checkout", "--quiet", "--force", *target)
    head = git(folder, "rev-parse", "HEAD").strip()
    if (wanted := call.text("submodules").lower()) not in ("", "false"):
        _fetch_submodules(folder, call.services.modules, is_recursive=wanted == "recursive")
    call.say(f"{asked or commit} is checked out, commit {head}")
    return ActionOutcome({"ref": asked, "commit": head})


def _folder(call: ActionCall) -> Path:
    workspace = Path(os.path.normpath(call.workspace))
    folder = Path(os.path.normpath(workspace / call.text("path")))
    # Links resolved: a runner is thrown away, this machine is not.
    if not folder.resolve().is_relative_to(workspace.resolve()):
        raise StepFailed(f"Repository path '{folder}' is not under '{workspace}'")
    return folder


def _asked(call: ActionCall) -> tuple[str, str]:
    """Return the reference and the commit to check out; one of them may be empty."""
    given = call.text("ref")
    if not given:
        return call.identity.ref, call.identity.sha
    return ("", given) if _SHA.fullmatch(given) else (given, "")


def _full_name(call: ActionCall, asked: str) -> str:
    """Return a reference as `refs/…`: as the action does, a branch of that name before a tag."""
    if not asked or asked.startswith("refs/"):
        return asked
    candidates = [f"refs/heads/{asked}", f"refs/tags/{asked}"]
    there = git(call.services.origin, "for-each-ref", "--format=%(refname)", *candidates).splitlines()
    found = [candidate for candidate in candidates if candidate in there]
    if not found:
        raise StepFailed(f"A branch or tag with the name '{asked}' could not be found")
    return found[0]


def _prepare(call: ActionCall, folder: Path) -> None:
    """Leave a repository that knows its origin and, unless `clean: false`, no files of earlier steps."""
    url = call.repository_url
    is_there = (folder / ".git").is_dir()
    if is_there and git(folder, "config", "--default", "", "--get", "remote.origin.url").strip() == url:
        if call.flag("clean", default=True):
            git(folder, "clean", "-ffdx")
            git(folder, "reset", "--hard", "HEAD")
    else:
        if os.path.lexists(folder):
            # scratch_folder also removes what is read-only on Windows, as git's objects are.
            with scratch_folder(inside=call.workspace.parent) as scratch:
                folder.rename(scratch / "before")
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet")
        git(folder, "remote", "add", "origin", url)
        # It has its name on GitHub, but the rehearsal's repository answers.
        git(folder, "config", f"url.{call.services.origin.resolve().as_posix()}.insteadOf", url)
        git(folder, "config", "gc.auto", "0")
    may_push = call.flag("persist-credentials", default=True) and call.permissions.get("contents") == "write"
    if not may_push:
        git(folder, "config", "remote.origin.pushurl", _NO_PUSH)


def _fetch(call: ActionCall, folder: Path, reference: str, commit: str) -> None:
    depth = int(call.text("fetch-depth") or "1")
    options = ["--quiet", "--no-tags", "--prune", "--no-recurse-submodules"]
    if depth:
        options.append(f"--depth={depth}")
    elif (folder / ".git" / "shallow").exists():
        options.append("--unshallow")
    refspecs = {_refspec(reference) if reference else commit: None}
    if not depth:
        refspecs[_ALL_BRANCHES] = None
    if not depth or call.flag("fetch-tags"):
        refspecs[_ALL_TAGS] = None
    git(folder, "fetch", *options, "origin", *refspecs)
    fetched = _refspec(reference).partition(":")[2]
    if reference and commit and git(folder, "rev-parse", f"{fetched}^{{commit}}").strip() != commit.lower():
        raise StepFailed(
            f"The ref '{reference}' does not point to the expected commit '{commit}'. "
            "The ref may have been updated after the workflow was triggered."
        )


def _fetch_submodules(folder: Path, modules: Path, *, is_recursive: bool) -> None:
    """Check out the submodules of a checkout from those of the maintainer's clone, which are in `modules`."""
    if not (folder / ".gitmodules").exists():
        return
    listed = git(folder, "config", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$").splitlines()
    for key, path in (line.split(maxsplit=1) for line in listed):
        name = key.removeprefix("submodule.").removesuffix(".path")
        if not (modules / name / "HEAD").exists():
            raise StepFailed(f"the submodule {path} is not in your clone: git submodule update --init --recursive")
        git(folder, "config", f"submodule.{name}.url", (modules / name).as_uri())
        git(folder, "-c", "protocol.file.allow=always", "submodule", "update", "--quiet", "--init", "--", path)
        # A job must not find the way to the maintainer's clone.
        git(folder, "config", "--unset", f"submodule.{name}.url")
        git(folder / path, "config", "remote.origin.url", _NO_PUSH)
        if is_recursive:
            _fetch_submodules(folder / path, modules / name / "modules", is_recursive=True)


def _refspec(reference: str) -> str:
    branch = reference.removeprefix("refs/heads/")
    return f"+{reference}:{reference}" if branch == reference else f"+{reference}:refs/remotes/origin/{branch}"


CHECKOUT = StandIn(
    action_names.CHECKOUT,
    "checks out the tag from the scratch clone that takes the place of the repository on GitHub",
    inputs.known(
        "repository ref token path",
        # The last two change nothing here.
        "persist-credentials clean fetch-tags show-progress set-safe-directory",
        {"fetch-depth": inputs.whole_number, "submodules": inputs.one_of("false", "true", "recursive")},
        false="lfs",
    ),
    checkout,
)
