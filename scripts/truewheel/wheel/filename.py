"""The file name of a wheel. Source: the binary distribution format specification (PEP 427)."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.tags import Tag
from packaging.utils import BuildTag, NormalizedName, parse_wheel_filename
from packaging.version import Version

from truewheel.versions import try_version


@dataclass(frozen=True, slots=True)
class WheelFilename:
    """The parts of `quiverdb-0.5.0-py3-none-win_amd64.whl`."""

    text: str  # the whole file name
    project: NormalizedName  # the project's normalized name
    version: Version
    build: BuildTag  # the build tag, `()` if there is none
    tags: frozenset[Tag]  # the compatibility tags, expanded

    @property
    def stem(self) -> str:
        """Name and version as they are spelled, e.g. `quiverdb-0.5.0`; the dist-info folder begins with it."""
        return "-".join(self.text.split("-")[:2])

    @property
    def platform_tags(self) -> list[str]:
        return sorted({tag.platform for tag in self.tags})

    @property
    def is_webassembly(self) -> bool:
        """Whether its native code is WebAssembly, which is not read."""
        return any(tag.startswith(("pyemscripten_", "pyodide_")) for tag in self.platform_tags)

    @property
    def tag_text(self) -> str:
        """The compressed tag as it is spelled, e.g. `py3-none-win_amd64`."""
        return "-".join(self.text.removesuffix(".whl").split("-")[-3:])

    def is_of(self, project: NormalizedName, version: str | None) -> bool:
        """Whether it names this project and this version in any spelling; False if `version` is None."""
        return self.project == project and version is not None and self.version == try_version(version)


def try_parse(text: str) -> WheelFilename | None:
    """Parse a file name; None if it is not the name of a wheel."""
    try:
        return WheelFilename(text, *parse_wheel_filename(text))
    except ValueError:  # InvalidWheelFilename, or a version of more digits than Python converts
        return None
