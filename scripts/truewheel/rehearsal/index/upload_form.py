"""An upload as clients send it: a form with the metadata and the file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.wrappers import Request


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client sent."""

    fields: Mapping[str, str]  # the first value of each field of the form
    filename: str = ""  # the file's name, as the client sent it; empty when there is no file
    content: bytes = b""  # the file's bytes

    def field(self, name: str) -> str:
        """The value of a field; empty when the form does not have it."""
        return self.fields.get(name, "")

    @property
    def digests(self) -> dict[str, str]:
        """The digests of the file, in hexadecimal, by the fields of the form in which PyPI expects them."""
        return {
            "md5_digest": hashlib.md5(self.content, usedforsecurity=False).hexdigest(),
            "sha256_digest": hashlib.sha256(self.content).hexdigest(),
            "blake2_256_digest": hashlib.blake2b(self.content, digest_size=32).hexdigest(),
        }


def read_upload(request: Request) -> Upload:
    """Read an upload to its end; a body that is not a form makes an empty one."""
    file = request.files.get("content")
    if file is None:
        return Upload(request.form)
    return Upload(request.form, file.filename or "", file.read())
