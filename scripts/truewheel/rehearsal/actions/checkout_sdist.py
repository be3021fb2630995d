"""re-actors/checkout-python-sdist: the files of an sdist of the run are the checkout."""

from __future__ import annotations

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.github.artifact_store import ArtifactStore
from truewheel.workflow import action_names


def check_out(call: ActionCall) -> ActionOutcome:
    """Unpack an sdist from an artifact into the workspace."""
    name = inputs.required_text(call, "workflow-artifact-name", "python-package-distributions")
    pattern = inputs.required_text(call, "source-tarball-name", "*.tar.gz")
    artifact = ArtifactStore(call.services.artifacts).find(name)
    found = sorted(artifact.folder.glob(pattern)) if artifact else []
    if not found:
        raise ActionFailed(f"Artifact not found for name: {name}" if artifact is None else f"no {pattern} in {name}")
    command = ["tar", "xzf", str(found[0]), "--strip-components=1", "-C", str(call.workspace)]
    if status := call.run_program(command, call.workspace, call.environ, call.say):
        raise ActionFailed(f"tar failed, exit status {status}")
    call.say(f"{found[0].name} is unpacked")
    return ActionOutcome()


CHECKOUT_SDIST = StandIn(
    action_names.CHECKOUT_SDIST,
    "unpacks an sdist from an artifact of the run into the workspace",
    dict.fromkeys(("source-tarball-name", "workflow-artifact-name"), inputs.anything),
    check_out,
)
