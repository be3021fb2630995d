"""The installed package: its versions agree, and its native library is inside it."""

from __future__ import annotations

import ctypes
import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import quiverdb

PROJECT = Path(__file__).resolve().parent.parent


def test_every_version_is_the_same() -> None:
    (declared,) = re.findall(r'^version = "(.+)"$', (PROJECT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert quiverdb.__version__ == declared
    assert quiverdb.native_version() == declared
    assert importlib.metadata.version("quiverdb") == declared


def test_the_library_is_inside_the_package() -> None:
    folder = Path(quiverdb.__file__).resolve().parent / "_libs"
    assert quiverdb.library_path().parent == folder
    assert quiverdb.library_path().is_file()


def test_the_library_exports_only_its_interface() -> None:
    library = ctypes.CDLL(str(quiverdb.library_path()))
    header = quiverdb.library_path().with_name("quiver.h").read_text("utf-8")
    public = re.findall(r"^QUIVER_API .*?(\w+)\(", header, re.MULTILINE)
    assert len(public) == 15
    assert [name for name in public if not hasattr(library, name)] == []
    internal = ["crc32c_extend", "index_add", "platform_open", "siphash"]
    assert [name for name in internal if hasattr(library, name)] == []


def test_a_stale_library_is_an_import_error(tmp_path: Path) -> None:
    package = Path(quiverdb.__file__).resolve().parent
    copy = tmp_path / "quiverdb"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "_version.py").write_text('__version__ = "99.0.0"', "utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import quiverdb"
    result = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        f"ImportError: quiverdb 99.0.0 found a native library of version {quiverdb.native_version()} at "
        f"{copy / '_libs' / quiverdb.library_path().name}: the library is stale. "
        "Reinstall the package: pip install --force-reinstall quiverdb"
    )
