"""Release notes as GitHub generates them, from the history only.

GitHub looks up the pull requests; here they are read from the commits: merge commits made by GitHub's button,
`Merge pull request #12 from …` with the title in the next paragraph, and squashed ones, `title (#12)`. The account of
an author is known only from an address at users.noreply.github.com; first contributions are not listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from truewheel.system.git import run_isolated as git
from truewheel.versions import try_version

_MERGED = re.compile(r"Merge pull request #(\d+) from \S+")
_SQUASHED = re.compile(r"(.+?) \(#(\d+)\)")
_ACCOUNT = re.compile(r"(?:\d+\+)?([\w-]+(?:\[bot\])?)@users\.noreply\.github\.com")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A merged pull request: its number, title and author, as `@account` if that is known."""

    number: int
    title: str
    author: str


def release_notes(origin: Path, tag: str, previous: str, repository_url: str) -> str:
    """Return the notes for `tag`, in Markdown: what was merged since the tag `previous`; if that is empty, everything.

    Raises:
        ReleaseError: a tag does not exist.
    """
    merged = [
        f"* {one.title} by {one.author} in {repository_url}/pull/{one.number}"
        for one in pull_requests(origin, previous, tag)
    ]
    what_changed = ["## What's Changed", *merged, "", ""] if merged else []
    comparison = f"compare/{previous}...{tag}" if previous else f"commits/{tag}"
    return "\n".join([*what_changed, f"**Full Changelog**: {repository_url}/{comparison}"])


def is_configured(origin: Path, tag: str) -> bool:
    """Whether the repository has GitHub's configuration for release notes (`.github/release.yml`) at `tag`.

    Raises:
        ReleaseError: the tag does not exist.
    """
    files = (".github/release.yml", ".github/release.yaml")
    return bool(git(origin, "ls-tree", "--name-only", f"refs/tags/{tag}", *files))


def previous_tag(origin: Path, tag: str) -> str:
    """Return the tag of the highest earlier version in the history of `tag`, with the same prefix; empty if none.

    Example: before `v1.10.0` comes `v1.9.0`, not `other-v1.9.1`.

    Raises:
        ReleaseError: the tag does not exist.
    """
    prefix, version = _parts(tag)
    earlier: list[tuple[Version, str]] = []
    for other in git(origin, "tag", "--merged", f"refs/tags/{tag}^{{commit}}").splitlines():
        other_prefix, other_version = _parts(other)
        if version is None or other_version is None or other_prefix != prefix or other_version >= version:
            continue
        earlier.append((other_version, other))
    return max(earlier)[1] if earlier else ""


def pull_requests(origin: Path, since: str, until: str) -> list[PullRequest]:
    """Return the pull requests merged after the tag `since` (if empty, all) up to the tag `until`, oldest first.

    Raises:
        ReleaseError: a tag does not exist.
    """
    revisions = [f"refs/tags/{until}", *([f"^refs/tags/{since}"] if since else [])]
    form = "--format=%P%x1f%an%x1f%ae%x1f%B%x1e"
    listing = git(origin, "log", "--topo-order", "--reverse", form, *revisions)
    found: dict[int, PullRequest] = {}
    for record in listing.split("\x1e"):
        if record.strip():
            parents, name, address, message = record.strip("\n").split("\x1f")
            for one in _pull_requests_of(origin, parents.split(), _author(name, address), message):
                # The merge has the title of the pull request, the merged commits have their own.
                if one.number not in found or len(parents.split()) > 1:
                    found[one.number] = one
    return list(found.values())


def _pull_requests_of(origin: Path, parents: list[str], author: str, message: str) -> Iterator[PullRequest]:
    subject, _, rest = message.strip().partition("\n")
    merged, squashed = _MERGED.fullmatch(subject), _SQUASHED.fullmatch(subject)
    if merged and len(parents) > 1:
        # The author is that of the merged commits, not the person who merged them.
        name, address = git(origin, "log", "-1", "--format=%an%x1f%ae", parents[1]).strip("\n").split("\x1f")
        title = rest.strip().partition("\n")[0] or subject
        yield PullRequest(int(merged[1]), title, _author(name, address))
    elif squashed:
        yield PullRequest(int(squashed[2]), squashed[1], author)


def _author(name: str, address: str) -> str:
    account = _ACCOUNT.fullmatch(address)
    return f"@{account[1]}" if account else name


def _parts(tag: str) -> tuple[str, Version | None]:
    match = re.fullmatch(r"(.*?)(\d[^/]*)", tag)
    version = try_version(match[2]) if match else None
    return (match[1], version) if match and version else (tag, None)
