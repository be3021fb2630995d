"""A release tag: `vX.Y.Z`, a stable version with a `v` before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version

from truewheel.errors import ReleaseError
from truewheel.system import git

_RELEASE_TAG = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


def is_release_tag(tag: str) -> bool:
    """Whether `tag` has the form of a release: `v`, then three numbers without leading zeros."""
    return _RELEASE_TAG.fullmatch(tag) is not None


def flaw(tag: str) -> str:
    """Why `tag` is not a release tag, as the end of a sentence; empty when it is one."""
    if is_release_tag(tag):
        return ""
    if not tag.startswith("v"):
        return "does not begin with v"
    try:
        version = Version(tag[1:])
    except ValueError:  # no version, or a number of more digits than Python converts
        return f"does not name a version: {tag[1:]!r} is none"
    kinds = {
        "a local version": version.local is not None,
        "a developmental release": version.is_devrelease,
        "a post-release": version.is_postrelease,
        "a pre-release": version.pre is not None,
        "a version with an epoch": version.epoch != 0,
    }
    for kind, applies in kinds.items():
        if applies:
            return f"names {kind}, and only stable versions are released"
    return "is not of the form vX.Y.Z, three numbers without leading zeros"


def resolve_tag(argument: str | None, environ: Mapping[str, str], root: Path) -> str:
    """The tag to judge: the argument, else the tag that GitHub Actions runs for, else the one at HEAD.

    Raises:
        ReleaseError: there is none, or more than one version tag at HEAD.
    """
    if argument is not None:
        return argument
    if environ.get("GITHUB_REF_TYPE") == "tag" and environ.get("GITHUB_REF_NAME"):
        return environ["GITHUB_REF_NAME"]
    here = [tag for tag in git.tags_at_head(root) if re.match(r"v\d", tag)]
    if not here:
        raise ReleaseError(
            "there is no tag to judge",
            hint="name one (nox -s validate -- v0.5.0, nox -s verify -- v0.5.0), or make one here (git tag v0.5.0)",
        )
    if len(here) > 1:
        raise ReleaseError(
            f"this commit has more than one version tag: {', '.join(here)}",
            hint=f"name the one to judge: nox -s validate -- {here[-1]}",
        )
    return here[0]
