"""docker/setup-qemu-action: nothing. A container of another processor runs if this machine has an emulator for it."""

from __future__ import annotations

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn
from truewheel.workflow import action_names


def leave_emulators_alone(call: ActionCall) -> ActionOutcome:
    """Report which platforms would be emulated, and where the action installs its emulators."""
    platforms = inputs.text(call, "platforms") or "all"
    call.say(f"no emulator is installed for {platforms}: containers run only for what this machine already emulates")
    return ActionOutcome(outputs={"platforms": platforms})


QEMU = StandIn(
    action_names.QEMU,
    "does nothing: emulators stay as they are on this machine",
    {"image": inputs.anything, "platforms": inputs.anything, "cache-image": inputs.FLAG},
    leave_emulators_alone,
)
