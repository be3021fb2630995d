"""Everything that a rehearsal publishes to, started on loopback and ended: the issuer, the index, their proxy."""

from __future__ import annotations

import contextlib
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.publishing.trusted_publisher import Registration
from truewheel.rehearsal.index.environ import job_environ, pip_environ, publish_environ
from truewheel.rehearsal.index.exchange import Exchange
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.index.front import index_application
from truewheel.rehearsal.index.issuer import Issuer
from truewheel.rehearsal.index.loopback import serve
from truewheel.rehearsal.index.names import LEGACY_HOST, LOCALHOST, LOOPBACK, TEST_HOST, UPLOAD_HOST
from truewheel.rehearsal.index.proxy import Proxy, connect
from truewheel.rehearsal.index.store import Store
from truewheel.rehearsal.index.tls import Certificates, make_certificates
from truewheel.rehearsal.index.uploads import Uploads
from truewheel.system.files import FileFacts


@dataclass(frozen=True, slots=True)
class RehearsalIndex:
    """A running index."""

    simple_url: str  # the index URL for pip
    issuer: Issuer  # issues the identity tokens of jobs
    certificates: Certificates  # for the clients of the index
    uploads: Uploads  # accepts the files, and keeps them
    _proxy_port: int
    _open_port: int
    _upstream: str
    _environ: Mapping[str, str]

    @property
    def publisher(self) -> Registration:
        """The trusted publisher of the project."""
        return self.uploads.exchange.publisher

    @property
    def problems(self) -> tuple[str, ...]:
        """Why tokens and uploads were refused until now: one sentence each, in order, each once."""
        return tuple(dict.fromkeys(self.uploads.problems))

    def files(self) -> list[FileFacts]:
        """The files of the project, by version and name."""
        return [file.facts for file in self.uploads.store.files()]

    def publish_environ(self) -> dict[str, str]:
        """The variables by which an unmodified client reaches this index and nothing else."""
        return publish_environ(self._proxy_port, self.certificates.authority)

    def job_environ(self, claims: Mapping[str, str]) -> dict[str, str]:
        """The variables of a job with `id-token: write` and these claims: its token, and the way to this index."""
        job = self.issuer.register_job(claims)
        return {**job, **job_environ(self._open_port, {**self._environ, **self.pip_environ()})}

    def pip_environ(self) -> dict[str, str]:
        """The variables by which pip installs from this index, and dependencies from its usual one."""
        return pip_environ(self.simple_url, self.certificates.bundle, self._upstream, self._environ)

    def ask_for(self, faults: IndexFaults) -> None:
        """Play these faults from now on, counted from zero; `IndexFaults()` for none."""
        self.uploads.faults = faults

    def put(self, name: str, content: bytes) -> None:
        """Put a file on the index as if it had been uploaded.

        Raises:
            ValueError: the name is not that of a distribution, or is taken.
        """
        self.uploads.store.add(name, content)

    def register(self, publisher: Registration) -> None:
        """Trust only this publisher from now on."""
        self.uploads.exchange.publisher = publisher


@contextlib.contextmanager
def serve_index(
    folder: Path,
    publisher: Registration,
    *,
    upstream: str = "",
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
) -> Iterator[RehearsalIndex]:
    """Run an index on loopback for the publisher's project until the block is left; nothing of it runs after that.

    Args:
        folder: receives the files that are published (`files`) and the certificates for clients (`tls`).
        publisher: the trusted publisher of the project.
        upstream: the simple API of the index that pip is configured for, which has other projects; empty for none.
        environ: its variables name the certificates that the user trusts.
        clock: the time, in seconds since the epoch.

    Raises:
        ReleaseError: the index has a bug, which may have failed a job; the traceback is in the hint.
    """
    bugs: list[BaseException] = []
    problems: list[str] = []
    (folder / "tls").mkdir(parents=True, exist_ok=True)
    certificates = make_certificates(folder / "tls", environ)
    with contextlib.ExitStack() as stack:
        issuer = Issuer(clock)
        issuer_port = stack.enter_context(serve(issuer, bugs, certificates.server))
        issuer.url = f"https://{LOOPBACK}:{issuer_port}"
        uploads = Uploads(Store(folder / "files", clock), Exchange(publisher, issuer, problems, clock), problems)
        port = stack.enter_context(serve(index_application(uploads, upstream), bugs, certificates.server))
        routes: dict[str, int | None] = dict.fromkeys([f"{host}:443" for host in (UPLOAD_HOST, LEGACY_HOST)], port)
        routes |= {f"{LOOPBACK}:{issuer_port}": issuer_port, f"{TEST_HOST}:443": None}
        proxy_port = stack.enter_context(serve(Proxy(routes), bugs))
        open_port = stack.enter_context(serve(Proxy(routes, lambda target: connect(target, environ)), bugs))
        simple_url = f"https://{LOCALHOST}:{port}/simple/"
        yield RehearsalIndex(simple_url, issuer, certificates, uploads, proxy_port, open_port, upstream, environ)
    if bugs:
        what = traceback.format_exception_only(bugs[0])[-1].strip()
        text = "".join(traceback.format_exception(bugs[0]))
        hint = f"this is a bug in truewheel; report it with its traceback:\n{text}"
        raise ReleaseError(f"the rehearsal's own index failed: {what}", hint=hint)
