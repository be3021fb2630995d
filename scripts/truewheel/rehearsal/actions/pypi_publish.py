"""pypa/gh-action-pypi-publish: the distributions go to the rehearsal's index, by an unmodified twine.

Errors of the action itself (the token is missing, the claims were refused) have the action's wording; all others are
twine's. twine requests its token right before the upload, the action before anything else: here a failing check fails
before a token is requested.
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
import ssl
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any

from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.actions.inputs import FLAG
from truewheel.rehearsal.index.environ import client_environ
from truewheel.rehearsal.index.names import AUDIENCE, TOKEN_USER, UPLOAD_URL
from truewheel.system.files import scratch_folder, sha256_of
from truewheel.workflow import action_names

_FAILURE = "Trusted publishing exchange failure"
_VARIABLES = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL")
_CLAIMS = (
    *("sub", "repository", "repository_owner", "repository_owner_id"),
    *("workflow_ref", "job_workflow_ref", "ref", "environment"),
)
# What twine prints when the index mints no token, and how each reason begins.
_REFUSED = "The token request failed; the index server gave the following reasons"
_REASON = re.compile(r"\s*\* `[\w-]+`: ")
# One line of twine's is one line of the log, in every terminal.
_PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "10000", "LINES": "100"}
_TIMEOUT = 30


def publish(call: ActionCall) -> ActionOutcome:
    """Check the distributions and upload them.

    Raises:
        ActionFailed: the step fails, as it would on GitHub.
    """
    folder = _input(call, "packages-dir", "dist").rstrip("/")
    with scratch_folder(inside=call.temp, prefix="publish-home-") as home:
        environ = client_environ(call.environ, {**call.services.publish_environ(), **_PLAIN}, home)
        _demand_token_endpoint(call)
        files = _distributions(call, folder)
        if _is_on(call, "verify-metadata", "true"):
            _twine(call, environ, ["check", *files])
        if _is_on(call, "attestations", "true"):
            call.say("A rehearsal makes no attestations; on GitHub the action signs and uploads them now.")
        verbose = _is_on(call, "verbose", "false")
        if verbose or _is_on(call, "print-hash", "false"):
            for path in (call.workspace / file for file in files):
                call.say(f"SHA256: {sha256_of(path) if path.is_file() else 'not a file'}  {path.name}")
        options = ["--disable-progress-bar", "--non-interactive", *(["--verbose"] if verbose else [])]
        options += ["--skip-existing"] if _is_on(call, "skip-existing", "false") else []
        target = ["--repository-url", UPLOAD_URL, "--username", TOKEN_USER]
        _twine(call, environ, ["upload", *options, *target, *files])
    return ActionOutcome()


def _input(call: ActionCall, name: str, default: str) -> str:
    return call.inputs.get(name) or call.inputs.get(name.replace("-", "_")) or default


def _is_on(call: ActionCall, name: str, default: str) -> bool:
    return _input(call, name, default).lower() == "true"


def _demand_token_endpoint(call: ActionCall) -> None:
    """Fail unless the job may request an identity token: GitHub sets the variables only with the permission."""
    for name in _VARIABLES:
        if not call.environ.get(name):
            call.say(
                "This generally indicates a workflow configuration error, such as insufficient permissions. "
                "Make sure that your workflow has `id-token: write` configured at the job level."
            )
            raise ActionFailed(
                f"{_FAILURE}: OpenID Connect token retrieval failed: GitHub: missing or insufficient OIDC token "
                f"permissions, the {name} environment variable was unset"
            )


def _distributions(call: ActionCall, folder: str) -> list[str]:
    """Return what the action's shell would make of `FOLDER/*`."""
    names = sorted(path.name for path in (call.workspace / folder).glob("*") if not path.name.startswith("."))
    if not any(name.endswith((".whl", ".tar.gz")) for name in names):
        call.say(
            "::warning file=# >> PyPA publish to PyPI GHA%3A MISSING DISTS << ::It looks like there are no Python "
            f"distribution packages to publish in the directory '{folder}/'. Please verify that they are in place "
            "should you face this problem."
        )
    return [f"{folder}/{name}" for name in names] or [f"{folder}/*"]


