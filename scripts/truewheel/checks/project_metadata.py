"""Does METADATA say what [project] says, and does that make sense?"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from packaging.utils import canonicalize_name
from pyproject_metadata import ConfigurationError, StandardMetadata, field_to_metadata

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import CORE_METADATA, abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.wheel.dist_info import HeaderFile, requirement_of
from truewheel.wheel.reader import Wheel

# The fields that are compared; others have checks of their own, or are built from files.
_COMPARED = (
    *("Summary", "Requires-Dist", "Provides-Extra", "License-Expression", "Classifier", "Project-URL"),
    *("Keywords", "Author", "Maintainer"),
)
# Whole descriptions and summaries that nobody meant: what tools and templates write.
_PLACEHOLDER = re.compile(
    r"unknown|to ?do(?::.*)?|tbd|readme|lorem ipsum.*|coming soon|fill (?:this|me) in|(?:an? |the )?(?:short |long )?"
    r"description(?: of (?:the|your|this) (?:project|package))?|(?:add )?your (?:long |short )?description(?: here)?",
    re.IGNORECASE | re.DOTALL,
)
# The target of a link or an image in Markdown, HTML or reStructuredText.
_TARGET = re.compile(
    r"\]\(\s*<?(?P<markdown>[^\s)>]+)|<(?:img|a)\s[^>]*?(?:src|href)\s*=\s*[\"'](?P<html>[^\"']+)"
    r"|^\.\. (?:image|figure):: *(?P<rst>\S+)",
    re.MULTILINE | re.IGNORECASE,
)
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|#|//", re.IGNORECASE)
_CODE = re.compile(r"^(?P<fence>```|~~~).*?^(?P=fence)|`[^`\n]*`", re.MULTILINE | re.DOTALL)


@release_wheel_check(
    By.CARE,
    source="the pyproject.toml specification: a build backend changes only dynamic fields; pyproject-metadata",
    hint="it was built from other sources: empty dist/ and build again: nox -s wheels",
)
@of_metadata
def metadata_matches_project(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[Problem]:
    """METADATA has what [project] of the package's pyproject.toml states"""
    package = subject.config.package
    file, project = package.pyproject.as_posix(), dict(package.settings["project"])
    dynamic = set(project.get("dynamic", []))
    try:
        expected = _stated(project)
        by_backend = {field.lower() for key in dynamic for field in field_to_metadata(key)}
    except (ConfigurationError, KeyError) as error:
        yield Problem(f"[project] of {file} is not valid: {abbreviate(str(error))}", subject=file)
        return
    for field in _COMPARED:
        stated = _normalized(field, lambda name: expected.get(name.lower().replace("-", "_"), []))
        found = _normalized(field, metadata.all)
        if field.lower() not in by_backend and stated != found:
            here, there = (join_names(sorted(values), 3) for values in (found - stated, stated - found))
            if stated <= found:
                yield Problem.of([field], f"METADATA has {field} {here}, which {file} does not state")
            elif found <= stated:
                yield Problem.of([field], f"METADATA lacks {field} {there}, which {file} states")
            else:
                yield Problem.of([field], f"METADATA has {field} {here}, but {file} states {there}")


def _stated(project: dict[str, Any]) -> dict[str, list[str]]:
    """The fields of METADATA, with underscores, that follow from a table; ConfigurationError if it is not valid."""
    # Its files are not read. The version has checks of its own.
    for key in ("readme", "license-files", *(["license"] if isinstance(project.get("license"), dict) else [])):
        project.pop(key, None)
    project["version"] = "0"
    project["dynamic"] = [key for key in project.get("dynamic", []) if key not in project]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fields = StandardMetadata.from_pyproject({"project": project}, allow_extra_keys=True).as_json()
    return {name: [value] if isinstance(value, str) else value for name, value in fields.items()}


def _normalized(field: str, values_of: Callable[[str], Iterable[str]]) -> set[str]:
    """The values of a field in one spelling."""
    if field in ("Author", "Maintainer"):
        # Backends put people with an address into one field or into both, quoted or not.
        words = " ".join([*values_of(field), *values_of(f"{field}-Email")])
        return set(re.findall(r"[^\s,;<>\"]+", words)) - {"Unknown", "UNKNOWN"}
    if field == "Keywords":
        return {word.strip() for value in values_of(field) for word in value.split(",")} - {""}
    return {_spelled(field, value) for value in values_of(field)}


def _spelled(field: str, value: str) -> str:
    if field == "Requires-Dist" and (requirement := requirement_of(value)):
        return str(requirement).replace(requirement.name, canonicalize_name(requirement.name), 1)
    if field == "Provides-Extra":
        return canonicalize_name(value)
    return value.upper() if field == "License-Expression" else " ".join(value.split())


@wheel_check(
    By.INSTALLERS,
    source=CORE_METADATA,
    hint="fix dependencies in [project] of the package's pyproject.toml; no installer can satisfy them as they are",
)
@of_metadata
def dependencies_possible(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """every dependency is another project, and some version may satisfy it"""
    for value in metadata.all("Requires-Dist"):
        requirement, shown = requirement_of(value), f"METADATA has Requires-Dist: {abbreviate(value)}"
        if requirement is None:
            continue
        if requirement.specifier.is_unsatisfiable():
            yield f"{shown}, which no version satisfies"
        own = wheel.filename is not None and canonicalize_name(requirement.name) == wheel.filename.project
        # An extra of the project may ask for its other extras.
        if own and not requirement.extras:
            yield f"{shown}, which is the project itself"


@release_wheel_check(
    By.CARE,
    source="PyPI shows both, and neither can be changed after the upload",
    hint="write description and readme in [project] of the package's pyproject.toml",
)
@of_metadata
def description_written(_: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    """summary and description are not placeholders from a tool or a template"""
    # Without the marks of headings.
    body = re.sub(r"^[#=\-*~\s]+|[=\-*~\s]+$", "", metadata.body, flags=re.MULTILINE).strip().rstrip(".!")
    name, summary = metadata.one("Name") or "", (metadata.one("Summary") or "").strip().rstrip(".!")
    without_title = body.removeprefix(name).strip() or name
    for what, text in (("summary", summary), ("description", without_title)):
        # Without a content type, as old tools write it, twine-check reports UNKNOWN.
        if text and text != "UNKNOWN" and _PLACEHOLDER.fullmatch(text):
            yield f"the {what} is {abbreviate(text)!r}, a placeholder"
    if body and without_title == name:
        yield "the description is a heading with nothing after it"


@release_wheel_check.note(
    By.CARE,
    source="PyPI has none of the repository's files, so relative links lead nowhere, and relative images do not show",
    hint="write the full address, e.g. of the file on GitHub at the tag",
)
@of_metadata
def description_links_absolute(_: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    """images and links in the description have absolute addresses"""
    targets = [match[match.lastgroup or 0] for match in _TARGET.finditer(_CODE.sub("", metadata.body))]
    if relative := [target for target in dict.fromkeys(targets) if not _ABSOLUTE.match(target)]:
        yield f"the description refers to {join_names(relative, 3)}, which PyPI does not have"
