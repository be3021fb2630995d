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

from truewheel.rehearsal.result import FileFacts, ReleaseFacts
from truewheel.system.files import scratch_folder, sha256_of, write_atomically


@dataclass(frozen=True, slots=True)
class Release:
    """A release.

    Attributes:
        id: its number.
        tag: the tag that it is made from.
        title: its title.
        notes: its body, in Markdown.
        draft: whether only maintainers see it.
        prerelease: whether it is marked as a pre-release.
        latest: whether it is marked latest; of all releases, one is at most.
        target: where a tag would be made if there were none.
        assets: the files attached.
    """

    id: int
    tag: str
    title: str
    notes: str
    draft: bool
    prerelease: bool
    latest: bool = False
    target: str = ""
    assets: tuple[FileFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseStore:
    """The releases in a folder."""

    folder: Path

    def releases(self) -> list[Release]:
        """All of them, the oldest first."""
        releases = [_read(record) for record in self.folder.glob("*/release.json")]
        return sorted(releases, key=lambda release: release.id)

    def find(self, tag: str) -> Release | None:
        return next((release for release in self.releases() if release.tag == tag), None)

    def next_id(self) -> int:
        return max((release.id for release in self.releases()), default=0) + 1

    def save(self, release: Release) -> None:
        """Write a release; when it is the latest, no other is any more."""
        if release.latest:
            for other in self.releases():
                if other.latest and other.tag != release.tag:
                    self._write(replace(other, latest=False))
        self._write(release)

    def attach(self, tag: str, file: Path, name: str) -> None:
        """Attach a copy of `file` as `name`, in the place of one of that name."""
        folder = self._home(tag)
        with scratch_folder(inside=folder, prefix=".attach-") as beside:
            fresh = beside / "asset"
            shutil.copyfile(file, fresh)
            facts = FileFacts(name, fresh.stat().st_size, sha256_of(fresh))
            assets = folder / "assets"
            assets.mkdir(exist_ok=True)
            fresh.replace(assets / name)
        release = _read(folder / "release.json")
        others = [asset for asset in release.assets if asset.name != name]
        self._write(replace(release, assets=tuple(sorted([*others, facts], key=lambda asset: asset.name))))

    def _home(self, tag: str) -> Path:
        # A tag may hold slashes.
        return self.folder / quote(tag, safe="+@ ")

    def _write(self, release: Release) -> None:
        folder = self._home(release.tag)
        facts = asdict(release)
        write_atomically(folder / "notes.md", facts["notes"] + "\n")
        write_atomically(folder / "release.json", json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


def read_releases(folder: Path) -> list[ReleaseFacts]:
    """What a report shows of the releases in `folder`, the oldest first."""
    return [
        ReleaseFacts(
            tag=release.tag,
            title=release.title,
            notes=release.notes,
            assets=release.assets,
            is_latest=release.latest,
            is_draft=release.draft,
        )
        for release in ReleaseStore(folder).releases()
    ]


def _read(record: Path) -> Release:
    facts = json.loads(record.read_text(encoding="utf-8"))
    assets = tuple(FileFacts(**asset) for asset in facts.pop("assets"))
    return Release(**facts, assets=assets)
