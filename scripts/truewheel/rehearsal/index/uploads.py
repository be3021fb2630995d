"""Uploads to the index: who may upload, and what becomes of the file."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import canonicalize_name
from werkzeug.wrappers import Request, Response

from truewheel.rehearsal.index.answers import Refused
from truewheel.rehearsal.index.faults import Fate, FaultState
from truewheel.rehearsal.index.loopback import hang_up
from truewheel.rehearsal.index.names import TOKEN_USER, help_url
from truewheel.rehearsal.index.store import Store
from truewheel.rehearsal.index.tokens import Tokens
from truewheel.rehearsal.index.upload_form import Upload, read_upload
from truewheel.rehearsal.index.upload_rules import (
    is_there_already,
    require_digest,
    require_file,
    require_file_name,
    require_form,
)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The endpoint that accepts files.

    Attributes:
        store: receives the files.
        tokens: the upload tokens that were minted.
        faults: the faults to play.
        problems: receives a sentence for each upload that was refused.
    """

    store: Store
    tokens: Tokens
    faults: FaultState
    problems: list[str]

    def answer(self, request: Request) -> Response:
        """Accept the file of a request.

        Raises:
            Refused: PyPI would not, or a fault was asked for.
        """
        fate = self.faults.next_upload()
        upload = read_upload(request)
        if fate is Fate.CUT:
            # Without the beginning of an answer, a client behind a proxy would think that it never reached the proxy,
            # and send the upload once more, without its body.
            hang_up(request, b"HTTP/1.")
        if fate is Fate.UNAVAILABLE:
            raise Refused(503, "Service Unavailable")
        try:
            self._accept(upload, _password(request))
        except Refused as refused:
            self.problems.append(f"the index refused {upload.filename or 'an upload'}: {refused.reason}")
            raise
        return Response("OK")

    def _accept(self, upload: Upload, password: str) -> None:
        token = self.tokens.find(password)
        if token is None:
            more = f"See {help_url('invalid-auth')} for more information."
            raise Refused(403, f"Invalid or non-existent authentication information. {more}")
        require_form(upload)
        project = upload.field("name")
        if canonicalize_name(project) != token.project:
            raise Refused(403, f"Invalid API Token: OIDC scoped token is not valid for project {project!r}")
        if self.tokens.has_expired(token):
            raise Refused(403, "Invalid API Token: token is expired")
        require_file_name(upload)
        require_digest(upload)
        if is_there_already(upload, self.store):
            return
        require_file(upload)
        if self.store.add(upload.filename, upload.content):
            self.faults.accepted()
        else:
            # Another upload was faster with a file of this name: judge this one again, against that file.
            self._accept(upload, password)


def _password(request: Request) -> str:
    """The password of a request whose user is the one for tokens; else empty."""
    try:
        given = request.authorization
    except ValueError:  # not ASCII
        return ""
    return given.password or "" if given and given.username == TOKEN_USER else ""
