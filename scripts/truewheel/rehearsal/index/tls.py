"""Certificates for one rehearsal, from an authority that only it trusts and that ends with it."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

from truewheel.rehearsal.index.names import (
    LEGACY_HOST,
    LOCALHOST,
    LOOPBACK,
    NO_CERTIFICATES,
    TRUST_VARIABLES,
    UPLOAD_HOST,
)

# Where Debian, Fedora and others keep all of the system's certificates in one file.
_SYSTEM = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certificates of the servers, and those that clients trust."""

    authority: Path  # a file with only the rehearsal's authority, for clients that may talk to nothing else
    bundle: Path  # a file with that authority and all that the user trusts: pip needs the index and its usual one
    server: ssl.SSLContext  # the servers' side of TLS, for loopback and for PyPI's upload host


def make_certificates(folder: Path, environ: Mapping[str, str]) -> Certificates:
    """Make an authority and its certificates; `folder` gets the two files for clients, and no key."""
    ca = trustme.CA(organization_name="release rehearsal")
    authority, bundle = folder / "rehearsal-ca.pem", folder / "ca-bundle.pem"
    (folder / NO_CERTIFICATES).mkdir(exist_ok=True)
    own = ca.cert_pem.bytes()
    authority.write_bytes(own)
    bundle.write_bytes(b"\n".join([own, *_trusted(environ)]))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(LOOPBACK, LOCALHOST, UPLOAD_HOST, LEGACY_HOST).configure_cert(server)
    return Certificates(authority, bundle, server)


def _trusted(environ: Mapping[str, str]) -> Iterator[bytes]:
    """The certificates, in PEM, that pip, the user and the system trust already."""
    # Some of the variables may name a folder; that is the system's, whose certificates are in a file too.
    named = [environ.get(name) for name in TRUST_VARIABLES]
    every = [certifi.where(), *_SYSTEM, ssl.get_default_verify_paths().cafile, *named]
    files = {path.resolve() for path in map(Path, filter(None, every)) if path.is_file()}
    for path in sorted(files):
        yield path.read_bytes()
    if sys.platform == "win32":
        for certificate in ssl.create_default_context().get_ca_certs(binary_form=True):
            yield ssl.DER_cert_to_PEM_cert(certificate).encode("ascii")
