"""Is METADATA valid, and does it say what the file name and the package's pyproject.toml say?"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.metadata import Metadata, parse_email
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.versions import try_version
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel
from truewheel.wheel.unreadable import Unreadable

_REBUILD = "build it again: nox -s wheels; do not rename a wheel by hand"
_MEND = "mend [project] in the package's pyproject.toml and build again: nox -s wheels"
_PEP_427 = "binary distribution format specification (PEP 427)"


@wheel_check(
    "metadata-valid",
    "METADATA is there and is valid Core Metadata",
    by=By.PYPI,
    source="Core Metadata specification; PyPI's upload rules",
    hint=_MEND,
)
def metadata_valid(wheel: Wheel) -> Iterator[str]:
    match wheel.metadata:
        case Unreadable(reason):
            yield f"{wheel.dist_info}/METADATA {reason}"
        case HeaderFile() as metadata:
            yield from _metadata_problems(metadata)


def _metadata_problems(metadata: HeaderFile) -> Iterator[str]:
    # The fields of an email that make its body something else than text; they are none of Core Metadata.
    mime = sorted(name for name in metadata.fields if name.startswith(("content-", "mime-")))
    if mime:
        yield from (f"the field {abbreviate(name)!r} is unknown or malformed" for name in mime)
    else:
        yield from (abbreviate(" ".join(problem.split())) for problem in sorted(_problems(metadata)))


def _problems(metadata: HeaderFile) -> Iterator[str]:
    """What packaging, which PyPI reads METADATA with, has to say; but as twine does, and so as PyPI receives it,
    License-File in metadata older than 2.4 is left aside: some backends wrote it before it had a meaning."""
    raw, unparsed = parse_email(metadata.content)
    if raw.get("metadata_version", "") in {"1.0", "1.1", "1.2", "2.1", "2.2", "2.3"}:
        raw.pop("license_files", None)
    for field in unparsed:
        count = len(metadata.all(field))
        yield f"the field {field!r} is unknown or malformed" + (
            f", or must not be there {count} times" if count > 1 else ""
        )
    try:
        Metadata.from_raw(raw, validate=True)
    except (RecursionError, MemoryError):
        yield "a field is nested too deeply to be understood"
    except Exception as error:  # an exception group; on Python 3.10 packaging brings a type of its own
        problems = getattr(error, "exceptions", None)
        if problems is None and not isinstance(error, ValueError):
            raise
        yield from (str(problem) for problem in problems or [error])


@wheel_check(
    "metadata-matches-filename",
    "METADATA has the name and the version of the file name",
    by=By.PYPI,
    source=f"{_PEP_427}; PyPI's upload rules",
    hint=_REBUILD,
)
@of_metadata
def metadata_matches_filename(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    if wheel.filename is None:
        return
    name, version = metadata.one("Name"), metadata.one("Version")
    if name is not None and canonicalize_name(name) != wheel.filename.project:
        yield f"METADATA names the project {abbreviate(name)}, the file name {wheel.filename.project}"
    # What is not a version is metadata-valid's.
    if version is not None and try_version(version) not in (None, wheel.filename.version):
        yield f"METADATA has version {abbreviate(version)}, the file name {wheel.filename.version}"


@release_wheel_check(
    "metadata-matches-release",
    "METADATA has the name and the version of the package's pyproject.toml",
    by=By.DECISION,
    source="decision D2",
    hint="it was built from other sources: empty dist/ and build again: nox -s wheels",
)
@of_metadata
def metadata_matches_release(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    package = subject.config.package
    name, version = metadata.one("Name"), metadata.one("Version")
    if name is not None and canonicalize_name(name) != package.normalized_name:
        yield f"METADATA names the project {abbreviate(name)}, {package.pyproject.as_posix()} {package.name}"
    if version is not None and package.version is not None and version != package.version:
        yield f"METADATA has version {abbreviate(version)}, {package.pyproject.as_posix()} {package.version}"


@release_wheel_check(
    "requires-python-configured",
    "METADATA has the Requires-Python of the package's pyproject.toml",
    by=By.CARE,
    source="spec: Requires-Python as configured; without it old Pythons install what they cannot run",
    hint="write requires-python into [project] and build again: nox -s wheels",
)
@of_metadata
def requires_python_configured(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    package = subject.config.package
    file = package.pyproject.as_posix()
    configured = package.settings["project"].get("requires-python")
    written = metadata.one("Requires-Python")
    if not isinstance(configured, str):
        yield f"{file} has no requires-python in [project]"
    elif written is None:
        yield f"METADATA has no Requires-Python, {file} has {configured!r}"
    elif not _same_specifiers(written, configured):
        yield f"METADATA has Requires-Python {abbreviate(written)!r}, {file} has {configured!r}"


def _same_specifiers(one: str, other: str) -> bool:
    try:
        return SpecifierSet(one) == SpecifierSet(other)
    except ValueError:  # no specifiers, or a number of more digits than Python converts
        return one == other
