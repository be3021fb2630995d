"""Artifacts are kept whole, numbered once, and can be lost and corrupted on purpose."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from truewheel.errors import ReleaseError
from truewheel.rehearsal.github.artifact_store import Artifact, ArtifactStore, NameTaken, Upload, corrupt, lose
from truewheel.rehearsal.result import ArtifactFacts, FileFacts


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def put(store: ArtifactStore, name: str, text: str = "text", *, attempt: int = 1, file: str = "a.whl") -> Artifact:
    source = store.folder.parent / "source"
    source.write_text(text)
    return store.upload(Upload(name, "build", attempt, {file: source}))


def facts(text: str, file: str = "a.whl") -> FileFacts:
    return FileFacts(file, len(text), hashlib.sha256(text.encode()).hexdigest())


def test_what_is_uploaded_can_be_found(store: ArtifactStore) -> None:
    assert store.artifacts() == []
    assert store.find("wheels") is None
    artifact = put(store, "wheels", file="sub/a.whl")
    assert store.find("wheels") == artifact
    assert artifact.id == 1
    assert artifact.size == 4
    assert artifact.is_intact
    assert (artifact.folder / "sub/a.whl").read_text() == "text"
    assert store.facts() == (ArtifactFacts("wheels", "build", (facts("text", "sub/a.whl"),)),)


def test_the_digest_is_that_of_names_and_contents(store: ArtifactStore) -> None:
    first = put(store, "a")
    assert put(store, "b").digest == first.digest
    assert put(store, "c", "other").digest != first.digest
    assert put(store, "d", file="b.whl").digest != first.digest


def test_a_name_is_taken_in_its_own_attempt_alone(store: ArtifactStore) -> None:
    put(store, "wheels", "first")
    with pytest.raises(NameTaken):
        put(store, "wheels", "second")
    assert store.facts()[0].files == (facts("first"),)
    newest = put(store, "wheels", "second", attempt=2)
    assert store.artifacts() == [newest]


def test_a_number_is_never_used_again(store: ArtifactStore) -> None:
    put(store, "wheels")
    assert store.delete("wheels") is not None
    assert store.delete("wheels") is None
    assert put(store, "wheels").id == 2


def test_jobs_that_upload_side_by_side_get_numbers_of_their_own(store: ArtifactStore) -> None:
    source = store.folder.parent / "source"
    source.write_text("text")
    uploads = [Upload(f"wheels-{number}", "build", 1, {"a": source}) for number in range(16)]
    threads = [threading.Thread(target=store.upload, args=(upload,)) for upload in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(artifact.id for artifact in store.artifacts()) == list(range(1, 17))


def test_a_lost_artifact_is_gone(store: ArtifactStore) -> None:
    put(store, "wheels-a")
    put(store, "wheels-b")
    lose(store, "wheels-a")
    assert [artifact.name for artifact in store.artifacts()] == ["wheels-b"]
    with pytest.raises(ReleaseError) as caught:
        lose(store, "wheels-a")
    assert caught.value.message == "there is no artifact wheels-a to lose; the run has wheels-b"


def test_a_noticed_corruption_breaks_the_recorded_digest(store: ArtifactStore) -> None:
    put(store, "wheels", "text")
    assert corrupt(store, "wheels", noticed=True) == "a.whl"
    artifact = store.find("wheels")
    assert artifact is not None
    assert not artifact.is_intact
    assert artifact.files == (facts("text"),)
    assert (artifact.folder / "a.whl").read_bytes() == b"te\x87t"


def test_a_corruption_before_the_upload_is_recorded_as_it_is(store: ArtifactStore) -> None:
    before = put(store, "wheels", "text")
    assert corrupt(store, "wheels", noticed=False, file="a.whl") == "a.whl"
    artifact = store.find("wheels")
    assert artifact is not None
    assert artifact.is_intact
    assert artifact.digest != before.digest
    assert artifact.files[0].sha256 == hashlib.sha256(b"te\x87t").hexdigest()


def test_what_is_not_there_cannot_be_corrupted(store: ArtifactStore) -> None:
    with pytest.raises(ReleaseError) as caught:
        corrupt(store, "wheels", noticed=True)
    assert caught.value.message == "there is no artifact wheels to corrupt; the run has none"
    put(store, "wheels")
    with pytest.raises(ReleaseError) as caught:
        corrupt(store, "wheels", noticed=True, file="b.whl")
    assert caught.value.message == "the artifact wheels holds no b.whl; it holds a.whl"


def test_an_empty_file_can_be_corrupted_too(store: ArtifactStore) -> None:
    put(store, "wheels", "")
    corrupt(store, "wheels", noticed=True)
    artifact = store.find("wheels")
    assert artifact is not None
    assert not artifact.is_intact
