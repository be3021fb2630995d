"""What PyPI demands of an upload, in the order in which it looks, and its words when it refuses one.

The form and the names are judged here, in PyPI's words. The file itself is judged by check-dist's own checks: those
that PyPI demands. What PyPI accepts with a warning is accepted here too. Source: PyPI's code, August 2026.
"""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from collections.abc import Iterator

from packaging.utils import canonicalize_name
from packaging.version import Version

from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.registers import wheel_check
from truewheel.findings import By
from truewheel.judging.twine_check import DESCRIPTION_RENDERS
from truewheel.judging.wheels import judge_wheel
from truewheel.rehearsal.index.answers import Refused
from truewheel.rehearsal.index.names import help_url
from truewheel.rehearsal.index.store import Store, project_and_version
from truewheel.rehearsal.index.upload_form import Upload
from truewheel.system.files import scratch_folder

_EXTENSIONS = {"bdist_wheel": (".whl",), "sdist": (".zip", ".tar.gz")}
_KNOWN_EXTENSION = re.compile(r".+?(\.tar\.gz|\.zip|\.whl)", re.IGNORECASE)
_PROJECT_NAME = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE)
# In bytes: file systems keep no longer one.
_LONGEST_NAME = 255


def require_form(upload: Upload) -> None:
    """See that the form is complete and makes sense.

    Raises:
        Refused: it is not, or does not.
    """
    for problem in _form_problems(upload):
        raise Refused(400, problem)


def _form_problems(upload: Upload) -> Iterator[str]:
    name, version, filetype = upload.field("name"), upload.field("version"), upload.field("filetype")
    if (upload.field("protocol_version") or "1") != "1":
        yield "Unknown protocol version."
    if not _PROJECT_NAME.fullmatch(name):
        yield (
            f"{name!r} is an invalid value for Name. Error: Start and end with a letter or numeral "
            "containing only ASCII numeric and '.', '_' and '-'."
        )
    if filetype not in _EXTENSIONS:
        yield "Invalid value for filetype. Error: Use a known file type."
    if filetype != "sdist" and not upload.field("pyversion"):
        yield "Invalid value for pyversion. Error: Python version is required for binary distribution uploads."
    if not any(upload.field(field) for field in upload.digests):
        yield "Error: Include at least one message digest."
    if not _is_version(version):
        yield f"{version!r} is invalid for 'version'."
    elif Version(version).local:
        yield f"The use of local versions in {version!r} is not allowed."
    if not upload.filename:
        yield "Upload payload does not have a file."


def _is_version(text: str) -> bool:
    try:
        Version(text)
    # Not only InvalidVersion: Python does not convert a number of thousands of digits.
    except ValueError:
        return False
    return True


def require_file_name(upload: Upload) -> None:
    """See that the file can be kept under its name.

    Raises:
        Refused: it cannot.
    """
    for problem in _file_name_problems(upload.filename, upload.field("filetype")):
        raise Refused(400, problem)


def _file_name_problems(name: str, filetype: str) -> Iterator[str]:
    if len(name.encode("utf-8")) > _LONGEST_NAME:
        yield f"Cannot upload a file with a name of more than {_LONGEST_NAME} bytes."
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        yield (
            "Cannot upload a file with non-printable characters (ordinals 0-31) "
            "or the DEL character (ordinal 127) in the name."
        )
    if "/" in name or "\\" in name:
        yield "Cannot upload a file with '/' or '\\' in the name."
    extension = _KNOWN_EXTENSION.fullmatch(name)
    if extension is None:
        yield "Invalid file extension: Use .tar.gz, .whl or .zip extension."
    elif extension[1] not in _EXTENSIONS[filetype]:
        yield f"Invalid file extension: Extension {extension[1]} is invalid for filetype {filetype}."


def require_digest(upload: Upload) -> None:
    """See that the file arrived as it was sent.

    Raises:
        Refused: it did not.
    """
    for field, digest in upload.digests.items():
        if upload.field(field) and upload.field(field).lower() != digest:
            raise Refused(400, "The digest supplied does not match a digest calculated from the uploaded file.")


def is_there_already(upload: Upload, store: Store) -> bool:
    """Whether the identical file is on the index, so that nothing has to be done.

    Raises:
        Refused: another file of this name is there.
    """
    there = store.find(upload.filename)
    if there is None or there.facts.sha256 == upload.digests["sha256_digest"]:
        return there is not None
    # Clients recognize this case by the beginning of the sentence.
    raise Refused(
        400,
        f"File already exists ({upload.filename!r}, with blake2_256 hash {upload.digests['blake2_256_digest']!r}). "
        f"See {help_url('file-name-reuse')} for more information.",
    )


def require_file(upload: Upload) -> None:
    """See that the file is one that PyPI accepts.

    Raises:
        Refused: it is not.
    """
    if upload.filename.endswith(".whl"):
        with scratch_folder() as folder:
            path = folder / upload.filename
            path.write_bytes(upload.content)
            findings = judge_wheel(path, None).findings
        refusing = names_of_refusing_rules()
        for finding in findings:
            if finding.check in refusing:
                raise Refused(400, f"Invalid distribution file. {finding.message} ({finding.check})")
    _require_agreement(upload)
    if not upload.filename.endswith(".whl"):
        _require_sdist(upload)


def names_of_refusing_rules() -> frozenset[str]:
    """The names of the rules about files by which PyPI, and so this index, refuses an upload.

    `record-complete` is not one of them: PyPI accepts such a wheel, and mails its owners.
    """
    rules = (*wheel_check.rules, ARCHIVE_READABLE, DESCRIPTION_RENDERS)
    return frozenset(rule.name for rule in rules if rule.by is By.PYPI)


def _require_agreement(upload: Upload) -> None:
    """See that the file name has the form's project, in its normalized spelling, and the form's version."""
    try:
        project, version = project_and_version(upload.filename)
    except ValueError as error:
        raise Refused(400, str(error)) from None
    name, expected = upload.field("name"), _normalized(upload)
    found = upload.filename.partition("-")[0]
    if project != canonicalize_name(name):
        raise Refused(400, f"Start filename for {name!r} with {expected!r}.")
    if found != expected:
        raise Refused(
            400,
            f"Filename {upload.filename!r} should contain the normalized project name {expected!r}, not {found!r}.",
        )
    if version != Version(upload.field("version")):
        raise Refused(400, f"Version in filename should be {upload.field('version')!r} not {str(version)!r}.")


def _normalized(upload: Upload) -> str:
    return canonicalize_name(upload.field("name")).replace("-", "_")


def _require_sdist(upload: Upload) -> None:
    """See that a source distribution has the name that PyPI demands, and that it is an archive with metadata."""
    stem = f"{_normalized(upload)}-{Version(upload.field('version'))}"
    if upload.filename != f"{stem}.tar.gz":
        raise Refused(400, f"Filename {upload.filename!r} is invalid, should be {f'{stem}.tar.gz'!r}.")
    try:
        with tarfile.open(fileobj=io.BytesIO(upload.content), mode="r:gz") as archive:
            archive.getmember(f"{stem}/PKG-INFO")
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        raise Refused(400, "Invalid distribution file. File is not a tarfile") from None
    except KeyError:
        raise Refused(400, f"Invalid distribution file. PKG-INFO not found at {stem}/PKG-INFO") from None
