"""The pages of docs/ that are generated from the code."""

from pathlib import Path

from truewheel.errors import ReleaseError


def read(root: Path, file: Path) -> str:
    """Return the text of a file in the repository `root`.

    Raises:
        ReleaseError: it is missing.
    """
    if not (root / file).is_file():
        raise ReleaseError(f"{file.as_posix()} is missing", hint="run this from the top of the repository")
    return (root / file).read_text(encoding="utf-8")
