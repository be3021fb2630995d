"""`dist/`: what lies in it, by name. The files themselves are read by `truewheel.wheel.reader`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName

from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.wheel.filename import WheelFilename, try_parse


@dataclass(frozen=True, slots=True)
class DistributionFolder:
    """The folder of files to publish, beside what the release expects there.

    Attributes:
        path: the folder as it was named.
        wheels: the wheels by their file names, sorted.
        others: the names of everything else in it, sorted; folders end with `/`.
        project: the normalized name of the project that is released.
        version: its version as written; None when it is not static.
        platforms: the platforms of which it shall hold one wheel each.
    """

    path: Path
    wheels: tuple[WheelFilename, ...]
    others: tuple[str, ...]
    project: NormalizedName
    version: str | None
    platforms: tuple[Platform, ...]


def read_distribution_folder(path: Path, config: Config) -> DistributionFolder:
    """List the folder `path` (hidden files too) for the release that `config` describes.

    Raises:
        ReleaseError: there is no such folder, or it cannot be read.
    """
    wheels: list[WheelFilename] = []
    others: list[str] = []
    for entry in _entries(path):
        wheel = try_parse(entry.name)
        if wheel is not None and entry.is_file() and not entry.is_symlink():
            wheels.append(wheel)
        else:
            others.append(entry.name + "/" * entry.is_dir())
    package = config.package
    return DistributionFolder(
        path, tuple(wheels), tuple(others), package.normalized_name, package.version, config.platforms
    )


def list_wheels(path: Path) -> list[Path]:
    """The files in the folder `path` whose names end like a wheel's, sorted by name; links and all else are left out.

    Raises:
        ReleaseError: there is no such folder, or it cannot be read.
    """
    return [entry for entry in _entries(path) if entry.suffix == ".whl" and entry.is_file() and not entry.is_symlink()]


def _entries(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except FileNotFoundError:
        raise ReleaseError(
            f"there is no folder {path}", hint="build the wheels (nox -s wheels), or name their folder"
        ) from None
    except NotADirectoryError:
        raise ReleaseError(f"{path} is not a folder", hint="name the folder that holds the wheels") from None
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}") from None
