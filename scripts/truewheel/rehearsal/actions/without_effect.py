"""Actions of which a rehearsal does only what can be checked: caches, emulators, reports and signatures.

A signature would be made by a public service, which a rehearsal must not contact.
"""

from __future__ import annotations

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn, StepFailed
from truewheel.workflow import action_names


def miss(call: ActionCall) -> ActionOutcome:
    """Find nothing in the cache, as in the first run for a tag, whatever the key is."""
    key = call.required("key")
    call.required("path")
    if call.flag("fail-on-cache-miss"):
        raise StepFailed(f"Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: {key}")
    call.say(f"a rehearsal keeps no caches: not found for the key {key}")
    return ActionOutcome({"cache-hit": "", "cache-primary-key": key, "cache-matched-key": ""})


def forget(call: ActionCall) -> None:
    """Keep nothing in the cache."""
    call.say(f"a rehearsal keeps no caches: {call.required('key')} is not saved")


def leave_emulators_alone(call: ActionCall) -> ActionOutcome:
    """Say that a container for another processor runs only if this machine has an emulator for it."""
    platforms = call.text("platforms") or "all"
    call.say(f"no emulator is installed for {platforms}: containers run only for what this machine already emulates")
    return ActionOutcome(outputs={"platforms": platforms})


def report_nothing(call: ActionCall) -> None:
    """Report nothing."""
    call.say("a rehearsal sends no reports")


def _signs(action: str, files: str, permissions: str, known: str) -> StandIn:
    """Return a stand-in for an action that signs files: the input `files` has patterns, separated by blanks."""

    def sign(call: ActionCall) -> None:
        for scope in permissions.split():
            if call.permissions.get(scope, "none") != "write":
                raise StepFailed(
                    f"the job does not have the permission `{scope}: write`, without which nothing is signed"
                )
        patterns = call.text(files).replace(",", " ").split()
        found = {file for pattern in patterns for file in call.find(pattern)}
        if patterns and not found:
            raise StepFailed(f"Could not find subject at path {' '.join(patterns)}")
        call.say(f"A rehearsal signs nothing; on GitHub {len(found)} files are signed now.")

    does = "checks the permissions and the files to sign; no signature is made"
    return StandIn(action, does, inputs.known(f"{files} {known}"), sign)


_NO_CACHE = "keeps nothing and finds nothing"
_PLACE, _LOOK = "path key", "fail-on-cache-miss lookup-only"
_OTHER_PLACE = {"enablecrossosarchive": inputs.FLAG, "upload-chunk-size": inputs.whole_number}
_LOOKING = inputs.known(f"{_PLACE} restore-keys", f"{_LOOK} save-always", _OTHER_PLACE)
_ATTESTED = "subject-digest subject-name subject-checksums subject-version push-to-registry show-summary \
create-storage-record github-token"
_PREDICATE = "predicate-type predicate predicate-path sbom-path"
_SIGSTORE = "identity-token rekor-url fulcio-url ctfe rekor-root-pubkey oidc-issuer oidc-client-id oidc-client-secret \
staging verify verify-cert-identity verify-oidc-issuer bundle signature certificate upload-signing-artifacts \
release-signing-artifacts internal-be-careful-debug"
_IDENTITY = "id-token attestations"
_REPORTERS = (
    *("codecov/codecov-action", "codecov/test-results-action", "coverallsapp/github-action", "codspeedhq/action"),
    *("test-summary/action", "dorny/test-reporter", "enricomi/publish-unit-test-result-action"),
    *("step-security/harden-runner", "8398a7/action-slack", "slackapi/slack-github-action"),
)
CACHES = (
    StandIn(action_names.CACHE, _NO_CACHE, _LOOKING, miss),
    StandIn(f"{action_names.CACHE}/restore", _NO_CACHE, _LOOKING, miss),
    StandIn(f"{action_names.CACHE}/save", _NO_CACHE, inputs.known(_PLACE, "", _OTHER_PLACE), forget),
)
QEMU = StandIn(
    action_names.QEMU,
    "does nothing: emulators stay as they are on this machine",
    inputs.known("image platforms", "cache-image"),
    leave_emulators_alone,
)
SIGNING = (
    _signs(action_names.ATTEST, "subject-path", _IDENTITY, f"{_ATTESTED} {_PREDICATE}"),
    _signs(action_names.ATTEST_PROVENANCE, "subject-path", _IDENTITY, _ATTESTED),
    _signs(action_names.SIGSTORE, "inputs", "id-token", _SIGSTORE),
)
REPORTERS = tuple(
    StandIn(action, "does nothing: a rehearsal sends no reports", None, report_nothing) for action in _REPORTERS
)
