"""The artifact actions: upload-artifact v7 and its /merge, download-artifact v8, re-actors/checkout-python-sdist."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from truewheel.patterns import PatternError
from truewheel.patterns.names import selects
from truewheel.patterns.paths import search
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn, StepFailed
from truewheel.rehearsal.github.artifact_store import Artifact, ArtifactStore, NameTaken
from truewheel.system.files import scratch_folder
from truewheel.workflow import action_names

# What the file systems of some runners do not allow in a path.
_NOT_IN_PATHS = '":<>|*?\r\n'
_NOT_IN_NAMES = rf"{_NOT_IN_PATHS}\/"


def upload(call: ActionCall) -> ActionOutcome | None:
    """Keep the files that the patterns of `path` find as an artifact."""
    patterns = call.required("path")
    files, root = _find(call, patterns, call.workspace)
    if not files:
        where = " ".join(patterns.split())
        message = f"No files were found with the provided path: {where}. No artifacts will be uploaded."
        answer = call.text("if-no-files-found") or "warn"
        if answer == "error":
            raise StepFailed(message)
        call.say(f"Warning: {message}" if answer == "warn" else message)
        return None
    name = call.text("name", "artifact")
    if call.flag("overwrite"):
        _store(call).delete(name)
    return keep(call, name, files, root)


def merge(call: ActionCall) -> ActionOutcome:
    """Make one artifact of those whose names match `pattern`."""
    name, pattern = call.required("name", "merged-artifacts"), call.required("pattern", "*")
    apart = call.flag("separate-directories")
    artifacts = [one for one in _store(call).artifacts() if selects(pattern, one.name)]
    if not artifacts:
        raise StepFailed(f"No artifacts found matching pattern '{pattern}'")
    call.say(f"merging {', '.join(artifact.name for artifact in artifacts)}")
    call.temp.mkdir(parents=True, exist_ok=True)
    with scratch_folder(inside=call.temp, prefix="merge-artifact") as folder:
        for artifact in artifacts:
            _extract(artifact, folder / artifact.name if apart else folder)
        if not apart:
            _warn_of_equal_names(call, artifacts)
        outcome = keep(call, name, *_find(call, ".", folder))
    for artifact in artifacts if call.flag("delete-merged") else ():
        _store(call).delete(artifact.name)
    return outcome


def download(call: ActionCall) -> ActionOutcome:
    """Copy one artifact of the run, some of them or all into a folder."""
    try:
        return _download(call)
    except (StepFailed, PatternError) as error:
        raise StepFailed(f"Unable to download artifact(s): {error}") from None


def _download(call: ActionCall) -> ActionOutcome:
    written = call.text("path")
    written = f"{call.home}{written[1:]}" if written.startswith("~") else written
    folder = Path(os.path.normpath(call.workspace / written))
    _demand_own(call, folder)
    call.only_own("run-id", str(call.identity.run_id))
    call.only_own("repository", call.identity.repository)
    artifacts = _wanted(call)
    in_one_folder = call.flag("merge-multiple") or len(artifacts) == 1
    for artifact in artifacts:
        target = folder if in_one_folder else folder / artifact.name
        _demand_own(call, target)
        if not artifact.is_intact:
            raise StepFailed(f"Digest validation failed for artifact(s): {artifact.name}.")
        _extract(artifact, target)
    if in_one_folder:
        _warn_of_equal_names(call, artifacts)
    call.say(f"downloaded {', '.join(artifact.name for artifact in artifacts) or 'no artifact'} into {folder}")
    return ActionOutcome({"download-path": str(folder)})


def _wanted(call: ActionCall) -> list[Artifact]:
    name, pattern = call.text("name"), call.text("pattern")
    artifacts = _store(call).artifacts()
    if not name:
        return [one for one in artifacts if not pattern or selects(pattern, one.name)]
    found = [one for one in artifacts if one.name == name]
    if not found:
        call.say(f"The artifacts of this run: {', '.join(sorted(one.name for one in artifacts)) or 'none'}")
        raise StepFailed(f"Artifact not found for name: {name}")
    return found


def _demand_own(call: ActionCall, folder: Path) -> None:
    """Accept only folders of the job, links resolved: a runner is thrown away, this machine is not.

    Raises:
        StepFailed: the folder is outside of them.
    """
    # Only if the variable is set: else the home would be the user's.
    homes = [Path(call.environ[name]) for name in ("HOME", "USERPROFILE") if call.environ.get(name)]
    place = folder.resolve()
    if not any(place.is_relative_to(own.resolve()) for own in (call.workspace, call.temp, *homes)):
        raise StepFailed(f"the path {folder} cannot be rehearsed: it is outside of the job's folders")


def check_out_sdist(call: ActionCall) -> None:
    """Unpack an sdist from an artifact into the workspace."""
    name = call.required("workflow-artifact-name", "python-package-distributions")
    pattern = call.required("source-tarball-name", "*.tar.gz")
    artifact = _store(call).find(name)
    found = sorted(artifact.folder.glob(pattern)) if artifact else []
    if not found:
        raise StepFailed(f"Artifact not found for name: {name}" if artifact is None else f"no {pattern} in {name}")
    call.run(["tar", "xzf", str(found[0]), "--strip-components=1", "-C", str(call.workspace)], "tar failed")
    call.say(f"unpacked {found[0].name}")


def _store(call: ActionCall) -> ArtifactStore:
    return ArtifactStore(call.services.artifacts)


def _find(call: ActionCall, patterns: str, folder: Path) -> tuple[tuple[Path, ...], Path]:
    """The files that the patterns find, and the folder to which their paths in the artifact are relative."""
    found = search(patterns, folder=folder, home=call.home, hidden=call.flag("include-hidden-files"))
    root = Path(os.path.commonpath(found.roots)) if found.roots else folder
    return found.files, root.parent if found.files == (root,) else root


def keep(call: ActionCall, name: str, files: Sequence[Path], root: Path) -> ActionOutcome:
    """Make an artifact of files, named by their paths below `root`.

    Raises:
        StepFailed: a name is not allowed, the artifact's is taken, or there are no files.
    """
    if not name:
        raise StepFailed("Provided artifact name input during validation is empty")
    _judge(name, _NOT_IN_NAMES, "The artifact name is not valid")
    if not files:
        raise StepFailed("No files were found to upload")
    inside = {file.relative_to(root).as_posix(): file for file in files}
    for path in inside:
        _judge(f"/{path}", _NOT_IN_PATHS, "The path for one of the files in artifact is not valid")
    try:
        artifact = _store(call).upload(name, inside, job=call.job, attempt=call.identity.attempt)
    except NameTaken as error:
        raise StepFailed(str(error)) from None
    size = sum(file.size for file in artifact.files)
    call.say(f"uploaded {len(files)} file{'s' * (len(files) != 1)} ({size} bytes) as the artifact {name}")
    url = f"{call.repository_url}/actions/runs/{call.identity.run_id}/artifacts/{artifact.id}"
    return ActionOutcome(
        {"artifact-id": str(artifact.id), "artifact-url": url, "artifact-digest": artifact.digest},
    )


def _judge(name: str, forbidden: str, problem: str) -> None:
    found = next((character for character in name if character in forbidden), "")
    if found:
        raise StepFailed(f"{problem}: {' '.join(name.split())}. Contains the following character: {found!r}")


def _extract(artifact: Artifact, folder: Path) -> None:
    """Copy the files of an artifact into a folder, which is created if needed."""
    shutil.copytree(artifact.folder, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)


def _warn_of_equal_names(call: ActionCall, artifacts: Sequence[Artifact]) -> None:
    """Warn of files that overwrite each other. GitHub does not, and downloads in parallel: either may win."""
    owner: dict[str, Artifact] = {}
    for artifact in artifacts:
        for file in artifact.files:
            other = owner.get(file.name)
            if other is not None:
                same = "the same" if file in other.files else "different"
                call.say(
                    f"Warning: {file.name} is in the artifacts {other.name} and {artifact.name}, with {same} bytes; "
                    f"here {artifact.name} is written last and wins; on GitHub, either may win"
                )
            owner[file.name] = artifact


# These change nothing here.
_STORAGE = {"retention-days": inputs.whole_number, "compression-level": inputs.one_of(*"0123456789")}
_NO_FILES = {"if-no-files-found": inputs.one_of("warn", "error", "ignore")}
UPLOAD = StandIn(
    action_names.UPLOAD,
    "copies the files that `path` finds into the folder of the run's artifacts, with their hashes",
    inputs.known("name path", "overwrite include-hidden-files", {**_NO_FILES, **_STORAGE}),
    upload,
)
MERGE = StandIn(
    action_names.MERGE,
    "makes one artifact of several in the folder of the run's artifacts",
    inputs.known("name pattern", "separate-directories delete-merged include-hidden-files", _STORAGE),
    merge,
)
DOWNLOAD = StandIn(
    action_names.DOWNLOAD,
    "copies artifacts out of the folder of the run's artifacts, and compares their hashes with those of the upload",
    inputs.known("name path pattern run-id repository github-token", "merge-multiple"),
    download,
)
CHECKOUT_SDIST = StandIn(
    action_names.CHECKOUT_SDIST,
    "unpacks an sdist from an artifact of the run into the workspace",
    inputs.known("source-tarball-name workflow-artifact-name"),
    check_out_sdist,
)
