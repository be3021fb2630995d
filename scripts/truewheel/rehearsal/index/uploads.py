"""Uploads to the index: who may upload, and what becomes of the file."""

from __future__ import annotations

from collections.abc import Iterator
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
    digest_problems,
    file_name_problems,
    file_problems,
    form_problems,
    reuse_problem,
)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The endpoint that accepts files."""

    store: Store  # receives the files
    tokens: Tokens  # the upload tokens that were minted
    faults: FaultState  # the faults to play
    problems: list[str]  # receives a sentence for each upload that was refused

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
        if fate is Fate.REFUSED:
            raise Refused(400, "Invalid distribution file, as asked for")
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
        _refuse_first(form_problems(upload))
        project = upload.field("name")
        if canonicalize_name(project) != token.project:
            raise Refused(403, f"Invalid API Token: OIDC scoped token is not valid for project {project!r}")
        if self.tokens.has_expired(token):
            raise Refused(403, "Invalid API Token: token is expired")
        _refuse_first(file_name_problems(upload))
        _refuse_first(digest_problems(upload))
        if not self._is_there(upload):
            _refuse_first(file_problems(upload))
            if self.store.add(upload.filename, upload.content):
                self.faults.accepted()
            else:
                # Another upload of this name was faster.
                self._is_there(upload)

    def _is_there(self, upload: Upload) -> bool:
        """Whether the identical file is on the index; a different file of that name is refused."""
        there = self.store.find(upload.filename)
        if there is not None and there.facts.sha256 != upload.digests["sha256_digest"]:
            raise Refused(400, reuse_problem(upload))
        return there is not None


def _refuse_first(problems: Iterator[str]) -> None:
    for problem in problems:
        raise Refused(400, problem)


def _password(request: Request) -> str:
    """The password of a request whose user is the one for tokens; else empty."""
    try:
        given = request.authorization
    except ValueError:  # not ASCII
        return ""
    return given.password or "" if given and given.username == TOKEN_USER else ""
