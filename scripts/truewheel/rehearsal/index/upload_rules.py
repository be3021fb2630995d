"""What PyPI demands of an upload, in the order in which it looks, and what it says when it refuses.

The form and the names are judged here, in PyPI's words. The file itself is judged by check-dist's own checks: those
whose demand is PyPI's. What PyPI takes with a warning is taken here too. Source: PyPI's code, August 2026.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import tarfile
from collections.abc import Callable, Iterator

from packaging.utils import canonicalize_name, parse_sdist_filename
from packaging.version import Version

from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.registers import wheel_check
from truewheel.findings import By
from truewheel.judging.twine_check import DESCRIPTION_RENDERS
from truewheel.judging.wheels import judge_wheel
from truewheel.rehearsal.index.names import help_url
from truewheel.rehearsal.index.store import Store, project_and_version
from truewheel.rehearsal.index.upload_form import Upload
from truewheel.system.files import scratch_folder
from truewheel.versions import try_version

# PyPI accepts a wheel whose RECORD does not name exactly the members, and mails its owners.
_MAILED_ABOUT = "record-complete"
_EXTENSIONS = {"bdist_wheel": (".whl",), "sdist": (".zip", ".tar.gz")}
_KNOWN_EXTENSION = re.compile(r".+?(\.tar\.gz|\.zip|\.whl)", re.IGNORECASE)
_PROJECT_NAME = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE)
_LONGEST_DAYS = 14
# In bytes: file systems keep no longer one.
_LONGEST_NAME = 255


class UploadRefused(Exception):
    """The file is not taken.

    Args:
        status: the HTTP status of the answer.
        words: why, in PyPI's words as far as it has any.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


def demand_form(upload: Upload) -> None:
    """The form is complete and makes sense.

    Raises:
        UploadRefused: it is not, or does not.
    """
    for problem in _form_problems(upload):
        raise UploadRefused(400, problem)


def _form_problems(upload: Upload) -> Iterator[str]:
    if (upload.one("protocol_version") or "1") != "1":
        yield "Unknown protocol version."
    if not _PROJECT_NAME.fullmatch(upload.one("name")):
        yield (
            f"{upload.one('name')!r} is an invalid value for Name. Error: Start and end with a letter or numeral "
            "containing only ASCII numeric and '.', '_' and '-'."
        )
    if upload.one("filetype") not in _EXTENSIONS:
        yield "Invalid value for filetype. Error: Use a known file type."
    if upload.one("filetype") != "sdist" and not upload.one("pyversion"):
        yield "Invalid value for pyversion. Error: Python version is required for binary distribution uploads."
    if not any(upload.one(field) for field in upload.digests):
        yield "Error: Include at least one message digest."
    text = upload.one("version")
    version = try_version(text)
    if version is None:
        yield f"{text!r} is invalid for 'version'."
    elif version.local:
        yield f"The use of local versions in {text!r} is not allowed."
    if not upload.filename:
        yield "Upload payload does not have a file."


def demand_file_name(upload: Upload) -> None:
    """The file can be kept under its name at all.

    Raises:
        UploadRefused: it cannot.
    """
    name, filetype = upload.filename, upload.one("filetype")
    if len(name.encode("utf-8")) > _LONGEST_NAME:
        raise UploadRefused(400, f"Cannot upload a file with a name of more than {_LONGEST_NAME} bytes.")
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        raise UploadRefused(
            400,
            "Cannot upload a file with non-printable characters (ordinals 0-31) "
            "or the DEL character (ordinal 127) in the name.",
        )
    if "/" in name or "\\" in name:
        raise UploadRefused(400, "Cannot upload a file with '/' or '\\' in the name.")
    extension = _KNOWN_EXTENSION.fullmatch(name)
    if extension is None:
        raise UploadRefused(400, "Invalid file extension: Use .tar.gz, .whl or .zip extension.")
    if extension[1] not in _EXTENSIONS[filetype]:
        raise UploadRefused(
            400, f"Invalid file extension: Extension {extension[1]} is invalid for filetype {filetype}."
        )


def demand_digests(upload: Upload) -> None:
    """The file arrived as it was sent.

    Raises:
        UploadRefused: it did not.
    """
    for field, digest in upload.digests.items():
        if upload.one(field) and upload.one(field).lower() != digest:
            raise UploadRefused(400, "The digest supplied does not match a digest calculated from the uploaded file.")


