# The CMake toolchain of the zig builder: one file for every target.
#
# It reads two environment variables, because CMake reads a toolchain file again for every trial
# compilation, where cache variables of the main configuration are gone:
#   ZIG_PROGRAM  the executable `python-zig` that the PyPI package `ziglang` installs
#   ZIG_TARGET   a zig target triple, e.g. x86_64-linux-gnu.2.17 or x86_64-windows-gnu

if("$ENV{ZIG_PROGRAM}" STREQUAL "" OR "$ENV{ZIG_TARGET}" STREQUAL "")
  message(FATAL_ERROR "zig.cmake needs the environment variables ZIG_PROGRAM and ZIG_TARGET")
endif()

if(NOT "$ENV{ZIG_TARGET}" MATCHES "^([a-z0-9_]+)-(linux|windows)-")
  message(FATAL_ERROR "zig.cmake knows linux and windows targets, not $ENV{ZIG_TARGET}")
endif()
set(CMAKE_SYSTEM_PROCESSOR "${CMAKE_MATCH_1}")
if(CMAKE_MATCH_2 STREQUAL "windows")
  set(CMAKE_SYSTEM_NAME Windows)
else()
  set(CMAKE_SYSTEM_NAME Linux)
endif()

file(TO_CMAKE_PATH "$ENV{ZIG_PROGRAM}" ZIG_PROGRAM)
set(CMAKE_C_COMPILER "${ZIG_PROGRAM};cc")
set(CMAKE_CXX_COMPILER "${ZIG_PROGRAM};c++")
set(CMAKE_C_COMPILER_TARGET "$ENV{ZIG_TARGET}")
set(CMAKE_CXX_COMPILER_TARGET "$ENV{ZIG_TARGET}")
# Without resources nothing calls it, but CMake insists on finding one for Windows, and 3.25 breaks on a list.
set(CMAKE_RC_COMPILER "${ZIG_PROGRAM}")

# C++20 would be scanned for modules by clang-scan-deps, which zig does not have.
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

# Static libraries by zig as well: a bare machine has no `ar`, and CMAKE_AR cannot be a program with arguments.
foreach(language C CXX)
  set(CMAKE_${language}_ARCHIVE_CREATE "\"${ZIG_PROGRAM}\" ar qc <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_APPEND "\"${ZIG_PROGRAM}\" ar q <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_FINISH "\"${ZIG_PROGRAM}\" ranlib <TARGET>")
endforeach()

# -s: without it a debug record of the DLL changes with the output path, and the build is not reproducible.
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-s")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "-s")

# To try a compiler CMake links a program, for which zig first compiles the C runtime: a minute for Windows,
# whether the package needs that runtime or not. An archive is enough. The package's own checks link
# programs again, or they would find functions that are not there. (CMAKE_C_COMPILER_TARGET serves the same
# end: with it CMake recognizes the compiler without linking.)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_PROJECT_INCLUDE "${CMAKE_CURRENT_LIST_DIR}/zig-after-project.cmake")
