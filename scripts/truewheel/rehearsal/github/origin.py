"""A bare repository in place of the one on GitHub: the whole history, with the tag where a push would put it.

By default the working tree is rehearsed, so that a release can be tried before anything is committed: uncommitted
changes become one more commit in the copy. The maintainer's own repository is read, never written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from truewheel.system import git

# The author of that commit. Its time is that of its parent, so that two rehearsals of one working tree build the same
# wheels.
_NAME, _EMAIL = "rehearsal", "rehearsal@localhost"
# In bytes: an untracked file that is larger is not copied; a plan, which runs nothing, copies only small ones.
_LARGE, _SMALL = 50_000_000, 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """What a release would be made of, in the maintainer's repository."""

    tag: str
    commit: str  # the commit, in hexadecimal: that of the tag, or the checked-out one
    uncommitted: tuple[str, ...] = ()  # the files that are released as well although they are not committed, sorted
    notes: tuple[str, ...] = ()  # what a maintainer should know about the tag, one sentence each
    is_invented: bool = False  # whether the tag should exist, but does not
    left_out: frozenset[str] = frozenset()  # the untracked files that are not copied
    is_plan: bool = False  # whether nothing will run


@dataclass(frozen=True, slots=True)
class Origin:
    """The repository as a push of the tag leaves it on GitHub."""

    folder: Path  # a bare repository
    target: Target  # what the tag points to
    sha: str  # the commit in that repository, in hexadecimal; a new one if there are uncommitted files
    modules: Path  # the folder with the submodules of the maintainer's clone; it may not exist


def find_target(root: Path, tag: str, *, as_committed: bool, is_plan: bool = False) -> Target:
    """Find what a release with this tag would be made of; a ReleaseError if `root` is not a clone with a commit.

    It is the working tree, uncommitted changes included; or, if `as_committed`, the commit of the tag, or the one that
    is checked out if there is no such tag.
    """
    head = git.run(root, "rev-parse", "--verify", "HEAD^{commit}").strip()
    tagged = _commit_of(root, tag)
    commit = tagged or head if as_committed else head
    sizes = {} if as_committed else git.untracked(root)
    large = {name for name, size in sizes.items() if size > _LARGE}
    left_out = frozenset(name for name, size in sizes.items() if size > (_SMALL if is_plan else _LARGE))
    uncommitted = () if as_committed else tuple(name for name in git.uncommitted(root, [Path()]) if name not in large)
    is_invented = as_committed and not tagged
    moved_from = tagged if not as_committed and (tagged != head or uncommitted) else ""
    notes = [*_notes(tag, head if is_invented else "", moved_from, git.tags_at_head(root))]
    if large:
        more = f" and {len(large) - 1} more" if len(large) > 1 else ""
        notes.append(f"{min(large)}{more} is not copied: untracked and larger than 50 MB; commit or ignore it")
    return Target(tag, commit, uncommitted, tuple(notes), is_invented, left_out, is_plan)


def _notes(tag: str, used: str, moved_from: str, at_head: list[str]) -> Iterator[str]:
    without_v = tag.removeprefix("v")
    if used:
        yield f"there is no tag {tag}: using the checked-out commit {used[:12]}"
    if without_v in at_head and tag not in at_head:
        yield f"the checked-out commit has the tag {without_v}, without v; the release tag is {tag}"
    if moved_from:
        yield (
            f"the tag {tag} is at {moved_from[:12]}, and the working tree is rehearsed: "
            "delete the tag, or raise the version"
        )


def make_origin(root: Path, folder: Path, target: Target) -> Origin:
    """Copy a repository to the new bare one `folder`, with the tag; a ReleaseError if git refuses its name."""
    _copy(root, folder, is_plan=target.is_plan)
    sha = _commit_working_tree(root, folder, target) if target.uncommitted else target.commit
    git.run_isolated(folder, "tag", "--force", target.tag, sha)
    modules = root / git.run(root, "rev-parse", "--git-path", "modules").strip()
    return Origin(folder, target, sha, modules.resolve())


def check_out(origin: Origin, folder: Path) -> Path:
    """Write the files of the tagged commit to the new folder `folder`, and return it."""
    folder.mkdir()
    environ = {"GIT_WORK_TREE": str(folder), "GIT_INDEX_FILE": str(folder.with_suffix(".index"))}
    files = [f"refs/tags/{origin.target.tag}", "--", ":/"]
    git.run(origin.folder, "checkout", "--force", *files, isolated=True, environ=environ)
    return folder


def put_on_branch(root: Path, origin: Origin) -> str:
    """Put what is released on the branch that is checked out, without the tag, and return the branch.

    A commit that is on no branch gets `main`.
    """
    branch = git.run(root, "rev-parse", "--abbrev-ref", "HEAD").strip().replace("HEAD", "main")
    git.run_isolated(origin.folder, "update-ref", f"refs/heads/{branch}", origin.sha)
    if tagged := _commit_of(root, origin.target.tag):
        git.run_isolated(origin.folder, "tag", "--force", origin.target.tag, tagged)
    else:
        git.run_isolated(origin.folder, "tag", "--delete", origin.target.tag)
    return branch


def _commit_of(root: Path, tag: str) -> str:
    """Return the commit to which a tag points in the maintainer's repository; empty if there is no such tag."""
    listed = git.run(root, "for-each-ref", "--format=%(objectname) %(*objectname)", f"refs/tags/{tag}")
    # An annotated tag is an object of its own, followed here by its commit.
    return listed.split()[-1] if listed.split() else ""


def _copy(root: Path, folder: Path, *, is_plan: bool) -> None:
    # A copy that shares no file with the maintainer's repository, neither by links nor by alternates, so that neither
    # changes the other. All refs, because release notes are made from the tags; hooks, settings and the way back to
    # the maintainer's repository stay behind. A plan, during which nothing runs, borrows what it only reads.
    sharing = ["--shared"] if is_plan else ["--no-hardlinks", "--dissociate"]
    git.run(root, "clone", "--quiet", "--bare", *sharing, "--template=", ".", str(folder))
    git.run_isolated(folder, "remote", "remove", "origin")


def _commit_working_tree(root: Path, folder: Path, target: Target) -> str:
    """Commit the working tree, as `git add --all` would take it but for large files, on top of the target's commit."""
    time = git.commit_time(root)
    environ = {
        "GIT_DIR": str(folder),
        "GIT_WORK_TREE": str(root),
        "GIT_INDEX_FILE": str(folder / "rehearsal-index"),
        "GIT_LITERAL_PATHSPECS": "1",
        **{f"GIT_{role}_NAME": _NAME for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": _EMAIL for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_DATE": f"{time} +0000" for role in ("AUTHOR", "COMMITTER")},
    }
    names = [name for name in git.listing(root) if os.path.lexists(root / name) and name not in target.left_out]
    # By name, because only the maintainer's own git knows what is ignored; forced, because a tracked file may be, too.
    add = ["-c", "core.looseCompression=0", "add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"]
    git.run(root, *add, environ=environ, given="\0".join(names))
    tree = git.run(root, "write-tree", environ=environ).strip()
    message = "The working tree, with uncommitted changes"
    return git.run(root, "commit-tree", tree, "-p", target.commit, "-m", message, environ=environ).strip()
