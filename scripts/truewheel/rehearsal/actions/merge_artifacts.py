"""actions/upload-artifact/merge v7: several artifacts become one."""

from __future__ import annotations

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.artifact_files import STORAGE, extract, find_files, keep, matching, warn_of_equal_names
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.github.artifact_store import ArtifactStore
from truewheel.system.files import scratch_folder
from truewheel.workflow import action_names


def merge(call: ActionCall) -> ActionOutcome:
    """Make one artifact of those whose names match `pattern`."""
    name = inputs.required_text(call, "name", "merged-artifacts")
    pattern = inputs.required_text(call, "pattern", "*")
    apart = inputs.flag(call, "separate-directories")
    artifacts = matching(call, pattern)
    if not artifacts:
        raise ActionFailed(f"No artifacts found matching pattern '{pattern}'")
    call.say(f"merging {', '.join(artifact.name for artifact in artifacts)}")
    call.temp.mkdir(parents=True, exist_ok=True)
    with scratch_folder(inside=call.temp, prefix="merge-artifact") as folder:
        for artifact in artifacts:
            extract(artifact, folder / artifact.name if apart else folder)
        if not apart:
            warn_of_equal_names(call, artifacts)
        files, root = find_files(call, ".", folder)
        outcome = keep(call, name, files, root)
    if inputs.flag(call, "delete-merged"):
        for artifact in artifacts:
            ArtifactStore(call.services.artifacts).delete(artifact.name)
    return outcome


MERGE = StandIn(
    action_names.MERGE,
    "makes one artifact of several in the folder of the run's artifacts",
    {
        "name": inputs.anything,
        "pattern": inputs.anything,
        "separate-directories": inputs.FLAG,
        "delete-merged": inputs.FLAG,
        "include-hidden-files": inputs.FLAG,
        **STORAGE,
    },
    merge,
)
