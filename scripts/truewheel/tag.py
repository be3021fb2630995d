"""Release tags: `v` and a stable version of three numbers, e.g. `v0.5.0` (decision D1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.system import git
from truewheel.versions import try_version

_RELEASE_TAG = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


def is_release_tag(tag: str) -> bool:
    """Whether `tag` is `v` and three numbers without leading zeros."""
    return _RELEASE_TAG.fullmatch(tag) is not None


def tag_problem(tag: str) -> str:
    """Return why `tag` is not a release tag, as the end of a sentence; empty if it is one."""
    if is_release_tag(tag):
        return ""
    if not tag.startswith("v"):
        return "does not begin with v"
    version = try_version(tag[1:])
    if version is None:
        return f"does not name a version: {tag[1:]!r} is not a version"
    kinds = {
        "a local version": version.local is not None,
        "a developmental release": version.is_devrelease,
        "a post-release": version.is_postrelease,
        "a pre-release": version.pre is not None,
    }
    for kind, applies in kinds.items():
        if applies:
            return f"names {kind}, and only stable versions are released"
    if version.epoch:
        return f"has the epoch {version.epoch}!, and a release tag is vX.Y.Z, three numbers and nothing else"
    return "is not of the form vX.Y.Z, three numbers without leading zeros"


def resolve_tag(argument: str | None, environ: Mapping[str, str], root: Path) -> str:
    """Return the tag to judge: the argument, else the tag that GitHub Actions runs for, else the version tag at HEAD.

    ReleaseError if HEAD has no version tag, or more than one.
    """
    if argument is not None:
        return argument
    if environ.get("GITHUB_REF_TYPE") == "tag" and environ.get("GITHUB_REF_NAME"):
        return environ["GITHUB_REF_NAME"]
    at_head = git.tags_at_head(root)
    candidates = [tag for tag in at_head if re.match(r"v\d", tag)]
    if len(candidates) > 1:
        raise ReleaseError(
            f"this commit has more than one version tag: {', '.join(candidates)}",
            hint=f"name the one to judge: nox -s validate -- {candidates[-1]}",
        )
    if not candidates:
        raise _no_release_tag(at_head)
    return candidates[0]


def _no_release_tag(at_head: list[str]) -> ReleaseError:
    for tag in at_head:
        if is_release_tag(f"v{tag}"):
            return ReleaseError(
                f"the tag at HEAD is {tag}; a release tag is v{tag}",
                hint=f"tag this commit again (git tag v{tag}) and delete the other tag (git tag -d {tag})",
            )
    return ReleaseError(
        "there is no tag to judge", hint="name one (nox -s validate -- v0.5.0), or tag this commit (git tag v0.5.0)"
    )
