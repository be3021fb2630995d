"""Other machines, for tests that pretend to be one."""

from __future__ import annotations

from packaging.tags import mac_platforms

from truewheel.system.machine import Machine

GLIBC = tuple(f"manylinux_2_{minor}_aarch64" for minor in range(39, 16, -1))
MACOS_ARM64 = Machine("macOS", "arm64", tuple(mac_platforms((14, 0), "arm64")))
LINUX_AARCH64 = Machine("Linux", "aarch64", (*GLIBC, "manylinux2014_aarch64", "linux_aarch64"))
LINUX_MUSL = Machine("Linux", "x86_64", ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "linux_x86_64"))
WINDOWS = Machine("Windows", "amd64", ("win_amd64",))
LINUX = Machine("Linux", "x86_64", ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "linux_x86_64"))
