"""Put files in artifacts and take them out again, for the three artifact actions."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from truewheel.patterns import PatternError
from truewheel.patterns.names import selects
from truewheel.patterns.paths import search
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome
from truewheel.rehearsal.github.artifact_store import Artifact, ArtifactStore, NameTaken

# What the file systems of some runners do not allow in a name.
_NOT_IN_PATHS = {
    '"': 'Double quote "',
    ":": "Colon :",
    "<": "Less than <",
    ">": "Greater than >",
    "|": "Vertical bar |",
    "*": "Asterisk *",
    "?": "Question mark ?",
    "\r": "Carriage return \\r",
    "\n": "Line feed \\n",
}
_NOT_IN_NAMES = {**_NOT_IN_PATHS, "\\": "Backslash \\", "/": "Forward slash /"}

# Inputs about storage, which change nothing here.
STORAGE = {"retention-days": inputs.whole_number, "compression-level": inputs.one_of(*"0123456789")}


def find_files(call: ActionCall, patterns: str, folder: Path) -> tuple[tuple[Path, ...], Path]:
    """Return the files that the patterns find, and the folder to which their paths in the artifact are relative.

    Raises:
        ActionFailed: a pattern cannot be rehearsed.
    """
    hidden = inputs.flag(call, "include-hidden-files")
    try:
        found = search(patterns, folder=folder, home=inputs.home(call), hidden=hidden)
    except PatternError as error:
        raise ActionFailed(str(error)) from None
    root = Path(os.path.commonpath(found.roots)) if found.roots else folder
    return found.files, root.parent if found.files == (root,) else root


def keep(call: ActionCall, name: str, files: Sequence[Path], root: Path) -> ActionOutcome:
    """Make an artifact of files, named by their paths below `root`.

    Raises:
        ActionFailed: a name is not allowed, the artifact's is taken, or there are no files.
    """
    if not name:
        raise ActionFailed("Provided artifact name input during validation is empty")
    _judge(name, _NOT_IN_NAMES, "The artifact name is not valid")
    if not files:
        raise ActionFailed("No files were found to upload")
    inside = {file.relative_to(root).as_posix(): file for file in files}
    for path in inside:
        _judge(f"/{path}", _NOT_IN_PATHS, "The path for one of the files in artifact is not valid")
    try:
        artifact = ArtifactStore(call.services.artifacts).upload(
            name, inside, job=call.job, attempt=call.identity.attempt
        )
    except NameTaken as error:
        raise ActionFailed(str(error)) from None
    size = sum(file.size for file in artifact.files)
    call.say(f"uploaded {len(files)} file{'s' * (len(files) != 1)} ({size} bytes) as the artifact {name}")
    url = f"{inputs.repository_url(call)}/actions/runs/{call.identity.run_id}/artifacts/{artifact.id}"
    return ActionOutcome(
        {"artifact-id": str(artifact.id), "artifact-url": url, "artifact-digest": artifact.digest},
    )


def _judge(name: str, forbidden: dict[str, str], problem: str) -> None:
    for character, words in forbidden.items():
        if character in name:
            shown = " ".join(name.split())
            raise ActionFailed(f"{problem}: {shown}. Contains the following character: {words}")


def matching(call: ActionCall, pattern: str) -> list[Artifact]:
    """Return the artifacts of the run whose names match, newest first.

    Raises:
        ActionFailed: the pattern cannot be rehearsed.
    """
    try:
        return [one for one in ArtifactStore(call.services.artifacts).artifacts() if selects(pattern, one.name)]
    except PatternError as error:
        raise ActionFailed(str(error)) from None


def extract(artifact: Artifact, folder: Path) -> None:
    """Copy the files of an artifact into a folder, which is created if needed."""
    shutil.copytree(artifact.folder, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)


def warn_of_equal_names(call: ActionCall, artifacts: Sequence[Artifact]) -> None:
    """Warn of files that overwrite each other. GitHub does not, and downloads in parallel: either may win there."""
    owner: dict[str, Artifact] = {}
    for artifact in artifacts:
        for file in artifact.files:
            other = owner.get(file.name)
            if other is not None:
                same = "the same" if file in other.files else "different"
                call.say(
                    f"Warning: {file.name} is in the artifacts {other.name} and {artifact.name}, with {same} bytes; "
                    f"here {artifact.name} is written last and wins, on GitHub it may be either"
                )
            owner[file.name] = artifact
