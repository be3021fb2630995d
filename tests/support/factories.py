"""Wheels, `dist/` folders and scratch repositories that pass every check until a test breaks one thing."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.native_factories import elf_library, pe_library
from truewheel.wheel.filename import WheelFilename, try_parse

LINUX_TAG = "py3-none-manylinux_2_28_x86_64"
WINDOWS_TAG = "py3-none-win_amd64"
LINUX_WHEEL = f"quiverdb-0.5.0-{LINUX_TAG}.whl"
WINDOWS_WHEEL = f"quiverdb-0.5.0-{WINDOWS_TAG}.whl"
DIST_INFO = "quiverdb-0.5.0.dist-info"
# The paths of the libraries in the two wheels.
LINUX_LIBRARY = "quiverdb/_libs/libquiver.so"
WINDOWS_LIBRARY = "quiverdb/_libs/quiver.dll"

# Members of a wheel: names and bytes. As in an archive, a name may occur twice.
Members = list[tuple[str, bytes]]
# A line of RECORD: path, hash, size.
Row = tuple[str, str, str]

METADATA = """\
Metadata-Version: 2.4
Name: {name}
Version: {version}
Summary: A dict-like persistent store in one file
License-Expression: MIT
License-File: LICENSE
Requires-Python: >=3.10
Requires-Dist: cffi>=1.16
Description-Content-Type: text/markdown

# quiverdb

A store in *one* file.
"""
WHEEL = """\
Wheel-Version: 1.0
Generator: tests
Root-Is-Purelib: false
"""


def make_wheel(
    folder: Path,
    *,
    name: str = "quiverdb",
    version: str = "0.5.0",
    tag: str = LINUX_TAG,
    filename: str | None = None,
    dist_info: str | None = None,
    metadata: str | bytes | None = None,
    wheel_file: str | bytes | None = None,
    change: Mapping[str, str | bytes | None] | None = None,
    again: Iterable[tuple[str, str | bytes]] = (),
    record: str | bytes | None = None,
    record_rows: Callable[[list[Row]], list[Row]] = list,
    compression: int = zipfile.ZIP_DEFLATED,
    edit: Callable[[bytes], bytes] = bytes,
) -> Path:
    """Write a wheel into `folder`; by default one that every check accepts.

    Args:
        folder: made if needed.
        name: the project's name in METADATA.
        version: in METADATA and the file name.
        tag: the compressed tag, for the file name, WHEEL, and the native library.
        filename: instead of the one made from name, version and tag.
        dist_info: the dist-info folder, instead of the one made from name and version.
        metadata: the text of METADATA.
        wheel_file: the text of WHEEL.
        change: members to add or replace, or with None to leave out.
        again: members to add even if their names are taken.
        record: the text of RECORD, instead of the correct one.
        record_rows: edits the correct rows of RECORD.
        compression: of the archive's members, as zipfile numbers them.
        edit: edits the bytes of the whole file.
    """
    stem = f"{name.lower().replace('-', '_')}-{version}"
    info = dist_info or f"{stem}.dist-info"
    members = _package_members(name, tag) | {
        f"{info}/METADATA": _bytes(METADATA.format(name=name, version=version) if metadata is None else metadata),
        f"{info}/WHEEL": _bytes(_wheel_text(tag) if wheel_file is None else wheel_file),
        f"{info}/licenses/LICENSE": b"MIT License\n",
    }
    changed = change or {}
    kept = {member: data for member, data in members.items() if member not in changed}
    new = {member: _bytes(data) for member, data in changed.items() if data is not None}
    listed: Members = [*(kept | new).items(), *((member, _bytes(data)) for member, data in again)]
    record_name = f"{info}/RECORD"
    if record_name not in changed:
        rows = record_rows([*(_row(*member) for member in listed), (record_name, "", "")])
        listed.append((record_name, _csv(rows) if record is None else _bytes(record)))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (filename or f"{stem}-{tag}.whl")
    path.write_bytes(edit(_archive(listed, compression)))
    return path


def _package_members(name: str, tag: str) -> dict[str, bytes]:
    package = name.lower().replace("-", "_")
    library = f"{package}/_libs/" + ("quiver.dll" if "-win" in tag else "libquiver.so")
    return {
        f"{package}/__init__.py": b'"""A store."""\n',
        f"{package}/py.typed": b"",
        library: native_library(tag),
    }


def native_library(tag: str) -> bytes:
    """A library in the format and for the machine of a wheel's tag."""
    endings = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
    machine = next((machine for ending, machine in endings.items() if tag.endswith(ending)), "x86")
    return pe_library(machine) if "-win" in tag else elf_library(machine)


