"""TOML files and their tables: every error names the file, the table and the key."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truewheel.errors import ReleaseError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def load_toml(
    path: Path, *, shown_as: str | None = None, hint: str = "run this in the repository's top folder"
) -> dict[str, Any]:
    """Read a TOML file, which messages call `shown_as`; `hint` says what to do if it is missing.

    ReleaseError if the file is missing, unreadable or not TOML.
    """
    shown = shown_as or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ReleaseError(f"{shown} is missing", hint=hint) from None
    except OSError as error:
        raise ReleaseError(f"{shown} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ReleaseError(f"{shown} is not UTF-8: byte {error.start}") from None
    return parse_toml(text, shown)


def table_of(module: str) -> dict[str, Any]:
    """Read the table of a module of ours from the TOML file next to it: `table_of(__file__)`."""
    return load_toml(Path(module).with_suffix(".toml"))


def parse_toml(text: str, shown: str) -> dict[str, Any]:
    """Parse the text of a TOML file, which messages call `shown`; ReleaseError if it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ReleaseError(f"{shown} is not valid TOML: {error}") from None


@dataclass(frozen=True, slots=True)
class Table:
    """A TOML table with its name and file, so that every error names file, table and key."""

    values: Mapping[str, Any]
    name: str
    file: str

    @classmethod
    def of(cls, document: Mapping[str, Any], name: str, file: str, *, is_optional: bool = False) -> Table:
        """Return the table `name` of a document; an empty one if it is missing and `is_optional`."""
        values: Any = document
        keys = name.split(".")
        for depth, key in enumerate(keys, start=1):
            if key not in values and not is_optional:
                raise ReleaseError(f"{file} has no table [{name}]")
            values = values.get(key, {})
            if not isinstance(values, Mapping):
                raise ReleaseError(f"{'.'.join(keys[:depth])} in {file} must be a table, not {values!r}")
        return cls(values, name, file)

    def error(self, key: str, problem: str) -> ReleaseError:
        return ReleaseError(f"{key} in [{self.name}] of {self.file} {problem}")

    def only(self, *required: str, optional: tuple[str, ...] = ()) -> None:
        known = (*required, *optional)
        for key in self.values:
            if key not in known:
                raise self.error(key, f"is not a known key; known are {', '.join(known)}")
        for key in required:
            self.value(key)

    def value(self, key: str) -> Any:
        if key not in self.values:
            raise self.error(key, "is missing")
        return self.values[key]

    def text(self, key: str) -> str:
        value = self.value(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"must be a non-empty string, not {value!r}")
        return value

    def path(self, key: str) -> Path:
        return self.inside(key, self.text(key))

    def inside(self, key: str, text: str) -> Path:
        path = Path(text)
        # On Windows a path such as /tmp, without a drive, is not absolute.
        if path.anchor or ".." in path.parts:
            raise self.error(key, f"must be a path inside the repository, not {path.as_posix()!r}")
        return path

    def texts(self, key: str) -> tuple[str, ...]:
        if key not in self.values:
            return ()
        values = self.values[key]
        are_texts = isinstance(values, list) and all(isinstance(text, str) and text.strip() for text in values)
        if not are_texts or not values:
            raise self.error(key, f"must be a list of one or more non-empty strings, not {values!r}")
        return tuple(values)

    def table(self, key: str) -> Table:
        value = self.values.get(key)
        if not isinstance(value, Mapping):
            raise self.error(key, f"must be a table, not {value!r}")
        return Table(value, f"{self.name}.{key}", self.file)
