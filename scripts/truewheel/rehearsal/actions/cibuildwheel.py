"""pypa/cibuildwheel: the rehearsal's own cibuildwheel builds what it can on this machine; the rest are understudies.

The options are those of the step: its environment and the package's pyproject.toml.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from truewheel.builders import cibuildwheel as builder
from truewheel.builders import cibuildwheel_options
from truewheel.builds import Build, serves_any, unserved
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.config import Config, Package
from truewheel.platforms import KNOWN_PLATFORMS, Platform
from truewheel.rehearsal.actions import inputs, understudies
from truewheel.rehearsal.actions.call import ActionCall, StandIn, StepFailed
from truewheel.system.commands import captured
from truewheel.toml_tables import load_toml
from truewheel.workflow import action_names

# Runs cibuildwheel as if on a machine with the runner's processor, which `auto` in its options means.
_AS_ON_RUNNER = "import platform, sys; machine = sys.argv.pop(1); platform.machine = lambda: machine; \
from cibuildwheel.__main__ import main; main()"
# What these groups enable is always enabled now, or nothing builds it any more: older versions need them.
_FORMER_GROUPS = ("cpython-freethreading",)


def build(call: ActionCall) -> None:
    """Build the wheels that the step's options select."""
    step = _Step(call)
    selected = step.selected()
    reasons = {build: reason for build in selected if (reason := step.why_not(build))}
    if not selected:
        call.say("cibuildwheel selects nothing for this runner")
    if len(reasons) < len(selected):
        step.run_cibuildwheel([build for build in selected if build not in reasons], of=selected)
    groups = {reason: [build for build in reasons if reasons[build] == reason] for reason in reasons.values()}
    lacks = [step.take_understudies(builds, reason) for reason, builds in groups.items()]
    # Only now it is known whether there are any wheels.
    for lack in filter(None, lacks):
        understudies.report_lack(call, lack, step.output)


