"""The understudy: the wheel of the last release, under the new version, for one that cannot be built on this machine.

Its native bytes are those of the last release. File names, METADATA and RECORD say the new version, and a file
`UNDERSTUDY` in its dist-info says what it is: check-dist refuses it everywhere but in a rehearsal. auditwheel unpacks,
records and packs it, as it does wheels that it repairs.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

from auditwheel.tools import dir2zip, zip2dir
from auditwheel.wheeltools import rewrite_record
from packaging.utils import NormalizedName

from truewheel.errors import ReleaseError
from truewheel.publishing.indexed_release import IndexedFile
from truewheel.publishing.package_index import read_all_files, read_file
from truewheel.publishing.pip_settings import PipSettings
from truewheel.system.files import make_folder, scratch_folder
from truewheel.wheel.filename import WheelFilename, try_parse
from truewheel.wheel.reader import UNDERSTUDY

_VERSION = re.compile(rb"^(Version:)[^\r\n]*", re.IGNORECASE | re.MULTILINE)
# Of all files, so that a re-run makes the same bytes.
_TIME = datetime(1980, 1, 1, tzinfo=timezone.utc)


def take_understudies(
    project: NormalizedName,
    version: str,
    is_wanted: Callable[[WheelFilename], bool],
    folder: Path,
    settings: PipSettings,
) -> list[Path]:
    """Put the wheels of the project's last release into `folder`, under the new version, and return their paths.

    The last release is the newest stable version that has wheels that are wanted and not yanked. A ReleaseError if
    there is none on the index, or its wheels cannot be downloaded.
    """
    last = last_wheels(project, read_all_files(project, settings), is_wanted, settings.index)
    make_folder(folder)
    return [_renamed(name, read_file(file, settings), version, folder) for name, file in last.items()]


def last_wheels(
    project: NormalizedName, files: Sequence[IndexedFile], is_wanted: Callable[[WheelFilename], bool], index: str
) -> dict[WheelFilename, IndexedFile]:
    """Return the wheels of the last release among the project's files on the index; a ReleaseError if there is none."""
    named = {name: file for file in files if file.yanked is None and (name := try_parse(file.name))}
    wanted = {name: file for name, file in named.items() if name.project == project and is_wanted(name)}
    stable = [name.version for name in wanted if not name.version.is_prerelease]
    if not stable:
        raise ReleaseError(
            f"no release of {project} on {index} has a wheel to use instead",
            hint="rehearse on a machine that can build it, or leave its platform out until the first release",
        )
    return {name: file for name, file in wanted.items() if name.version == max(stable)}


def understudied(path: Path) -> str:
    """Return the file name of the wheel that the understudy at `path` was made from; empty if it is not one."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = [name for name in archive.namelist() if name.endswith(f".dist-info/{UNDERSTUDY}")]
            return archive.read(files[0]).decode().partition("\n")[0] if files else ""
    except (OSError, zipfile.BadZipFile):
        return ""


def explanation(name: str, of: str) -> str:
    """Return what a report says of the understudy `name` that was made from the wheel `of`."""
    return f"{name} is an understudy: {of} under the new version, not built from this tag"


def _renamed(name: WheelFilename, content: bytes, version: str, folder: Path) -> Path:
    """Write a wheel into `folder` under another version."""
    _, _, *tags = name.text.split("-")
    # An older release may spell the project as PyPI no longer takes it.
    first = name.project.replace("-", "_")
    target, new = folder / "-".join([first, version, *tags]), f"{first}-{version}"
    with scratch_folder() as scratch, scratch_folder() as tree:
        (scratch / name.text).write_bytes(content)
        try:
            zip2dir(scratch / name.text, tree)
            (dist_info,) = tree.glob("*.dist-info")
        except (zipfile.BadZipFile, ValueError) as error:
            raise ReleaseError(f"{name.text} of the last release cannot take its place: {error}") from None
        for each in tree.glob(f"{dist_info.stem}.*"):
            each.rename(tree / f"{new}{each.suffix}")
        inside = tree / f"{new}.dist-info"
        metadata = inside / "METADATA"
        metadata.write_bytes(_VERSION.sub(rb"\1 " + version.encode(), metadata.read_bytes(), count=1))
        note = f"{name.text}\nA rehearsal gave this wheel the version {version}. It must never be published.\n"
        (inside / UNDERSTUDY).write_text(note, encoding="utf-8", newline="\n")
        rewrite_record(tree)
        dir2zip(tree, target, zlib.Z_DEFAULT_COMPRESSION, _TIME)
    return target