def _wheel_text(tag: str) -> str:
    pythons, abis, platforms = tag.split("-")[-3:]
    tags = [f"{p}-{a}-{x}" for p in pythons.split(".") for a in abis.split(".") for x in platforms.split(".")]
    return WHEEL + "".join(f"Tag: {one}\n" for one in tags)


def _row(member: str, data: bytes) -> Row:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return member, f"sha256={digest}", str(len(data))


def _csv(rows: Iterable[Row]) -> bytes:
    # Not with the csv module, which on Python 3.10 cannot write a NUL in a hostile name.
    return "".join(",".join(map(_field, row)) + "\n" for row in rows).encode("utf-8")


def _field(text: str) -> str:
    quoted = '"' + text.replace('"', '""') + '"'
    return quoted if set(text) & set(',"\r\n') else text


def _archive(members: Members, compression: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate name", UserWarning)
        for member, data in members:
            info = zipfile.ZipInfo(member, (2026, 1, 2, 3, 4, 6))
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data, compression)
    return buffer.getvalue()


def _bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else text


def flip(data: bytes, position: int, mask: int = 0xFF) -> bytes:
    """`data` with the bits of `mask` inverted at one position."""
    return data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :]


def encrypt(member: str) -> Callable[[bytes], bytes]:
    """An edit that marks one member of an archive as encrypted, in both of its headers."""

    def edit(data: bytes) -> bytes:
        name = member.encode()
        # In a local header the name is at 30 and the flags are at 6, in a central header at 46 and 8.
        local, central = data.find(name) - 30, data.rfind(name) - 46
        assert data[local : local + 4] == b"PK\3\4"
        assert data[central : central + 4] == b"PK\1\2"
        return flip(flip(data, local + 6, 1), central + 8, 1)

    return edit


def wheel_filename(text: str) -> WheelFilename:
    """The parsed name of a wheel."""
    filename = try_parse(text)
    assert filename is not None, text
    return filename


def make_dist(folder: Path) -> Path:
    """Make a `dist/` folder with the two wheels of `make_release`."""
    make_wheel(folder)
    make_wheel(folder, tag=WINDOWS_TAG)
    return folder


