"""Malformed requests get an answer with status 4xx, and none is an exception of the index: its end would raise it."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import make_wheel
from tests.support.running_index import RunningIndex
from truewheel.rehearsal.index import loopback

MINT, BURN, UPLOAD = "/_/oidc/mint-token", "/_/oidc/burn-token", "/legacy/"
NO_TOKEN = "the request is not a JSON object with a token"  # noqa: S105  a sentence
# A body that is not a form is an empty one, which has no name.
NO_NAME = (
    400,
    (
        "'' is an invalid value for Name. Error: Start and end with a letter or numeral "
        "containing only ASCII numeric and '.', '_' and '-'."
    ),
)


def status_of(running: RunningIndex, request: bytes) -> int:
    """The status of the answer to bytes that no client library would send."""
    where = urlsplit(running.at("/"))
    tls = ssl.create_default_context(cafile=str(running.index.certificates.authority))
    with (
        socket.create_connection((where.hostname or "", where.port or 0), timeout=120) as plain,
        tls.wrap_socket(plain, server_hostname=where.hostname) as connection,
    ):
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


def post(path: str, headers: str, body: bytes = b"") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: index\r\n{headers}\r\n\r\n".encode() + body


# Requests.


@pytest.mark.parametrize(
    "request_line",
    [
        *(b"GET http://[/simple/ HTTP/1.1", b"GET //[/ HTTP/1.1", b"GET /%ff/\xff HTTP/1.1", b"GET * HTTP/1.1"),
        *(b"BREW / HTTP/1.1", b"POST /simple/quiverdb/ HTTP/1.1", b"GET /packages/..%2f..%2ftls HTTP/1.1"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(running: RunningIndex, request_line: bytes) -> None:
    assert status_of(running, request_line + b"\r\nHost: index\r\n\r\n") in (400, 404, 405)


@pytest.mark.parametrize("path", [MINT, BURN, UPLOAD])
@pytest.mark.parametrize("length", ["9" * 5000, "many", "-1", "1.5"])
def test_a_length_that_is_not_a_number_is_none(running: RunningIndex, path: str, length: str) -> None:
    assert status_of(running, post(path, f"Content-Length: {length}")) in (403, 413, 422)


@pytest.mark.parametrize("path", [MINT, BURN])
def test_a_request_that_is_too_large_is_refused(running: RunningIndex, path: str) -> None:
    assert status_of(running, post(path, "Content-Length: 99999999999")) == 413


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 100", b"{"),
        *(("Transfer-Encoding: chunked", chunk) for chunk in (b"5\r\n{", b"x\r\n", b"-1\r\n")),
    ],
)
def test_a_client_that_stops_in_the_middle_is_not_waited_for(
    running: RunningIndex, monkeypatch: pytest.MonkeyPatch, headers: str, body: bytes
) -> None:
    monkeypatch.setattr(loopback._Handler, "timeout", 1)
    assert status_of(running, post(MINT, headers, body)) == 400


def test_a_request_in_chunks_is_read(running: RunningIndex) -> None:
    assert running.post(BURN, data=iter([b'{"tok', b'en": "abc"}'])).status_code == 404


# Tokens.


def encoded(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def description(running: RunningIndex, body: bytes) -> str:
    answer = running.post(MINT, data=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    text: str = error["description"]
    return text


@pytest.mark.parametrize(
    "header",
    [
        *({"alg": "RS256", "crit": 5}, {"alg": "RS256", "crit": [5]}, {"alg": "RS256", "kid": []}, {"alg": 5}),
        *({"alg": ["RS256"]}, {"alg": "RS256", "b64": 5}, {"alg": "RS256", "kid": {}}, {"alg": None}, [], 5, None),
    ],
)
def test_a_header_of_the_wrong_types_mints_nothing(running: RunningIndex, header: object) -> None:
    token = f"{encoded(header)}.{encoded({'iss': running.index.issuer.url})}.{encoded('signed')}"
    assert description(running, json.dumps({"token": token}).encode()) == "malformed or invalid token"


def test_json_that_is_too_deep_is_not_a_token(running: RunningIndex) -> None:
    deep = b"[" * 200_000
    assert description(running, deep) == NO_TOKEN
    assert running.post(BURN, data=deep).status_code == 422
    inside = base64.urlsafe_b64encode(deep).decode().rstrip("=")
    for token in (f"{inside}.e30.x", f"{encoded({'alg': 'RS256'})}.{inside}.x"):
        assert description(running, json.dumps({"token": token}).encode()) == "malformed or invalid token"


# Uploads.


def form(disposition: bytes, content: bytes = b"x") -> bytes:
    return b"--b\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + content + b"\r\n--b--\r\n"


def posted(
    running: RunningIndex, body: bytes, content_type: str = "multipart/form-data; boundary=b"
) -> tuple[int, str]:
    answer = running.post(
        UPLOAD, data=body, headers={"Content-Type": content_type}, auth=("__token__", running.token())
    )
    return answer.status_code, answer.reason


@pytest.mark.parametrize(
    "disposition",
    [
        b'name="n\xff"',
        b"name=content; filename*=idna''xn--a%ff.whl",
        b"name=content; filename*=unicode_escape''%5Cud800.whl",
        b"name=content; filename*=utf-8''%ed%a0%80.whl",
        b"name=content; filename*" + b"9" * 5000 + b"*=x",
        b"name=content; filename*=utf-8''x; filename*0*=utf-8''y",
        b"filename=x",
        b"",
    ],
)
def test_a_part_that_cannot_be_read_has_no_name(running: RunningIndex, disposition: bytes) -> None:
    assert posted(running, form(disposition)) == NO_NAME
    # Half a character could not be written into the report.
    assert [problem for problem in running.index.problems if "\ud800" in problem] == []


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=\xe9", "text/plain", "a"]
)
def test_a_body_that_is_not_a_form_is_an_empty_one(running: RunningIndex, content_type: str) -> None:
    assert posted(running, form(b"name=name"), content_type) == NO_NAME


FORM = form(b'name="name"', b"quiverdb")[:-5] + b"\r\n" + form(b'name="content"; filename="x.whl"')


@given(
    position=st.integers(0, len(FORM)),
    removed=st.integers(0, 9),
    inserted=st.one_of(st.binary(max_size=9), st.just(b"\r\n\r\n")),
)
def test_a_damaged_form_is_refused(shared_index: RunningIndex, position: int, removed: int, inserted: bytes) -> None:
    body = FORM[:position] + inserted + FORM[position + removed :]
    answer = shared_index.post(UPLOAD, data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 403


def test_a_password_that_is_not_ascii_is_refused(running: RunningIndex) -> None:
    header = {"Authorization": "Basic \xe9".encode("latin-1")}
    assert running.post(UPLOAD, data=form(b"name=name"), headers=header).status_code == 403


def test_the_name_of_a_file_is_short_and_leads_nowhere(running: RunningIndex, tmp_path: Path) -> None:
    content = make_wheel(tmp_path).read_bytes()
    fields = {
        "name": "quiverdb",
        "version": "0.5.0",
        "filetype": "bdist_wheel",
        "pyversion": "py3",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
    }

    def upload(name: str) -> tuple[int, str]:
        auth = ("__token__", running.token())
        answer = running.post(UPLOAD, data=fields, files={"content": (name, content)}, auth=auth)
        return answer.status_code, answer.reason

    begin, end = "quiverdb-0.5.0-", "-none-any.whl"
    room = 255 - len(begin) - len(end)
    for tag in ("p" * (room + 1), "é", "a/../b"):
        name = f"{begin}{tag}{end}"
        assert (tag, *upload(name)) == (tag, 400, f"{name!r} is not the name of a file of the type 'bdist_wheel'.")
    assert upload(f"{begin}{'p' * room}{end}") == (200, "OK")


def test_a_version_of_thousands_of_digits_is_refused(running: RunningIndex, tmp_path: Path) -> None:
    # A status line has room for a thousand characters of the reason.
    assert running.upload(make_wheel(tmp_path), version="1" * 5000) == (400, "'" + "1" * 999)
