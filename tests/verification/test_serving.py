"""Waiting for the index, which the real pip asks: every reason is shown, and what came late is taken."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.factories import WINDOWS_TAG, make_wheel
from tests.support.index_server import serving
from truewheel.publishing.pip_settings import PipSettings
from truewheel.verification import serving as waiting
from truewheel.wheel.filename import try_parse

pytestmark = pytest.mark.once


def test_what_appears_late_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_FIRST_PAUSE", 0.0)
    linux, windows = make_wheel(tmp_path / "dist"), make_wheel(tmp_path / "dist", tag=WINDOWS_TAG)
    (tmp_path / "downloads").mkdir()
    reasons: list[str] = []
    with serving() as index:
        index.use(monkeypatch)
        late = index.add(linux)
        late.fields["hashes"] = {"sha256": hashlib.sha256(late.data).hexdigest()}
        late.data = b"not all of it yet"
        index.failing, index.failures = 503, 1

        def show(reason: str) -> None:
            reasons.append(reason)
            if len(reasons) == 2:
                late.data = linux.read_bytes()
            if len(reasons) == 3:
                index.add(windows)

        names = [name for path in (linux, windows) if (name := try_parse(path.name))]
        settings = PipSettings(index.url, {"retries": "0"})
        served = waiting.wait_until_served(names, settings, tmp_path / "downloads", 60, show)
    assert {name: file.sha256 for name, file in served.downloads.items()} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (linux, windows)
    }
    assert reasons[0] == (f"the index {index.url} cannot be asked: it answers 503 Service Unavailable; trying again")
    assert reasons[1].startswith(f"{linux.name} (and 1 more): the index shows it, but pip cannot download it: ")
    assert reasons[2:] == [f"{windows.name}: the index does not show it yet"]
    # Twice until the first came, once for the other.
    assert len([path for path in index.asked if path.startswith("/files/")]) == 3
