"""The version that a build backend makes: of a package whose version is dynamic, from git or from a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from truewheel.builders.process import clean_environment
from truewheel.builders.source_tree import staged_sources
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.system.commands import captured, pip_errors
from truewheel.system.files import scratch_folder
from truewheel.versions import try_version

# meson-python has no metadata without a wheel: it makes one without files, for which nothing is compiled.
_SETTINGS = {"mesonpy": ("--config-settings=compile-args=-n", "--config-settings=install-args=--tags=none")}


def with_version(config: Config, environ: Mapping[str, str]) -> Config:
    """Return the configuration with the version, even a dynamic one; ReleaseError if the backend does not report it."""
    return config if config.package.version is not None else config.with_version(_ask_backend(config, environ))


def tag_to_be(config: Config) -> str:
    """Return the tag of the next release, for a configuration with a version: `v0.5.1` for `0.5.1.dev3+g1a2b3c4`."""
    version = try_version(config.package.version or "") if config.package.is_dynamic else None
    return f"v{version.major}.{version.minor}.{version.micro}" if version else f"v{config.package.version}"


def _ask_backend(config: Config, environ: Mapping[str, str]) -> str:
    """Let pip prepare the metadata of the sources as for a wheel, with the locked build requirements."""
    backend = config.package.settings.get("build-system", {}).get("build-backend", "")
    with staged_sources(config, environ) as sources, scratch_folder() as scratch:
        report = scratch / "report.json"
        command = [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet"),
            *("--ignore-requires-python", "--disable-pip-version-check", "--no-input"),
            *("--build-constraint", str(sources.hashed_constraints), "--report", str(report)),
            *_SETTINGS.get(backend, ()),
            str(sources.root / sources.package),
        ]
        environ = clean_environment({"SOURCE_DATE_EPOCH": str(sources.epoch), "PYTHONUTF8": "1"})
        result = captured(command, env=environ)
        if result.returncode:
            # The errors of pip, or the last line of the backend's own output.
            raise ReleaseError(
                f"the build backend of {config.package.name} does not report the version: "
                + pip_errors(result.stderr.partition("[end of output]")[0]),
                hint="correct its settings; this shows all of its output: "
                f"pip wheel --no-deps {config.package.directory.as_posix()}/",
            )
        answer: Any = json.loads(report.read_text(encoding="utf-8"))
        return str(answer["install"][0]["metadata"]["version"])
