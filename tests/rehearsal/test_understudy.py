"""The wheels of the last release take the place of those that cannot be built, under the new version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.support.factories import make_wheel
from tests.support.index_server import LoopbackIndex, serving
from truewheel.builds import is_for
from truewheel.checks import load_checks
from truewheel.checks.registers import wheel_check
from truewheel.errors import ReleaseError
from truewheel.publishing.pip_settings import PipSettings
from truewheel.rehearsal.understudy import take_understudies, understudied
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.filename import WheelFilename
from truewheel.wheel.reader import read_wheel

load_checks("wheels")
ARM = "cp312-cp312-manylinux_2_28_aarch64"
PROJECT = canonicalize_name("quiverdb")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackIndex]:
    """A running index without files."""
    with serving() as running:
        running.use(monkeypatch)
        yield running


def is_for_arm(name: WheelFilename) -> bool:
    return any(is_for(tag, "manylinux_aarch64") for tag in name.platform_tags)


def take(index: LoopbackIndex, folder: Path) -> list[Path]:
    return take_understudies(PROJECT, "0.5.0", is_for_arm, folder / "dist", PipSettings(index.url, {}))


def test_the_last_release_stands_in_under_the_new_version(index: LoopbackIndex, tmp_path: Path) -> None:
    extra = {"quiverdb-0.4.0.data/scripts/quiver": "#!python\n", "quiverdb-0.4.0.dist-info/RECORD.jws": "{}"}
    old = make_wheel(tmp_path, version="0.4.0", tag=ARM, change=extra)
    index.add(old)
    (made,) = take(index, tmp_path)
    assert made == tmp_path / "dist" / f"quiverdb-0.5.0-{ARM}.whl"
    assert (understudied(made), understudied(old), understudied(tmp_path)) == (old.name, "", "")
    wheel, before = read_wheel(made), read_wheel(old)
    assert isinstance(wheel.metadata, HeaderFile)
    assert wheel.metadata.one("Version") == "0.5.0"
    assert wheel.metadata.one("Metadata-Version") == "2.4"
    names = {member.name for member in wheel.members}
    assert {"quiverdb-0.5.0.data/scripts/quiver", "quiverdb-0.5.0.dist-info/UNDERSTUDY"} <= names
    assert not [name for name in names if "0.4.0" in name or name.endswith(".jws")]
    # Everything else is untouched.
    kept = {m.name.replace("0.4.0", "0.5.0"): (m.sha256, m.mode) for m in before.members}
    same = {
        m.name: (m.sha256, m.mode) for m in wheel.members if not m.name.endswith(("METADATA", "UNDERSTUDY", "RECORD"))
    }
    assert same == {name: kept[name] for name in same}
    assert len(same) == len(kept) - 3
    # Every check of every wheel accepts it, but the one that looks for understudies.
    found = {result.check for result in wheel_check.results(wheel, wheel.name)}
    assert found - {result.check for result in wheel_check.results(before, before.name)} == {"understudy-absent"}


def test_an_old_spelling_of_the_project_is_not_kept(index: LoopbackIndex, tmp_path: Path) -> None:
    spelled = "QuiverDB-0.4.0"
    old = make_wheel(tmp_path, version="0.4.0", filename=f"{spelled}-{ARM}.whl", dist_info=f"{spelled}.dist-info")
    index.add(old)
    (made,) = take(index, tmp_path)
    assert made.name == f"quiverdb-0.5.0-{ARM}.whl"
    assert (read_wheel(made).dist_info, understudied(made)) == ("quiverdb-0.5.0.dist-info", old.name)


def test_the_newest_stable_release_that_has_such_wheels_is_taken(index: LoopbackIndex, tmp_path: Path) -> None:
    for version in ("0.2.0", "0.10.0", "0.9.0"):
        index.add(make_wheel(tmp_path, version=version, tag=ARM))
        index.add(make_wheel(tmp_path, version=version, tag=ARM.replace("312", "313")))
    index.add(make_wheel(tmp_path, version="0.11.0", tag=ARM), yanked="broken")
    index.add(make_wheel(tmp_path, version="0.12.0rc1", tag=ARM))
    index.add(make_wheel(tmp_path, version="0.13.0", tag="py3-none-win_amd64"))
    made = take(index, tmp_path)
    assert sorted(map(understudied, made)) == [
        f"quiverdb-0.10.0-{ARM}.whl",
        f"quiverdb-0.10.0-{ARM.replace('312', '313')}.whl",
    ]


def test_a_release_of_the_same_version_stands_in_too(index: LoopbackIndex, tmp_path: Path) -> None:
    index.add(make_wheel(tmp_path, tag=ARM))
    (made,) = take(index, tmp_path)
    assert understudied(made) == made.name


def test_without_a_last_release_there_is_none(index: LoopbackIndex, tmp_path: Path) -> None:
    message = f"no release of quiverdb on {index.url} has a wheel to use instead"
    for add in (lambda: None, lambda: index.add(make_wheel(tmp_path, tag="py3-none-win_amd64"))):
        add()
        with pytest.raises(ReleaseError) as caught:
            take(index, tmp_path)
        assert caught.value.message == message
    assert not (tmp_path / "dist").exists()


def test_a_wheel_that_cannot_be_read_is_named(index: LoopbackIndex, tmp_path: Path) -> None:
    name = f"quiverdb-0.4.0-{ARM}.whl"
    index.add(make_wheel(tmp_path, version="0.4.0", tag=ARM, edit=lambda data: data[:100]))
    with pytest.raises(ReleaseError, match=f"^{name} of the last release cannot take its place: "):
        take(index, tmp_path)
