"""An upload as clients send it: a form with the metadata, and the file."""

from __future__ import annotations

import email.message
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from requests_toolbelt import MultipartDecoder  # type: ignore[import-untyped]
from requests_toolbelt.multipart.decoder import (  # type: ignore[import-untyped]
    ImproperBodyPartContentException,
    NonMultipartContentTypeException,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent.

    Attributes:
        fields: the values of each field of the form.
        filename: the file's name, as the client gave it; empty when there is no file.
        content: the file's bytes.
    """

    fields: Mapping[str, tuple[str, ...]]
    filename: str = ""
    content: bytes = b""

    def one(self, name: str) -> str:
        """The value of a field; empty when it is not there."""
        return self.fields.get(name, ("",))[0]

    @property
    def digests(self) -> dict[str, str]:
        """The digests of the file that PyPI knows, by the fields that may hold them, in hexadecimal."""
        return {
            "md5_digest": hashlib.md5(self.content, usedforsecurity=False).hexdigest(),
            "sha256_digest": hashlib.sha256(self.content).hexdigest(),
            "blake2_256_digest": hashlib.blake2b(self.content, digest_size=32).hexdigest(),
        }


def read_upload(content_type: str, body: bytes) -> Upload:
    """Read the body of an upload; what is no form is an empty one."""
    try:
        parts = MultipartDecoder(body, content_type).parts
    # The last two: no boundary, and what is not UTF-8.
    except (ImproperBodyPartContentException, NonMultipartContentTypeException, AttributeError, UnicodeError):
        return Upload({})
    fields: dict[str, tuple[str, ...]] = {}
    filename, content = "", b""
    for part in parts:
        name, file = _disposition(part.headers.get(b"Content-Disposition", b""))
        if name == "content" and file is not None:
            filename, content = file, part.content
        else:
            fields[name] = (*fields.get(name, ()), part.content.decode("utf-8", "replace"))
    return Upload(fields, filename, content)


def _disposition(header: bytes) -> tuple[str, str | None]:
    """The names of a part of a form, and of the file in it; None when it is no file."""
    message = email.message.Message()
    message["Content-Disposition"] = header.decode("utf-8", "replace")
    try:
        name, file = message.get_param("name", "", header="Content-Disposition"), message.get_filename()
    except (TypeError, ValueError):
        # Parameters in an encoding that does not decode, or continued in no order.
        return "", None
    return _as_unicode(str(name)), None if file is None else _as_unicode(file)


def _as_unicode(text: str) -> str:
    """The text without the halves of characters that some encodings decode to: nobody could write them down."""
    return text.encode("utf-8", "replace").decode("utf-8")