def is_there_already(upload: Upload, store: Store) -> bool:
    """Whether the very file is on the index; nothing has to be done then.

    Raises:
        UploadRefused: another file of this name is there, or was.
    """
    name, digests = upload.filename, upload.digests
    there = store.find(name)
    if there is not None and there.sha256 == digests["sha256_digest"]:
        return True
    more = f"See {help_url('file-name-reuse')} for more information."
    if there is not None:
        # Clients know this case by how the sentence begins.
        blake2 = digests["blake2_256_digest"]
        raise UploadRefused(400, f"File already exists ({name!r}, with blake2_256 hash {blake2!r}). {more}")
    if store.is_burned(name):
        raise UploadRefused(
            400,
            f"This filename was previously used by a file that has since been deleted. Use a different version. {more}",
        )
    return False


def demand_open_release(upload: Upload, store: Store, clock: Callable[[], float]) -> None:
    """The release still takes files.

    Raises:
        UploadRefused: it is too old.
    """
    created = store.release_created(Version(upload.one("version")))
    age = dt.timedelta(seconds=0 if created is None else clock() - created)
    if age > dt.timedelta(days=_LONGEST_DAYS):
        raise UploadRefused(400, f"Uploading new files to releases older than {_LONGEST_DAYS} days is not allowed.")


def demand_file(upload: Upload) -> list[str]:
    """The file is one that PyPI takes; gives what its owners would get a mail about.

    Raises:
        UploadRefused: it is none.
    """
    if not upload.filename.endswith(".whl"):
        _demand_sdist(upload)
        return []
    with scratch_folder() as folder:
        path = folder / upload.filename
        path.write_bytes(upload.content)
        findings = judge_wheel(path, None).findings
    mails = [finding.message for finding in findings if finding.check == _MAILED_ABOUT]
    refusing = names_of_refusing_rules()
    for finding in findings:
        if finding.check in refusing:
            raise UploadRefused(400, f"Invalid distribution file. {finding.message} ({finding.check})")
    _demand_agreement(upload)
    return mails


def names_of_refusing_rules() -> frozenset[str]:
    """The names of the rules about files by which PyPI, and so this index, refuses an upload."""
    rules = (*wheel_check.rules, ARCHIVE_READABLE, DESCRIPTION_RENDERS)
    return frozenset(rule.name for rule in rules if rule.by is By.PYPI)


def _demand_agreement(upload: Upload) -> None:
    """The file name says what the form says, in the normalized spelling."""
    try:
        project, version = project_and_version(upload.filename)
    except ValueError as error:
        raise UploadRefused(400, str(error)) from None
    name, expected = upload.one("name"), canonicalize_name(upload.one("name")).replace("-", "_")
    if project != canonicalize_name(name):
        raise UploadRefused(400, f"Start filename for {name!r} with {expected!r}.")
    found = upload.filename.partition("-")[0]
    if found != expected:
        raise UploadRefused(
            400,
            f"Filename {upload.filename!r} should contain the normalized project name {expected!r}, not {found!r}.",
        )
    if version != Version(upload.one("version")):
        raise UploadRefused(400, f"Version in filename should be {upload.one('version')!r} not {str(version)!r}.")


def _demand_sdist(upload: Upload) -> None:
    """What PyPI demands of a source distribution, as far as it shows in its name and that it can be read."""
    _demand_agreement(upload)
    _, version = parse_sdist_filename(upload.filename)
    stem = f"{canonicalize_name(upload.one('name')).replace('-', '_')}-{version}"
    if upload.filename != f"{stem}.tar.gz":
        raise UploadRefused(400, f"Filename {upload.filename!r} is invalid, should be {f'{stem}.tar.gz'!r}.")
    try:
        with tarfile.open(fileobj=io.BytesIO(upload.content), mode="r:gz") as archive:
            archive.getmember(f"{stem}/PKG-INFO")
    except (tarfile.TarError, OSError, EOFError):
        raise UploadRefused(400, "Invalid distribution file. File is not a tarfile") from None
    except KeyError:
        raise UploadRefused(400, f"Invalid distribution file. PKG-INFO not found at {stem}/PKG-INFO") from None
