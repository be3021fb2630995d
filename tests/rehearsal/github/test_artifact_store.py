"""Artifacts are kept whole, and can be lost and corrupted on purpose."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from truewheel.rehearsal.github.artifact_store import Artifact, ArtifactStore, NameTaken
from truewheel.rehearsal.result import ArtifactFacts
from truewheel.system.files import FileFacts


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def put(store: ArtifactStore, name: str, text: str = "text", *, attempt: int = 1, file: str = "a.whl") -> Artifact:
    source = store.folder.parent / "source"
    source.write_text(text)
    return store.upload(name, {file: source}, job="build", attempt=attempt)


def facts(content: bytes, file: str = "a.whl") -> FileFacts:
    return FileFacts(file, len(content), hashlib.sha256(content).hexdigest())


def test_an_upload_can_be_found(store: ArtifactStore) -> None:
    assert store.artifacts() == []
    assert store.find("wheels") is None
    artifact = put(store, "wheels", file="sub/a.whl")
    assert store.find("wheels") == artifact
    assert artifact.id == 1
    assert artifact.is_intact
    assert (artifact.folder / "sub/a.whl").read_text() == "text"
    assert store.facts() == (ArtifactFacts("wheels", "build", (facts(b"text", "sub/a.whl"),)),)


def test_the_digest_is_that_of_names_and_contents(store: ArtifactStore) -> None:
    first = put(store, "a")
    assert put(store, "b").digest == first.digest
    assert put(store, "c", "other").digest != first.digest
    assert put(store, "d", file="b.whl").digest != first.digest


def test_a_name_is_taken_in_its_own_attempt_only(store: ArtifactStore) -> None:
    put(store, "wheels", "first")
    with pytest.raises(NameTaken):
        put(store, "wheels", "second")
    assert store.facts()[0].files == (facts(b"first"),)
    newest = put(store, "wheels", "second", attempt=2)
    assert store.artifacts() == [newest]


def test_jobs_that_upload_at_the_same_time_get_numbers_of_their_own(store: ArtifactStore) -> None:
    source = store.folder.parent / "source"
    source.write_text("text")

    def upload(number: int) -> None:
        store.upload(f"wheels-{number}", {"a": source}, job="build", attempt=1)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(artifact.id for artifact in store.artifacts()) == list(range(1, 17))


def test_a_deleted_artifact_is_gone(store: ArtifactStore) -> None:
    put(store, "wheels-a")
    put(store, "wheels-b")
    for _ in range(2):
        store.delete("wheels-a")
        assert [artifact.name for artifact in store.artifacts()] == ["wheels-b"]


@pytest.mark.parametrize(("text", "corrupted"), [("text", b"te\x87t"), ("", b"\xff")])
def test_a_corruption_is_recorded_as_if_it_was_uploaded(store: ArtifactStore, text: str, corrupted: bytes) -> None:
    before = put(store, "wheels", text)
    store.corrupt("wheels")
    artifact = store.find("wheels")
    assert artifact is not None
    assert artifact.is_intact
    assert artifact.digest != before.digest
    assert artifact.files == (facts(corrupted),)
    assert (artifact.folder / "a.whl").read_bytes() == corrupted


def test_a_change_on_disk_is_noticed(store: ArtifactStore) -> None:
    artifact = put(store, "wheels")
    (artifact.folder / "b.whl").write_text("more")
    assert not artifact.is_intact
