"""Requests that are malformed are answered as that, and are no error of the index: `stage` holds that at its end."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.factories import make_wheel
from tests.support.index_stage import Stage, stage
from truewheel.rehearsal.index import answers, loopback

MINT, BURN, UPLOAD = "/_/oidc/mint-token", "/_/oidc/burn-token", "/legacy/"
NO_TOKEN = "the request holds no JSON object with a token"  # noqa: S105  a sentence
TOO_LARGE = (413, "The request is larger than 110 MiB.")
NO_NUMBER = (400, "Content-Length is no number.")
# What is no form is an empty one, which has no name.
NO_NAME = (
    400,
    (
        "'' is an invalid value for Name. Error: Start and end with a letter or numeral "
        "containing only ASCII numeric and '.', '_' and '-'."
    ),
)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("malformed")) as staged:
        yield staged


def raw(staged: Stage, request: bytes) -> tuple[int, str]:
    """The answer to what no client library would send: the status, and the words behind it."""
    where = urlsplit(staged.index.upload_url)
    tls = ssl.create_default_context(cafile=str(staged.index.certificates.authority))
    with (
        socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as plain,
        tls.wrap_socket(plain, server_hostname=where.hostname) as connection,
    ):
        connection.sendall(request)
        line = connection.makefile("rb").readline().decode("latin-1")
    _, status, words = line.rstrip().split(" ", 2)
    return int(status), words


def with_length(path: str, length: str, body: bytes = b"") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: index\r\nContent-Length: {length}\r\n\r\n".encode() + body


# Tokens.


def encoded(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def described(staged: Stage, body: bytes) -> str:
    answer = staged.request("POST", staged.at(MINT), data=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    description: str = error["description"]
    return description


@pytest.mark.parametrize(
    "header",
    [
        *({"alg": "RS256", "crit": 5}, {"alg": "RS256", "crit": [5]}, {"alg": "RS256", "kid": []}, {"alg": 5}),
        *({"alg": ["RS256"]}, {"alg": "RS256", "b64": 5}, {"alg": "RS256", "kid": {}}, {"alg": None}, [], 5, None),
    ],
)
def test_a_header_of_the_wrong_types_mints_nothing(staged: Stage, header: object) -> None:
    token = f"{encoded(header)}.{encoded({'iss': staged.index.issuer.url})}.{encoded('signed')}"
    said = described(staged, json.dumps({"token": token}).encode())
    assert said in ("malformed JWT", "malformed or invalid token")


def test_json_that_is_too_deep_is_no_token(staged: Stage) -> None:
    deep = b"[" * 200_000
    assert described(staged, deep) == NO_TOKEN
    burned = staged.request("POST", staged.at(BURN), data=deep)
    assert (burned.status_code, burned.json()) == (422, {"message": NO_TOKEN})
    inside = base64.urlsafe_b64encode(deep).decode().rstrip("=")
    for token in (f"{inside}.e30.x", f"{encoded({'alg': 'RS256'})}.{inside}.x"):
        assert described(staged, json.dumps({"token": token}).encode()) == "malformed JWT"


# Lengths.


@pytest.mark.parametrize("path", [MINT, BURN, UPLOAD])
@pytest.mark.parametrize(
    ("length", "answer"),
    [
        ("99999999999", TOO_LARGE),
        ("9" * 5000, TOO_LARGE),
        ("many", NO_NUMBER),
        ("-1", NO_NUMBER),
        ("1.5", NO_NUMBER),
    ],
)
def test_a_length_that_makes_no_sense_is_refused(
    staged: Stage, path: str, length: str, answer: tuple[int, str]
) -> None:
    assert raw(staged, with_length(path, length)) == answer
    assert staged.said("refused")[-1] == (path, *answer)


def test_zeros_before_a_length_change_nothing(staged: Stage) -> None:
    assert raw(staged, with_length(BURN, "0" * 5000 + "2", b"{}"))[0] == 422
    assert raw(staged, with_length(BURN, "0" * 5000 + "15", b'{"token": "abc"}'[:15]))[0] == 422
    assert raw(staged, with_length(BURN, "0" * 5000 + "16", b'{"token": "abc"}'))[0] == 404


def test_who_sends_too_much_gets_to_see_the_answer(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_LARGEST_BODY", 2**20)
    answer = staged.request("POST", staged.at(UPLOAD), data=bytes(16 * 2**20))
    assert (answer.status_code, answer.reason) == (413, "The request is larger than 1 MiB.")
    assert staged.request("POST", staged.at(UPLOAD), data=bytes(2**20)).status_code == 403


def test_who_stops_in_the_middle_is_not_waited_for(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback._WsgiHandler, "timeout", 0.5)
    assert raw(staged, with_length(MINT, "100", b"{")) == (408, "The request was not sent to its end.")


# Uploads.


def form(disposition: bytes, content: bytes = b"x") -> bytes:
    return b"--b\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + content + b"\r\n--b--\r\n"


def posted(staged: Stage, body: bytes, content_type: str = "multipart/form-data; boundary=b") -> tuple[int, str]:
    answer = staged.request(
        "POST",
        staged.at(UPLOAD),
        data=body,
        headers={"Content-Type": content_type},
        auth=("__token__", staged.token()),
    )
    return answer.status_code, answer.reason


@pytest.mark.parametrize(
    "disposition",
    [
        b'name="n\xff"',
        b"name=content; filename*=idna''xn--a%ff.whl",
        b"name=content; filename*=unicode_escape''%5Cud800.whl",
        b"name=content; filename*" + b"9" * 5000 + b"*=x",
        b"name=content; filename*=utf-8''x; filename*0*=utf-8''y",
    ],
)
def test_parts_that_cannot_be_read_are_no_form(staged: Stage, disposition: bytes) -> None:
    assert posted(staged, form(disposition)) == NO_NAME
    # Half a character could not be written into the report.
    assert staged.said("upload")[-1][0].encode("utf-8") in (b"", b"?.whl")
    without = staged.request(
        "POST",
        staged.at(UPLOAD),
        data=form(disposition),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert without.status_code == 403


def test_a_form_without_a_boundary_is_none(staged: Stage) -> None:
    assert posted(staged, form(b"name=name"), "multipart/form-data") == NO_NAME


def test_a_password_that_is_not_ascii_is_none(staged: Stage) -> None:
    header = {"Authorization": "Basic \xe9".encode("latin-1")}
    answer = staged.request("POST", staged.at(UPLOAD), data=form(b"name=name"), headers=header)
    assert answer.status_code == 403


def test_the_name_of_a_file_has_at_most_255_bytes(staged: Stage, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    content = wheel.read_bytes()
    fields = {
        "name": "quiverdb",
        "version": "0.5.0",
        "filetype": "bdist_wheel",
        "pyversion": "py3",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
    }

    def upload(name: str) -> tuple[int, str]:
        answer = staged.request(
            "POST",
            staged.at(UPLOAD),
            data=fields,
            files={"content": (name, content)},
            auth=("__token__", staged.token()),
        )
        return answer.status_code, answer.reason

    begin, end = "quiverdb-0.5.0-", "-none-any.whl"
    room = 255 - len(begin) - len(end)
    too_long = (400, "Cannot upload a file with a name of more than 255 bytes.")
    assert upload(f"{begin}{'p' * (room + 1)}{end}") == too_long
    assert upload(f"{begin}{'é' * (room // 2 + 1)}{end}") == too_long
    assert upload(f"{begin}{'p' * room}{end}") == (200, "OK")


def test_a_version_with_thousands_of_digits_is_none(staged: Stage, tmp_path: Path) -> None:
    status, said = staged.upload(make_wheel(tmp_path), version="1" * 5000)
    assert status == 400
    # A status line holds no more of it.
    assert said == "'" + "1" * 999
