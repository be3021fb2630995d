"""All of it started, on loopback, and ended: the issuer, the index, the proxy that leads to them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from truewheel.rehearsal.index.environ import pip_environ, publish_environ
from truewheel.rehearsal.index.events import EventLog, IndexEvent
from truewheel.rehearsal.index.exchange import Exchange
from truewheel.rehearsal.index.faults import FaultState, IndexFaults
from truewheel.rehearsal.index.front import Front
from truewheel.rehearsal.index.issuer import Issuer, serve_issuer
from truewheel.rehearsal.index.loopback import serve_wsgi
from truewheel.rehearsal.index.names import LOOPBACK, UPLOAD_HOST, UPLOAD_PORT
from truewheel.rehearsal.index.proxy import serve_proxy
from truewheel.rehearsal.index.store import Store
from truewheel.rehearsal.index.tls import Certificates, make_certificates
from truewheel.rehearsal.index.tokens import Tokens
from truewheel.rehearsal.index.trust import TrustedPublisher
from truewheel.rehearsal.index.uploads import Uploads
from truewheel.rehearsal.result import FileFacts


@dataclass(frozen=True, slots=True)
class RehearsalIndex:
    """A running index.

    Attributes:
        simple_url: what pip is told to install from.
        upload_url: where a client that is told so uploads to, without the proxy.
        issuer: issues the identity tokens of jobs.
        certificates: who is trusted.
    """

    simple_url: str
    upload_url: str
    issuer: Issuer
    certificates: Certificates
    _exchange: Exchange
    _proxy_port: int
    _upstream: str
    _store: Store
    _faults: FaultState
    _log: EventLog

    @property
    def publisher(self) -> TrustedPublisher:
        """Who may publish."""
        return self._exchange.publisher

    @property
    def ca_bundle(self) -> Path:
        """Who pip is to trust: this index, and everybody whom it trusts otherwise."""
        return self.certificates.bundle

    @property
    def events(self) -> tuple[IndexEvent, ...]:
        """What happened until now, in order."""
        return self._log.events

    def files(self) -> list[FileFacts]:
        """What the index holds of the project, by version and name."""
        return [FileFacts(file.name, file.size, file.sha256) for file in self._store.files()]

    def register_job(self, claims: Mapping[str, str]) -> dict[str, str]:
        """The variables by which a job gets identity tokens with these claims (`claims.claims_of` makes them)."""
        return self.issuer.register_job(claims)

    def publish_environ(self) -> dict[str, str]:
        """The environment by which an unmodified client reaches this index, and nothing else."""
        return publish_environ(self._proxy_port, self.certificates.authority)

    def pip_environ(self) -> dict[str, str]:
        """The environment by which pip installs from this index, and dependencies from where it does otherwise."""
        return pip_environ(self.simple_url, self.ca_bundle, self._upstream)

    def ask_for(self, faults: IndexFaults) -> None:
        """From now on these faults, counted anew; `IndexFaults()` for none."""
        self._faults.ask_for(faults)

    def preload(self, file: Path, *, uploaded: float | None = None) -> None:
        """Put a file on the index as if it had been uploaded, at a time in seconds since the epoch; now by default.

        Raises:
            ValueError: its name is no distribution's, or is taken.
        """
        self.put(file.name, file.read_bytes(), uploaded=uploaded)

    def put(self, name: str, content: bytes, *, uploaded: float | None = None) -> None:
        """As `preload`, with a file's name and bytes."""
        if self._store.add(name, content, uploaded=uploaded) is None:
            raise ValueError(f"{name} is on the index already")

    def register(self, publisher: TrustedPublisher) -> None:
        """Trust another publisher of the project from now on, and no longer the one before."""
        self._exchange.publisher = publisher

    def delete(self, name: str) -> None:
        """Take a file away, as an owner may; no file can have its name again.

        Raises:
            KeyError: it is not there.
        """
        self._store.delete(name)


@contextlib.contextmanager
def serve_index(
    folder: Path,
    publisher: TrustedPublisher,
    *,
    upstream: str = "",
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
) -> Iterator[RehearsalIndex]:
    """An index on loopback for the publisher's project, until the block is left; then nothing of it runs any more.

    Args:
        folder: gets the files that were published (`files`), and what clients trust (`tls`).
        publisher: who may publish, and what project.
        upstream: the simple API of the index that pip is configured for, where other projects are; empty for none.
        environ: tells by its variables whom the user trusts.
        clock: the time, in seconds since the epoch.
    """
    events, faults, tokens = EventLog(), FaultState(), Tokens(clock)
    (folder / "tls").mkdir(parents=True, exist_ok=True)
    certificates = make_certificates(folder / "tls", environ)
    store = Store(folder / "files", clock)
    with contextlib.ExitStack() as stack:
        issuer = stack.enter_context(serve_issuer(certificates.server, events, clock=clock))
        exchange = Exchange(publisher, issuer.url, certificates.client, tokens, events, clock)
        uploads = Uploads(store, tokens, faults, events, clock)
        front = Front(canonicalize_name(publisher.project), store, exchange, uploads, events, upstream)
        port = stack.enter_context(serve_wsgi(front, certificates.server))
        issuer_port = int(issuer.url.rpartition(":")[2])
        routes = {(UPLOAD_HOST, UPLOAD_PORT): port, (LOOPBACK, issuer_port): issuer_port}
        proxy_port = stack.enter_context(serve_proxy(routes, events))
        url = f"https://{LOOPBACK}:{port}"
        yield RehearsalIndex(
            simple_url=f"{url}/simple/",
            upload_url=f"{url}/legacy/",
            issuer=issuer,
            certificates=certificates,
            _exchange=exchange,
            _proxy_port=proxy_port,
            _upstream=upstream,
            _store=store,
            _faults=faults,
            _log=events,
        )
