"""The builds that cibuildwheel selects for a package: what `nox -s lock` writes down."""

from __future__ import annotations

import platform as machine

from truewheel.builders import cibuildwheel_options
from truewheel.config import BUILDS_LOCK, Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform


def selected_builds(platform: Platform, config: Config) -> list[str]:
    """Ask cibuildwheel for the identifiers of the builds of `platform`, in its order.

    The package's settings decide: requires-python, and build, skip and enable in `[tool.cibuildwheel]`.

    Raises:
        ReleaseError: cibuildwheel cannot run here, its settings are broken, or it selects nothing.
    """
    if not cibuildwheel_options.is_available():
        raise ReleaseError(
            f"the builds cannot be locked: cibuildwheel needs Python 3.11 or newer, not {machine.python_version()}",
            hint="run nox with a newer Python",
        )
    selected = [name.partition("-") for name in cibuildwheel_options.build_identifiers(config, platform)]
    builds = [f"{python}-{platform.name}" for python, _, name in selected if name == platform.family]
    if not builds:
        raise ReleaseError(
            f"cibuildwheel selects no build for {platform.name}",
            hint=f"remove [tool.release.platforms.{platform.name}], or correct build, skip and requires-python of the "
            'package; if cibuildwheel does not build it, name its builds in that table: builds = ["cp313"]',
        )
    return builds


def refuse_other_builds(platform: Platform, config: Config) -> None:
    """Compare the locked builds of `platform` with those that cibuildwheel selects now.

    Raises:
        ReleaseError: they are not the same: someone edited the file, or the settings without locking again.
    """
    locked = {str(build) for build in platform.builds}
    file = config.root / BUILDS_LOCK
    # A platform may name builds of its own.
    if not file.exists() or not locked <= set(file.read_text(encoding="utf-8").split()):
        return
    if differing := sorted(locked ^ set(selected_builds(platform, config))):
        raise ReleaseError(
            f"{BUILDS_LOCK.as_posix()} is not what cibuildwheel selects for {platform.name}: {', '.join(differing)}",
            hint="run nox -s lock, and commit what it writes; otherwise a release expects other wheels than are built",
        )
