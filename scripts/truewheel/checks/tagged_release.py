"""The release of a tag: the tag, the configuration with the package's version, the workflow."""

from __future__ import annotations

from dataclasses import dataclass

from truewheel.config import Config
from truewheel.publishing.stated_versions import StatedVersion
from truewheel.workflow import Workflow


@dataclass(frozen=True, slots=True)
class TaggedRelease:
    """What is judged before anything is built."""

    tag: str  # the tag as it was given, possibly malformed
    config: Config  # the release's configuration, with the package's version
    workflow: Workflow  # the publishing workflow
    versions: tuple[StatedVersion, ...] = ()  # where else the repository states the package's version
    sessions: frozenset[str] | None = None  # the names of the noxfile's sessions; None if they are not known
    repository: str | None = None  # the one on GitHub, `owner/name`; None if it is not known, or makes no difference
