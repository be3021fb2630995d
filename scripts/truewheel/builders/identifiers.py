"""The builds that cibuildwheel selects for a package: what `nox -s lock` writes down."""

from __future__ import annotations

import os
import platform as machine
import sys

from truewheel.builders import cibuildwheel_options
from truewheel.config import BUILDS_LOCK, Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.system.commands import captured, last_line


def selected_builds(platform: Platform, config: Config) -> list[str]:
    """Ask cibuildwheel for the identifiers of the builds of `platform`, in its order.

    The package's settings decide: requires-python, and build, skip and enable in `[tool.cibuildwheel]`. Variables of
    the environment such as CIBW_BUILD do not.

    Raises:
        ReleaseError: cibuildwheel cannot run here, its settings are broken, or it selects nothing.
    """
    if not cibuildwheel_options.is_available():
        raise ReleaseError(
            f"the builds cannot be locked: cibuildwheel needs Python 3.11 or newer, not {machine.python_version()}",
            hint="run nox with a newer Python",
        )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CIBW_")}
    command = [sys.executable, "-m", "cibuildwheel", "--print-build-identifiers", "--allow-empty"]
    command += ["--platform", platform.system, "--archs", platform.architecture]
    command.append(config.package.directory.as_posix())
    result = captured(command, cwd=config.root, env=environ)
    if result.returncode:
        raise ReleaseError(
            f"cibuildwheel cannot select the builds of {platform.name}: {last_line(result.stderr)}",
            hint=f"correct [tool.cibuildwheel] in {config.package.pyproject.as_posix()}",
        )
    selected = [line.partition("-") for line in result.stdout.split()]
    builds = [f"{python}-{platform.name}" for python, _, name in selected if name == platform.family]
    if not builds:
        raise ReleaseError(
            f"cibuildwheel selects no build for {platform.name}",
            hint=f"remove [tool.release.platforms.{platform.name}], or correct build, skip and requires-python of the "
            'package; if cibuildwheel does not build it, name its builds in that table: builds = ["cp313"]',
        )
    return builds


def refuse_other_builds(platform: Platform, config: Config) -> None:
    """Compare the locked builds of `platform` with those that cibuildwheel selects now; takes half a second.

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
