"""Waiting until the index serves what was built: its page shows the files, and pip downloads them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName

from truewheel.publishing.package_index import IndexedRelease, IndexUnreachable, read_indexed_release
from truewheel.publishing.pip_settings import PipSettings
from truewheel.publishing.publication import BuiltFile
from truewheel.system.files import sha256_of
from truewheel.verification.pip import PipFailed, download
from truewheel.wheel.filename import WheelFilename

# Seconds between two looks at the index: at first the file may be there any moment, later every look is a burden.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 10.0
# So long an index may be silent before nobody waits for it any more: it comes back soon, or it is the wrong one.
_SILENCE = 60.0
_NOT_SHOWN = "the index does not show it"


@dataclass(frozen=True, slots=True)
class Served:
    """What the index served in the end.

    Attributes:
        indexed: what its page shows of the version.
        downloads: what pip downloaded for each file that was built, by that file's name.
        missing: why there is no download of the others, by name.
    """

    indexed: IndexedRelease
    downloads: Mapping[str, BuiltFile]
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class IndexClient:
    """Whom to ask for what, and how.

    Attributes:
        project: the project's normalized name.
        version: the version of the release.
        settings: how pip reaches its index.
        environ: the environment that pip is run in, apart from those settings.
    """

    project: NormalizedName
    version: str
    settings: PipSettings
    environ: Mapping[str, str]

    def look(self) -> IndexedRelease:
        """What the index shows now.

        Raises:
            IndexUnreachable: it does not answer, or not as an index does.
        """
        return read_indexed_release(self.project, self.version, self.settings)

    def download(self, wheel: WheelFilename, folder: Path) -> BuiltFile:
        """What pip downloads for a wheel's platform, by way of the new folder `folder`.

        Raises:
            PipFailed: pip cannot download it.
        """
        folder.mkdir()
        file = download(wheel, self.settings, self.environ, folder)
        return BuiltFile(file.name, file.stat().st_size, sha256_of(file))


def wait_until_served(
    wheels: Iterable[WheelFilename],
    client: IndexClient,
    folder: Path,
    timeout: float,
    tell: Callable[[str], None],
) -> Served:
    """Look at the index until it serves all `wheels`, or `timeout` seconds have passed.

    Args:
        wheels: the files that were built.
        client: whom to ask.
        folder: an empty folder for the downloads.
        timeout: in seconds; with 0 it looks once.
        tell: called before each pause with what is waited for.

    Raises:
        IndexUnreachable: the index has been silent for a minute, or for all of the time.
    """
    wait = _Wait(list(wheels), client, folder)
    begin = heard = time.monotonic()
    pause = _FIRST_PAUSE
    while True:
        now = time.monotonic()
        try:
            wait.look()
            heard = now
        except IndexUnreachable as error:
            if now - heard >= min(timeout, _SILENCE):
                raise
            tell(f"{error.message}; trying again")
        else:
            if wait.is_over or now - begin >= timeout:
                return wait.served()
            tell(f"{wait.first_reason} yet")
        left = timeout - (time.monotonic() - begin)
        time.sleep(max(0.0, min(pause, left)))
        pause = min(1.5 * pause, _LONGEST_PAUSE)


class _Wait:
    """What has been seen so far."""

    def __init__(self, wheels: list[WheelFilename], client: IndexClient, folder: Path) -> None:
        self._waiting = {wheel.text: wheel for wheel in wheels}
        self._client = client
        self._folder = folder
        self._looks = 0
        self._downloads: dict[str, BuiltFile] = {}
        self._missing: dict[str, str] = {}
        self._indexed: IndexedRelease | None = None

    def look(self) -> None:
        """Ask the index once more, and let pip download what it shows for the first time."""
        self._indexed = indexed = self._client.look()
        for name, wheel in list(self._waiting.items()):
            if indexed.file(name) is None:
                self._missing[name] = _NOT_SHOWN
                continue
            self._looks += 1
            try:
                # pip may be sent to another copy of the index, which is late.
                self._downloads[name] = self._client.download(wheel, self._folder / str(self._looks))
                del self._waiting[name]
                self._missing.pop(name, None)
            except PipFailed as error:
                self._missing[name] = f"the index shows it, but pip cannot download it: {error}"

    @property
    def is_over(self) -> bool:
        return not self._waiting

    @property
    def first_reason(self) -> str:
        name, reason = next(iter(self._missing.items()))
        more = f" (and {len(self._missing) - 1} more)" if len(self._missing) > 1 else ""
        return f"{name}{more}: {reason}"

    def served(self) -> Served:
        if self._indexed is None:
            raise AssertionError("asked for before the index was looked at")
        return Served(self._indexed, self._downloads, self._missing)
