"""What upload-artifact and its merge have in common: finding files, and keeping them as an artifact."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from truewheel.patterns import PatternError
from truewheel.patterns.paths import search
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome
from truewheel.rehearsal.github.artifact_store import ArtifactStore, NameTaken, Upload

# What the file systems of some runners do not take in a name.
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


def storage_inputs(call: ActionCall) -> None:
    """Judge the inputs about storage, which here change nothing.

    Raises:
        ActionFailed: one is not what the action takes.
    """
    inputs.number(call, "retention-days")
    level = inputs.number(call, "compression-level")
    if level is not None and not 0 <= level <= 9:
        raise ActionFailed("Invalid compression-level. Valid values are 0-9")


def find_files(call: ActionCall, patterns: str, folder: Path, *, hidden: bool) -> tuple[tuple[Path, ...], Path]:
    """The files that the patterns find, and the folder that their paths inside of the artifact begin at."""
    try:
        found = search(patterns, folder=folder, home=inputs.home(call), hidden=hidden)
    except PatternError as error:
        raise ActionFailed(str(error)) from None
    _say_overwritten(call, found.files)
    if len(found.roots) > 1:
        call.say("Multiple search paths detected. Calculating the least common ancestor of all paths")
        root = Path(os.path.commonpath(found.roots))
        call.say(f"The least common ancestor is {root}. This will be the root directory of the artifact")
        return found.files, root
    root = found.roots[0] if found.roots else folder
    return found.files, root.parent if found.files == (root,) else root


def keep(call: ActionCall, name: str, files: Sequence[Path], root: Path, *, is_archive: bool = True) -> ActionOutcome:
    """Make an artifact of files, called by their paths below `root`.

    Raises:
        ActionFailed: a name is not allowed, the artifact's is taken, or there are no files.
    """
    _judge_name(name)
    call.say("Artifact name is valid!")
    call.say("Root directory input is valid!")
    if not files:
        raise ActionFailed("No files were found to upload")
    inside = {file.relative_to(root).as_posix(): file for file in files}
    for path in inside:
        _judge_path(f"/{path}")
    try:
        artifact = ArtifactStore(call.services.artifacts).upload(
            Upload(name, call.job, call.identity.attempt, inside, is_archive)
        )
    except NameTaken:
        raise ActionFailed(
            "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: "
            "an artifact with this name already exists on the workflow run"
        ) from None
    for file in artifact.files:
        call.say(f"{file.sha256}  {file.name}")
    call.say(
        f"Artifact {name} has been successfully uploaded! Final size is {artifact.size} bytes. "
        f"Artifact ID is {artifact.id}"
    )
    url = f"{inputs.server_url(call)}/{call.identity.repository}/actions/runs/{call.identity.run_id}"
    return ActionOutcome(
        {
            "artifact-id": str(artifact.id),
            "artifact-url": f"{url}/artifacts/{artifact.id}",
            "artifact-digest": artifact.digest,
        }
    )


def _judge_name(name: str) -> None:
    if not name:
        raise ActionFailed("Provided artifact name input during validation is empty")
    for character, words in _NOT_IN_NAMES.items():
        if character in name:
            raise ActionFailed(f"The artifact name is not valid: {name}. Contains the following character: {words}")


def _judge_path(path: str) -> None:
    for character, words in _NOT_IN_PATHS.items():
        if character in path:
            raise ActionFailed(
                f"The path for one of the files in artifact is not valid: {inputs.in_one_line(path)}. "
                f"Contains the following character: {words}"
            )


def _say_overwritten(call: ActionCall, files: Sequence[Path]) -> None:
    seen: set[str] = set()
    for file in files:
        folded = str(file).lower()
        if folded in seen:
            call.say(
                f"Uploads are case insensitive: {file} was detected that it will be overwritten by another file "
                "with the same path"
            )
        seen.add(folded)
