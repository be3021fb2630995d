"""Attestations that PyPI really published: genuine ones are accepted, and every change in one is found.

They are in the sdist of pypi-attestations, which is downloaded from the index that pip is configured for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from pypi_simple import PyPISimple

from tests.support.index_server import serving
from truewheel.findings import Finding, Note, separate
from truewheel.publishing.indexed_release import IndexedFile, IndexedRelease
from truewheel.publishing.pip_settings import PipSettings, read_pip_settings
from truewheel.publishing.trusted_publisher import Registration
from truewheel.system.files import FileFacts
from truewheel.verification.attestations import judge_provenance, verify_attestations

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="pypi-attestations needs Python 3.11"),
]
SDIST = "pypi_attestations-0.0.30.tar.gz"
DIGEST = "14ff13c76bbef02a483c2b77532da02bfd746b5141b881f355e06b9807434423"
FILE = "pypi_attestations-0.0.19.tar.gz"
OURS = Registration("pypi-attestations", "trailofbits/pypi-attestations", "release.yml", "pypi")
TAG = "v0.0.19"


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own test data: a file that it published, and its provenance as PyPI shows it."""
    folder = tmp_path_factory.mktemp("sdist")
    settings = read_pip_settings(os.environ)
    with PyPISimple(settings.index_url) as client:
        if isinstance(settings.verify, str):
            client.s.verify = settings.verify
        (sdist,) = [file for file in client.get_project_page("pypi-attestations").packages if file.filename == SDIST]
        client.download_package(sdist, folder / SDIST)
    assert hashlib.sha256((folder / SDIST).read_bytes()).hexdigest() == DIGEST
    names = (FILE, f"{FILE}.provenance")
    with tarfile.open(folder / SDIST) as archive:
        for name in names:
            member = archive.extractfile(f"{SDIST.removesuffix('.tar.gz')}/test/assets/{name}")
            assert member is not None
            (folder / name).write_bytes(member.read())
    return folder


@pytest.fixture
def file(assets: Path) -> FileFacts:
    data = (assets / FILE).read_bytes()
    return FileFacts(FILE, len(data), hashlib.sha256(data).hexdigest())


@pytest.fixture
def provenance(assets: Path) -> Any:
    return json.loads((assets / f"{FILE}.provenance").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """sigstore keeps its trust root in the user's home."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def problems(provenance: Any, file: FileFacts, publisher: Registration = OURS, tag: str = TAG) -> list[str]:
    findings, *_ = separate(judge_provenance(json.dumps(provenance), file, publisher, tag))
    assert {(finding.check, finding.where) for finding in findings} <= {("attestation-genuine", file.name)}
    return [finding.message for finding in findings]


def test_a_genuine_attestation_is_accepted(provenance: Any, file: FileFacts) -> None:
    assert problems(provenance, file) == []
    # As a clone may spell it.
    shouted = replace(OURS, repository="TrailOfBits/PyPI-Attestations")
    assert problems(provenance, file, shouted) == []


def test_an_attestation_for_other_bytes_is_refused(provenance: Any, file: FileFacts) -> None:
    assert problems(provenance, replace(file, sha256="00" * 32)) == [
        "Verification failed: subject does not match distribution digest"
    ]


def test_an_attestation_for_another_file_is_refused(provenance: Any, file: FileFacts) -> None:
    assert problems(provenance, replace(file, name="pypi_attestations-0.0.20.tar.gz")) == [
        (
            "Verification failed: subject does not match distribution name: pypi_attestations-0.0.19.tar.gz != "
            "pypi_attestations-0.0.20.tar.gz"
        )
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"repository": "someone/else"}, "Verification failed: Certificate's OIDCSourceRepositoryURI does not match"),
        ({"workflow": "publish.yml"}, "Verification failed: Certificate's Build Config URI"),
    ],
)
def test_an_attestation_by_somebody_else_is_refused(
    provenance: Any, file: FileFacts, change: dict[str, str], said: str
) -> None:
    other = replace(OURS, **change)
    (problem,) = problems(provenance, file, other)
    assert problem.startswith(said)


def test_an_attestation_by_a_run_for_another_tag_is_refused(provenance: Any, file: FileFacts) -> None:
    assert problems(provenance, file, tag="v0.0.20") == [
        "it was published by a run for refs/tags/v0.0.19, expected refs/tags/v0.0.20"
    ]


def test_a_tampered_statement_is_refused(provenance: Any, file: FileFacts) -> None:
    envelope = provenance["attestation_bundles"][0]["attestations"][0]["envelope"]
    statement = base64.b64decode(envelope["statement"])
    evil = replace(file, sha256="00" * 32)
    envelope["statement"] = base64.b64encode(statement.replace(file.sha256.encode(), evil.sha256.encode())).decode()
    (problem,) = problems(provenance, evil)
    assert problem.startswith("Verification failed: ")


def test_a_tampered_signature_is_refused(provenance: Any, file: FileFacts) -> None:
    envelope = provenance["attestation_bundles"][0]["attestations"][0]["envelope"]
    signature = base64.b64decode(envelope["signature"])
    envelope["signature"] = base64.b64encode(signature[:-1] + bytes([signature[-1] ^ 1])).decode()
    (problem,) = problems(provenance, file)
    assert problem.startswith("Verification failed: ")


def test_a_malformed_provenance_is_refused(file: FileFacts) -> None:
    assert problems({}, file) == ["its provenance is malformed: Field required"]
    assert problems({"version": 1, "attestation_bundles": []}, file) == ["its provenance has no attestation in it"]


def test_attestations_are_fetched_from_the_index_and_verified(provenance: Any, file: FileFacts) -> None:
    with serving() as index:
        index.texts["/provenance"] = json.dumps(provenance)
        url = f"{index.url.removesuffix('/simple/')}/provenance"
        indexed = IndexedRelease(
            index.url,
            canonicalize_name("pypi-attestations"),
            "0.0.19",
            ("0.0.19",),
            (IndexedFile(FILE, "", provenance=url),),
        )
        settings = PipSettings(index.url, {})
        *_, last = verify_attestations((file,), indexed, OURS, TAG, settings)
        who = "release.yml of trailofbits/pypi-attestations"
        assert last == Note("", "", f"attested: {FILE}, published by {who} at v0.0.19")
        *_, last = verify_attestations((replace(file, sha256="00" * 32),), indexed, OURS, TAG, settings)
        assert isinstance(last, Finding)
