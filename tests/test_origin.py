"""Where truewheel was installed from, as another repository installs it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import ROOT
from truewheel import origin
from truewheel.errors import ReleaseError
from truewheel.origin import BUILD_BACKEND, Origin, find_origin, version
from truewheel.toml_tables import load_toml

COMMIT = "1" * 40


def test_from_the_tree_it_is_the_folder() -> None:
    assert find_origin() == Origin(ROOT.as_uri())
    assert find_origin().is_local


def test_the_build_backend_is_that_of_pyproject() -> None:
    assert load_toml(ROOT / "pyproject.toml")["build-system"]["requires"] == [BUILD_BACKEND]


@pytest.mark.parametrize(
    ("written", "location"),
    [
        (
            {"url": "https://me:secret@github.com/o/r", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            f"git+https://github.com/o/r@{COMMIT}",
        ),
        (
            {"url": "ssh://git@github.com/o/r", "vcs_info": {"vcs": "git", "commit_id": COMMIT}, "subdirectory": "s"},
            f"git+ssh://git@github.com/o/r@{COMMIT}#subdirectory=s",
        ),
        (
            {"url": "https://h/t-1.0.whl", "archive_info": {"hashes": {"sha256": "ab"}}},
            "https://h/t-1.0.whl#sha256=ab",
        ),
        ({"url": "file:///home/me/t", "dir_info": {}}, "file:///home/me/t"),
    ],
)
def test_installed_it_is_what_the_installer_wrote_down(
    written: dict[str, Any], location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(written, tmp_path, monkeypatch)
    assert (version(), find_origin()) == ("0.1.0", Origin(location))
    assert find_origin().requirement("[build]") == f"truewheel[build] @ {location}"
    assert find_origin().is_local == location.startswith("file:")


def install(written: dict[str, Any] | None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be an installed truewheel, which does not run from its tree."""
    info = folder / "truewheel-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: truewheel\nVersion: 0.1.0\n")
    if written is not None:
        (info / "direct_url.json").write_text(json.dumps(written))
    monkeypatch.setattr(origin, "_TREE", folder)
    monkeypatch.syspath_prepend(str(folder))


def test_from_an_index_it_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(None, tmp_path, monkeypatch)
    with pytest.raises(ReleaseError, match="it is not known where this truewheel was installed from"):
        find_origin()
