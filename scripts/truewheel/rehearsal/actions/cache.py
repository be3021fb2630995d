"""actions/cache, /restore and /save: a cache that is always empty, as in the first run for a tag."""

from __future__ import annotations

from collections.abc import Callable

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.workflow import action_names

_PLACE = {"path": inputs.anything, "key": inputs.anything, "enablecrossosarchive": inputs.FLAG}
_PLACE |= {"upload-chunk-size": inputs.whole_number}
_LOOK = {**_PLACE, "restore-keys": inputs.anything, "fail-on-cache-miss": inputs.FLAG, "lookup-only": inputs.FLAG}


def miss(call: ActionCall) -> ActionOutcome:
    """Find nothing, whatever the key is."""
    key = inputs.required_text(call, "key")
    inputs.required_text(call, "path")
    if inputs.flag(call, "fail-on-cache-miss"):
        raise ActionFailed(f"Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: {key}")
    call.say(f"a rehearsal keeps no caches: not found for the key {key}")
    return ActionOutcome({"cache-hit": "", "cache-primary-key": key, "cache-matched-key": ""})


def forget(call: ActionCall) -> ActionOutcome:
    """Keep nothing."""
    call.say(f"a rehearsal keeps no caches: {inputs.required_text(call, 'key')} is not saved")
    return ActionOutcome()


def _stand_in(
    action: str, known: dict[str, Callable[[str], str]], act: Callable[[ActionCall], ActionOutcome]
) -> StandIn:
    return StandIn(action, "keeps nothing and finds nothing", known, act)


CACHE = _stand_in(action_names.CACHE, {**_LOOK, "save-always": inputs.FLAG}, miss)
RESTORE = _stand_in(f"{action_names.CACHE}/restore", _LOOK, miss)
SAVE = _stand_in(f"{action_names.CACHE}/save", _PLACE, forget)
