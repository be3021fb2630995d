"""Is METADATA valid, and does it match the file name and pyproject.toml?"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.metadata import Metadata, parse_email
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import CORE_METADATA, PEP_427, PYPI_UPLOAD, abbreviate
from truewheel.findings import By
from truewheel.versions import try_version
from truewheel.wheel.dist_info import HeaderFile, Unreadable
from truewheel.wheel.reader import Wheel


@wheel_check(
    By.PYPI,
    source=f"{CORE_METADATA}; {PYPI_UPLOAD}",
    hint="fix [project] in the package's pyproject.toml and build again: nox -s wheels",
)
def metadata_valid(wheel: Wheel) -> Iterator[str]:
    """there is a METADATA file with valid Core Metadata"""
    match wheel.metadata:
        case Unreadable(reason):
            yield f"{wheel.dist_info}/METADATA {reason}"
        case HeaderFile() as metadata:
            # Email fields that would make the body something other than text; Core Metadata has no such fields.
            mime = sorted(name for name in metadata.fields if name.startswith(("content-", "mime-")))
            problems = [f"the field {name!r} is unknown or malformed" for name in mime]
            for problem in problems or sorted(_core_metadata_problems(metadata)):
                yield abbreviate(" ".join(problem.split()))


def _core_metadata_problems(metadata: HeaderFile) -> Iterator[str]:
    """What packaging, with which PyPI reads METADATA, finds wrong.

    License-File is ignored before version 2.4, as by twine: some build backends wrote it before it was specified.
    """
    raw, unparsed = parse_email(metadata.content)
    if raw.get("metadata_version", "") in {"1.0", "1.1", "1.2", "2.1", "2.2", "2.3"}:
        raw.pop("license_files", None)
    for field in unparsed:
        count = len(metadata.all(field))
        problem = f"appears {count} times, expected once" if count > 1 else "is unknown or malformed"
        yield f"the field {field!r} {problem}"
    try:
        Metadata.from_raw(raw, validate=True)
    except (RecursionError, MemoryError):
        yield "a field is nested too deeply to be read"
    except Exception as error:  # an exception group; on Python 3.10 packaging has its own type for that
        problems = getattr(error, "exceptions", None)
        if problems is None and not isinstance(error, ValueError):
            raise
        missing = {f"'{field}' is a required field" for field in unparsed}
        yield from (str(problem) for problem in problems or [error] if str(problem) not in missing)


@wheel_check(
    By.PYPI, source=f"{PEP_427}; {PYPI_UPLOAD}", hint="build it again: nox -s wheels; do not rename a wheel by hand"
)
@of_metadata
def metadata_matches_filename(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """METADATA has the same name and version as the file name"""
    if wheel.filename is None:
        return
    name, version = metadata.one("Name"), metadata.one("Version")
    if name is not None and canonicalize_name(name) != wheel.filename.project:
        yield f"METADATA names the project {abbreviate(name)}, but the file name has {wheel.filename.project}"
    # metadata-valid reports what is not a version.
    if version is not None and try_version(version) not in (None, wheel.filename.version):
        yield f"METADATA has version {abbreviate(version)}, but the file name has {wheel.filename.version}"


@release_wheel_check(
    By.DECISION,
    source="decision D2",
    hint="it was built from other sources: empty dist/ and build again: nox -s wheels",
)
@of_metadata
def metadata_matches_release(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    """METADATA has the same name and version as the package's pyproject.toml"""
    package = subject.config.package
    name, version = metadata.one("Name"), metadata.one("Version")
    if name is not None and canonicalize_name(name) != package.normalized_name:
        yield f"METADATA names the project {abbreviate(name)}, but {package.pyproject.as_posix()} has {package.name}"
    if version is not None and version != package.version:
        yield f"METADATA has version {abbreviate(version)}, but {package.statement}"


@release_wheel_check(
    By.CARE,
    source=f"{CORE_METADATA}: without it, old Pythons install what they cannot run",
    hint="write requires-python in [project] and build again: nox -s wheels",
)
@of_metadata
def requires_python_configured(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    """METADATA has the same Requires-Python as the package's pyproject.toml"""
    package = subject.config.package
    file, configured = package.pyproject.as_posix(), package.settings["project"].get("requires-python")
    written = metadata.one("Requires-Python")
    if not isinstance(configured, str):
        yield f"{file} has no requires-python in [project]"
    elif written is None:
        yield f"METADATA has no Requires-Python, but {file} has {configured!r}"
    elif _specifiers(written) != _specifiers(configured):
        yield f"METADATA has Requires-Python {abbreviate(written)!r}, but {file} has {configured!r}"


def _specifiers(text: str) -> SpecifierSet | tuple[str]:
    try:
        return SpecifierSet(text)
    except ValueError:  # not specifiers, or a number with more digits than Python converts
        return (text,)
