"""What `twine check --strict` says of a METADATA that was read already, in this process.

twine itself is run on what is released (`scripts.twine_check`). Over many or large wheels it would take longer than all
other checks together, because it reads and hashes every file three times; its verdict follows from METADATA alone, by
the libraries that it uses itself. A test compares the two.
"""

from __future__ import annotations

import email.message
import functools
import io
import re

from packaging.errors import ExceptionGroup
from packaging.metadata import Metadata, RawMetadata, parse_email
from packaging.version import InvalidVersion, Version

from scripts.wheel import Wheel

_UNREADABLE = "twine cannot read it: "
_RENDERED_AS_TEXT = ("text/plain", "text/markdown")  # no text of these can fail to render
_REPORT = re.compile(r"^<string>:(\d*): \((DEBUG|INFO|WARNING|ERROR|SEVERE)/\d*\) (.*)", re.DOTALL)


def twine_refusal(wheel: Wheel) -> str:
    """Why `twine check --strict` would refuse `wheel`, in one line; empty when it would not."""
    content = wheel.dist_info_file("METADATA")
    if content is None or b"Metadata-Version" not in content:
        return f"{_UNREADABLE}No METADATA in archive or METADATA missing 'Metadata-Version'"
    raw, unparsed = parse_email(content)
    try:
        # setuptools long wrote this field before there was such a field.
        if Version(raw.get("metadata_version", "0")) < Version("2.4"):
            raw.pop("license_files", None)
            unparsed.pop("license-file", None)
        if unparsed:
            fields = "; ".join(f"unrecognized or malformed field {key!r}" for key in unparsed)
            return f"{_UNREADABLE}Invalid distribution metadata: {fields}"
        Metadata.from_raw(raw)
    except InvalidVersion as error:
        return f"{_UNREADABLE}{error}"
    except ExceptionGroup as group:
        problems = "; ".join(sorted(map(str, group.exceptions)))
        return f"{_UNREADABLE}Invalid distribution metadata: {problems}"
    return _description_refusal(raw)


def _description_refusal(raw: RawMetadata) -> str:
    description = raw.get("description", "")
    declared = raw.get("description_content_type")
    reasons = []
    if declared is None:
        reasons.append("`long_description_content_type` missing. defaulting to `text/x-rst`.")
    if not description or description.rstrip() == "UNKNOWN":
        reasons.append("`long_description` missing.")
    else:
        message = email.message.EmailMessage()
        message["content-type"] = declared or "text/x-rst"
        if message.get_content_type() not in _RENDERED_AS_TEXT and (complaint := _rst_complaint(description)):
            reasons.insert(0, f"`long_description` has syntax errors in markup and would not be rendered. {complaint}")
    return " ".join(" ".join(reasons).split())


# The wheels of a release have one description; rendering it is what takes longest here.
@functools.lru_cache(maxsize=64)
def _rst_complaint(text: str) -> str:
    """Why a text in reStructuredText does not render; empty when it does."""
    # Imported here because it takes longer than all else that is done to a small wheel, and few descriptions need it.
    from readme_renderer import rst  # noqa: PLC0415

    stream = io.StringIO()
    if rst.render(text, stream=stream) is not None:
        return ""
    return _REPORT.sub(r"line \1: \2: \3", stream.getvalue().strip()) or "no reason given"
