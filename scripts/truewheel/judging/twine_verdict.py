"""What `twine check --strict` says of a METADATA that was read already, in this process.

twine itself is run on what is released (`truewheel.judging.twine_check`). Over many or large wheels it
would take longer than all other checks together, because it reads and hashes every file three times; its verdict
follows from METADATA alone, by the libraries that it uses itself. A test compares the two.
"""

from __future__ import annotations

import email.message
import io
import re
from dataclasses import dataclass

from packaging.errors import ExceptionGroup
from packaging.metadata import Metadata, RawMetadata, parse_email
from packaging.version import Version

from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel

_UNREADABLE = "twine cannot read it: "
_RENDERED_AS_TEXT = ("text/plain", "text/markdown")  # no text of these can fail to render
_REPORT = re.compile(r"^<string>:(\d*): \((DEBUG|INFO|WARNING|ERROR|SEVERE)/\d*\) (.*)", re.DOTALL)
# Rendering takes some thousand times as long as reading, and with enough footnotes or rows its square. The longest
# descriptions of PyPI, which hold a whole change log, have half of this.
_MOST_CHARACTERS = 400_000


@dataclass(frozen=True, slots=True)
class TwineVerdict:
    """What twine says of a METADATA, as far as that can be told at once.

    Attributes:
        reasons: why it refuses.
        markup: the description, where it is reStructuredText and it remains to be seen whether that renders. Line
            ends, and blanks at the ends of lines, are as docutils makes them first of all, so that the descriptions
            of wheels that were built on different systems are one.
    """

    reasons: str = ""
    markup: str = ""

    def refusal(self, complaint: str) -> str:
        """Why it refuses, in one line; empty when it does not. `complaint` is what `markup_complaint` says."""
        if not complaint:
            return self.reasons
        broken = f"`long_description` has syntax errors in markup and would not be rendered. {complaint}"
        return " ".join(f"{broken} {self.reasons}".split())


def twine_verdict(wheel: Wheel) -> TwineVerdict:
    """What `twine check --strict` would say of `wheel`, before anything is rendered."""
    if not isinstance(wheel.metadata, HeaderFile) or not wheel.metadata.all("Metadata-Version"):
        return TwineVerdict(f"{_UNREADABLE}No METADATA in archive or METADATA missing 'Metadata-Version'")
    raw, unparsed = parse_email(wheel.metadata.content)
    try:
        # setuptools long wrote this field before there was such a field.
        if Version(raw.get("metadata_version", "0")) < Version("2.4"):
            raw.pop("license_files", None)
            unparsed.pop("license-file", None)
        if unparsed:
            fields = "; ".join(f"unrecognized or malformed field {key!r}" for key in unparsed)
            return TwineVerdict(f"{_UNREADABLE}Invalid distribution metadata: {fields}")
        Metadata.from_raw(raw)
    except ValueError as error:  # no version, or a number of more digits than Python converts
        return TwineVerdict(f"{_UNREADABLE}{error}")
    except ExceptionGroup as group:
        problems = "; ".join(sorted(map(str, group.exceptions)))
        return TwineVerdict(f"{_UNREADABLE}Invalid distribution metadata: {problems}")
    return _description_verdict(raw)


def _description_verdict(raw: RawMetadata) -> TwineVerdict:
    description = raw.get("description", "")
    declared = raw.get("description_content_type")
    reasons = []
    if declared is None:
        reasons.append("`long_description_content_type` missing. defaulting to `text/x-rst`.")
    if not description or description.rstrip() == "UNKNOWN":
        reasons.append("`long_description` missing.")
        description = ""
    message = email.message.EmailMessage()
    message["content-type"] = declared or "text/x-rst"
    is_text = not description or message.get_content_type() in _RENDERED_AS_TEXT
    return TwineVerdict(" ".join(reasons), "" if is_text else _plain_lines(description))


def _plain_lines(text: str) -> str:
    # A text of blanks alone is not empty: nothing to render is a complaint.
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines()) or "\n"


def markup_complaint(text: str) -> str:
    """Why a text in reStructuredText does not render; empty when it does, or when there is none."""
    if not text:
        return ""
    if len(text) > _MOST_CHARACTERS:
        return f"it has {len(text):,} characters; no description of more than {_MOST_CHARACTERS:,} is rendered"
    # Imported here because it takes longer than all else that is done to a small wheel, and few descriptions need it.
    from readme_renderer import rst  # noqa: PLC0415

    stream = io.StringIO()
    try:
        if rst.render(text, stream=stream) is not None:
            return ""
    except RecursionError:
        return "it is nested too deeply"
    return _REPORT.sub(r"line \1: \2: \3", stream.getvalue().strip()) or "no reason given"
