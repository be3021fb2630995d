"""actions/upload-artifact v7: the files that `path` finds become an artifact of the run."""

from __future__ import annotations

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.artifact_files import STORAGE, find_files, keep
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.github.artifact_store import ArtifactStore
from truewheel.workflow import action_names


def upload(call: ActionCall) -> ActionOutcome:
    """Keep the files that the patterns of `path` find as an artifact."""
    patterns = inputs.required_text(call, "path")
    files, root = find_files(call, patterns, call.workspace)
    if not files:
        _report_no_files(call, " ".join(patterns.split()))
        return ActionOutcome()
    name = inputs.text(call, "name", "artifact")
    if inputs.flag(call, "overwrite"):
        ArtifactStore(call.services.artifacts).delete(name)
    return keep(call, name, files, root)


def _report_no_files(call: ActionCall, patterns: str) -> None:
    message = f"No files were found with the provided path: {patterns}. No artifacts will be uploaded."
    answer = inputs.text(call, "if-no-files-found") or "warn"
    if answer == "error":
        raise ActionFailed(message)
    call.say(f"Warning: {message}" if answer == "warn" else message)


UPLOAD = StandIn(
    action_names.UPLOAD,
    "copies the files that `path` finds into the folder of the run's artifacts, with their hashes",
    {
        "name": inputs.anything,
        "path": inputs.anything,
        "if-no-files-found": inputs.one_of("warn", "error", "ignore"),
        "overwrite": inputs.FLAG,
        "include-hidden-files": inputs.FLAG,
        **STORAGE,
    },
    upload,
)
