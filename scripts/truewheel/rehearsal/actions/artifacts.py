"""actions/upload-artifact v7, actions/upload-artifact/merge v7, actions/download-artifact v8."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from truewheel.patterns import PatternError
from truewheel.patterns.names import selects
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.artifact_files import find_files, keep, storage_inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.github.artifact_store import Artifact, ArtifactStore
from truewheel.system.files import scratch_folder
from truewheel.workflow import action_names

_WHAT_ABOUT_NO_FILES = ("warn", "error", "ignore")
_WHAT_ABOUT_MISMATCHES = ("ignore", "info", "warn", "error")


def upload(call: ActionCall) -> ActionOutcome:
    """Keep what the patterns of `path` find as an artifact."""
    patterns = inputs.required_text(call, "path")
    without_files = inputs.text(call, "if-no-files-found", "warn")
    if without_files not in _WHAT_ABOUT_NO_FILES:
        raise ActionFailed(
            f"Unrecognized if-no-files-found input. Provided: {without_files}. "
            f"Available options: {','.join(_WHAT_ABOUT_NO_FILES)}"
        )
    storage_inputs(call)
    overwrite, is_archive = inputs.flag(call, "overwrite"), inputs.flag(call, "archive", default=True)
    files, root = find_files(call, patterns, call.workspace, hidden=inputs.flag(call, "include-hidden-files"))
    if not files:
        _say_nothing_found(call, inputs.in_one_line(patterns), without_files)
        return ActionOutcome()
    call.say(f"With the provided path, there will be {len(files)} file{'' if len(files) == 1 else 's'} uploaded")
    if not is_archive and len(files) > 1:
        raise ActionFailed(
            f"When 'archive' is set to false, only a single file can be uploaded. Found {len(files)} files to upload."
        )
    name = inputs.text(call, "name", "artifact")
    if overwrite:
        _delete(call, name)
    return keep(call, name if is_archive else files[0].name, files, root, is_archive=is_archive)


def merge(call: ActionCall) -> ActionOutcome:
    """Make one artifact of several."""
    name = inputs.required_text(call, "name", "merged-artifacts")
    pattern = inputs.required_text(call, "pattern", "*")
    apart, delete_merged = inputs.flag(call, "separate-directories"), inputs.flag(call, "delete-merged")
    hidden = inputs.flag(call, "include-hidden-files")
    storage_inputs(call)
    artifacts = _selected(pattern, _listed(call))
    if not artifacts:
        raise ActionFailed(f"No artifacts found matching pattern '{pattern}'")
    call.say("Preparing to download the following artifacts:")
    for artifact in artifacts:
        call.say(f"- {artifact.name} (ID: {artifact.id}, Size: {artifact.size})")
    call.temp.mkdir(parents=True, exist_ok=True)
    with scratch_folder(inside=call.temp, prefix="merge-artifact") as folder:
        for artifact in artifacts:
            _extract(artifact, folder / artifact.name if apart else folder)
        if not apart:
            _say_who_wins(call, artifacts)
        files, root = find_files(call, ".", folder, hidden=hidden)
        outcome = keep(call, name, files, root)
    call.say(f"The {len(artifacts)} artifact(s) have been successfully merged!")
    if delete_merged:
        for artifact in artifacts:
            _delete(call, artifact.name)
        call.say(f"The {len(artifacts)} artifact(s) have been deleted")
    return outcome


def download(call: ActionCall) -> ActionOutcome:
    """Copy one, some or all artifacts of the run into a folder."""
    try:
        return _download(call)
    except ActionFailed as error:
        raise ActionFailed(f"Unable to download artifact(s): {error}") from None


def _download(call: ActionCall) -> ActionOutcome:
    inputs.only_own(call, "github-token", inputs.OWN_TOKEN)
    inputs.only_own(call, "repository", call.identity.repository)
    inputs.only_own(call, "run-id", str(call.identity.run_id))
    together, packed = inputs.flag(call, "merge-multiple"), inputs.flag(call, "skip-decompress")
    on_mismatch = inputs.text(call, "digest-mismatch") or "error"
    if on_mismatch not in _WHAT_ABOUT_MISMATCHES:
        raise ActionFailed(
            f"Invalid value for 'digest-mismatch': '{on_mismatch}'. "
            f"Valid options are: {', '.join(_WHAT_ABOUT_MISMATCHES)}"
        )
    folder = _destination(call)
    artifacts = _wanted(call)
    if artifacts:
        call.say("Preparing to download the following artifacts:")
    for artifact in artifacts:
        call.say(
            f"- {artifact.name} (ID: {artifact.id}, Size: {artifact.size}, Expected Digest: sha256:{artifact.digest})"
        )
    in_one_folder = together or len(artifacts) == 1
    for artifact in artifacts:
        target = folder if in_one_folder else folder / artifact.name
        _demand_own(call, target)
        _extract(artifact, target, packed=packed)
    if in_one_folder and not packed:
        _say_who_wins(call, artifacts)
    _answer_mismatches(call, artifacts, on_mismatch)
    call.say(f"Total of {len(artifacts)} artifact(s) downloaded")
    call.say("Download artifact has finished successfully")
    return ActionOutcome({"download-path": str(folder)})


def _wanted(call: ActionCall) -> list[Artifact]:
    name, numbers = inputs.text(call, "name"), inputs.text(call, "artifact-ids")
    if name and numbers:
        raise ActionFailed("Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.")
    if name:
        return [_called(call, name)]
    if numbers:
        return _numbered(call, numbers)
    artifacts = _listed(call)
    pattern = inputs.text(call, "pattern")
    if pattern:
        call.say(f"Filtering artifacts by pattern '{pattern}'")
        return _selected(pattern, artifacts)
    call.say("No input name, artifact-ids or pattern filtered specified, downloading all artifacts")
    if not inputs.flag(call, "merge-multiple"):
        call.say("An extra directory with the artifact name will be created for each download")
    return artifacts


def _called(call: ActionCall, name: str) -> Artifact:
    call.say("Downloading single artifact")
    store = ArtifactStore(call.services.artifacts)
    artifact = store.find(name)
    if artifact is None:
        there = ", ".join(sorted(one.name for one in store.artifacts())) or "none"
        call.say(f"The artifacts of this run: {there}")
        raise ActionFailed(f"Artifact not found for name: {name}")
    return artifact


def _numbered(call: ActionCall, numbers: str) -> list[Artifact]:
    call.say("Downloading artifacts by ID")
    wanted = [number.strip() for number in numbers.split(",") if number.strip()]
    if not wanted:
        raise ActionFailed("No valid artifact IDs provided in 'artifact-ids' input")
    for number in wanted:
        if not number.isdecimal():
            raise ActionFailed(f"Invalid artifact ID: '{number}'. Must be a number.")
    artifacts = [artifact for artifact in _listed(call) if str(artifact.id) in wanted]
    if not artifacts:
        raise ActionFailed("None of the provided artifact IDs were found")
    missing = [number for number in wanted if number not in {str(artifact.id) for artifact in artifacts}]
    if missing:
        call.say(f"Warning: Could not find the following artifact IDs: {', '.join(missing)}")
    return artifacts


def _listed(call: ActionCall) -> list[Artifact]:
    artifacts = ArtifactStore(call.services.artifacts).artifacts()
    call.say(f"Found {len(artifacts)} artifact(s)")
    return artifacts


def _selected(pattern: str, artifacts: Iterable[Artifact]) -> list[Artifact]:
    try:
        return [artifact for artifact in artifacts if selects(pattern, artifact.name)]
    except PatternError as error:
        raise ActionFailed(str(error)) from None


def _destination(call: ActionCall) -> Path:
    written = inputs.text(call, "path")
    if written.startswith("~"):
        written = str(inputs.home(call)) + written[1:]
    folder = Path(os.path.normpath(call.workspace / written))
    _demand_own(call, folder)
    return folder


def _demand_own(call: ActionCall, folder: Path) -> None:
    """A folder is one of the job's, wherever links lead: a runner is thrown away, and this machine is not.

    Raises:
        ActionFailed: it is none.
    """
    # Not without the variable: the home would be the user's.
    homes = [Path(call.environ[name]) for name in ("HOME", "USERPROFILE") if call.environ.get(name)]
    place = folder.resolve()
    if not any(place.is_relative_to(own.resolve()) for own in (call.workspace, call.temp, *homes)):
        raise ActionFailed(f"the path {folder} cannot be rehearsed: it leads out of the job's folders")


def _extract(artifact: Artifact, folder: Path, *, packed: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if packed and artifact.is_archive:
        # Not by with_suffix: a name may hold dots.
        shutil.make_archive(str(folder / artifact.name), "zip", artifact.folder)
    else:
        shutil.copytree(artifact.folder, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)


def _answer_mismatches(call: ActionCall, artifacts: Sequence[Artifact], answer: str) -> None:
    mismatches = [artifact.name for artifact in artifacts if not artifact.is_intact]
    if mismatches and answer == "error":
        raise ActionFailed(
            f"Digest validation failed for artifact(s): {', '.join(mismatches)}. "
            "Use 'digest-mismatch: warn' to continue on mismatch."
        )
    if answer == "ignore":
        return
    for name in mismatches:
        message = f"Artifact '{name}' digest validation failed. Please verify the integrity of the artifact."
        call.say(message if answer == "info" else f"Warning: {message}")


def _say_who_wins(call: ActionCall, artifacts: Sequence[Artifact]) -> None:
    """GitHub says nothing of it, and which one wins is chance there: they are downloaded side by side."""
    owner: dict[str, Artifact] = {}
    for artifact in artifacts:
        for file in artifact.files:
            other = owner.get(file.name)
            if other is not None:
                same = "the same" if file in other.files else "other"
                call.say(
                    f"Warning: {file.name} is in the artifacts {other.name} and {artifact.name}, with {same} bytes; "
                    f"here {artifact.name} is written last and wins, on GitHub it may be either"
                )
            owner[file.name] = artifact


def _say_nothing_found(call: ActionCall, patterns: str, answer: str) -> None:
    message = f"No files were found with the provided path: {patterns}. No artifacts will be uploaded."
    if answer == "error":
        raise ActionFailed(message)
    call.say(message if answer == "ignore" else f"Warning: {message}")


def _delete(call: ActionCall, name: str) -> None:
    deleted = ArtifactStore(call.services.artifacts).delete(name)
    if deleted is not None:
        call.say(f"Artifact '{name}' (ID: {deleted.id}) deleted")


UPLOAD = StandIn(
    action_names.UPLOAD,
    "copies the files that `path` finds into the folder of the run's artifacts, with their hashes",
    frozenset(
        {
            *("name", "path", "if-no-files-found", "retention-days", "compression-level"),
            *("overwrite", "include-hidden-files", "archive"),
        }
    ),
    upload,
)
MERGE = StandIn(
    action_names.MERGE,
    "makes one artifact of several in the folder of the run's artifacts",
    frozenset(
        {
            *("name", "pattern", "separate-directories", "retention-days", "compression-level"),
            *("delete-merged", "include-hidden-files"),
        }
    ),
    merge,
)
DOWNLOAD = StandIn(
    action_names.DOWNLOAD,
    "copies artifacts out of the folder of the run's artifacts, and compares their hashes with those of the upload",
    frozenset(
        {
            *("name", "artifact-ids", "path", "pattern", "merge-multiple", "github-token", "repository", "run-id"),
            *("skip-decompress", "digest-mismatch"),
        }
    ),
    download,
)
