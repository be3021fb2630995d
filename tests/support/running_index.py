"""A rehearsal's index with clients: a job of the release, and clients that may not upload."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from truewheel.publishing.trusted_publisher import Registration
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.index.claims import claims_of
from truewheel.rehearsal.index.environ import client_environ
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.index.names import AUDIENCE, TOKEN_USER
from truewheel.rehearsal.index.server import RehearsalIndex, serve_index

PUBLISHER = Registration("quiverdb", "example/quiver", "publish.yml", "pypi")
RUN = RunIdentity("example/quiver", ".github/workflows/publish.yml", "Publish", "v0.5.0", "ab" * 20)


@dataclass
class Clock:
    """A clock that a test can set forward."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass(frozen=True)
class RunningIndex:
    """A running index, its clock, and a folder for the files of its clients."""

    index: RehearsalIndex
    clock: Clock
    folder: Path

    def at(self, path: str) -> str:
        return self.index.simple_url.removesuffix("/simple/") + path

    def request(self, method: str, url: str, **arguments: Any) -> requests.Response:
        """A request from a client that trusts the rehearsal and ignores the user's settings."""
        with requests.Session() as session:
            session.trust_env = False
            session.verify = str(self.index.certificates.authority)
            return session.request(method, url, timeout=120, **arguments)

    def get(self, path: str) -> requests.Response:
        return self.request("GET", self.at(path), allow_redirects=False)

    def post(self, path: str, **arguments: Any) -> requests.Response:
        return self.request("POST", self.at(path), **arguments)

    def identity(self, claims: Mapping[str, str] | None = None, audience: str = AUDIENCE) -> str:
        """An identity token, requested as a job does it."""
        given = self.index.issuer.register_job(claims_of(RUN, "pypi") if claims is None else claims)
        secret = given["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
        url = f"{given['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}"
        answer = self.request("GET", url, headers={"Authorization": f"bearer {secret}"})
        assert answer.status_code == 200
        value: str = answer.json()["value"]
        return value

    def mint(self, identity: object) -> requests.Response:
        return self.post("/_/oidc/mint-token", json={"token": identity})

    def token(self) -> str:
        answer = self.mint(self.identity())
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        return token

    def upload(self, file: Path, token: str | None = None, user: str = TOKEN_USER, **fields: str) -> tuple[int, str]:
        """Upload a file as twine does it; returns the status and the reason phrase."""
        content = file.read_bytes()
        name, version, *_ = file.name.split("-")
        form = {
            ":action": "file_upload",
            "protocol_version": "1",
            "name": name,
            "version": version.removesuffix(".tar.gz"),
            "filetype": "bdist_wheel",
            "pyversion": "py3",
            "metadata_version": "2.4",
            "sha256_digest": hashlib.sha256(content).hexdigest(),
            **fields,
        }
        answer = self.post(
            "/legacy/",
            data=form,
            files={"content": (file.name, content, "application/octet-stream")},
            auth=(user, self.token() if token is None else token),
        )
        return answer.status_code, answer.reason

    def put(self, file: Path) -> None:
        self.index.put(file.name, file.read_bytes())

    def job_environ(self, claims: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a job that has `id-token: write`."""
        given = self.index.issuer.register_job(claims_of(RUN, "pypi") if claims is None else claims)
        return {**os.environ, "GITHUB_ACTIONS": "true", **given}

    def twine(self, *files: Path, claims: Mapping[str, str] | None = None, **more: str) -> tuple[int, str]:
        """An unmodified twine uploads as in a job; returns its exit status and its output."""
        environ = {**self.job_environ(claims), **more}
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "10000", "LINES": "100", "PYTHONUTF8": "1"}
        result = subprocess.run(
            [sys.executable, "-m", "twine", "upload", "--disable-progress-bar", "--non-interactive", *map(str, files)],
            env=client_environ(environ, {**self.index.publish_environ(), **plain}, home),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        return result.returncode, result.stdout

    def emptied(self, folder: Path) -> RunningIndex:
        """The same index without files and problems, with a folder for the files of the next clients."""
        uploads = self.index.uploads
        self.clock.ahead, uploads.faults = 0.0, IndexFaults()
        uploads.problems.clear()
        uploads.store._files.clear()
        return replace(self, folder=folder)

    @property
    def names(self) -> list[str]:
        return [file.name for file in self.index.files()]


@contextlib.contextmanager
def running_index(
    folder: Path, publisher: Registration = PUBLISHER, *, upstream: str = "", trusted: Path | None = None
) -> Iterator[RunningIndex]:
    """An index for `publisher`; leaving the block fails the test if the index has raised an exception."""
    clock = Clock()
    environ = {} if trusted is None else {"PIP_CERT": str(trusted)}
    with serve_index(folder / "index", publisher, upstream=upstream, environ=environ, clock=clock) as index:
        yield RunningIndex(index, clock, folder)
