"""What a release is to be like, read from the inputs of action-gh-release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall


@dataclass(frozen=True, slots=True)
class ReleaseWish:
    """The inputs, as the action takes them; None where not being given means something else than false.

    Attributes:
        tag: the tag to release.
        title: the release's title; may be empty.
        body: what its notes begin with; may be empty.
        files: the patterns of the files to attach.
        folder: what the patterns are relative to.
    """

    tag: str
    title: str
    body: str
    files: tuple[str, ...]
    folder: Path
    draft: bool | None
    prerelease: bool | None
    target: str
    make_latest: str
    generate_notes: bool
    previous_tag: str
    append_body: bool
    overwrite_files: bool
    fail_on_unmatched_files: bool


def read_wish(call: ActionCall) -> ReleaseWish:
    """Read the inputs of a step.

    Raises:
        ActionFailed: they ask for another repository or another token.
    """
    inputs.only_own(call, "repository", call.identity.repository)
    inputs.only_own(call, "token", inputs.OWN_TOKEN)
    make_latest = call.inputs.get("make_latest", "")
    return ReleaseWish(
        tag=inputs.text(call, "tag_name").removeprefix("refs/tags/") or call.identity.tag,
        title=call.inputs.get("name", ""),
        body=_body(call),
        files=tuple(_patterns(call.inputs.get("files", ""))),
        folder=call.workspace / call.inputs.get("working_directory", ""),
        draft=_given(call, "draft"),
        prerelease=_given(call, "prerelease"),
        target=call.inputs.get("target_commitish", ""),
        make_latest=make_latest if make_latest in ("true", "false", "legacy") else "",
        generate_notes=_given(call, "generate_release_notes") is True,
        previous_tag=inputs.text(call, "previous_tag"),
        append_body=_given(call, "append_body") is True,
        overwrite_files=_given(call, "overwrite_files") is not False,
        fail_on_unmatched_files=_given(call, "fail_on_unmatched_files") is True,
    )


def _given(call: ActionCall, name: str) -> bool | None:
    """Whether an input is `true`, spelled just so; None when it is empty."""
    value = call.inputs.get(name, "")
    return value == "true" if value else None


def _body(call: ActionCall) -> str:
    path = call.inputs.get("body_path", "")
    if path:
        try:
            return (call.workspace / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            call.say(f"⚠️ Failed to read body_path \"{path}\" (ENOENT). Falling back to 'body' input.")
    return call.inputs.get("body", "")


def _patterns(written: str) -> list[str]:
    """One a line, or several parted by commas outside of braces."""
    patterns, depth = [""], 0
    for character in written.replace("\r\n", "\n"):
        depth += (character == "{") - (character == "}")
        if character == "\n" or (character == "," and depth == 0):
            patterns.append("")
            depth = 0 if character == "\n" else depth
        else:
            patterns[-1] += character
    return [pattern.strip() for pattern in patterns if pattern.strip()]
