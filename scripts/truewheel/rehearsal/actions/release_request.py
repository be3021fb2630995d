"""The release that a step of action-gh-release asks for, read from its inputs."""

from __future__ import annotations

from dataclasses import dataclass

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """The inputs, as the action reads them."""

    title: str  # the release's title; may be empty
    body: str  # the beginning of its notes; may be empty
    files: tuple[str, ...]  # the patterns of the files to attach
    generate_notes: bool  # whether generated notes follow the body
    fail_on_unmatched_files: bool  # whether a pattern without any file is an error


def read_request(call: ActionCall) -> ReleaseRequest:
    """Read the inputs of a step.

    Raises:
        ActionFailed: they ask for another repository, token or tag than the run's.
    """
    inputs.only_own(call, "repository", call.identity.repository)
    inputs.only_own(call, "token", inputs.OWN_TOKEN)
    if inputs.text(call, "tag_name") != call.identity.ref:
        inputs.only_own(call, "tag_name", call.identity.tag)
    return ReleaseRequest(
        title=call.inputs.get("name", ""),
        body=_body(call),
        files=tuple(_patterns(call.inputs.get("files", ""))),
        generate_notes=inputs.flag(call, "generate_release_notes"),
        fail_on_unmatched_files=inputs.flag(call, "fail_on_unmatched_files"),
    )


def _body(call: ActionCall) -> str:
    path = call.inputs.get("body_path", "")
    if path:
        try:
            return (call.workspace / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            call.say(f"Warning: Failed to read body_path \"{path}\" (ENOENT). Falling back to 'body' input.")
    return call.inputs.get("body", "")


def _patterns(written: str) -> list[str]:
    """Return the patterns: one per line, or several separated by commas outside of braces."""
    patterns, depth = [""], 0
    for character in written.replace("\r\n", "\n"):
        depth += (character == "{") - (character == "}")
        if character == "\n" or (character == "," and depth == 0):
            patterns.append("")
            depth = 0 if character == "\n" else depth
        else:
            patterns[-1] += character
    return [pattern.strip() for pattern in patterns if pattern.strip()]
