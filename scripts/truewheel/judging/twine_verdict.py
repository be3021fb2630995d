"""What `twine check --strict` would say about a wheel, from its METADATA as read.

A release is judged by twine itself (`truewheel.judging.twine_check`). For many or large wheels twine would take longer
than all checks together, because it reads and hashes every file three times; but its verdict depends only on METADATA,
and it uses the same libraries. A test compares the two.
"""

from __future__ import annotations

import email.message
import functools
import io
import re

from packaging.errors import ExceptionGroup
from packaging.metadata import Metadata, RawMetadata, parse_email
from packaging.version import Version

from truewheel.findings import Rule
from truewheel.judging.twine_check import (
    DESCRIPTION_PRESENT,
    DESCRIPTION_RENDERS,
    NO_DESCRIPTION,
    NO_TYPE,
    NOT_RENDERED,
    TWINE_CHECK,
    TWINE_WARNINGS,
)
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel

_UNREADABLE = "twine cannot read it: "
_ALWAYS_RENDERED = ("text/plain", "text/markdown")
_REPORT = re.compile(r"^<string>:(\d*): \((DEBUG|INFO|WARNING|ERROR|SEVERE)/\d*\) (.*)", re.DOTALL)
# Rendering takes a thousand times as long as reading, and quadratic time for footnotes and table rows. The longest
# descriptions on PyPI, with whole change logs, have half of this.
_MOST_CHARACTERS = 400_000


def twine_refusal(wheel: Wheel) -> tuple[Rule, str] | None:
    """Return the rule by which `twine check --strict` would refuse `wheel`, and the reason; None if it would not."""
    if not isinstance(wheel.metadata, HeaderFile) or not wheel.metadata.all("Metadata-Version"):
        return TWINE_CHECK, f"{_UNREADABLE}No METADATA in archive or METADATA missing 'Metadata-Version'"
    try:
        raw = _parse(wheel.metadata.content)
    except ValueError as error:
        return TWINE_CHECK, f"{_UNREADABLE}{error}"
    return _description_refusal(raw)


def _parse(content: bytes) -> RawMetadata:
    """Parse METADATA as twine does.

    Raises:
        ValueError: it is not valid; the message is twine's.
    """
    raw, unparsed = parse_email(content)
    # setuptools wrote this field long before Metadata 2.4 defined it.
    if Version(raw.get("metadata_version", "0")) < Version("2.4"):
        raw.pop("license_files", None)
        unparsed.pop("license-file", None)
    problems = [f"unrecognized or malformed field {key!r}" for key in unparsed]
    try:
        if not problems:
            Metadata.from_raw(raw)
    except ExceptionGroup as group:
        problems = sorted(map(str, group.exceptions))
    if problems:
        raise ValueError(f"Invalid distribution metadata: {'; '.join(problems)}")
    return raw


def _description_refusal(raw: RawMetadata) -> tuple[Rule, str] | None:
    description, declared = raw.get("description", ""), raw.get("description_content_type")
    if description.rstrip() in ("", "UNKNOWN"):
        return DESCRIPTION_PRESENT, NO_DESCRIPTION
    message = email.message.EmailMessage()
    message["content-type"] = declared or "text/x-rst"
    if message.get_content_type() not in _ALWAYS_RENDERED:
        # docutils begins with the same normalization. So the descriptions of wheels from different systems are one.
        problem = _markup_problem("\n".join(line.rstrip() for line in description.rstrip().splitlines()))
        if problem:
            return DESCRIPTION_RENDERS, NOT_RENDERED + " ".join(problem.split())
    # Only this release must be free of warnings: PyPI accepts them.
    return (TWINE_WARNINGS, NO_TYPE) if declared is None else None


@functools.lru_cache(maxsize=4)  # the wheels of one version have the same description
def _markup_problem(text: str) -> str:
    """Return why a text in reStructuredText does not render; empty if it does."""
    if len(text) > _MOST_CHARACTERS:
        return f"it has {len(text):,} characters; no description of more than {_MOST_CHARACTERS:,} is rendered"
    # Imported here because the import takes longer than judging a small wheel, and few descriptions need it.
    from readme_renderer import rst  # noqa: PLC0415

    stream = io.StringIO()
    try:
        if rst.render(text, stream=stream) is not None:
            return ""
    except RecursionError:
        return "it is nested too deeply"
    return _REPORT.sub(r"line \1: \2: \3", stream.getvalue().strip()) or "no reason given"
