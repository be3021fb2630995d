"""pypa/gh-action-pypi-publish: the distributions go to the rehearsal's index, by an unmodified twine.

What the action says of its own (that there is nothing to publish, that the token is missing, whose claims were refused)
is said here in its words; the rest is twine's. twine does the exchange of tokens itself, right before the upload, where
the action does it first of all: what a check refuses is refused before anybody is asked for a token.
"""

from __future__ import annotations

import base64
import hashlib
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
from truewheel.rehearsal.index.environ import client_environ
from truewheel.rehearsal.index.names import AUDIENCE, TOKEN_USER, UPLOAD_URL
from truewheel.system.files import scratch_folder
from truewheel.workflow import action_names

_NAMES = ("packages-dir", "verify-metadata", "skip-existing", "print-hash", "repository-url")
# The action still knows its inputs by their old names, with underscores.
_INPUTS = frozenset({*_NAMES, *(name.replace("-", "_") for name in _NAMES), "user", "verbose", "attestations"})
# Not known here: `password`, for no secret belongs into a rehearsal.
_FAILURE = "Trusted publishing exchange failure"
_VARIABLES = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL")
_CLAIMS = (
    *("sub", "repository", "repository_owner", "repository_owner_id"),
    *("workflow_ref", "job_workflow_ref", "ref", "environment"),
)
# What twine says when the index mints no token, and how each reason begins.
_REFUSED = "The token request failed; the index server gave the following reasons"
_REASON = re.compile(r"\s*\* `[\w-]+`: ")
# A line of twine's is a line of the log, whatever terminal the rehearsal runs in.
_PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "10000", "LINES": "100"}
_TIMEOUT = 30


def refusal(inputs: Mapping[str, str]) -> str:
    """Why a step with these inputs cannot be rehearsed, in one sentence; empty when it can.

    It may be asked before anything runs, with the inputs that are known by then.
    """
    user, url = inputs.get("user") or TOKEN_USER, _input(inputs, "repository-url", UPLOAD_URL)
    if user != TOKEN_USER:
        return f"user: {user!r} cannot be rehearsed: there is trusted publishing here, and no password"
    if url.rstrip("/") != UPLOAD_URL.rstrip("/"):
        return f"repository-url: {url!r} cannot be rehearsed: the index here stands for PyPI, {UPLOAD_URL}"
    if _is_on(inputs, "skip-existing", "false"):
        return (
            "skip-existing cannot be rehearsed: it passes over a file that is on the index with other bytes, "
            "and PyPI answers an identical file with OK without it"
        )
    folder = _input(inputs, "packages-dir", "dist")
    if _leads_out(folder):
        return (
            f"packages-dir: {folder!r} cannot be rehearsed: the action runs in a container that sees the workspace "
            "alone, and the folder is to be named by its path in there"
        )
    return ""


def _leads_out(folder: str) -> bool:
    # Windows' paths may begin with a slash, too.
    written = PureWindowsPath(folder)
    climbs = posixpath.normpath(written.as_posix()).split("/")[0] == ".."
    return bool(written.drive or written.root) or climbs


def publish(call: ActionCall) -> ActionOutcome:
    """Check the distributions and upload them.

    Raises:
        ActionFailed: the step cannot be rehearsed, or failed as it would on GitHub.
    """
    if why := refusal(call.inputs):
        raise ActionFailed(why)
    folder = _input(call.inputs, "packages-dir", "dist").rstrip("/")
    with scratch_folder(prefix="publish-home-") as home:
        environ = client_environ(call.environ, {**call.services.publish_environ(), **_PLAIN}, home)
        _demand_token_endpoint(call)
        files = _distributions(call, folder)
        if _is_on(call.inputs, "verify-metadata", "true"):
            _twine(call, environ, ["check", *files])
        if _is_on(call.inputs, "attestations", "true"):
            call.say(
                "Attestations are not made in a rehearsal: on GitHub the action signs the distributions now, "
                "and uploads them with their attestations."
            )
        verbose = _is_on(call.inputs, "verbose", "false")
        if verbose or _is_on(call.inputs, "print-hash", "false"):
            _say_hashes(call, folder)
        options = ["--disable-progress-bar", "--non-interactive", *(["--verbose"] if verbose else [])]
        target = ["--repository-url", UPLOAD_URL, "--username", TOKEN_USER]
        _twine(call, environ, ["upload", *options, *target, *files])
    return ActionOutcome()


