"""Release notes as GitHub generates them, from the history only. A tag that does not exist is a ReleaseError.

GitHub looks up the pull requests; here they are read from the commits: merge commits made by GitHub's button,
`Merge pull request #12 from …` with the title in the next paragraph, and squashed ones, `title (#12)`. The account of
an author is known only from an address at users.noreply.github.com; first contributions are not listed.
"""

from __future__ import annotations

import re
from pathlib import Path

from packaging.version import Version

from truewheel.system.git import run_isolated as git
from truewheel.versions import try_version

_MERGED = re.compile(r"Merge pull request #(\d+) from \S+")
_SQUASHED = re.compile(r"(.+?) \(#(\d+)\)")
_AUTHOR = re.compile(r"(.*) <(?:(?:\d+\+)?([\w-]+(?:\[bot\])?)@users\.noreply\.github\.com|.*)>")


def release_notes(origin: Path, tag: str, previous: str, repository_url: str) -> str:
    """Return the notes for `tag`, in Markdown: what was merged since the tag `previous`; without one, everything."""
    merged = [
        f"* {title} by {author} in {repository_url}/pull/{number}"
        for number, (title, author) in pull_requests(origin, previous, tag).items()
    ]
    what_changed = ["## What's Changed", *merged, "", ""] if merged else []
    comparison = f"compare/{previous}...{tag}" if previous else f"commits/{tag}"
    return "\n".join([*what_changed, f"**Full Changelog**: {repository_url}/{comparison}"])


def is_configured(origin: Path, tag: str) -> bool:
    """Whether the repository has GitHub's configuration for release notes (`.github/release.yml`) at `tag`."""
    files = (".github/release.yml", ".github/release.yaml")
    return bool(git(origin, "ls-tree", "--name-only", f"refs/tags/{tag}", *files))


def previous_tag(origin: Path, tag: str) -> str:
    """Return the tag of the highest earlier version in the history of `tag`, with the same prefix; empty if none.

    Example: before `v1.10.0` comes `v1.9.0`, not `other-v1.9.1`.
    """
    prefix, version = _parts(tag)
    earlier: list[tuple[Version, str]] = []
    for other in git(origin, "tag", "--merged", f"refs/tags/{tag}^{{commit}}").splitlines():
        other_prefix, other_version = _parts(other)
        if version and other_version and other_prefix == prefix and other_version < version:
            earlier.append((other_version, other))
    return max(earlier)[1] if earlier else ""


def pull_requests(origin: Path, since: str, until: str) -> dict[int, tuple[str, str]]:
    """Return what was merged after the tag `since` (if empty, all) up to the tag `until`, oldest first.

    The title and the author of each pull request, by its number; the author as `@account` if that is known.
    """
    revisions = [f"refs/tags/{until}", *([f"^refs/tags/{since}"] if since else [])]
    found: dict[int, tuple[str, str]] = {}
    listing = git(origin, "log", "--topo-order", "--reverse", "--format=%P%x1f%an <%ae>%x1f%B%x1e", *revisions)
    for record in listing.split("\x1e")[:-1]:
        parents, author, message = record.strip("\n").split("\x1f")
        subject, _, rest = message.strip().partition("\n")
        merged, squashed, heads = _MERGED.fullmatch(subject), _SQUASHED.fullmatch(subject), parents.split()[1:]
        if merged and heads:
            # The author is that of the merged commits, not the person who merged them; commit titles do not count.
            author = git(origin, "log", "-1", "--format=%an <%ae>", heads[0]).strip()
            found[int(merged[1])] = (rest.strip().partition("\n")[0] or subject, _shown(author))
        elif squashed:
            found.setdefault(int(squashed[2]), (squashed[1], _shown(author)))
    return found


def _shown(author: str) -> str:
    match = _AUTHOR.fullmatch(author)
    return author if match is None else f"@{match[2]}" if match[2] else match[1]


def _parts(tag: str) -> tuple[str, Version | None]:
    match = re.fullmatch(r"(.*?)(\d[^/]*)", tag)
    version = try_version(match[2]) if match else None
    return (match[1], version) if match and version else (tag, None)
