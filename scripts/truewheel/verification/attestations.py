"""Attestations (PEP 740): who published a file, signed, as the index shows it beside the file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truewheel.findings import Finding
from truewheel.publishing.package_index import IndexedRelease, read_text
from truewheel.publishing.pip_settings import PipSettings
from truewheel.publishing.publication import BuiltFile
from truewheel.publishing.trusted_publisher import Registration
from truewheel.verification.rules import ATTESTATION

if TYPE_CHECKING:
    from pypi_attestations import Attestation, Distribution, GitHubPublisher

# "Source Repository Ref" of the certificate: the tag that the workflow ran for.
_REF_CLAIM = "1.3.6.1.4.1.57264.1.14"


@dataclass(frozen=True, slots=True)
class Expected:
    """Who shall have published: the trusted publisher, and the tag that its workflow ran for."""

    publisher: Registration
    tag: str


def verify_attestations(
    built: tuple[BuiltFile, ...],
    indexed: IndexedRelease,
    expected: Expected,
    settings: PipSettings,
    told: list[str],
) -> Iterator[Finding]:
    """Verify every attestation that the index shows for the files that were built.

    What cannot be verified, and what went well, is added to `told`.

    Raises:
        IndexUnreachable: the index shows an attestation and does not hand it over.
    """
    shown = [(file, there.provenance) for file in built if (there := indexed.file(file.name)) and there.provenance]
    without = [file.name for file in built if file.name not in {attested.name for attested, _ in shown}]
    if without:
        told.append(f"the index shows no attestation for {', '.join(without)}")
    if not shown:
        return
    if sys.version_info < (3, 11):
        told.append("attestations were not verified: that needs Python 3.11 or newer")
        return
    if expected.publisher.repository is None:
        told.append("attestations were not verified: the repository is not known; -- --repository owner/name tells it")
        return
    for file, url in shown:
        flaws = list(attestation_flaws(read_text(url, settings), file, expected, told))
        yield from (ATTESTATION.finding(flaw, file.name) for flaw in flaws)
        if not flaws:
            who = f"{expected.publisher.workflow} of {expected.publisher.repository}"
            told.append(f"attested: {file.name}, published by {who} at {expected.tag}")


def attestation_flaws(text: str, file: BuiltFile, expected: Expected, told: list[str]) -> Iterator[str]:
    """What is wrong with the provenance `text` of a file, one sentence each; nothing when it is genuine."""
    # Imported here: it takes a second, and Python 3.10 does not have it.
    from pydantic import ValidationError  # noqa: PLC0415
    from pypi_attestations import Distribution, GitHubPublisher, Provenance  # noqa: PLC0415

    # What sigstore would log to a terminal is said here in words.
    logging.getLogger("sigstore").addHandler(logging.NullHandler())
    try:
        provenance = Provenance.model_validate_json(text)
    except ValidationError as error:
        yield f"its provenance is malformed: {error.errors()[0]['msg']}"
        return
    attestations = [one for bundle in provenance.attestation_bundles for one in bundle.attestations]
    if not attestations:
        yield "its provenance holds no attestation"
    # Names on GitHub are compared without case, and certificates spell them as GitHub does.
    spellings = [getattr(bundle.publisher, "repository", "") for bundle in provenance.attestation_bundles]
    ours = expected.publisher.repository or ""
    spelled = next((name for name in spellings if name.lower() == ours.lower()), ours)
    publisher = GitHubPublisher(repository=spelled, workflow=expected.publisher.workflow)
    distribution = Distribution(name=file.name, digest=file.sha256)
    for attestation in attestations:
        flaw = _flaw(attestation, publisher, distribution, told)
        if flaw:
            yield flaw
        elif (ref := attestation.certificate_claims.get(_REF_CLAIM)) != f"refs/tags/{expected.tag}":
            yield f"it was published by a run for {ref}, expected refs/tags/{expected.tag}"


def _flaw(attestation: Attestation, publisher: GitHubPublisher, distribution: Distribution, told: list[str]) -> str:
    """Why an attestation is not genuine; empty when it is."""
    from sigstore.errors import Error as SigstoreError  # noqa: PLC0415
    from sigstore.errors import TUFError  # noqa: PLC0415

    try:
        try:
            attestation.verify(publisher, distribution)
        except TUFError:
            note = "the current trust root of sigstore cannot be had here; its built-in one was taken"
            if note not in told:
                told.append(note)
            attestation.verify(publisher, distribution, offline=True)
    except (ValueError, SigstoreError) as error:  # a ValueError is an AttestationError, or a broken certificate
        return " ".join(str(error).split())
    return ""
