"""The folders for metadata and data; test_metadata.py has more tests of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, LINUX_TAG
from tests.support.wheel_judging import of_wheel
from truewheel.acceptances import problem_with

DATA = "quiverdb-0.5.0.data"


def test_version_public_accepts_a_stable_version(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "version-public") == []


def test_version_public_refuses_a_local_part(tmp_path: Path) -> None:
    filename = f"quiverdb-0.5.0+cuda12-{LINUX_TAG}.whl"
    assert of_wheel(tmp_path, "version-public", filename=filename) == [
        "the version 0.5.0+cuda12 has the local part +cuda12"
    ]


def test_foreign_metadata_absent_refuses_egg_info(tmp_path: Path) -> None:
    change = {
        "quiverdb.egg-info/PKG-INFO": "",
        "quiverdb.egg-info/x": "",
        "EGG-INFO/x": "",
        "quiverdb/x.egg-info/a": "",
    }
    assert of_wheel(tmp_path, "foreign-metadata-absent", change=change) == [
        "there is EGG-INFO next to the dist-info folder",
        "there is quiverdb.egg-info next to the dist-info folder",
    ]


def test_foreign_metadata_absent_accepts_files_of_build_backends(tmp_path: Path) -> None:
    change = {f"{DIST_INFO}/{name}": "" for name in ("entry_points.txt", "top_level.txt", "sboms/INSTALLER")}
    assert of_wheel(tmp_path, "foreign-metadata-absent", change=change) == []


def test_foreign_metadata_absent_refuses_a_wheel_packed_from_installed_files(tmp_path: Path) -> None:
    names = ("INSTALLER", "REQUESTED", "direct_url.json")
    change = {f"{DIST_INFO}/{name}": "pip" for name in names}
    assert of_wheel(tmp_path, "foreign-metadata-absent", change=change) == [
        f"{DIST_INFO}/{name} is a file that only installers write" for name in names
    ]


def test_data_folder_valid_accepts_every_known_place(tmp_path: Path) -> None:
    change = {f"{DATA}/{place}/x": "" for place in ("purelib", "platlib", "headers", "scripts", "data")}
    assert of_wheel(tmp_path, "data-folder-valid", change=change) == []


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("other-1.data/data/x", f"the data folder is other-1.data, expected {DATA}"),
        (f"{DATA}/etc/x", f"{DATA} has the subfolder 'etc', expected one of purelib, platlib, headers, scripts, data"),
        (
            f"{DATA}/x",
            f"{DATA} has a file outside of any subfolder, expected one of purelib, platlib, headers, scripts, data",
        ),
    ],
)
def test_data_folder_valid_refuses_other_folders_and_places(tmp_path: Path, member: str, message: str) -> None:
    assert of_wheel(tmp_path, "data-folder-valid", change={member: ""}) == [message]


def test_an_endless_name_is_shortened(tmp_path: Path) -> None:
    (message,) = of_wheel(tmp_path, "dist-info-named", change={f"{'x' * 500}.dist-info/x": ""})
    assert len(message) < 300
    assert DIST_INFO in message


def test_understudy_absent_accepts_a_wheel_that_was_built(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "understudy-absent") == []
    assert of_wheel(tmp_path, "understudy-absent", change={"quiverdb/UNDERSTUDY": "a play"}) == []


def test_understudy_absent_refuses_a_wheel_of_an_earlier_release(tmp_path: Path) -> None:
    change = {f"{DIST_INFO}/UNDERSTUDY": "quiverdb-0.4.0-py3-none-manylinux_2_28_x86_64.whl\n"}
    assert of_wheel(tmp_path, "understudy-absent", change=change) == [
        "UNDERSTUDY in dist-info says that a rehearsal made it from a wheel of an earlier release"
    ]
    assert problem_with("understudy-absent:*", "we like it") == (
        "can never be accepted: a wheel of an earlier release is not this one"
    )
