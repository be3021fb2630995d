"""The GitHub Releases of a rehearsal.

On disk a release is a folder, named after its tag, with `release.json`, `notes.md` and the attached files in
`assets`. Each of them is replaced whole: a release that was cut short is a draft with the files that arrived.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote

from truewheel.rehearsal.result import ReleaseFacts
from truewheel.system.files import FileFacts, file_facts, scratch_folder, write_atomically


@dataclass(frozen=True, slots=True)
class ReleaseStore:
    """The releases in a folder."""

    folder: Path

    def find(self, tag: str) -> ReleaseFacts | None:
        """Return the release of a tag."""
        record = self._home(tag) / "release.json"
        return _read(record) if record.exists() else None

    def save(self, release: ReleaseFacts) -> None:
        """Write a release, without the content of its files."""
        folder = self._home(release.tag)
        facts = asdict(release)
        write_atomically(folder / "notes.md", facts["notes"] + "\n")
        write_atomically(folder / "release.json", json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    def attach(self, tag: str, file: Path, name: str) -> None:
        """Attach a copy of `file` as `name`, replacing one of that name."""
        folder = self._home(tag)
        with scratch_folder(inside=folder, prefix=".attach-") as scratch:
            fresh = scratch / "asset"
            shutil.copyfile(file, fresh)
            facts = file_facts(fresh, name)
            assets = folder / "assets"
            assets.mkdir(exist_ok=True)
            fresh.replace(assets / name)
        release = _read(folder / "release.json")
        others = [asset for asset in release.assets if asset.name != name]
        self.save(replace(release, assets=tuple(sorted([*others, facts], key=lambda asset: asset.name))))

    def publish(self, tag: str) -> ReleaseFacts:
        """Publish a draft as the latest release, and return it."""
        release = replace(_read(self._home(tag) / "release.json"), is_draft=False, is_latest=True)
        self.save(release)
        return release

    def _home(self, tag: str) -> Path:
        # A tag may contain slashes.
        return self.folder / quote(tag, safe="+@ ")


def read_releases(folder: Path) -> list[ReleaseFacts]:
    """Return the releases in `folder`."""
    return [_read(record) for record in sorted(folder.glob("*/release.json"))]


def _read(record: Path) -> ReleaseFacts:
    facts = json.loads(record.read_text(encoding="utf-8"))
    assets = tuple(FileFacts(**asset) for asset in facts.pop("assets"))
    return ReleaseFacts(**facts, assets=assets)
