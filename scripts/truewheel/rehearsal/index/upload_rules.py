"""What PyPI demands of an upload, in its order. The first problem is its answer, with status 400.

The form and the names are judged here, in PyPI's words. The file itself is judged by check-dist's own checks: those
that PyPI demands. What PyPI accepts with a warning is accepted here too. Source: PyPI's code, August 2026.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from packaging.version import Version

from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.registers import wheel_check
from truewheel.findings import By
from truewheel.judging.twine_check import DESCRIPTION_RENDERS
from truewheel.judging.wheels import judge_wheel
from truewheel.rehearsal.index.names import help_url
from truewheel.rehearsal.index.store import project_and_version
from truewheel.system.files import scratch_folder
from truewheel.versions import try_version
from truewheel.wheel.dist_info import HeaderFile, parse_header_file

_EXTENSIONS = {"bdist_wheel": ".whl", "sdist": ".tar.gz"}
_PROJECT_NAME = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE)
# File systems do not allow longer names.
_FILE_NAME = re.compile(r"[\w.+!-]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client sent."""

    fields: Mapping[str, str]  # the first value of each field of the form
    filename: str = ""  # the file's name, as the client sent it; empty when there is no file
    content: bytes = b""  # the file's bytes

    def field(self, name: str) -> str:
        """The value of a field; empty when the form does not have it."""
        return self.fields.get(name, "")


def form_problems(upload: Upload) -> Iterator[str]:
    """Why the form makes no sense, or the file cannot be kept under its name."""
    name, version, filetype = upload.field("name"), try_version(upload.field("version")), upload.field("filetype")
    if not _PROJECT_NAME.fullmatch(name):
        yield (
            f"{name!r} is an invalid value for Name. Error: Start and end with a letter or numeral "
            "containing only ASCII numeric and '.', '_' and '-'."
        )
    if version is None:
        yield f"{upload.field('version')!r} is invalid for 'version'."
    elif version.local:
        yield f"The use of local versions in {upload.field('version')!r} is not allowed."
    # No client that checks its files sends others; PyPI has a sentence for each mistake.
    if not _FILE_NAME.fullmatch(upload.filename) or not upload.filename.endswith(_EXTENSIONS.get(filetype, ())):
        yield f"{upload.filename!r} is not the name of a file of the type {filetype!r}."
    content = upload.content
    digests = {
        "md5_digest": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "sha256_digest": hashlib.sha256(content).hexdigest(),
        "blake2_256_digest": hashlib.blake2b(content, digest_size=32).hexdigest(),
    }
    given = {name: upload.field(name).lower() for name in digests if upload.field(name)}
    if not given:
        yield "Error: Include at least one message digest."
    if any(digest != digests[name] for name, digest in given.items()):
        yield "The digest supplied does not match a digest calculated from the uploaded file."


def reuse_problem(upload: Upload) -> str:
    """The answer when another file of this name is on the index. Clients recognize it by its beginning."""
    digest = hashlib.blake2b(upload.content, digest_size=32).hexdigest()
    more = f"See {help_url('file-name-reuse')} for more information."
    return f"File already exists ({upload.filename!r}, with blake2_256 hash {digest!r}). {more}"


def file_problems(upload: Upload) -> Iterator[str]:
    """Why the file is not one that PyPI accepts."""
    if not upload.filename.endswith(".whl"):
        yield from _disagreements(upload)
        yield from _sdist_problems(upload)
        return
    with scratch_folder() as folder:
        path = folder / upload.filename
        path.write_bytes(upload.content)
        findings = judge_wheel(path, None).findings
    for finding in findings:
        if finding.check in names_of_refusing_rules():
            yield f"Invalid distribution file. {finding.message} ({finding.check})"
    yield from _disagreements(upload)


def names_of_refusing_rules() -> frozenset[str]:
    """The names of the rules about files by which PyPI, and so this index, refuses an upload.

    `record-complete` is not one of them: PyPI accepts such a wheel, and mails its owners.
    """
    rules = (*wheel_check.rules, ARCHIVE_READABLE, DESCRIPTION_RENDERS)
    return frozenset(rule.name for rule in rules if rule.by is By.PYPI)


def _disagreements(upload: Upload) -> Iterator[str]:
    """Where the file name has another project or version than the form, or spells the project differently."""
    name, expected = upload.field("name"), _normalized(upload)
    found = upload.filename.partition("-")[0]
    try:
        project, version = project_and_version(upload.filename)
    except ValueError as error:
        yield str(error)
        return
    if project != canonicalize_name(name):
        yield f"Start filename for {name!r} with {expected!r}."
    if found != expected:
        yield f"Filename {upload.filename!r} should contain the normalized project name {expected!r}, not {found!r}."
    if version != Version(upload.field("version")):
        yield f"Version in filename should be {upload.field('version')!r} not {str(version)!r}."


def _normalized(upload: Upload) -> str:
    return canonicalize_name(upload.field("name")).replace("-", "_")


def _sdist_problems(upload: Upload) -> Iterator[str]:
    """Why a source distribution does not have the name that PyPI demands, or is not an archive with metadata."""
    stem = f"{_normalized(upload)}-{Version(upload.field('version'))}"
    if upload.filename != f"{stem}.tar.gz":
        yield f"Filename {upload.filename!r} is invalid, should be {f'{stem}.tar.gz'!r}."
    try:
        with tarfile.open(fileobj=io.BytesIO(upload.content), mode="r:gz") as archive:
            yield from _tar_problems(archive, stem, upload.filename)
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        yield "Invalid distribution file. File is not a tarfile"


def _tar_problems(archive: tarfile.TarFile, stem: str, filename: str) -> Iterator[str]:
    names = set(archive.getnames())
    target = posixpath.join(stem, "PKG-INFO")
    if posixpath.commonprefix(list(names)) in (".", "/", ""):
        yield "Invalid distribution file. Incorrect number of top-level directories in sdist"
    if target not in names or (file := archive.extractfile(target)) is None:
        yield f"Invalid distribution file. PKG-INFO not found at {target}"
        return
    metadata = parse_header_file(file.read())
    if not isinstance(metadata, HeaderFile):
        yield f"Invalid distribution file. PKG-INFO {metadata.reason}"
        return
    # PyPI demands them since this version of the metadata.
    is_new = (try_version(metadata.one("Metadata-Version") or "") or Version("1.0")) >= Version("2.4")
    for name in metadata.all("License-File") if is_new else ():
        path = posixpath.join(stem, name)
        if path not in names:
            yield f"License-File {name} does not exist in distribution file {filename} at {path}"
