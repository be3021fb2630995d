"""Is there native code, and is it for the platform that the wheel's tag names?"""

from __future__ import annotations

from collections.abc import Iterator

from scripts.checks.registers import wheel_check
from scripts.platforms import native_target
from scripts.wheel import Wheel

_PLATFORM_TAGS = "platform compatibility tags specification"


@wheel_check(
    "native-present",
    "there is a native library in the wheel",
    source="a platform wheel without native code is a build that silently left it out",
    hint="look into the build log for the step that should have made it, then nox -s wheels",
)
def native_present(wheel: Wheel) -> Iterator[str]:
    if not wheel.libraries and not wheel.unreadable_libraries:
        yield "there is no native library in it"


@wheel_check(
    "native-readable",
    "every native library can be read as one",
    source=_PLATFORM_TAGS,
    hint="build it again: nox -s wheels; the file is damaged",
)
def native_readable(wheel: Wheel) -> Iterator[str]:
    for name, reason in sorted(wheel.unreadable_libraries.items()):
        yield f"{name}: {reason}"


@wheel_check(
    "native-platform",
    "every native library has the format and the machine of the wheel's platform tags",
    source=_PLATFORM_TAGS,
    hint="build it again for the right platform; look for a prebuilt library among the sources",
)
def native_platform(wheel: Wheel) -> Iterator[str]:
    if wheel.filename is None:
        return
    for tag in wheel.filename.platform_tags:
        target = native_target(tag)
        if target is None:
            yield f"the platform tag {tag} names no platform that native code could be judged for"
            continue
        for library in wheel.libraries:
            if library.target != target:
                yield f"{library.name} is {library.target}; the tag {tag} needs {target}"
