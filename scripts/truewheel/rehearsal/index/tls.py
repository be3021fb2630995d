"""Certificates of one rehearsal, by an authority that nobody else trusts and that ends with it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

from truewheel.rehearsal.index.names import LOOPBACK, UPLOAD_HOST

# The variables by which a user says whom their programs trust.
TRUST_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT")

# An empty folder beside the authority's file.
NO_CERTIFICATES = "no-other-certificates"


@dataclass(frozen=True, slots=True)
class Certificates:
    """What the servers show, and what clients trust.

    Attributes:
        authority: a file with the rehearsal's authority alone: who trusts it alone can speak to nobody else.
        bundle: a file with that authority and everybody whom the user trusts: pip needs the index and its usual one.
        server: the TLS of the servers, for loopback and for PyPI's upload host.
        client: the TLS of a client that trusts the authority alone.
    """

    authority: Path
    bundle: Path
    server: ssl.SSLContext
    client: ssl.SSLContext


def make_certificates(folder: Path, environ: Mapping[str, str]) -> Certificates:
    """Make an authority and its certificates; `folder` gets the two files that clients read, and no key."""
    ca = trustme.CA(organization_name="release rehearsal")
    authority, bundle = folder / "rehearsal-ca.pem", folder / "ca-bundle.pem"
    (folder / NO_CERTIFICATES).mkdir(exist_ok=True)
    own = ca.cert_pem.bytes()
    authority.write_bytes(own)
    bundle.write_bytes(b"\n".join([own, *_trusted(environ)]))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(LOOPBACK, "localhost", UPLOAD_HOST).configure_cert(server)
    return Certificates(authority, bundle, server, ssl.create_default_context(cafile=str(authority)))


def _trusted(environ: Mapping[str, str]) -> Iterator[bytes]:
    """Everybody who is trusted already, in PEM: by pip, by the user, by the system where it tells."""
    named = [Path(environ[name]) for name in TRUST_VARIABLES if environ.get(name)]
    # A folder of certificates, which some of the variables may name, is the system's, and is told below.
    files = {path.resolve() for path in (Path(certifi.where()), *named) if path.is_file()}
    for path in sorted(files):
        yield path.read_bytes()
    system = ssl.create_default_context()
    for certificate in system.get_ca_certs(binary_form=True):
        yield ssl.DER_cert_to_PEM_cert(certificate).encode("ascii")
