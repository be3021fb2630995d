"""What users on Windows get, by pip for Windows under Wine, from an index with a certificate of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clean_room.test_under_wine import EXPORT, importing, link, windows_wheel
from tests.support.factories import WINDOWS_LIBRARY, WINDOWS_WHEEL, ReleaseFolder
from tests.support.running_index import running_index
from truewheel.clean_room.environment import clean_environment
from truewheel.clean_room.interpreters import best_wheels
from truewheel.config import load_config
from truewheel.system.wine import Wine
from truewheel.verification.installation import try_installed
from truewheel.wheel.reader import Wheel

pytestmark = pytest.mark.once


def results(release: ReleaseFolder, folder: Path, wheel: Wheel, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (folder / "room").mkdir(parents=True)
    ((python, best),) = best_wheels([wheel])
    with running_index(folder) as index, clean_environment(folder / "room", python, wheel) as room:
        index.put(wheel.path)
        for name, value in index.index.pip_environ().items():
            monkeypatch.setenv(name, value)
        found = list(try_installed(room, best, load_config(release.root)))
    return [result.message.replace(python.under_wine, " under Wine") for result in found]


def test_a_windows_wheel_is_installed_and_tried(
    release: ReleaseFolder, tmp_path: Path, wine: Wine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = windows_wheel(tmp_path, {"quiver.dll": link(tmp_path / "a", "quiver.dll", EXPORT.format("near", 1))})
    assert results(release, tmp_path / "first", sound, monkeypatch) == [
        f"installed from the index under Wine: {WINDOWS_WHEEL}",
        f"loaded: Lib/site-packages/{WINDOWS_LIBRARY}",
        "no smoke test was run: [tool.release] has no smoke-test",
    ]
    files = {
        "quiver.dll": importing(tmp_path / "b", "MSVCP140.dll"),
        "sound.dll": link(tmp_path / "c", "sound.dll", ""),
    }
    broken = windows_wheel(tmp_path / "broken", files)
    assert results(release, tmp_path / "second", broken, monkeypatch)[1:] == [
        f"{WINDOWS_LIBRARY} cannot be loaded: it needs MSVCP140.dll under Wine"
    ]
