"""May this tag be released? Judged before anything is built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import release_check
from truewheel.checks.sentences import abbreviate
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.config import Package
from truewheel.findings import By, Problem
from truewheel.patterns import PatternError
from truewheel.patterns.filters import selects
from truewheel.publishing.indexed_release import is_same_version
from truewheel.tag import tag_problem
from truewheel.versions import try_version
from truewheel.workflow.action_names import CHECKOUT
from truewheel.workflow.release_jobs import calls, using

# The build requirements that make a version from git: setuptools-scm, hatch-vcs, versioningit, uv-dynamic-versioning, …
_FROM_GIT = re.compile(r"[\w.-]*(?:scm|vcs|version)|pbr\b|dunamai\b", re.ASCII | re.IGNORECASE)
_DYNAMIC_HINT = (
    "commit everything, and tag that commit; if the version comes from git, fetch the tags (in a workflow "
    "fetch-depth: 0 of actions/checkout); if it is in a file, raise it there"
)


@release_check(
    By.DECISION,
    source="decision D1",
    hint="tag a stable version; if the wrong tag exists, delete it: git tag -d TAG; git push --delete origin TAG",
)
def tag_form(release: TaggedRelease) -> Iterator[str]:
    """the tag is v followed by a stable version of three numbers, like v0.5.0"""
    problem = tag_problem(release.tag)
    if problem:
        yield f"the tag {release.tag!r} {problem}"


@release_check(
    By.DECISION,
    source="decision D4; GitHub's workflow syntax, filter patterns",
    hint="make on.push.tags of the workflow match the tag; v*.*.* matches every release tag",
)
def tag_starts_workflow(release: TaggedRelease) -> Iterator[str]:
    """pushing the tag starts the publishing workflow"""
    name = release.workflow.path.as_posix()
    push = release.workflow.push
    if push is None:
        yield f"{name} is not started by pushes: it has no on.push"
    elif push.branches_only:
        yield f"{name} is started only by pushes to branches: on.push filters branches but not tags"
    elif push.tags is not None and push.tags_ignore is not None:
        yield f"{name} has both on.push.tags and on.push.tags-ignore, which GitHub refuses"
    else:
        yield from _filter_problems(name, release.tag, push.tags, push.tags_ignore)


def _filter_problems(
    name: str, tag: str, tags: tuple[str, ...] | None, ignored: tuple[str, ...] | None
) -> Iterator[str]:
    try:
        if tags is not None and not selects(tags, tag):
            yield f"{name} is not started by the tag {tag!r}: on.push.tags is {', '.join(tags) or 'empty'}"
        if ignored is not None and selects(ignored, tag):
            yield f"{name} ignores the tag {tag!r}: on.push.tags-ignore is {', '.join(ignored) or 'empty'}"
    except PatternError as error:
        yield f"{name} has a tag filter that GitHub refuses: {error}"


@release_check(
    By.SPECIFICATION,
    source="pyproject.toml specification, dynamic: a build backend must refuse both; decision D2",
    hint='remove "version" from dynamic, or version from [project]',
)
def version_static(release: TaggedRelease) -> Iterator[str]:
    """the package's version is written in [project], or is dynamic, but not both"""
    package = release.config.package
    if not package.is_dynamic and "version" in package.settings["project"].get("dynamic", []):
        yield f"{package.pyproject.as_posix()} has a version in [project] and also lists it as dynamic"


@release_check(
    By.SPECIFICATION,
    source="PEP 440, version identification",
    hint="write it in canonical form; file names and tags are made from it",
)
def version_canonical(release: TaggedRelease) -> Iterator[str]:
    """the package's version is written in canonical form"""
    written = release.config.package.version or ""
    version = try_version(written)
    if version is None:
        yield f"the package's version {abbreviate(written)!r} is not a version"
    elif written != str(version):
        yield f"the package's version is written {written!r}; its canonical form is {str(version)!r}"


@release_check(
    By.DECISION,
    source="decision D3",
    hint="tag the committed version, or raise it and commit before tagging; if the wrong tag exists, delete it",
)
def tag_equals_version(release: TaggedRelease) -> Iterator[Problem]:
    """the tag is v followed by the package's version"""
    package = release.config.package
    # A malformed tag has a finding of its own.
    if release.tag != f"v{package.version}" and not tag_problem(release.tag):
        hint = _DYNAMIC_HINT if package.is_dynamic else ""
        yield Problem(f"the tag is {release.tag}, but {package.statement}, whose tag is v{package.version}", hint=hint)


@release_check(
    By.DECISION,
    source="setuptools-scm, hatch-vcs: the version comes from the tags in the history",
    hint='give actions/checkout in this job the input "fetch-depth: 0"',
)
def history_checked_out(release: TaggedRelease) -> Iterator[Problem]:
    """where the version comes from git, the jobs that build and judge check out the whole history"""
    if not _is_made_from_git(release.config.package):
        return
    jobs = {row.job.id: row for row, *_ in calls(release.workflow, r"(?:wheels|validate|check-dist)(?:\(.*\))?")}
    for name, row in jobs.items():
        for step in using(row.job, CHECKOUT):
            if "repository" not in step.inputs and row.input(step, "fetch-depth") != "0":
                message = f"the job {name} checks out one commit, without the history that the version comes from"
                yield Problem.at(step.place, message, f"{name}/fetch-depth")


def _is_made_from_git(package: Package) -> bool:
    requires = package.table("build-system").get("requires", [])
    source = package.table("tool", "pdm", "version").get("source")
    return package.is_dynamic and (source == "scm" or any(map(_FROM_GIT.match, map(str, requires))))


@release_check(
    By.DECISION,
    source="decisions D2 and D3",
    hint="raise it there too, or better: take it from importlib.metadata (in Python) or from the build (in CMake)",
)
def version_once(release: TaggedRelease) -> Iterator[Problem]:
    """every other place that states the version agrees with pyproject.toml"""
    package = release.config.package
    for stated in release.versions:
        if not stated.version:
            yield Problem(f"does not state version {package.version}, which {package.name} has", stated.place)
        elif not is_same_version(stated.version, str(package.version)):
            yield Problem(f"{stated.name} is {stated.version}, but {package.statement}", stated.place)