def _input(inputs: Mapping[str, str], name: str, default: str) -> str:
    return inputs.get(name) or inputs.get(name.replace("-", "_")) or default


def _is_on(inputs: Mapping[str, str], name: str, default: str) -> bool:
    # Anything but `false` is yes, as for the action.
    return _input(inputs, name, default).lower() != "false"


def _demand_token_endpoint(call: ActionCall) -> None:
    """The job may ask for an identity token; GitHub gives it the variables only with the permission."""
    for name in _VARIABLES:
        if call.environ.get(name):
            continue
        why = (
            "OpenID Connect token retrieval failed: GitHub: missing or insufficient OIDC token permissions, "
            f"the {name} environment variable was unset"
        )
        call.say(why)
        call.say(
            "This generally indicates a workflow configuration error, such as insufficient permissions. "
            "Make sure that your workflow has `id-token: write` configured at the job level."
        )
        raise ActionFailed(f"{_FAILURE}: {why}")


def _distributions(call: ActionCall, folder: str) -> list[str]:
    """What the shell of the action would make of `FOLDER/*`."""
    names = sorted(path.name for path in (call.workspace / folder).glob("*") if not path.name.startswith("."))
    if not any(name.endswith((".whl", ".tar.gz")) for name in names):
        call.say(
            "::warning file=# >> PyPA publish to PyPI GHA%3A MISSING DISTS << ::It looks like there are no Python "
            f"distribution packages to publish in the directory '{folder}/'. Please verify that they are in place "
            "should you face this problem."
        )
    return [f"{folder}/{name}" for name in names] or [f"{folder}/*"]


def _say_hashes(call: ActionCall, folder: str) -> None:
    call.say("Showing hash values of files to be uploaded:")
    for path in sorted((call.workspace / folder).iterdir()):
        if path.is_file():
            content = path.read_bytes()
            call.say(path.name)
            call.say(f"SHA256: {hashlib.sha256(content).hexdigest()}")
            call.say(f"MD5: {hashlib.md5(content, usedforsecurity=False).hexdigest()}")
            call.say(f"BLAKE2-256: {hashlib.blake2b(content, digest_size=32).hexdigest()}")


def _twine(call: ActionCall, environ: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Run twine, with what it prints in the log.

    Raises:
        ActionFailed: it failed; the message is what it said last.
    """
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        call.say(line)

    # Isolated: what lies in the job's checkout is not what is imported.
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
    raise ActionFailed(f"twine {arguments[0]} failed, exit status {status}: {_last_said(lines)}")


def _last_said(lines: Sequence[str]) -> str:
    """The last error that twine told, in one line; an error goes on in lines that are set in."""
    said = [line for line in lines if line.strip()] or ["it said nothing"]
    first = max((number for number, line in enumerate(said) if line.startswith("ERROR")), default=len(said) - 1)
    return " ".join(" ".join(said[first:]).removeprefix("ERROR").split())


def _say_claims(call: ActionCall, environ: Mapping[str, str]) -> None:
    """Show what the job's identity token claims, as the action does when it was refused."""
    claims = _claims(environ)
    call.say("The claims rendered below are for debugging purposes only. You should not use them to configure a")
    call.say("trusted publisher unless they already match your expectations.")
    for name in _CLAIMS:
        call.say(f"* `{name}`: `{claims.get(name, 'MISSING')}`")


def _claims(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The claims of a token that the job asks for as twine did; none when it gets none any more."""
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


PYPI_PUBLISH = StandIn(
    action_names.PYPI_PUBLISH,
    "an unmodified twine publishes to the rehearsal's index by trusted publishing; attestations are not made",
    _INPUTS,
    publish,
    refusal,
)
