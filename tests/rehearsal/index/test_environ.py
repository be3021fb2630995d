"""How clients reach the index: they reach and trust nothing else, and have none of the user's own settings."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY
from werkzeug.wrappers import Request, Response

from tests.support.factories import LINUX_WHEEL, make_wheel
from tests.support.running_index import PUBLISHER, RUN, RunningIndex
from truewheel.rehearsal.index.claims import claims_of
from truewheel.rehearsal.index.environ import client_environ, pip_environ
from truewheel.rehearsal.index.loopback import serve
from truewheel.rehearsal.index.names import TRUST_VARIABLES, UPLOAD_HOST, UPLOAD_URL
from truewheel.rehearsal.index.server import serve_index
from truewheel.rehearsal.index.tls import make_certificates


def fetch(running: RunningIndex, *urls: str) -> list[str]:
    """What an ordinary program in a client's environment gets for each URL: a status, or the name of an error."""
    program = (
        "import requests, sys\n"
        "for url in sys.argv[1:]:\n"
        "    try:\n"
        "        print(requests.get(url, timeout=120).status_code)\n"
        "    except requests.RequestException as error:\n"
        "        print(type(error).__name__)\n"
    )
    environ = client_environ(os.environ, running.index.publish_environ(), running.folder)
    result = subprocess.run(
        [sys.executable, "-c", program, *urls], env=environ, capture_output=True, encoding="utf-8", check=True
    )
    return result.stdout.split()


def test_the_upload_url_is_twines_own_constant() -> None:
    assert UPLOAD_URL == DEFAULT_REPOSITORY
    assert f"https://{UPLOAD_HOST}/legacy/" == UPLOAD_URL


def test_a_job_reaches_the_index_and_no_other_host(running: RunningIndex) -> None:
    index = running.at("").rpartition(":")[2]
    issuer = running.index.issuer.url
    answers = fetch(
        running,
        f"https://{UPLOAD_HOST}/_/oidc/audience",
        f"{issuer}/token",
        "https://elsewhere.invalid/simple/",
        "http://elsewhere.invalid/simple/",
        f"https://www.{UPLOAD_HOST}/",
        f"https://{UPLOAD_HOST}:8443/",
        f"http://{UPLOAD_HOST}/",
        f"https://localhost:{index}/simple/",
        "https://localhost/",
    )
    assert answers == ["200", "401", "ProxyError", "403", *["ProxyError"] * 2, "403", *["ProxyError"] * 2]


