"""A bare repository in place of the one on GitHub: the whole history, with the tag where a push would put it.

By default the working tree is rehearsed, so that a release can be tried before anything is committed: uncommitted
changes become one more commit in the copy. The maintainer's own repository is read, never written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from truewheel.system import git

# The author of that commit. Its time is that of its parent, so that two rehearsals of one working tree build the same
# wheels.
_NAME, _EMAIL = "rehearsal", "rehearsal@localhost"


@dataclass(frozen=True, slots=True)
class Origin:
    """The repository as a push of the tag would leave it on GitHub.

    Attributes:
        folder: a bare repository.
        tag: the tag that was pushed.
        sha: the commit that it points to, in hexadecimal.
        uncommitted: the files of that commit that the maintainer has not committed, sorted.
        moved_from: the commit to which the tag points in the maintainer's repository, if that is another one; or "".
        is_invented: whether the tag was requested as committed, but does not exist.
    """

    folder: Path
    tag: str
    sha: str
    uncommitted: tuple[str, ...] = ()
    moved_from: str = ""
    is_invented: bool = False


def make_origin(root: Path, folder: Path, tag: str, *, as_committed: bool) -> Origin:
    """Copy the repository at `root` into a new bare repository `folder`, and push `tag` to it.

    Args:
        as_committed: take the commit of the tag, or the one that is checked out if the tag does not exist yet;
            otherwise the working tree, with uncommitted changes.

    Raises:
        ReleaseError: `root` is not a git clone, has no commit, or git refuses the tag's name.
    """
    head = git.run(root, "rev-parse", "--verify", "HEAD^{commit}").strip()
    tagged = _commit_of(root, tag)
    _copy(root, folder)
    changed: list[str] = []
    if as_committed:
        sha = tagged or head
    else:
        changed = git.uncommitted(root, Path())
        sha = _commit_working_tree(root, folder, head) if changed else head
    git.run_isolated(folder, "tag", "--force", tag, sha)
    moved_from = tagged if tagged and tagged != sha else ""
    return Origin(folder, tag, sha, tuple(changed), moved_from, is_invented=as_committed and not tagged)


def _commit_of(root: Path, tag: str) -> str:
    """Return the commit to which a tag points in the maintainer's repository; empty if there is no such tag."""
    listed = git.run(root, "for-each-ref", "--format=%(objectname) %(*objectname)", f"refs/tags/{tag}")
    # An annotated tag is an object of its own, followed here by its commit.
    return listed.split()[-1] if listed.split() else ""


def _copy(root: Path, folder: Path) -> None:
    # A copy that shares no file with the maintainer's repository, neither by links nor by alternates, so that neither
    # changes the other. All refs, because release notes are made from the tags; hooks, settings and the way back to
    # the maintainer's repository stay behind.
    git.run(root, "clone", "--quiet", "--bare", "--no-hardlinks", "--dissociate", "--template=", ".", str(folder))
    git.run_isolated(folder, "remote", "remove", "origin")


def _commit_working_tree(root: Path, folder: Path, head: str) -> str:
    """Commit the working tree on top of `head`, as `git add --all` would take it."""
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
    names = [name for name in git.listing(root) if (root / name).exists() or (root / name).is_symlink()]
    # By name, because only the maintainer's own git knows what is ignored; forced, because a tracked file may be, too.
    add = ["add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"]
    git.run(root, *add, environ=environ, given="\0".join(names))
    tree = git.run(root, "write-tree", environ=environ).strip()
    message = "The working tree, with uncommitted changes"
    return git.run(root, "commit-tree", tree, "-p", head, "-m", message, environ=environ).strip()