@dataclass(frozen=True, eq=False)
class _Step:
    """A step, and what its options mean on its runner."""

    call: ActionCall

    @property
    def system(self) -> str:
        """The system of the runner, as cibuildwheel names it."""
        return self.call.rehearsed.system.lower()

    @property
    def machine(self) -> str:
        """The processor of the runner, as its Python names it."""
        names = {"windows": {"x86_64": "AMD64", "aarch64": "ARM64"}, "macos": {"aarch64": "arm64"}}
        return names.get(self.system, {}).get(self.call.rehearsed.machine, self.call.rehearsed.machine)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of the step, without what this version of cibuildwheel no longer knows."""
        found = dict(self.call.environ)
        if groups := found.get("CIBW_ENABLE"):
            found["CIBW_ENABLE"] = " ".join(one for one in groups.split() if one not in _FORMER_GROUPS)
        found.setdefault("CIBW_CONTAINER_ENGINE", builder.default_engine())
        return found

    @property
    def arguments(self) -> list[str]:
        """The arguments that the action gives to cibuildwheel."""
        options = {name: self.call.text(name) for name in ("config-file", "only")}
        given = [word for name, value in options.items() if value for word in (f"--{name}", value)]
        # `auto` is the system of the runner, not of this machine.
        is_given = options["only"] or self.call.environ.get("CIBW_PLATFORM", "auto") != "auto"
        return [self.call.text("package-dir") or ".", *given, *([] if is_given else ["--platform", self.system])]

    @property
    def output(self) -> Path:
        return self.call.workspace / (self.call.text("output-dir") or "wheelhouse")

    @functools.cached_property
    def config(self) -> Config:
        """The configuration with the package that is built, as far as cibuildwheel's options need it."""
        folder = Path(self.call.text("package-dir") or ".")
        folder = folder if (self.call.workspace / folder).is_dir() else Path()
        file = self.call.workspace / folder / "pyproject.toml"
        settings = load_toml(file) if file.exists() else {}
        project = settings.get("project", {})
        version = project.get("version") or self.call.services.version
        package = Package(folder, project.get("name") or self.call.services.project, version, settings)
        return Config(self.call.workspace, package, Path(self.call.identity.workflow), "", ())

    def selected(self) -> list[Build]:
        """Return the builds that cibuildwheel would make on the runner.

        Raises:
            StepFailed: an option is wrong.
        """
        if not cibuildwheel_options.is_available():
            raise StepFailed("cibuildwheel needs Python 3.11 or newer: rehearse with a newer Python")
        command = [sys.executable, "-c", _AS_ON_RUNNER, self.machine, "--print-build-identifiers", "--allow-empty"]
        printed: list[str] = []
        status = self.call.run_program([*command, *self.arguments], self.call.workspace, self.environ, printed.append)
        if status:
            reason = next((line.strip() for line in reversed(printed) if line.strip()), "no reason given")
            raise StepFailed(f"cibuildwheel cannot select the builds: {reason}")
        words = [line.partition("-") for line in printed if line and " " not in line]
        return [Build(python, platform) for python, _, platform in words if platform]

    def why_not(self, build: Build) -> str:
        """Return why a build cannot be made on this machine; empty if it can."""
        if build.platform not in KNOWN_PLATFORMS:
            return f"no builder on this machine builds {build.platform}"
        if reason := self._why_no_platform(build.platform):
            return reason
        there = self._in_image(build.platform) if self.system == "linux" else None
        python = f"{build.python.removesuffix('t')}-{build.python}"
        if there is None or any(one == python or one.startswith(f"{build.python}-py") for one in there):
            return ""
        return f"the container image for {build.platform} does not have all that its builds need"

    @functools.cache  # noqa: B019  a step is short-lived
    def _why_no_platform(self, name: str) -> str:
        reason = builder.why_not(Platform(name, ""), self.config, environ=self.environ)
        if not reason:
            return ""
        # The message of a container engine quotes those of its parts, from the outermost to the cause.
        what, *parts = reason.split(": ")
        if len(parts) > 1:
            self.call.say(f"{name}: {reason}")
            reason = f"{what}: … {abbreviate(parts[-1])}"
        return f"cibuildwheel cannot build {name} here: {reason}"

    @functools.cache  # noqa: B019  a step is short-lived
    def _in_image(self, name: str) -> list[str]:
        """The Pythons of the container image for a platform; none if it lacks the uv that the step's options need."""
        engine, _, image = builder.engine_and_image(Platform(name, ""), self.config, self.environ)
        options = cibuildwheel_options.build_options(self.config, "linux", self.environ, None)
        look = "command -v uv && ls /opt/python" if "uv" in options.build_frontend.name else "ls /opt/python"
        return captured([engine or "", "run", "--rm", image, "sh", "-c", look]).stdout.split()

    def run_cibuildwheel(self, builds: Sequence[Build], of: Sequence[Build]) -> None:
        """Build with cibuildwheel.

        Raises:
            StepFailed: the build, the repair or the tests failed.
        """
        environ = self.environ
        if len(builds) < len(of):
            environ["CIBW_BUILD"] = " ".join(map(str, builds))
        command = [sys.executable, "-m", "cibuildwheel", *self.arguments, "--output-dir", str(self.output)]
        self.call.run(command, "cibuildwheel failed", environ=environ)

    def take_understudies(self, builds: Sequence[Build], why: str) -> str:
        """Put the last release's wheels in the place of those that cannot be built, and return which it lacks."""
        is_wanted = functools.partial(serves_any, builds=builds)
        project = (self.config.package.name, self.config.package.version or "")
        wheels, why = understudies.take(self.call, project, is_wanted, self.output, why)
        missing = join_names(map(str, unserved(builds, wheels)))
        return f"no wheel for {missing}: {why}" if missing else ""


CIBUILDWHEEL = StandIn(
    action_names.CIBUILDWHEEL,
    "the rehearsal's own cibuildwheel builds what can be built on this machine; wheels of the last release, under the "
    "new version, take the place of the others",
    inputs.known("package-dir output-dir config-file only extras"),
    build,
)