@pytest.mark.parametrize(
    "request_line",
    [
        b"CONNECT elsewhere.invalid HTTP/1.1",
        b"CONNECT [::1]:443 HTTP/1.1",
        b"POST http://elsewhere.invalid/legacy/ HTTP/1.1",
        b"HEAD / HTTP/1.1",
        f"GET {UPLOAD_HOST}:443 HTTP/1.1".encode(),
    ],
)
def test_the_proxy_refuses_everything_else(running: RunningIndex, request_line: bytes) -> None:
    port = int(running.index.publish_environ()["HTTPS_PROXY"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(request_line + b"\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    assert received.startswith(b"HTTP/1.0 403 Forbidden: a rehearsal reaches its own index and no other host\r\n")


def test_a_publishing_client_trusts_only_the_rehearsal(running: RunningIndex) -> None:
    environ = running.index.publish_environ()
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        assert len(ssl.create_default_context(cafile=environ[name]).get_ca_certs()) == 1
    assert list(Path(environ["SSL_CERT_DIR"]).iterdir()) == []
    program = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=client_environ(os.environ, environ, running.folder),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    # Windows' own store of certificates is always there; it is of no use for a host that cannot be reached.
    assert int(result.stdout) == 1 or sys.platform == "win32"


def test_pip_also_trusts_the_users_certificates(tmp_path: Path) -> None:
    others = {}
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT", "CURL_CA_BUNDLE"):
        others[name] = tmp_path / f"{name}.pem"
        trustme.CA(organization_name=name).cert_pem.write_to_path(str(others[name]))
    certificates = make_certificates(tmp_path, {name: str(path) for name, path in others.items()})
    trusted = ssl.create_default_context(cafile=str(certificates.bundle)).get_ca_certs()
    organizations = {str(part[0][1]) for ca in trusted for part in ca["subject"]}
    assert organizations >= {"release rehearsal", *others}
    assert len(trusted) > 100


def test_a_folder_of_certificates_is_not_read_as_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    certificates = make_certificates(tmp_path, {"REQUESTS_CA_BUNDLE": str(folder), "PIP_CERT": "/nowhere.pem"})
    assert len(ssl.create_default_context(cafile=str(certificates.bundle)).get_ca_certs()) > 100


def test_a_client_has_none_of_the_users_settings(tmp_path: Path) -> None:
    personal = {
        "TWINE_PASSWORD": "pypi-stolen",
        "twine_username": "me",
        "PIP_INDEX_URL": "https://elsewhere.invalid",
        "UV_PUBLISH_TOKEN": "pypi-stolen",
        "NETRC": "/home/me/.netrc",
        "PYTHONPATH": "/home/me",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.file",
        "HOME": "/home/me",
        "Https_Proxy": "http://elsewhere.invalid",
    }
    given = {"HTTPS_PROXY": "http://127.0.0.1:1", "PYTHON_KEYRING_BACKEND": "null"}
    environ = client_environ({"PATH": "/bin", "GITHUB_ACTIONS": "true", **personal}, given, tmp_path)
    homes = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA")
    assert environ == {"PATH": "/bin", "GITHUB_ACTIONS": "true", **given, **dict.fromkeys(homes, str(tmp_path))}


@pytest.mark.once
def test_twine_uses_none_of_the_users_credentials(running: RunningIndex, tmp_path: Path) -> None:
    # The index would refuse any of these, or they would lead elsewhere.
    home = tmp_path / "my home"
    home.mkdir()
    (home / ".pypirc").write_text(
        "[distutils]\nindex-servers = pypi\n[pypi]\nrepository = https://elsewhere.invalid/\n"
        "username = me\npassword = secret\n",
        encoding="utf-8",
    )
    (home / ".netrc").write_text(f"machine {UPLOAD_HOST}\nlogin me\npassword secret\n", encoding="utf-8")
    status, output = running.twine(
        make_wheel(tmp_path / "dist"),
        HOME=str(home),
        USERPROFILE=str(home),
        NETRC=str(home / ".netrc"),
        TWINE_USERNAME="me",
        TWINE_PASSWORD="secret",  # noqa: S106  made up
        TWINE_REPOSITORY_URL="https://elsewhere.invalid/",
        TWINE_CONFIG_FILE=str(home / ".pypirc"),
        HTTPS_PROXY="http://elsewhere.invalid:8080",
        NO_PROXY="*",
        REQUESTS_CA_BUNDLE="/nowhere.pem",
    )
    assert status == 0, output
    assert running.names == [LINUX_WHEEL]


def test_pip_reaches_the_index_without_a_proxy(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    trust = dict.fromkeys(TRUST_VARIABLES, str(bundle))
    url = "https://127.0.0.1:1/simple/"
    assert pip_environ(url, bundle, "https://elsewhere.invalid/simple", {}) == {
        **trust,
        "PIP_INDEX_URL": url,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    own = {"NO_PROXY": ".example.invalid", "PIP_EXTRA_INDEX_URL": "https://more.invalid/simple"}
    given = pip_environ(url, bundle, "file:///index/simple", own)
    assert given["NO_PROXY"] == ".example.invalid,127.0.0.1,localhost"
    assert given["PIP_EXTRA_INDEX_URL"] == "https://more.invalid/simple file:///index/simple"


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("client", ["publishes", "runs"])
def test_curl_gets_an_identity_token_as_a_python_client_does(client: str, running: RunningIndex) -> None:
    index = running.index
    job = index.issuer.register_job({"repository_owner": "example"})
    url = f"{job['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience=pypi"
    header = f"Authorization: bearer {job['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"
    # A user's certificates must not replace the rehearsal's.
    environ = {**os.environ, "CURL_CA_BUNDLE": str(running.folder / "users.pem")}
    environ |= index.publish_environ() if client == "publishes" else index.pip_environ()
    command = ["curl", "--silent", "--show-error", "--fail", "--max-time", "20", "--header", header, url]
    answer = subprocess.run(command, env=environ, capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["value"].count(".") == 2


def in_a_job(running: RunningIndex, command: list[str], **more: str) -> tuple[int, str]:
    """Run a command of a `run:` step, in a job with `id-token: write` whose `dist/` has a wheel."""
    dist = running.folder / "dist"
    if not dist.exists():
        make_wheel(dist)
    job = running.index.job_environ(claims_of(RUN, "pypi"))
    plain = {"GITHUB_ACTIONS": "true", "NO_COLOR": "1", "COLUMNS": "10000", "HOME": str(running.folder)}
    environ = {**os.environ, **running.index.pip_environ(), **job, **plain, **more}
    result = subprocess.run(
        command, env=environ, cwd=running.folder, stdout=-1, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )
    return result.returncode, result.stdout


@pytest.mark.once
def test_twine_in_a_step_publishes_to_the_index(running: RunningIndex) -> None:
    status, output = in_a_job(running, [sys.executable, "-m", "twine", "upload", f"dist/{LINUX_WHEEL}"])
    assert status == 0, output
    assert running.names == [LINUX_WHEEL]


@pytest.mark.parametrize("options", [[], ["--trusted-publishing", "always"], ["--publish-url", UPLOAD_URL]])
def test_uv_in_a_step_publishes_to_the_index(running: RunningIndex, options: list[str]) -> None:
    pytest.importorskip("uv")
    status, output = in_a_job(running, [sys.executable, "-m", "uv", "publish", "--no-config", *options])
    assert status == 0, output
    assert running.names == [LINUX_WHEEL]


@pytest.mark.once
def test_a_job_that_may_publish_reaches_other_hosts_as_its_maintainer_does(tmp_path: Path) -> None:
    """By the maintainer's proxy, with its password, unless NO_PROXY names the host; but never the other PyPI."""
    asked: list[str] = []
    program = "import requests, sys; print(requests.get(sys.argv[1], timeout=120).text)"

    def proxy(request: Request) -> Response:
        asked.append(f"{request.environ['RAW_URI']} {request.headers.get('Proxy-Authorization')}")
        return Response("no", 403)

    with (
        serve(proxy, []) as port,
        serve(lambda _: Response("yes"), [], make_certificates(tmp_path, {}).server) as direct,
    ):
        theirs = {"HTTPS_PROXY": f"http://me:secret@127.0.0.1:{port}", "NO_PROXY": f"localhost,{UPLOAD_HOST}"}
        theirs["PIP_CERT"] = str(tmp_path / "rehearsal-ca.pem")
        (tmp_path / "index").mkdir()
        with serve_index(tmp_path / "index", PUBLISHER, environ=theirs) as index:
            environ = {**index.pip_environ(), **index.job_environ(claims_of(RUN, "pypi")), "PATH": os.environ["PATH"]}
            assert environ["NO_PROXY"] == environ["no_proxy"] == "127.0.0.1,localhost"
            for url in ("https://elsewhere.invalid/", f"https://localhost:{direct}/", TEST_REPOSITORY):
                command = [sys.executable, "-c", program, url]
                result = subprocess.run(command, env=environ, capture_output=True, encoding="utf-8", check=False)
                assert (result.stdout.strip() or "") == ("yes" if "localhost" in url else ""), result.stderr
    assert asked == ["elsewhere.invalid:443 Basic bWU6c2VjcmV0"]