ROOT_PYPROJECT = """\
[tool.release]
package = "bindings/python"
workflow = ".github/workflows/publish.yml"
environment = "pypi"

[tool.release.platforms.manylinux_x86_64]
runner = "ubuntu-latest"
newest-glibc = "2.28"

[tool.release.platforms.win_amd64]
runner = "windows-latest"
"""
BUILDS = "cp310-manylinux_x86_64\ncp310-win_amd64\n"
PACKAGE_PYPROJECT = """\
[project]
name = "quiverdb"
version = "0.5.0"
description = "A dict-like persistent store in one file"
requires-python = ">=3.10"
license = "MIT"
dependencies = ["cffi>=1.16"]

[tool.cibuildwheel]
test-requires = ["pytest>=8"]
test-command = "python -m pytest {package}/tests"

[build-system]
requires = ["scikit-build-core"]
build-backend = "scikit_build_core.build"
"""
WORKFLOW = """\
name: Publish
on:
  push:
    tags: ["v*.*.*"]
permissions: {}
defaults:
  run:
    shell: bash
jobs:
  preflight:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: {persist-credentials: false}
      - run: nox -s validate -- --tag-only
  build:
    needs: preflight
    strategy:
      matrix:
        include:
          - platform: manylinux_x86_64
            runner: ubuntu-latest
          - platform: win_amd64
            runner: windows-latest
    runs-on: ${{ matrix.runner }}
    timeout-minutes: 30
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: {persist-credentials: false}
      - run: nox -s "wheels($PLATFORM)"
        env:
          PLATFORM: ${{ matrix.platform }}
      - uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        with:
          name: wheels-${{ matrix.platform }}
          path: dist/*.whl
          if-no-files-found: error
          overwrite: true
  merge:
    needs: build
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/upload-artifact/merge@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        with:
          name: wheels
          pattern: wheels-*
  validate:
    needs: merge
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: {persist-credentials: false}
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
        with:
          name: wheels
          path: dist/
      - run: nox -s validate check-dist
  release:
    needs: validate
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: write
    steps:
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
        with:
          name: wheels
          path: dist/
      - uses: softprops/action-gh-release@b4309332981a82ec1c5618f44dd2e27cc8bfbfda # v3.0.0
        with:
          files: dist/*.whl
          generate_release_notes: true
          fail_on_unmatched_files: true
          body: Notes
  publish:
    needs: validate
    runs-on: ubuntu-latest
    timeout-minutes: 5
    environment: pypi
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
        with:
          name: wheels
          path: dist/
      - uses: pypa/gh-action-pypi-publish@dc37677b2e1c63e2034f94d8a5b11f265b73ba33 # v1.14.2
  verify:
    needs: publish
    strategy:
      matrix:
        runner: [ubuntu-latest, windows-latest]
    runs-on: ${{ matrix.runner }}
    permissions: {contents: read}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
        with: {name: wheels, path: dist/}
      - run: nox -s verify
"""

NOXFILE = """\
import nox

PLATFORMS = ["manylinux_x86_64", "win_amd64"]


@nox.session
@nox.parametrize("platform", PLATFORMS, ids=PLATFORMS)
def wheels(session, platform): ...


@nox.session
def validate(session): ...


@nox.session(name="check-dist")
def check_dist(session): ...


@nox.session
def verify(session): ...


@nox.session
def lint(session): ...
"""


@dataclass(frozen=True)
class ReleaseFolder:
    """A scratch repository."""

    root: Path

    @property
    def dist(self) -> Path:
        return self.root / "dist"

    def write(self, file: str, text: str | bytes) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(text))
        return path

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace the one `old` in a file."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
        path.write_bytes(text.replace(old, new).encode("utf-8"))

    def commit(self, *tags: str) -> None:
        """Make it a git repository with one commit of everything, and tag that."""
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "all", "--allow-empty")
        for tag in tags:
            self.git("tag", tag)

    def git(self, *arguments: str) -> None:
        settings = ("user.name=t", "user.email=t@example.invalid", "commit.gpgsign=false", "tag.gpgsign=false")
        options = [option for setting in settings for option in ("-c", setting)]
        environ = {**os.environ, "GIT_COMMITTER_DATE": "2026-01-02T03:04:06Z"}
        subprocess.run(["git", *options, *arguments], cwd=self.root, env=environ, check=True, capture_output=True)


def make_release(folder: Path) -> ReleaseFolder:
    """Make a scratch repository, without git, that can release version 0.5.0 except for `dist/`."""
    release = ReleaseFolder(folder)
    release.write("pyproject.toml", ROOT_PYPROJECT)
    release.write("bindings/python/pyproject.toml", PACKAGE_PYPROJECT)
    release.write("bindings/python/CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\nproject(quiverdb)\n")
    release.write("requirements/builds.txt", BUILDS)
    release.write(".github/workflows/publish.yml", WORKFLOW)
    release.write("noxfile.py", NOXFILE)
    return release
