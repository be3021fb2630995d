"""pypa/gh-action-pypi-publish: the distributions go to the rehearsal's index, by an unmodified twine.

Errors of the action itself (the token is missing, the claims were refused) have the action's wording; all others are
twine's. twine requests its token right before the upload, the action before anything else: here a failing check fails
before a token is requested.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, StandIn, StepFailed
from truewheel.rehearsal.index.environ import client_environ
from truewheel.rehearsal.index.names import TOKEN_USER, UPLOAD_URL
from truewheel.system.files import scratch_folder, sha256_of
from truewheel.workflow import action_names

_FAILURE = "Trusted publishing exchange failure"
_VARIABLES = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL")
# What twine prints when the index mints no token, and how each reason begins.
_REFUSED = "The token request failed; the index server gave the following reasons"
_REASON = re.compile(r"\s*\* `[\w-]+`: ")
# One line of twine's is one line of the log, in every terminal.
_PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "10000", "LINES": "100"}


def publish(call: ActionCall) -> None:
    """Check the distributions and upload them.

    Raises:
        StepFailed: the step fails, as it would on GitHub.
    """
    given = {name.replace("_", "-"): value for name, value in call.inputs.items() if value}
    is_on = {name for name, value in {**_DEFAULTS, **given}.items() if value.lower() == "true"}
    unset = [name for name in _VARIABLES if not call.environ.get(name)]
    if unset:
        call.say("The job needs the permission `id-token: write`.")
        raise StepFailed(
            f"{_FAILURE}: OpenID Connect token retrieval failed: GitHub: missing or insufficient OIDC token "
            f"permissions, the {unset[0]} environment variable was unset"
        )
    files = _distributions(call, given.get("packages-dir", "dist").rstrip("/"))
    with scratch_folder(inside=call.temp, prefix="publish-home-") as home:
        environ = client_environ(call.environ, {**call.services.publish_environ(), **_PLAIN}, home)
        if "verify-metadata" in is_on:
            _twine(call, environ, ["check", *files])
        if "attestations" in is_on:
            call.say("A rehearsal makes no attestations; on GitHub the action signs and uploads them now.")
        for path in (call.workspace / file for file in files if is_on & {"verbose", "print-hash"}):
            call.say(f"SHA256: {sha256_of(path) if path.is_file() else 'not a file'}  {path.name}")
        options = [f"--{name}" for name in ("verbose", "skip-existing") if name in is_on]
        target = ["--repository-url", UPLOAD_URL, "--username", TOKEN_USER]
        _twine(call, environ, ["upload", "--disable-progress-bar", "--non-interactive", *options, *target, *files])


def _distributions(call: ActionCall, folder: str) -> list[str]:
    """Return what the action's shell would make of `FOLDER/*`."""
    names = sorted(path.name for path in (call.workspace / folder).glob("*") if not path.name.startswith("."))
    if not any(name.endswith((".whl", ".tar.gz")) for name in names):
        call.say(f"Warning: there are no distributions to publish in {folder}/")
    return [f"{folder}/{name}" for name in names] or [f"{folder}/*"]


def _twine(call: ActionCall, environ: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Run twine; its output goes to the log.

    Raises:
        StepFailed: it failed; the message is the last error that it printed.
    """
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        call.say(line)

    # Isolated: nothing in the job's checkout is imported.
    command = [sys.executable, "-I", "-u", "-X", "utf8", "-m", "twine", *arguments]
    status = call.run_program(command, call.workspace, environ, take)
    reasons = [line.strip() for line in lines if _REASON.match(line)]
    if status and reasons and any(_REFUSED in line for line in lines):
        why = "Token request failed: the server refused the request for the following reasons"
        raise StepFailed(f"{_FAILURE}: {why}: {' '.join(reasons)}")
    if status:
        raise StepFailed(f"twine {arguments[0]} failed, exit status {status}: {_last_error(lines)}")


def _last_error(lines: Sequence[str]) -> str:
    """Return the last error that twine printed, with its continuation lines, in one line."""
    printed = [line for line in lines if line.strip()] or ["no reason given"]
    first = max((number for number, line in enumerate(printed) if line.startswith("ERROR")), default=len(printed) - 1)
    return " ".join(" ".join(printed[first:]).removeprefix("ERROR").split())


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


_DEFAULTS = {"verify-metadata": "true", "attestations": "true"}
# No `password`: secrets do not belong in a rehearsal.
_INPUTS = inputs.known(
    flags="verify-metadata skip-existing print-hash verbose attestations",
    others={"packages-dir": _packages_dir, "repository-url": _repository_url, "user": _user},
)
PYPI_PUBLISH = StandIn(
    action_names.PYPI_PUBLISH,
    "an unmodified twine publishes to the rehearsal's index by trusted publishing; attestations are not made",
    # The action still accepts the old names.
    {**_INPUTS, **{name.replace("-", "_"): judge for name, judge in _INPUTS.items()}},
    publish,
)
