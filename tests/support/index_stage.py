"""A rehearsal's index with clients: as a job of the release would use it, and as somebody would who may not."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.index.claims import claims_of
from truewheel.rehearsal.index.environ import client_environ
from truewheel.rehearsal.index.names import AUDIENCE, TOKEN_USER
from truewheel.rehearsal.index.server import RehearsalIndex, serve_index
from truewheel.rehearsal.index.trust import TrustedPublisher

PUBLISHER = TrustedPublisher("quiverdb", "example", "quiver", "publish.yml", "pypi")
RUN = RunIdentity("example/quiver", ".github/workflows/publish.yml", "Publish", "v0.5.0", "ab" * 20)


@dataclass
class Clock:
    """A clock that a test sets forward."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass(frozen=True)
class Stage:
    """A running index, its clock, and a folder for what clients need."""

    index: RehearsalIndex
    clock: Clock
    folder: Path

    def request(self, method: str, url: str, **arguments: Any) -> requests.Response:
        """A request of a client that trusts the rehearsal, and heeds no setting of the user's."""
        with requests.Session() as session:
            session.trust_env = False
            session.verify = str(self.index.certificates.authority)
            return session.request(method, url, timeout=30, **arguments)

    def at(self, path: str) -> str:
        return self.index.upload_url.removesuffix("/legacy/") + path

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.request("GET", self.at(path), headers=headers, allow_redirects=False)

    def identity(self, claims: Mapping[str, str] | None = None, audience: str = AUDIENCE) -> str:
        """An identity token, asked for as a job does."""
        given = self.index.register_job(claims_of(RUN, "pypi") if claims is None else claims)
        secret = given["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
        url = f"{given['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}"
        answer = self.request("GET", url, headers={"Authorization": f"bearer {secret}"})
        assert answer.status_code == 200
        value: str = answer.json()["value"]
        return value

    def mint(self, identity: str) -> requests.Response:
        return self.request("POST", self.at("/_/oidc/mint-token"), json={"token": identity})

    def token(self) -> str:
        answer = self.mint(self.identity())
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        return token

    def upload(self, file: Path, token: str | None = None, user: str = TOKEN_USER, **fields: str) -> tuple[int, str]:
        """Upload a file as twine does; gives the status, and the words behind it."""
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
        answer = self.request(
            "POST",
            self.index.upload_url,
            data=form,
            files={"content": (file.name, content, "application/octet-stream")},
            auth=(user, self.token() if token is None else token),
        )
        return answer.status_code, answer.reason

    def job_environ(self, claims: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a job that has `id-token: write`."""
        given = self.index.register_job(claims_of(RUN, "pypi") if claims is None else claims)
        return {**os.environ, "GITHUB_ACTIONS": "true", **given}

    def twine(self, *files: Path, claims: Mapping[str, str] | None = None, **more: str) -> tuple[int, str]:
        """An unmodified twine uploads as a job would; gives its exit status and what it printed."""
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

    def said(self, kind: str) -> list[tuple[str, int, str]]:
        """What was recorded of a kind: subject, status, words."""
        return [(event.subject, event.status, event.said) for event in self.index.events if event.kind == kind]

    @property
    def names(self) -> list[str]:
        return [file.name for file in self.index.files()]


@contextlib.contextmanager
def stage(
    folder: Path, publisher: TrustedPublisher = PUBLISHER, *, upstream: str = "", trusted: Path | None = None
) -> Iterator[Stage]:
    """An index for `publisher`; at the end, nothing in it may have gone wrong unnoticed."""
    clock = Clock()
    environ = {} if trusted is None else {"PIP_CERT": str(trusted)}
    with serve_index(folder / "index", publisher, upstream=upstream, environ=environ, clock=clock) as index:
        staged = Stage(index, clock, folder)
        yield staged
        assert staged.said("bug") == []
