# The CMake toolchain of the zig builder: one file for every target.
#
# It reads two environment variables, because CMake reads a toolchain file again for every trial
# compilation, where cache variables of the main configuration are gone:
#   ZIG_PROGRAM  the executable `python-zig` that the PyPI package `ziglang` installs
#   ZIG_TARGET   a zig target triple, e.g. x86_64-linux-gnu.2.17 or x86_64-windows-gnu

if("$ENV{ZIG_PROGRAM}" STREQUAL "" OR "$ENV{ZIG_TARGET}" STREQUAL "")
  message(FATAL_ERROR "zig.cmake needs the environment variables ZIG_PROGRAM and ZIG_TARGET")
endif()

if("$ENV{ZIG_TARGET}" MATCHES "windows")
  set(CMAKE_SYSTEM_NAME Windows)
elseif("$ENV{ZIG_TARGET}" MATCHES "linux")
  set(CMAKE_SYSTEM_NAME Linux)
else()
  message(FATAL_ERROR "zig.cmake knows linux and windows targets, not $ENV{ZIG_TARGET}")
endif()
set(CMAKE_SYSTEM_PROCESSOR x86_64)

file(TO_CMAKE_PATH "$ENV{ZIG_PROGRAM}" ZIG_PROGRAM)
set(CMAKE_C_COMPILER "${ZIG_PROGRAM};cc;-target;$ENV{ZIG_TARGET}")
# Without resources nothing calls it, but CMake insists on finding one for Windows, and 3.25 breaks on a list.
set(CMAKE_RC_COMPILER "${ZIG_PROGRAM}")
# -s: without it a debug record of the DLL changes with the output path, and the build is not reproducible.
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-s")
