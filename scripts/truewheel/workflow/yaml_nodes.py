"""YAML as GitHub reads it, every value with its position.

Scalars have the types of YAML 1.2's core schema: `on` is a text, and so is a date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from truewheel.errors import ReleaseError
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.values import exact_number, parse_number

_CORE = "tag:yaml.org,2002:"
_WORDS = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]{1,16}|0x[0-9a-fA-F]{1,16}")
# More than any workflow has; a few aliases of aliases could make more.
_MOST_NODES = 50_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar."""

    place: Place  # its position in the file
    value: bool | float | str | None  # None, a bool, a number or a text
    text: str  # its value as a text, before it got a type
    comment: str = ""  # what follows on its last line, stripped: `# v7.0.1`


@dataclass(frozen=True, slots=True)
class YamlSequence:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class YamlMapping:
    """A mapping with unique keys."""

    place: Place
    entries: tuple[tuple[Scalar, Node], ...]


Node = Scalar | YamlSequence | YamlMapping


def described(node: Node) -> str:
    """Return a description for messages: `a list`, `a mapping`, `nothing`, or the value itself."""
    if isinstance(node, YamlSequence):
        return "a list"
    if isinstance(node, YamlMapping):
        return "a mapping"
    return "nothing" if node.value is None else f"`{node.text}`"


def read_yaml(file: Path, shown: str) -> Node | None:
    """Read a document, which messages call `shown`; None if it is empty, a ReleaseError if GitHub refuses it."""
    try:
        text = file.read_text(encoding="utf-8")
        document = YAML(typ="safe", pure=True).compose(text)
        return None if document is None else _Reader(shown, text).node(document, ())
    except FileNotFoundError:
        hint = "`workflow` in [tool.release] must name the publishing workflow"
        raise ReleaseError(f"{shown} is missing", hint=hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{shown} cannot be read: {error}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ReleaseError(f"{shown}{place}: not valid YAML: {error.problem}") from None
    except RecursionError:
        raise ReleaseError(f"{shown}: nested too deeply") from None
    except (YAMLError, ValueError) as error:
        raise ReleaseError(f"{shown}: not valid YAML: {' '.join(f'{error}'.split())}") from None


class _Reader:
    """Turns the nodes of ruamel.yaml into ours, and refuses those that GitHub does not accept."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._count = 0

    def _place(self, mark: StringMark) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1)

    def node(self, node: Any, ancestors: tuple[int, ...]) -> Node:
        place = self._place(node.start_mark)
        self._count += 1
        if self._count > _MOST_NODES:
            raise WorkflowError(place, f"the file has more than {_MOST_NODES} values, probably by aliases of aliases")
        if id(node) in ancestors:
            raise WorkflowError(place, "an alias is inside the value that it is an alias of")
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        if node.tag not in (f"{_CORE}seq", f"{_CORE}map"):
            raise _tag_error(place, node.tag)
        inner = (*ancestors, id(node))
        if isinstance(node, SequenceNode):
            return YamlSequence(place, tuple(self.node(item, inner) for item in node.value))
        return self._mapping(node, place, inner)

    def _mapping(self, node: MappingNode, place: Place, ancestors: tuple[int, ...]) -> YamlMapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key_node, value_node in node.value:
            key = self.node(key_node, ancestors)
            if not isinstance(key, Scalar):
                raise WorkflowError(key.place, f"a key must be a text, not {described(key)}")
            if earlier := entries.get(key.text):
                line = earlier[0].place.line
                raise WorkflowError(key.place, f"the key `{key.text}` is here twice, first on line {line}")
            value = self.node(value_node, ancestors)
            if value_node.start_mark.index == value_node.end_mark.index:
                # A missing value is where its key is, not where the next token begins.
                value = Scalar(key.place, None, "")
            entries[key.text] = (key, value)
        return YamlMapping(place, tuple(entries.values()))

    def _scalar(self, node: ScalarNode, place: Place) -> Scalar:
        raw = self._text[node.start_mark.index : node.end_mark.index]
        is_plain = not node.style
        # An anchor or a tag.
        before = raw[: raw.find(node.value if is_plain else node.style)]
        is_tagged, tag = "!" in before, str(node.tag)
        if not tag.startswith(_CORE) or (is_tagged and tag != f"{_CORE}str"):
            raise _tag_error(place, tag)
        value = _typed(node.value) if is_plain and not is_tagged else node.value
        end = node.end_mark.index
        comment = self._text[end : self._text.find("\n", end) % (len(self._text) + 1)].strip()
        return Scalar(place, value, node.value, comment)


def _tag_error(place: Place, tag: str) -> WorkflowError:
    return WorkflowError(
        place,
        f"GitHub does not accept YAML tags, but here is {tag.replace(_CORE, '!!')}",
        hint="put a value that begins with ! in quotes",
    )


def _typed(text: str) -> bool | float | str | None:
    if text in _WORDS:
        return _WORDS[text]
    return exact_number(parse_number(text)) if _NUMBER.fullmatch(text) else text
