"""The files in `dist/`, by name; `truewheel.wheel.reader` reads the wheels themselves.

Every function raises ReleaseError if there is no such folder, or it cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName

from truewheel.builds import Build
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform, builds_of
from truewheel.wheel.filename import WheelFilename, try_parse

# Wheels, sdists, and what twine takes with them.
_UPLOADED = (".whl", ".tar.gz", ".zip", ".asc", ".attestation")


@dataclass(frozen=True, slots=True)
class DistributionFolder:
    """The folder of files to publish, and what the release expects in it."""

    path: Path  # the folder, as given
    wheels: tuple[WheelFilename, ...]  # the file names of the wheels, sorted
    others: tuple[str, ...]  # the names of everything else, sorted; those of folders end with `/`
    project: NormalizedName  # the normalized name of the released project
    version: str | None  # its version as written; None if it is not static
    platforms: tuple[Platform, ...]  # the platforms of the release, with the builds that its wheels must serve

    @property
    def builds(self) -> tuple[Build, ...]:
        return builds_of(self.platforms)


def read_distribution_folder(path: Path, config: Config) -> DistributionFolder:
    """List the folder `path`, hidden files included, for the release of `config`."""
    entries, package = _entries(path), config.package
    wheels = {entry: wheel for entry in entries if _is_own_file(entry) and (wheel := try_parse(entry.name))}
    others = tuple(entry.name + "/" * entry.is_dir() for entry in entries if entry not in wheels)
    return DistributionFolder(
        path, tuple(wheels.values()), others, package.normalized_name, package.version, config.platforms
    )


def list_wheels(path: Path) -> list[Path]:
    """List the `.whl` files in the folder `path`, sorted by name, without links."""
    return [entry for entry in _entries(path) if entry.suffix == ".whl" and _is_own_file(entry)]


def list_strays(path: Path) -> list[str]:
    """List what an upload of `path/*` takes although it is not a wheel or sdist, or is a link; sorted by name."""
    return [
        entry.name + "/" * entry.is_dir()
        for entry in _entries(path)
        if not entry.name.startswith(".") and not (_is_own_file(entry) and entry.name.endswith(_UPLOADED))
    ]


def _is_own_file(entry: Path) -> bool:
    return entry.is_file() and not entry.is_symlink()


def _entries(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except FileNotFoundError:
        raise ReleaseError(
            f"there is no folder {path}", hint="build the wheels (nox -s wheels), or name their folder"
        ) from None
    except OSError as error:
        # Windows has several errors for it.
        if path.is_file():
            raise ReleaseError(f"{path} is not a folder", hint="name the folder that holds the wheels") from None
        raise ReleaseError(f"{path} cannot be read: {error.strerror}") from None
