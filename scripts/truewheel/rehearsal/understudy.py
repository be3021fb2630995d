"""The understudy: the wheel of the last release, under the new version, for one that cannot be built on this machine.

Its native bytes are those of the last release. File names, METADATA and RECORD say the new version, and a file
`UNDERSTUDY` in its dist-info says what it is: check-dist refuses it everywhere but in a rehearsal.
Source: the binary distribution format (PEP 427), recording installed projects (PEP 376).
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from packaging.utils import NormalizedName

from truewheel.builds import serves_any, unserved
from truewheel.checks.sentences import join_names
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.publishing.package_index import read_all_files, read_file
from truewheel.publishing.pip_settings import PipSettings
from truewheel.system.files import make_folder, scratch_folder
from truewheel.wheel.filename import WheelFilename, try_parse
from truewheel.wheel.reader import UNDERSTUDY, UnreadableWheel, read_wheel

_VERSION = re.compile(rb"^(Version:)[^\r\n]*", re.IGNORECASE | re.MULTILINE)
# RECORD lists itself and its signatures without a hash; a signature would no longer match.
_RECORD, _SIGNATURES = "RECORD", ("RECORD.jws", "RECORD.p7s")


def take_understudies(
    project: NormalizedName,
    version: str,
    is_wanted: Callable[[WheelFilename], bool],
    folder: Path,
    settings: PipSettings,
) -> list[Path]:
    """Put the wheels of the project's last release into `folder`, under the new version, and return their paths.

    The last release is the newest stable version that has wheels that are wanted and not yanked.

    Args:
        project: the project's normalized name.
        version: the new version.
        is_wanted: whether a wheel is one of those that cannot be built, e.g. by its platform tags.
        folder: where to put them; it is made if needed.
        settings: how pip reaches the index that has the last release.

    Raises:
        ReleaseError: there is no such release, or the index cannot be reached, or a wheel of it cannot be read.
    """
    files = [file for file in read_all_files(project, settings) if file.yanked is None]
    named = [(name, file) for file in files if (name := try_parse(file.name)) and name.project == project]
    wanted = {name: file for name, file in named if not name.version.is_prerelease and is_wanted(name)}
    last = max((name.version for name in wanted), default=None)
    if last is None:
        raise ReleaseError(
            f"no release of {project} on {settings.index} has a wheel that could take its place",
            hint="rehearse on a machine that can build it, or after the first release",
        )
    make_folder(folder)
    made = []
    for name, file in wanted.items():
        if name.version == last:
            with scratch_folder() as scratch:
                old = scratch / name.text
                old.write_bytes(read_file(file, settings))
                try:
                    made.append(_renamed(old, version, folder))
                except UnreadableWheel as error:
                    raise ReleaseError(f"{name.text} of the last release cannot take its place: {error}") from None
    return made


def understudies_for(
    platform: Platform, project: NormalizedName, version: str, folder: Path, settings: PipSettings
) -> list[Path]:
    """Do the same for a platform, whose builds the wheels must serve.

    Raises:
        ReleaseError: no release has wheels for it, or the last one that has does not serve all of its builds.
    """

    def is_wanted(name: WheelFilename) -> bool:
        return platform.accepts_any(name.platform_tags) and serves_any(name, platform.builds)

    wheels = take_understudies(project, version, is_wanted, folder, settings)
    names = [name for wheel in wheels if (name := try_parse(wheel.name))]
    if without := unserved(platform.builds, names):
        raise ReleaseError(
            f"{understudied(wheels[0])}, of the last release, does not serve {join_names(map(str, without))}",
            hint="rehearse on a machine that can build for them",
        )
    return wheels


def understudied(path: Path) -> str:
    """Return the file name of the wheel that the wheel at `path` is an understudy of; empty if it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = [name for name in archive.namelist() if name.endswith(f".dist-info/{UNDERSTUDY}")]
            return archive.read(files[0]).decode().partition("\n")[0] if files else ""
    except (OSError, zipfile.BadZipFile):
        return ""


def _renamed(path: Path, version: str, folder: Path) -> Path:
    """Write the wheel at `path` into `folder` under another version."""
    dist_info = read_wheel(path).dist_info
    parts = path.name.split("-")
    if dist_info is None:
        raise UnreadableWheel("it does not have one dist-info folder")
    target = folder / "-".join([parts[0], version, *parts[2:]])
    old, new = dist_info.removesuffix(".dist-info"), f"{parts[0]}-{version}"
    members: list[tuple[zipfile.ZipInfo, bytes]] = []
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = re.sub(rf"^{re.escape(old)}(?=\.(?:dist-info|data)/)", new, info.filename)
            data = archive.read(info)
            if name == f"{new}.dist-info/METADATA":
                data = _VERSION.sub(rb"\1 " + version.encode(), data, count=1)
            if not info.is_dir() and name not in {f"{new}.dist-info/{file}" for file in (_RECORD, *_SIGNATURES)}:
                members.append((_member(name, info), data))
    note = f"{path.name}\nA rehearsal gave this wheel the version {version}. It must never be published.\n"
    members.append((_member(f"{new}.dist-info/{UNDERSTUDY}", members[-1][0]), note.encode()))
    record = f"{new}.dist-info/{_RECORD}"
    members.append((_member(record, members[-1][0]), _record(members, record)))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in members:
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return target


def _member(name: str, like: zipfile.ZipInfo) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, like.date_time)
    member.create_system, member.external_attr = like.create_system, like.external_attr
    return member


def _record(members: list[tuple[zipfile.ZipInfo, bytes]], record: str) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for info, data in members:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.writerow([info.filename, f"sha256={digest}", len(data)])
    rows.writerow([record, "", ""])
    return text.getvalue().encode()
