"""Are the file name and the folders for metadata and data right?"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import INSTALLED_PROJECTS, PEP_427, PYPI_UPLOAD, abbreviate, join_names
from truewheel.findings import By
from truewheel.wheel.reader import UNDERSTUDY, Wheel

_REBUILD = "build it again: nox -s wheels; do not rename a wheel by hand"
# The keys of sysconfig's install schemes that a wheel may use.
_SCHEMES = ("purelib", "platlib", "headers", "scripts", "data")


@wheel_check(By.PYPI, source=f"{PEP_427}; {PYPI_UPLOAD}", hint=_REBUILD)
def filename_valid(wheel: Wheel) -> Iterator[str]:
    """the file name is a valid name for a wheel, normalized"""
    try:
        project, version, _, _ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        yield str(error)
        return
    expected = f"{project.replace('-', '_')}-{version}"
    found = "-".join(wheel.name.split("-")[:2])
    if found != expected:
        yield f"the file name begins with {found}, expected {expected}"
    tags = wheel.name.removesuffix(".whl").rsplit("-", 3)[1:]
    if wrong := [tag for tag in tags if tag != tag.lower()]:
        yield f"{join_names(wrong)} must be in lower case; uv ignores the wheel"


@wheel_check(
    By.PYPI, source=PYPI_UPLOAD, hint="remove the + and what follows from the version; only private indexes accept it"
)
def version_public(wheel: Wheel) -> Iterator[str]:
    """the version has no local part"""
    if wheel.filename is not None and wheel.filename.version.local:
        yield f"the version {wheel.filename.version} has the local part +{wheel.filename.version.local}"


@wheel_check(By.PYPI, source=f"{PEP_427}; {PYPI_UPLOAD}", hint=_REBUILD)
def dist_info_named(wheel: Wheel) -> Iterator[str]:
    """there is one dist-info folder, with name and version spelled as in the file name"""
    folders = wheel.dist_info_folders
    if len(folders) != 1:
        yield f"expected one dist-info folder, found {len(folders)}{': ' if folders else ''}{join_names(folders)}"
    elif wheel.filename is not None and folders[0] != f"{wheel.filename.stem}.dist-info":
        yield f"the folder is {abbreviate(folders[0])}, expected {wheel.filename.stem}.dist-info"


@wheel_check(
    By.SPECIFICATION,
    source=f"{PEP_427}; {INSTALLED_PROJECTS}; PEP 610, direct URLs",
    hint="build the wheel from clean sources, without *.egg-info; do not pack it from installed files",
)
def foreign_metadata_absent(wheel: Wheel) -> Iterator[str]:
    """there is no metadata of other formats and none that installers write"""
    for name in ("INSTALLER", "REQUESTED", "direct_url.json"):
        if wheel.has_dist_info_file(name):
            yield f"{wheel.dist_info}/{name} is a file that only installers write"
    tops = {member.name.split("/")[0] for member in wheel.members}
    for top in sorted(top for top in tops if top.endswith(".egg-info") or top == "EGG-INFO"):
        yield f"there is {abbreviate(top)} next to the dist-info folder"


@wheel_check(
    By.SPECIFICATION,
    source=PEP_427,
    hint="look for data_files, headers or scripts in the settings of the build backend",
)
def data_folder_valid(wheel: Wheel) -> Iterator[str]:
    """files outside of site-packages are in one data folder, in a subfolder named after an install scheme's key"""
    folders: dict[str, set[str]] = {}
    for member in wheel.members:
        top, _, rest = member.name.partition("/")
        if top.endswith(".data") and rest:
            folders.setdefault(top, set()).add(rest.partition("/")[0] if "/" in rest else "")
    for folder, keys in sorted(folders.items()):
        if wheel.filename is not None and folder != f"{wheel.filename.stem}.data":
            yield f"the data folder is {abbreviate(folder)}, expected {wheel.filename.stem}.data"
        for key in sorted(keys - set(_SCHEMES)):
            found = f"the subfolder {abbreviate(key)!r}" if key else "a file outside of any subfolder"
            yield f"{abbreviate(folder)} has {found}, expected one of {', '.join(_SCHEMES)}"


@wheel_check(
    By.DECISION,
    source="decision D5",
    hint="build the wheel; a rehearsal takes the last release's wheels where it cannot build",
)
def understudy_absent(wheel: Wheel) -> Iterator[str]:
    """it is not a wheel of an earlier release that a rehearsal has renamed"""
    if wheel.has_dist_info_file(UNDERSTUDY):
        yield f"{UNDERSTUDY} in dist-info says that a rehearsal made it from a wheel of an earlier release"
