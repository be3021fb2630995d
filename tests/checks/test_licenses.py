"""The licence, stated once, with its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, ReleaseFolder
from tests.support.wheel_judging import metadata, of_release, of_wheel


def test_license_files_present_accepts_files_in_their_folder(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "license-files-present") == []


def test_license_files_present_accepts_older_metadata_with_the_files_elsewhere(tmp_path: Path) -> None:
    older = metadata("License-File: COPYING", "Metadata-Version: 2.1", without="Metadata-Version")
    assert of_wheel(tmp_path, "license-files-present", metadata=older) == []


def test_license_files_present_refuses_a_name_without_a_file(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "license-files-present", metadata=metadata("License-File: a/COPYING")) == [
        f"METADATA names the License-File a/COPYING, but {DIST_INFO}/licenses/a/COPYING is missing"
    ]


def test_license_text_present_accepts_a_text(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "license-text-present", change={"quiverdb/licenses/EMPTY": ""}) == []


def test_license_text_present_refuses_an_empty_file(tmp_path: Path) -> None:
    change = {f"{DIST_INFO}/licenses/LICENSE": "", f"{DIST_INFO}/licenses/a/COPYING": ""}
    assert sorted(of_wheel(tmp_path, "license-text-present", change=change)) == [
        f"{DIST_INFO}/licenses/LICENSE is empty",
        f"{DIST_INFO}/licenses/a/COPYING is empty",
    ]


def test_license_stated_accepts_an_expression_and_a_file(release: ReleaseFolder) -> None:
    assert of_release(release, "license-stated") == []


@pytest.mark.parametrize("stated", ["License: MIT", "Classifier: License :: OSI Approved :: MIT License"])
def test_license_stated_accepts_older_forms(release: ReleaseFolder, stated: str) -> None:
    older = metadata(stated, without="License-Expression")
    assert of_release(release, "license-stated", metadata=older) == []


def test_license_stated_notes_a_wheel_without(release: ReleaseFolder) -> None:
    assert of_release(release, "license-stated", metadata=metadata(without="License")) == [
        "METADATA states no licence and has no License-File"
    ]


def test_license_once_accepts_only_the_expression(release: ReleaseFolder) -> None:
    assert of_release(release, "license-once") == []


def test_license_once_refuses_a_classifier_and_a_text_next_to_the_expression(release: ReleaseFolder) -> None:
    more = metadata("License: MIT", "Classifier: License :: OSI Approved :: MIT License")
    assert of_release(release, "license-once", metadata=more) == [
        "METADATA has the License 'MIT' next to a License-Expression",
        "METADATA has the classifier 'License :: OSI Approved :: MIT License' next to a License-Expression",
    ]
