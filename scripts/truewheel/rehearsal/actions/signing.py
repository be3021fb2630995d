"""Actions that sign files: their permissions and files are checked, and no signature is made.

A signature would be made by a public service, which a rehearsal must not contact.
"""

from __future__ import annotations

from collections.abc import Callable

from truewheel.patterns import PatternError
from truewheel.patterns.paths import glob_files
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.workflow import action_names

_DOES = "checks the permissions and the files to sign; no signature is made"


def _signs(action: str, files: str, permissions: tuple[str, ...], known: tuple[str, ...]) -> StandIn:
    """A stand-in for an action that signs the files of the input `files`, one pattern a word."""

    def sign(call: ActionCall) -> ActionOutcome:
        for scope in permissions:
            if call.permissions.get(scope, "none") != "write":
                raise ActionFailed(
                    f"the job does not have the permission `{scope}: write`, without which nothing is signed"
                )
        patterns = inputs.text(call, files).replace(",", " ").split()
        try:
            found = {
                file for each in patterns for file in glob_files(each, folder=call.workspace, home=inputs.home(call))
            }
        except PatternError as error:
            raise ActionFailed(str(error)) from None
        if patterns and not found:
            raise ActionFailed(f"Could not find subject at path {' '.join(patterns)}")
        call.say(f"A rehearsal signs nothing; on GitHub {len(found)} files are signed now.")
        return ActionOutcome()

    judges: dict[str, Callable[[str], str]] = dict.fromkeys((files, *known), inputs.anything)
    return StandIn(action, _DOES, judges, sign)


_ATTESTED = (
    *("subject-digest", "subject-name", "subject-checksums", "subject-version", "push-to-registry", "show-summary"),
    *("create-storage-record", "github-token"),
)
_PREDICATE = ("predicate-type", "predicate", "predicate-path", "sbom-path")
_IDENTITY = ("id-token", "attestations")
_SIGSTORE = (
    *("identity-token", "rekor-url", "fulcio-url", "ctfe", "rekor-root-pubkey", "oidc-issuer", "oidc-client-id"),
    *("oidc-client-secret", "staging", "verify", "verify-cert-identity", "verify-oidc-issuer", "bundle", "signature"),
    *("certificate", "upload-signing-artifacts", "release-signing-artifacts", "internal-be-careful-debug"),
)
ATTEST = _signs(action_names.ATTEST, "subject-path", _IDENTITY, (*_ATTESTED, *_PREDICATE))
PROVENANCE = _signs(action_names.ATTEST_PROVENANCE, "subject-path", _IDENTITY, _ATTESTED)
SIGSTORE = _signs(action_names.SIGSTORE, "inputs", ("id-token",), _SIGSTORE)
