"""Attestations (PEP 740): who published a file, signed and shown by the index."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from truewheel.findings import Result
from truewheel.publishing.indexed_release import IndexedRelease
from truewheel.publishing.package_index import read_text
from truewheel.publishing.pip_settings import PipSettings
from truewheel.publishing.trusted_publisher import Registration
from truewheel.system.files import FileFacts
from truewheel.verification.rules import ATTESTATION, note

if TYPE_CHECKING:
    from pypi_attestations import Attestation, Distribution, GitHubPublisher

# "Source Repository Ref" in the certificate: the tag that the workflow ran for.
_REF_CLAIM = "1.3.6.1.4.1.57264.1.14"


def verify_attestations(
    built: tuple[FileFacts, ...], indexed: IndexedRelease, publisher: Registration, tag: str, settings: PipSettings
) -> Iterator[Result]:
    """Verify that every attestation of the built files on the index is by the trusted publisher, for the tag.

    Notes name the files that were verified, and those that could not be. IndexUnreachable if the index does not serve
    an attestation that it shows.
    """
    shown = [(file, there.provenance) for file in built if (there := indexed.file(file.name)) and there.provenance]
    without = [file.name for file in built if file.name not in {attested.name for attested, _ in shown}]
    if without:
        yield note(f"the index shows no attestation for {', '.join(without)}")
    if not shown:
        return
    if sys.version_info < (3, 11):
        yield note("attestations were not verified: that needs Python 3.11 or newer")
    elif publisher.repository is None:
        yield note("attestations were not verified: the repository is unknown", "name it: -- --repository OWNER/NAME")
    else:
        for file, url in shown:
            yield from judge_provenance(read_text(url, settings), file, publisher, tag)


def judge_provenance(text: str, file: FileFacts, expected: Registration, tag: str) -> Iterator[Result]:
    """Judge the provenance `text` of a file, which is JSON with all its attestations."""
    # Imported here: it takes a second, and is not available for Python 3.10.
    from pydantic import ValidationError  # noqa: PLC0415
    from pypi_attestations import Distribution, GitHubPublisher, Provenance  # noqa: PLC0415

    # sigstore would log to the terminal.
    logging.getLogger("sigstore").addHandler(logging.NullHandler())
    try:
        provenance = Provenance.model_validate_json(text)
    except ValidationError as error:
        yield ATTESTATION.finding(f"its provenance is malformed: {error.errors()[0]['msg']}", file.name)
        return
    attestations = [one for bundle in provenance.attestation_bundles for one in bundle.attestations]
    # GitHub ignores the case of names; certificates spell them as GitHub does.
    spellings = [getattr(bundle.publisher, "repository", "") for bundle in provenance.attestation_bundles]
    ours = expected.repository or ""
    spelled = next((name for name in spellings if name.lower() == ours.lower()), ours)
    publisher = GitHubPublisher(repository=spelled, workflow=expected.workflow)
    distribution = Distribution(name=file.name, digest=file.sha256)
    problems = [] if attestations else ["its provenance has no attestation in it"]
    for attestation in attestations:
        problem, is_offline = _verify(attestation, publisher, distribution)
        if is_offline:
            yield note("the current trust root of sigstore is not available; its built-in one was used")
        if problem:
            problems.append(problem)
        elif (ref := attestation.certificate_claims.get(_REF_CLAIM)) != f"refs/tags/{tag}":
            problems.append(f"it was published by a run for {ref}, expected refs/tags/{tag}")
    yield from (ATTESTATION.finding(problem, file.name) for problem in problems)
    if not problems:
        who = f"{expected.workflow} of {expected.repository}"
        yield note(f"attested: {file.name}, published by {who} at {tag}")


def _verify(attestation: Attestation, publisher: GitHubPublisher, distribution: Distribution) -> tuple[str, bool]:
    """Return why an attestation is not genuine, or an empty string; and whether only a built-in trust root was used."""
    from sigstore.errors import Error as SigstoreError  # noqa: PLC0415
    from sigstore.errors import TUFError  # noqa: PLC0415

    is_offline = False
    try:
        try:
            attestation.verify(publisher, distribution)
        except TUFError:
            is_offline = True
            attestation.verify(publisher, distribution, offline=True)
    except (ValueError, SigstoreError) as error:  # a ValueError is an AttestationError, or a broken certificate
        return " ".join(str(error).split()), is_offline
    return "", is_offline
