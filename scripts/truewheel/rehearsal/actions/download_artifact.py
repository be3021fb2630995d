"""actions/download-artifact v8: artifacts of the run are copied into a folder."""

from __future__ import annotations

import os
from pathlib import Path

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.artifact_files import extract, matching, warn_of_equal_names
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.github.artifact_store import Artifact, ArtifactStore
from truewheel.workflow import action_names


def download(call: ActionCall) -> ActionOutcome:
    """Copy one artifact of the run, some of them or all into a folder."""
    try:
        return _download(call)
    except ActionFailed as error:
        raise ActionFailed(f"Unable to download artifact(s): {error}") from None


def _download(call: ActionCall) -> ActionOutcome:
    folder = _destination(call)
    inputs.only_own(call, "run-id", str(call.identity.run_id))
    inputs.only_own(call, "repository", call.identity.repository)
    artifacts = _wanted(call)
    in_one_folder = inputs.flag(call, "merge-multiple") or len(artifacts) == 1
    for artifact in artifacts:
        target = folder if in_one_folder else folder / artifact.name
        _demand_own(call, target)
        if not artifact.is_intact:
            raise ActionFailed(f"Digest validation failed for artifact(s): {artifact.name}.")
        extract(artifact, target)
    if in_one_folder:
        warn_of_equal_names(call, artifacts)
    call.say(f"downloaded {', '.join(artifact.name for artifact in artifacts) or 'no artifact'} into {folder}")
    return ActionOutcome({"download-path": str(folder)})


def _wanted(call: ActionCall) -> list[Artifact]:
    name, pattern = inputs.text(call, "name"), inputs.text(call, "pattern")
    artifacts = ArtifactStore(call.services.artifacts).artifacts()
    if not name:
        return matching(call, pattern) if pattern else artifacts
    found = [artifact for artifact in artifacts if artifact.name == name]
    if not found:
        there = ", ".join(sorted(artifact.name for artifact in artifacts)) or "none"
        call.say(f"The artifacts of this run: {there}")
        raise ActionFailed(f"Artifact not found for name: {name}")
    return found


def _destination(call: ActionCall) -> Path:
    written = inputs.text(call, "path")
    if written.startswith("~"):
        written = str(inputs.home(call)) + written[1:]
    folder = Path(os.path.normpath(call.workspace / written))
    _demand_own(call, folder)
    return folder


def _demand_own(call: ActionCall, folder: Path) -> None:
    """Accept only folders of the job, links resolved: a runner is thrown away, this machine is not.

    Raises:
        ActionFailed: the folder is outside of them.
    """
    # Only if the variable is set: else the home would be the user's.
    homes = [Path(call.environ[name]) for name in ("HOME", "USERPROFILE") if call.environ.get(name)]
    place = folder.resolve()
    if not any(place.is_relative_to(own.resolve()) for own in (call.workspace, call.temp, *homes)):
        raise ActionFailed(f"the path {folder} cannot be rehearsed: it is outside of the job's folders")


DOWNLOAD = StandIn(
    action_names.DOWNLOAD,
    "copies artifacts out of the folder of the run's artifacts, and compares their hashes with those of the upload",
    {
        "name": inputs.anything,
        "path": inputs.anything,
        "pattern": inputs.anything,
        "merge-multiple": inputs.FLAG,
        **dict.fromkeys(("run-id", "repository", "github-token"), inputs.anything),
    },
    download,
)
