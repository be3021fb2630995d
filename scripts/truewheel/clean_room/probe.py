"""The program that the clean room's Python runs: does importing the package load its own native library?

Run as `python -I probe.py PROJECT NAME,… LIBRARY …`, with only the wheel installed, so it imports only the standard
library. NAME is what to import, LIBRARY the path of a shared library in the wheel. If importing the package loads none
of them, one that can be loaded by itself is enough: many packages load theirs when it is first used. It prints the
libraries that were loaded, and exits with a sentence if none was, or if one of their names was loaded from elsewhere.

Run as `python -I probe.py --load PROJECT NAME,… LIBRARY DLL …`, it loads one library, and exits with a sentence if that
cannot be loaded, which names those of the DLLs it needs that cannot be either.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.machinery
import importlib.metadata
import os
import sys
from collections.abc import Iterator
from pathlib import Path


def main(project: str, modules: list[str], libraries: list[str]) -> str:
    """Import the package; return what is wrong as a sentence, or an empty string."""
    distribution = importlib.metadata.distribution(project)
    own = {os.path.realpath(str(distribution.locate_file(library))) for library in libraries}
    # An extension module is found by its module's name; `_random` is in several packages.
    names = {Path(path).name for path in own if not is_extension(path)}
    for module in filter(None, modules):
        importlib.import_module(module)
    loaded, problem = {os.path.realpath(path) for path in loaded_libraries()}, ""
    if own and not own & loaded:
        problem = load_one(distribution, libraries)
        loaded = {os.path.realpath(path) for path in loaded_libraries()}
    foreign = sorted(path for path in loaded - own if Path(path).name in names)
    if foreign:
        return f"loaded from outside the installed package: {', '.join(foreign)}"
    if own and not own & loaded:
        return f"none of the native libraries of {project} can be loaded: {problem}"
    for path in sorted(own & loaded):
        place = os.path.relpath(path, os.path.realpath(sys.prefix))
        sys.stdout.write(f"clean room: loaded {Path(place).as_posix()}\n")
    return ""


def load(project: str, modules: list[str], library: str, needed: list[str]) -> str:
    """Load a library without what importing the package does, else with it; return what is wrong, as a sentence."""
    path = str(importlib.metadata.distribution(project).locate_file(library))
    if not (problem := problem_with(path)):
        return ""
    # The package may add folders in which its libraries are found. Whether it can be imported is not the question here.
    for module in filter(None, modules):
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    if not problem_with(path):
        return ""
    missing = [name for name in needed if problem_with(str(Path(path).with_name(name))) and problem_with(name)]
    return f"{library} cannot be loaded: {'it needs ' + ', '.join(missing) if missing else problem}"


def problem_with(library: str) -> str:
    """Load a library; return why it cannot be loaded, or an empty string."""
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return str(error)
    return ""


def load_one(distribution: importlib.metadata.Distribution, libraries: list[str]) -> str:
    """Load one of the libraries, extension modules first; return why none can be loaded, or an empty string."""
    problems = []
    # Those that a repair tool bundled are loaded by others.
    own = [library for library in libraries if ".libs/" not in library and ".dylibs/" not in library]
    for library in sorted(own, key=lambda library: (not is_extension(library), library)):
        try:
            if is_extension(library):
                importlib.import_module(library.partition(".")[0].replace("/", "."))
            else:
                ctypes.CDLL(str(distribution.locate_file(library)))
        except Exception as error:  # noqa: BLE001  a module may raise anything
            problems.append(f"{library}: {str(error) or type(error).__name__}")
        else:
            return ""
    return "; ".join(problems)


def is_extension(library: str) -> bool:
    """Whether a library's name is that of an extension module, and of nothing else."""
    return library.endswith(tuple(suffix for suffix in importlib.machinery.EXTENSION_SUFFIXES if suffix != ".so"))


def loaded_libraries() -> Iterator[str]:
    """List the files of all shared libraries that this process has loaded."""
    if sys.platform == "win32":
        yield from _modules_of_windows()
    elif sys.platform == "darwin":
        yield from _images_of_macos()
    else:
        for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            fields = line.split(maxsplit=5)
            if len(fields) == 6 and fields[5].startswith("/"):
                yield fields[5]


def _images_of_macos() -> Iterator[str]:
    system = ctypes.CDLL(None)
    # Public functions, although their names begin with an underscore.
    image_count, image_name = system["_dyld_image_count"], system["_dyld_get_image_name"]
    image_name.restype = ctypes.c_char_p
    for index in range(image_count()):
        name = image_name(index)
        if name:
            yield os.fsdecode(name)


def _modules_of_windows() -> Iterator[str]:
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    handle_type = ctypes.c_void_p
    kernel32.GetCurrentProcess.restype = handle_type
    pointer, number = ctypes.POINTER, ctypes.c_uint32
    kernel32.K32EnumProcessModules.argtypes = [handle_type, pointer(handle_type), number, pointer(number)]
    kernel32.GetModuleFileNameW.argtypes = [handle_type, ctypes.c_wchar_p, number]
    modules = (handle_type * 4096)()
    needed = number()
    process = kernel32.GetCurrentProcess()
    if not kernel32.K32EnumProcessModules(process, modules, ctypes.sizeof(modules), ctypes.byref(needed)):
        raise OSError("the loaded modules of this process cannot be listed")
    name = ctypes.create_unicode_buffer(32768)
    for module in modules[: needed.value // ctypes.sizeof(handle_type)]:
        if kernel32.GetModuleFileNameW(module, name, len(name)):
            yield name.value


if __name__ == "__main__":
    if sys.argv[1] == "--load":
        sys.exit(load(sys.argv[2], sys.argv[3].split(","), sys.argv[4], sys.argv[5:]) or 0)
    sys.exit(main(sys.argv[1], sys.argv[2].split(","), sys.argv[3:]) or 0)
