"""Do the file name, the dist-info folder, METADATA and WHEEL tell one story?"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.metadata import Metadata
from packaging.tags import Tag, parse_tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from scripts.checks.registers import wheel_check
from scripts.wheel import Wheel

_REBUILD = "build it again: nox -s wheels; do not rename a wheel by hand"
_PEP_427 = "binary distribution format specification (PEP 427)"


@wheel_check(
    "filename-valid",
    "the file name is a wheel's, in the normalized spelling",
    source=f"{_PEP_427}; PyPI's upload rules",
    hint=_REBUILD,
)
def filename_valid(wheel: Wheel) -> Iterator[str]:
    try:
        project, version, _, _ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        yield str(error)
        return
    expected = f"{project.replace('-', '_')}-{version}"
    found = "-".join(wheel.name.split("-")[:2])
    if found != expected:
        yield f"the file name begins with {found}; normalized it begins with {expected}"


@wheel_check(
    "dist-info-named",
    "there is one dist-info folder, spelled as the file name spells name and version",
    source=f"{_PEP_427}; PyPI's upload rules",
    hint=_REBUILD,
)
def dist_info_named(wheel: Wheel) -> Iterator[str]:
    folders = wheel.dist_info_folders
    if len(folders) != 1:
        yield f"expected one dist-info folder, found {len(folders)}{': ' if folders else ''}{', '.join(folders)}"
    elif wheel.filename is not None and folders[0] != f"{wheel.filename.stem}.dist-info":
        yield f"the folder is {folders[0]}, expected {wheel.filename.stem}.dist-info"


@wheel_check(
    "metadata-valid",
    "METADATA is there and is valid Core Metadata",
    source="Core Metadata specification",
    hint="mend [project] in the package's pyproject.toml and build again: nox -s wheels",
)
def metadata_valid(wheel: Wheel) -> Iterator[str]:
    if wheel.dist_info is None:
        return
    content = wheel.dist_info_file("METADATA")
    if content is None:
        yield f"{wheel.dist_info}/METADATA is missing"
        return
    yield from _metadata_problems(content)


def _metadata_problems(content: bytes) -> Iterator[str]:
    try:
        Metadata.from_email(content, validate=True)
    except Exception as error:  # an exception group; on Python 3.10 packaging brings a type of its own
        problems = getattr(error, "exceptions", None)
        if problems is None:
            raise
        # packaging looks at the fields in the order of a set, another one each time.
        yield from sorted(str(problem) for problem in problems)


@wheel_check(
    "metadata-agrees",
    "METADATA has the name and the version of the file name",
    source=f"{_PEP_427}; PyPI's upload rules",
    hint=_REBUILD,
)
def metadata_agrees(wheel: Wheel) -> Iterator[str]:
    content = wheel.dist_info_file("METADATA")
    if content is None or wheel.filename is None:
        return
    metadata = Metadata.from_email(content, validate=False)
    name, version = _name_and_version(metadata)
    if name is not None and canonicalize_name(name) != wheel.filename.project:
        yield f"METADATA names the project {name}, the file name {wheel.filename.project}"
    if version is not None and version != wheel.filename.version:
        yield f"METADATA has version {version}, the file name {wheel.filename.version}"


def _name_and_version(metadata: Metadata) -> tuple[str | None, Version | None]:
    # What is not valid is reported by metadata-valid; here it cannot be compared.
    try:
        name = metadata.name
    except (ValueError, KeyError):
        name = None
    try:
        version = metadata.version
    except (ValueError, KeyError, InvalidVersion):
        version = None
    return name, version


@wheel_check(
    "wheel-file-valid",
    "WHEEL is there, of version 1.x, and says that the wheel is not pure",
    source=_PEP_427,
    hint="build it again: nox -s wheels; a wheel with native code must not be marked pure (wheel.platlib)",
)
def wheel_file_valid(wheel: Wheel) -> Iterator[str]:
    if wheel.dist_info is None:
        return
    fields = wheel.wheel_fields
    if fields is None:
        yield f"{wheel.dist_info}/WHEEL is missing"
        return
    version = fields.get("Wheel-Version", [])
    if len(version) != 1 or not version[0].startswith("1."):
        yield f"expected one Wheel-Version 1.x, found {', '.join(version) or 'none'}"
    purelib = fields.get("Root-Is-Purelib", [])
    if [value.lower() for value in purelib] != ["false"]:
        yield f"expected Root-Is-Purelib: false, found {', '.join(purelib) or 'none'}"


@wheel_check(
    "wheel-tags-agree",
    "the tags in WHEEL are those of the file name",
    source=_PEP_427,
    hint=_REBUILD,
)
def wheel_tags_agree(wheel: Wheel) -> Iterator[str]:
    fields = wheel.wheel_fields
    if fields is None or wheel.filename is None:
        return
    written: set[Tag] = set()
    for line in fields.get("Tag", []):
        try:
            written |= parse_tag(line)
        except ValueError:
            yield f"WHEEL has the tag {line!r}, which is not of the form python-abi-platform"
    for tag in sorted(map(str, wheel.filename.tags - written)):
        yield f"the tag {tag} is in the file name, but not in WHEEL"
    for tag in sorted(map(str, written - wheel.filename.tags)):
        yield f"the tag {tag} is in WHEEL, but not in the file name"
