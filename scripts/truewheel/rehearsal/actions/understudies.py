"""The last release's wheels in the place of those that an action cannot build on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from truewheel.errors import ReleaseError
from truewheel.rehearsal.actions.call import ActionCall, StepFailed
from truewheel.rehearsal.understudy import explanation, take_understudies, understudied
from truewheel.system.github_actions import NOT_BUILT, UNDERSTUDY
from truewheel.versions import try_version
from truewheel.wheel.filename import WheelFilename, try_parse


def take(
    call: ActionCall, package: tuple[str, str], is_wanted: Callable[[WheelFilename], bool], folder: Path, why: str
) -> tuple[list[WheelFilename], str]:
    """Put the wheels that are wanted into `folder`; return their names, and why there are no others.

    Args:
        call: the step.
        package: the name of the project, and its new version.
        is_wanted: whether a wheel is one of those that cannot be built.
        folder: where to put them.
        why: why they cannot be built.
    """
    project, version = canonicalize_name(package[0]), str(try_version(package[1]) or Version("0"))
    try:
        wheels = take_understudies(project, version, is_wanted, folder, call.services.pip)
    except ReleaseError as error:
        return [], f"{why}; and {error.line}"
    for wheel in wheels:
        call.say(explanation(wheel.name, understudied(wheel)))
    many = f"{len(wheels)} wheel{'s' * (len(wheels) != 1)}"
    call.rehearsed.remark(UNDERSTUDY, f"{many} of the last release under the new version: {why}")
    return [name for wheel in wheels if (name := try_parse(wheel.name))], "the last release has none either"


def report_lack(call: ActionCall, what: str, folder: Path) -> None:
    """Report wheels that neither this machine nor the last release has.

    Raises:
        StepFailed: there are no others in `folder` either.
    """
    is_empty = not any(folder.glob("*.whl"))
    call.rehearsed.remark(NOT_BUILT if is_empty else UNDERSTUDY, what)
    if is_empty:
        raise StepFailed(what)
    call.say(what)
