"""The texts of the files that a release needs, made from the templates next to this module."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from truewheel.config import Config
from truewheel.platforms import Platform

_TEMPLATES = Path(__file__).with_name("templates")
# The Python that runs nox on the runners.
_PYTHON = 13
# Minutes for the wheels of a platform: for up to six builds, for more, and where qemu runs them.
_MINUTES = (30, 90, 360)
_EMULATOR = """\
      # For the rows whose processor the runner does not have.
      - uses: docker/setup-qemu-action@96fe6ef7f33517b61c61be40b68a1882f3264fb8 # v4.2.0
        if: runner.os == 'Linux'
        with:
          cache-image: false
"""
_GATE = """\
      # One call: nox runs the second session even if the first one refuses, so all findings are shown.
      - run: nox -s validate check-dist
"""
_GATE_OF_CI = """\
      # Judges the tag that the version in the package's pyproject.toml would get. Two steps, because nox passes what
      # follows `--` to every session of a call.
      - run: nox -s validate -- --tag-from-version
      - run: nox -s check-dist
"""


def publish_workflow(config: Config) -> str:
    """The publishing workflow of a release, whose platforms have their builds."""
    platforms = config.platforms
    by_runner = {platform.runner: platform for platform in reversed(platforms)}
    one_for_each = [platform for platform in platforms if by_runner[platform.runner] is platform]
    emulated = any(platform.needs_emulator for platform in platforms)
    many = max(len(platform.builds) for platform in platforms) > 6
    checkout = ["          fetch-depth: 0 # the version comes from the tags\n"] * (config.package.is_dynamic)
    checkout += ["          submodules: true\n"] * (config.root / ".gitmodules").exists()
    values = {
        "platforms": _rows(platforms),
        "runners": _rows(one_for_each),
        "minutes": str(_MINUTES[2 if emulated else many]),
        "emulator": _EMULATOR if emulated else "",
        "checkout": "".join(checkout),
        "environment": config.environment,
        "pythons": _pythons(config),
    }
    return filled("publish.yml", values)


def ci_workflow(config: Config, branch: str) -> str:
    """The workflow that builds and judges what a release would publish, on pull requests and pushes to a branch."""
    _, _, jobs = publish_workflow(config).partition("  build:\n")
    jobs = "  build:\n" + jobs.partition("\n  release:\n")[0]
    jobs = jobs.replace("    needs: preflight\n", "").replace(_GATE, _GATE_OF_CI)
    return filled("ci.yml", {"branch": branch, "workflow": config.workflow.name, "jobs": jobs})


def release_table(config: Config) -> str:
    """The tables `[tool.release]` of the root pyproject.toml."""
    lines = [
        "# The facts about the release; every other place repeats them, and `nox -s validate` compares.",
        "[tool.release]",
        # Strings of JSON are strings of TOML.
        f"package = {json.dumps(config.package.directory.as_posix(), ensure_ascii=False)}",
        f"workflow = {json.dumps(config.workflow.as_posix(), ensure_ascii=False)}",
        f'environment = "{config.environment}"',
        *(['version = "dynamic"'] if config.package.is_dynamic else []),
    ]
    for platform in config.platforms:
        lines += ["", f"[tool.release.platforms.{platform.name}]", f'runner = "{platform.runner}"']
        if platform.builder:
            lines.append(f'builder = "{platform.builder}"')
        if platform.newest_glibc:
            lines.append(
                f'newest-glibc = "{platform.newest_glibc}" # the glibc of its image; no wheel may need a newer one'
            )
    return "\n".join([*lines, ""])


def _rows(platforms: Iterable[Platform]) -> str:
    return "".join(
        f"          - platform: {platform.name}\n            runner: {platform.runner}\n" for platform in platforms
    )


def _pythons(config: Config) -> str:
    """The Pythons of the runners: if nox's cannot install a wheel, one that can is there as well, or runs nox."""
    plain = {build.minor for build in config.builds if build.python == f"cp3{build.minor}"}
    if not plain or _PYTHON in plain or any("abi3" in build.python for build in config.builds):
        return f"3.{_PYTHON}"
    return f"3.{min(plain)}" if min(plain) > _PYTHON else f"3.{max(plain)}, 3.{_PYTHON}"


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with these values: `noxfile.txt` is what a new noxfile has above the sessions."""
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"<<{name}>>", value)
    return text
