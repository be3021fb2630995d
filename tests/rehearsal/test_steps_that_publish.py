"""Workflows in the styles of the world, whose steps build sdists and publish without the publishing action."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.projects import Project, rehearse

pytestmark = pytest.mark.once
WORKFLOW = ".github/workflows/release.yml"
# A build backend that needs nothing, so that no test waits for an index.
BACKEND = """
import base64, hashlib, io, tarfile, zipfile
META = "Metadata-Version: 2.4\\nName: tiny\\nVersion: 1.0\\nLicense-File: LICENSE\\nRequires-Python: >=3.9\\n"
def _add(archive, name, text):
    info = tarfile.TarInfo("tiny-1.0/" + name)
    info.size = len(text)
    archive.addfile(info, io.BytesIO(text.encode()))
def build_sdist(folder, settings=None):
    with tarfile.open(folder + "/tiny-1.0.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name in ("LICENSE", "pyproject.toml", "backend.py"):
            _add(archive, name, open(name).read())
        _add(archive, "PKG-INFO", META)
    return "tiny-1.0.tar.gz"
def build_wheel(folder, settings=None, metadata=None):
    info, name = "tiny-1.0.dist-info/", "tiny-1.0-py3-none-any.whl"
    files = {"tiny.py": "x = 1\\n", info + "METADATA": META, info + "licenses/LICENSE": "MIT\\n"}
    files[info + "WHEEL"] = "Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    hashes = {name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
              for name, text in files.items()}
    rows = [f"{name},sha256={hashes[name]},{len(text)}" for name, text in files.items()]
    files[info + "RECORD"] = "\\n".join([*rows, info + "RECORD,,", ""])
    with zipfile.ZipFile(folder + "/" + name, "w") as archive:
        for member, text in files.items():
            archive.writestr(zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0)), text)
    return name
"""
BUILD = """\
name: Release
on:
  push:
    tags: ["v*"]
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v7
        with:
          submodules: true
      - uses: actions/cache@v4
        id: cache
        with:
          path: ~/.cache/x
          key: x-${{ hashFiles('pyproject.toml') }}
      - uses: actions/setup-python@v6
        id: python
        with:
          python-version: 3.x
      - uses: astral-sh/setup-uv@v7
      - run: |
          test "${{ steps.cache.outputs.cache-hit }}" = ""
          test "$(command -v python)" -ef "${{ steps.python.outputs.python-path }}"
          uv build
      - uses: actions/upload-artifact@v4
        with:
          name: dist
          path: dist
  check:
    if: always()
    needs: [build]
    runs-on: ubuntu-latest
    steps:
      - uses: re-actors/alls-green@release/v1
        with:
          jobs: ${{ toJSON(needs) }}
"""
PUBLISH = """\
  publish:
    needs: [check]
    runs-on: ubuntu-latest
    environment: pypi
    permissions:
      id-token: write
      attestations: write
    steps:
      - uses: actions/download-artifact@v4
        with:
          name: dist
          path: dist
      - uses: actions/attest-build-provenance@v3
        with:
          subject-path: dist/*
"""
BY_UV = PUBLISH + "      - uses: astral-sh/setup-uv@v7\n      - run: uv publish dist/*.tar.gz\n"
BY_TWINE = (
    PUBLISH.replace("publish:", "publish-too:")
    + f"      - run: {Path(sys.executable).as_posix()} -m twine upload dist/*.whl\n"
)


def test_an_sdist_and_a_wheel_are_published_by_commands(tmp_path: Path) -> None:
    pytest.importorskip("uv")
    project = Project(tmp_path / "tiny")
    project.write("backend.py", BACKEND)
    project.write("LICENSE", "MIT\n")
    project.write(
        "pyproject.toml",
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "tiny"\nversion = "1.0"\n',
    )
    project.write(WORKFLOW, BUILD + BY_UV + BY_TWINE)
    project.commit()
    rehearsed = rehearse(project, "--workflow", WORKFLOW)
    assert rehearsed.errors() == {}
    assert rehearsed.jobs() == dict.fromkeys(("build", "check", "publish", "publish-too"), "success")
    assert rehearsed.on_index == ["tiny-1.0-py3-none-any.whl", "tiny-1.0.tar.gz"]
    assert rehearsed.status == 0
