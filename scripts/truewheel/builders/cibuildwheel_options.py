"""The options and builds of a package as cibuildwheel itself reads them: tables, overrides and CIBW_ variables.

cibuildwheel is imported where it is used, because Python 3.10 has none.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Mapping
from platform import python_version
from typing import TYPE_CHECKING

from truewheel.builds import Build
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.toml_tables import load_toml

if TYPE_CHECKING:
    from cibuildwheel.options import BuildOptions, Options


def is_available() -> bool:
    """Whether this Python has cibuildwheel, which needs Python 3.11."""
    return importlib.util.find_spec("cibuildwheel") is not None


def known_options() -> frozenset[str]:
    """Return the names of the options in `[tool.cibuildwheel]`."""
    from cibuildwheel.util import resources  # noqa: PLC0415

    return frozenset(load_toml(resources.DEFAULTS)["tool"]["cibuildwheel"])


def build_options(config: Config, system: str, environ: Mapping[str, str], identifier: str | None) -> BuildOptions:
    """Return the options of a build, e.g. `cp313-manylinux_x86_64`; or, for None, those that no override changes.

    `system` is `linux`, `macos` or `windows`, and `environ` has the variables that cibuildwheel sees. ReleaseError if
    an option is unknown or malformed.
    """
    with _broken_settings_named(config):
        return _options(config, system, environ).build_options(identifier)


def selected_builds(platform: Platform, config: Config) -> tuple[Build, ...]:
    """Return the builds that cibuildwheel selects for a platform, in its order; there may be none.

    Only the package's settings decide: requires-python, and build, skip and enable in `[tool.cibuildwheel]`.
    ReleaseError if cibuildwheel cannot run here, or its settings are broken.
    """
    if not is_available():
        raise ReleaseError(
            f"the builds cannot be locked: cibuildwheel needs Python 3.11 or newer, not {python_version()}",
            hint="run nox with a newer Python",
        )
    from cibuildwheel.platforms import ALL_PLATFORM_MODULES, get_build_identifiers  # noqa: PLC0415

    with _broken_settings_named(config):
        chosen = _options(config, platform.system, {}, platform.architecture).globals
        module = ALL_PLATFORM_MODULES[platform.system]  # type: ignore[index]
        selected = get_build_identifiers(module, chosen.build_selector, chosen.architectures)
    parts = [name.partition("-") for name in selected]
    return tuple(Build(python, platform.name) for python, _, name in parts if name == platform.family)


def _options(config: Config, system: str, environ: Mapping[str, str], architecture: str | None = None) -> Options:
    from cibuildwheel.options import CommandLineArguments, compute_options  # noqa: PLC0415

    arguments = CommandLineArguments.defaults()
    arguments.package_dir = config.root / config.package.directory
    arguments.archs = architecture
    return compute_options(system, arguments, environ)  # type: ignore[arg-type]


@contextlib.contextmanager
def _broken_settings_named(config: Config) -> Iterator[None]:
    from cibuildwheel.errors import FatalError  # noqa: PLC0415

    try:
        yield
    except (FatalError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = str(error.args[0] if isinstance(error, LookupError) and error.args else error)
        file = config.package.pyproject.as_posix()
        raise ReleaseError(f"[tool.cibuildwheel] of {file} is broken: {reason}") from None


def appended(environ: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return the CIBW_ variables that add words to options, after what the project sets anywhere.

    `values` has the words for each option with its system, e.g. `environment-pass-linux`. A variable would replace the
    options of the tables, unless CIBW_INHERIT says otherwise.
    """
    variables = {option: f"CIBW_{option.upper().replace('-', '_')}" for option in values}
    inherit = environ.get("CIBW_INHERIT", "")
    unruled = [option for option, name in variables.items() if not environ.get(name) and option not in inherit]
    rules = [f"{option}: append" for option in unruled]
    added = {name: f"{environ.get(name, '')} {values[option]}".strip() for option, name in variables.items()}
    return {**added, "CIBW_INHERIT": "; ".join(filter(None, [inherit, *rules]))}
