"""Uploads to the index: who may upload, and what becomes of the file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from packaging.utils import canonicalize_name
from werkzeug.wrappers import Request, Response

from truewheel.rehearsal.index.answers import Refused
from truewheel.rehearsal.index.exchange import Exchange
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.index.loopback import hang_up
from truewheel.rehearsal.index.names import TOKEN_USER, help_url
from truewheel.rehearsal.index.store import Store
from truewheel.rehearsal.index.upload_rules import Upload, file_problems, form_problems, reuse_problem


@dataclass(slots=True)
class Uploads:
    """The endpoint that accepts files."""

    store: Store  # receives the files
    exchange: Exchange  # has minted the upload tokens
    problems: list[str]  # receives a sentence for each upload that was refused
    faults: IndexFaults = field(default_factory=IndexFaults)  # the faults that are left to play
    # One upload at a time: several clients may send the same file.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Response:
        """Accept the file of a request.

        Raises:
            Refused: PyPI would not, or a fault was asked for.
        """
        file = request.files.get("content")
        # A body that is not a form is an empty one.
        upload = Upload(request.form, file.filename or "", file.read()) if file else Upload(request.form)
        with self._lock:
            self._play_fault(request)
            try:
                self._accept(upload, _password(request))
            except Refused as refused:
                self.problems.append(f"the index refused {upload.filename or 'an upload'}: {refused.reason}")
                raise
        return Response("OK")

    def _play_fault(self, request: Request) -> None:
        left = self.faults
        if left.unavailable_uploads:
            self.faults = replace(left, unavailable_uploads=left.unavailable_uploads - 1)
            raise Refused(503, "Service Unavailable")
        if left.upload_fails_after == 0:
            self.faults = replace(left, upload_fails_after=None)
            # Without the beginning of an answer, a client behind a proxy would think that it never reached the proxy,
            # and send the upload once more, without its body.
            hang_up(request, b"HTTP/1.")
        if left.refused_after == 0:
            raise Refused(400, "Invalid distribution file, as asked for")

    def _accept(self, upload: Upload, password: str) -> None:
        token = self.exchange.tokens.get(password)
        if token is None:
            more = f"See {help_url('invalid-auth')} for more information."
            raise Refused(403, f"Invalid or non-existent authentication information. {more}")
        _refuse_first(form_problems(upload))
        project = upload.field("name")
        if canonicalize_name(project) != token.project:
            raise Refused(403, f"Invalid API Token: OIDC scoped token is not valid for project {project!r}")
        if self.exchange.clock() >= token.expires:
            raise Refused(403, "Invalid API Token: token is expired")
        there = self.store.find(upload.filename)
        if there is None:
            _refuse_first(file_problems(upload))
            self.store.add(upload.filename, upload.content)
            self.faults = self.faults.after_a_file()
        elif there.path.read_bytes() != upload.content:
            raise Refused(400, reuse_problem(upload))


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
