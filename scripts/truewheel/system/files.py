"""Files written so that nothing is lost when a program breaks off, and folders that vanish."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def scratch_folder(*, inside: Path | None = None, prefix: str = "release-") -> Iterator[Path]:
    """A new, empty folder that is removed afterwards; `inside` puts it on the file system of that folder."""
    with tempfile.TemporaryDirectory(prefix=prefix, dir=inside, ignore_cleanup_errors=True) as name:
        # Resolved: on macOS and Windows the temporary folder is named through links and short names.
        yield Path(name).resolve()


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to `path`, which holds either the old content or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(inside=path.parent, prefix=".release-") as beside:
        fresh = beside / path.name
        fresh.write_bytes(text.encode("utf-8"))
        fresh.replace(path)


def place_atomically(file: Path, folder: Path) -> Path:
    """Copy `file` into `folder` (made if it is not there), where it appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    # Beside the folder and not in it: whatever lies in dist/ would be published.
    with scratch_folder(inside=folder.resolve().parent, prefix=".release-") as beside:
        fresh = beside / file.name
        shutil.copyfile(file, fresh)
        placed = folder / file.name
        fresh.replace(placed)
    return placed