def _twine(call: ActionCall, environ: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Run twine; its output goes to the log.

    Raises:
        ActionFailed: it failed; the message is the last error that it printed.
    """
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        call.say(line)

    # Isolated: nothing in the job's checkout is imported.
    command = [sys.executable, "-I", "-u", "-X", "utf8", "-m", "twine", *arguments]
    status = call.run_program(command, call.workspace, environ, take)
    if not status:
        return
    reasons = [line.strip() for line in lines if _REASON.match(line)]
    if reasons and any(_REFUSED in line for line in lines):
        _say_claims(call, environ)
        raise ActionFailed(
            f"{_FAILURE}: Token request failed: the server refused the request for the following reasons: "
            + " ".join(reasons)
        )
    raise ActionFailed(f"twine {arguments[0]} failed, exit status {status}: {_last_error(lines)}")


def _last_error(lines: Sequence[str]) -> str:
    """Return the last error that twine printed, with its continuation lines, in one line."""
    printed = [line for line in lines if line.strip()] or ["no reason given"]
    first = max((number for number, line in enumerate(printed) if line.startswith("ERROR")), default=len(printed) - 1)
    return " ".join(" ".join(printed[first:]).removeprefix("ERROR").split())


def _say_claims(call: ActionCall, environ: Mapping[str, str]) -> None:
    """Show the claims of the job's identity token, as the action does when they were refused."""
    claims = _claims(environ)
    call.say("The claims rendered below are for debugging purposes only. You should not use them to configure a")
    call.say("trusted publisher unless they already match your expectations.")
    for name in _CLAIMS:
        call.say(f"* `{name}`: `{claims.get(name, 'MISSING')}`")


def _claims(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Request a token as twine did and return its claims; none if the request fails now."""
    token, url = (environ[name] for name in _VARIABLES)
    request = urllib.request.Request(  # noqa: S310  the address that the runner gave to the job
        f"{url}&audience={AUDIENCE}", headers={"Authorization": f"bearer {token}"}
    )
    tls = ssl.create_default_context(cafile=environ["SSL_CERT_FILE"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls))
    try:
        with opener.open(request, timeout=_TIMEOUT) as response:
            payload = json.load(response)["value"].split(".")[1]
        claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (OSError, ValueError, KeyError):
        return {}
    return claims


def _user(value: str) -> str:
    return "" if value in ("", TOKEN_USER) else "a rehearsal supports only trusted publishing, without passwords"


def _repository_url(value: str) -> str:
    return "" if value.rstrip("/") in ("", UPLOAD_URL.rstrip("/")) else f"the index here is PyPI's, {UPLOAD_URL}"


def _packages_dir(value: str) -> str:
    # Windows paths may begin with a slash too.
    written = PureWindowsPath(value)
    climbs = posixpath.normpath(written.as_posix()).split("/")[0] == ".."
    if not (written.drive or written.root or climbs):
        return ""
    return "the action runs in a container that has only the workspace; give the folder's path in the workspace"


# No `password`: secrets do not belong in a rehearsal.
_INPUTS = {
    "packages-dir": _packages_dir,
    "verify-metadata": FLAG,
    "skip-existing": FLAG,
    "print-hash": FLAG,
    "repository-url": _repository_url,
}
PYPI_PUBLISH = StandIn(
    action_names.PYPI_PUBLISH,
    "an unmodified twine publishes to the rehearsal's index by trusted publishing; attestations are not made",
    {
        **_INPUTS,
        # The action still accepts the old names.
        **{name.replace("-", "_"): judge for name, judge in _INPUTS.items()},
        "user": _user,
        "verbose": FLAG,
        "attestations": FLAG,
    },
    publish,
)
