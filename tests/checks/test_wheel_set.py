"""The wheels of a release together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import (
    DIST_INFO,
    LINUX_WHEEL,
    METADATA,
    WINDOWS_TAG,
    ReleaseFolder,
    make_wheel,
)
from tests.support.wheel_judging import metadata, of_set
from truewheel.config import load_config
from truewheel.judging.wheels import comparable
from truewheel.wheel.archive.anomalies import AnomalyKind
from truewheel.wheel.reader import read_wheel

PLAIN = METADATA.format(name="quiverdb", version="0.5.0")


def test_metadata_alike_accepts_the_same(tmp_path: Path) -> None:
    endings = PLAIN.replace("\n", "\r\n")
    assert of_set("metadata-alike", make_wheel(tmp_path), make_wheel(tmp_path, tag=WINDOWS_TAG, metadata=endings)) == []
    assert of_set("metadata-alike", make_wheel(tmp_path)) == []
    assert of_set("metadata-alike") == []


def test_metadata_alike_refuses_fields_that_differ(tmp_path: Path) -> None:
    text = metadata("Requires-Dist: numpy", "Keywords: a", without="Requires-Dist")
    other = make_wheel(tmp_path, tag=WINDOWS_TAG, metadata=text)
    assert of_set("metadata-alike", make_wheel(tmp_path), other) == [
        f"Requires-Dist has 'numpy', but 'cffi>=1.16' in {LINUX_WHEEL}",
        f"Keywords has 'a', but nothing more in {LINUX_WHEEL}",
    ]


def test_metadata_alike_refuses_another_order_and_another_description(tmp_path: Path) -> None:
    one = make_wheel(tmp_path, metadata=metadata("Classifier: A", "Classifier: B"))
    text = metadata("Classifier: B", "Classifier: A").replace("*one*", "one")
    assert of_set("metadata-alike", one, make_wheel(tmp_path, tag=WINDOWS_TAG, metadata=text)) == [
        f"Classifier has the same values, but in another order or number than in {LINUX_WHEEL}",
        f"the description differs from that of {LINUX_WHEEL} on line 3",
    ]


def test_damaged_and_renamed_wheels_are_not_compared(release: ReleaseFolder) -> None:
    sound = make_wheel(release.dist)
    damaged = make_wheel(release.dist, tag=WINDOWS_TAG, again=[("quiverdb/py.typed", "")])
    renamed = make_wheel(release.root / "other", version="0.4.9", filename=LINUX_WHEEL)
    wheels = [read_wheel(path) for path in (sound, damaged, renamed)]
    assert comparable(wheels, load_config(release.root)) == wheels[:1]


def test_a_wheel_that_is_only_too_large_is_compared(release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truewheel.wheel.archive.reader.LARGEST_FILE", 1)
    wheel = read_wheel(make_wheel(release.dist))
    assert [anomaly.kind for anomaly in wheel.anomalies] == [AnomalyKind.FILE_TOO_LARGE]
    assert comparable([wheel], load_config(release.root)) == [wheel]


def test_files_alike_accepts_files_of_a_platform_and_delvewheels_patches(tmp_path: Path) -> None:
    change = {"quiverdb/_windows.py": "", "quiverdb/__init__.py": "patched", f"{DIST_INFO}/DELVEWHEEL": "1.13"}
    other = make_wheel(tmp_path, tag=WINDOWS_TAG, change=change)
    assert of_set("files-alike", make_wheel(tmp_path), other) == []


def test_files_alike_refuses_other_python_files(tmp_path: Path) -> None:
    one = make_wheel(tmp_path, change={"quiverdb/a.py": "1", "quiverdb/b.py": ""})
    other = make_wheel(tmp_path, tag=WINDOWS_TAG, change={"quiverdb/a.py": "2", "quiverdb/c.pyi": ""})
    assert of_set("files-alike", one, other) == [
        f"lacks quiverdb/b.py, which {LINUX_WHEEL} has",
        f"has quiverdb/c.pyi, which {LINUX_WHEEL} does not have",
        f"differs from {LINUX_WHEEL} in the contents of quiverdb/a.py",
    ]


def test_entry_points_alike_accepts_the_same_and_none(tmp_path: Path) -> None:
    name = f"{DIST_INFO}/entry_points.txt"
    one = make_wheel(tmp_path, change={name: "[console_scripts]\nq = quiverdb:main\n"})
    other = make_wheel(tmp_path, tag=WINDOWS_TAG, change={name: "[console_scripts]\r\nq = quiverdb:main"})
    assert of_set("entry-points-alike", one, other) == []
    assert of_set("entry-points-alike", make_wheel(tmp_path), make_wheel(tmp_path, tag=WINDOWS_TAG)) == []
    assert of_set("entry-points-alike") == []


def test_entry_points_alike_refuses_a_command_of_one_platform(tmp_path: Path) -> None:
    name = f"{DIST_INFO}/entry_points.txt"
    one = make_wheel(tmp_path, change={name: "[console_scripts]\nq = quiverdb:main\n"})
    for content in ("[console_scripts]\nq = quiverdb:other\n", b"\xff", None):
        other = make_wheel(tmp_path, tag=WINDOWS_TAG, change={name: content})
        assert of_set("entry-points-alike", one, other) == [
            f"the entry points differ from those of {LINUX_WHEEL}: q of [console_scripts]"
        ]


def test_files_alike_accepts_the_same_licences(tmp_path: Path) -> None:
    assert of_set("files-alike", make_wheel(tmp_path), make_wheel(tmp_path, tag=WINDOWS_TAG)) == []


def test_files_alike_refuses_other_licences(tmp_path: Path) -> None:
    other = make_wheel(tmp_path, tag=WINDOWS_TAG, change={f"{DIST_INFO}/licenses/LICENSE": "BSD"})
    assert of_set("files-alike", make_wheel(tmp_path), other) == [
        f"differs from {LINUX_WHEEL} in the contents of {DIST_INFO}/licenses/LICENSE"
    ]
