"""Uploads to the index: who may, and what becomes of the file."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

from truewheel.rehearsal.index.answers import Answer, read_body, said
from truewheel.rehearsal.index.events import EventLog
from truewheel.rehearsal.index.faults import Fate, FaultState
from truewheel.rehearsal.index.loopback import CONNECTION, hang_up
from truewheel.rehearsal.index.names import TOKEN_USER, help_url
from truewheel.rehearsal.index.store import Store
from truewheel.rehearsal.index.tokens import Tokens, UploadToken
from truewheel.rehearsal.index.upload_form import Upload, read_upload
from truewheel.rehearsal.index.upload_rules import (
    UploadRefused,
    demand_digests,
    demand_file,
    demand_file_name,
    demand_form,
    demand_open_release,
    is_there_already,
)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The endpoint that takes files.

    Attributes:
        store: where they are kept.
        tokens: who may upload.
        faults: what is to go wrong.
        events: gets what happens.
        clock: the time, in seconds since the epoch.
    """

    store: Store
    tokens: Tokens
    faults: FaultState
    events: EventLog
    clock: Callable[[], float]

    def answer(self, environ: Mapping[str, Any]) -> Answer:
        """Take the file of a request, or say why not."""
        fate = self.faults.next_upload()
        upload = read_upload(environ.get("CONTENT_TYPE", ""), read_body(environ))
        name = upload.filename or upload.one("name")
        if fate is Fate.CUT:
            self.events.add("upload", name, 0, "the connection died, the fault that was asked for")
            _cut(environ[CONNECTION])
        if fate is Fate.UNAVAILABLE:
            self.events.add("upload", name, 503, "the fault that was asked for")
            return said(503, "Service Unavailable")
        try:
            words = self._take(_password(environ), upload)
        except UploadRefused as refusal:
            self.events.add("upload", name, refusal.status, refusal.words)
            return said(refusal.status, refusal.words)
        self.events.add("upload", name, 200, words)
        return Answer(200)

    def _take(self, password: str, upload: Upload) -> str:
        """Keep the file; what there is to say of it."""
        token = self.tokens.find(password)
        if token is None:
            raise UploadRefused(
                403,
                "Invalid or non-existent authentication information. "
                f"See {help_url('invalid-auth')} for more information.",
            )
        demand_form(upload)
        self._demand_permission(token, upload)
        demand_file_name(upload)
        demand_digests(upload)
        if is_there_already(upload, self.store):
            return "the very file was there already: nothing was done"
        demand_open_release(upload, self.store, self.clock)
        mails = demand_file(upload)
        if self.store.add(upload.filename, upload.content) is None:
            # Somebody else was faster with a file of this name: it is judged again, against that.
            return self._take(password, upload)
        self.faults.taken()
        return f"taken; PyPI would mail the owners: {mails[0]}" if mails else "taken"

    def _demand_permission(self, token: UploadToken, upload: Upload) -> None:
        project = upload.one("name")
        if canonicalize_name(project) != token.project:
            raise UploadRefused(403, f"Invalid API Token: OIDC scoped token is not valid for project {project!r}")
        if self.tokens.has_expired(token):
            raise UploadRefused(403, "Invalid API Token: token is expired")


def _cut(connection: socket.socket) -> None:
    """End a connection in the middle of the answer, and the thread's work on it.

    Without the beginning of one, a client behind a proxy would take it for a proxy that it never reached, and send the
    upload once more, without its body.
    """
    connection.sendall(b"HTTP/1.")
    hang_up(connection)
    # What the server takes for a client that went away.
    raise ConnectionAbortedError


def _password(environ: Mapping[str, Any]) -> str:
    """The password of a request whose user is the one of tokens; else empty."""
    scheme, _, encoded = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return ""
    return password if user == TOKEN_USER else ""
