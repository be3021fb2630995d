"""A real index on loopback, read as JSON and as HTML; and an index that does not answer as one."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme
from packaging.utils import canonicalize_name

from tests.support.index_server import LoopbackIndex, Served, serving
from truewheel.publishing.indexed_release import IndexedFile, IndexedRelease, IndexUnreachable
from truewheel.publishing.package_index import read_indexed_release, read_text
from truewheel.publishing.pip_settings import PipSettings

QUIVERDB = canonicalize_name("quiverdb")
WHEEL = "quiverdb-0.5.0-py3-none-win_amd64.whl"
DIGEST = hashlib.sha256(b"a wheel").hexdigest()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackIndex]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with serving() as running:
        yield running


def read(index: LoopbackIndex, version: str = "0.5.0") -> IndexedRelease:
    return read_indexed_release(QUIVERDB, version, PipSettings(index.url, {}))


def error(settings: PipSettings) -> str:
    with pytest.raises(IndexUnreachable) as caught:
        read_indexed_release(QUIVERDB, "0.5.0", settings)
    assert caught.value.hint == "fix the network, or pip's index (pip config list)"
    return caught.value.message


def test_an_unknown_project_has_no_versions_and_no_files(index: LoopbackIndex) -> None:
    release = read(index)
    assert release == IndexedRelease(index.url, QUIVERDB, "0.5.0")
    assert not release.is_listed
    assert index.asked == ["/simple/quiverdb/"]


def test_every_fact_about_a_file_is_read(index: LoopbackIndex) -> None:
    index.files[WHEEL] = Served(
        b"a wheel",
        {
            "upload-time": "2026-02-03T04:05:06.789Z",
            "yanked": "loses data",
            "provenance": "https://index.invalid/provenance",
            "requires-python": ">=3.10",
        },
    )
    index.files["quiverdb-0.4.0.tar.gz"] = Served(b"older")
    index.status = "archived"
    assert read(index) == IndexedRelease(
        index.url,
        QUIVERDB,
        "0.5.0",
        ("0.4.0", "0.5.0"),
        (
            IndexedFile(
                WHEEL,
                DIGEST,
                7,
                datetime(2026, 2, 3, 4, 5, 6, 789000, timezone.utc),
                "loses data",
                "https://index.invalid/provenance",
                "0.5.0",
                ">=3.10",
            ),
        ),
        "archived",
        (IndexedFile("quiverdb-0.4.0.tar.gz", hashlib.sha256(b"older").hexdigest(), 5, version="0.4.0"),),
    )


def test_an_index_without_json_publishes_less(index: LoopbackIndex) -> None:
    index.as_html = True
    index.files[WHEEL] = Served(b"a wheel", {"yanked": "loses data"})
    index.files["quiverdb-0.4.0.tar.gz"] = Served(b"older")
    release = read(index)
    assert release.files == (IndexedFile(WHEEL, DIGEST, None, None, "loses data", version="0.5.0"),)
    assert release.versions == ("0.5.0", "0.4.0")


def test_a_version_is_found_in_any_spelling(index: LoopbackIndex) -> None:
    index.versions["quiverdb"] = ["0.5", "not-one"]
    assert read(index).is_listed
    assert read(index).files == ()
    assert read(index, "not-one").is_listed
    assert not read(index, "0.5.1").is_listed


def test_a_file_is_found_by_its_name(index: LoopbackIndex) -> None:
    index.files[WHEEL] = Served(b"a wheel")
    found = read(index).file(WHEEL)
    assert found is not None
    assert found.yanked is None
    assert read(index).file("another") is None


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_an_error_is_not_an_answer(index: LoopbackIndex, status: int) -> None:
    index.failing = status
    assert error(PipSettings(index.url, {})).startswith(f"the index {index.url} cannot be asked: it answers {status} ")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"meta": {"api-version": "1.0"}}', b'{"meta": {"api-version": "2.0"}}']
)
def test_another_page_is_not_an_answer(index: LoopbackIndex, body: bytes) -> None:
    index.body = body
    assert error(PipSettings(index.url, {})).startswith(
        f"the index {index.url} cannot be asked: its answer is not a page of a simple index: "
    )


def test_an_unreachable_index_is_named_without_credentials() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        said = error(PipSettings(f"http://me:secret@127.0.0.1:{port}/simple", {}))
    assert said.startswith(f"the index http://127.0.0.1:{port}/simple cannot be asked: ")
    assert "refused" in said
    assert "secret" not in said


def test_a_folder_is_not_an_index_that_can_be_asked(tmp_path: Path) -> None:
    assert error(PipSettings(tmp_path.as_uri(), {})) == (
        f"the index {tmp_path.as_uri()} cannot be asked: only indexes on http and https can be asked"
    )


def test_the_certificate_in_pips_configuration_is_trusted(
    index: LoopbackIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    # As on a machine whose requests believes in others.
    stranger = trustme.CA()
    stranger.cert_pem.write_to_path(tmp_path / "stranger.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "stranger.pem"))
    with serving(tls=context) as secure:
        settings = PipSettings(secure.url, {"cert": str(tmp_path / "ca.pem")})
        assert read_indexed_release(QUIVERDB, "0.5.0", settings).versions == ()
        assert "certificate verify failed" in error(replace(settings, connection={}))
        trusting = replace(settings, connection={"trusted-host": "127.0.0.1"})
        assert read_indexed_release(QUIVERDB, "0.5.0", trusting).versions == ()


def test_a_text_of_the_index_is_read(index: LoopbackIndex) -> None:
    index.texts["/provenance"] = "text"
    base = index.url.removesuffix("/simple/")
    assert read_text(f"{base}/provenance", PipSettings(index.url, {})) == "text"
    with pytest.raises(IndexUnreachable, match=r"it answers 404 Not Found to http://127\.0\.0\.1:\d+/simple/none$"):
        read_text(f"{base.replace('//', '//me:secret@')}/simple/none", PipSettings(index.url, {}))


@pytest.mark.parametrize("name", ["cert", "client-cert"])
def test_a_certificate_that_is_not_there_is_an_error(index: LoopbackIndex, name: str) -> None:
    settings = PipSettings("https://me:secret@127.0.0.1:1/simple", {name: "/no/such.pem"})
    message = error(settings)
    assert message.startswith("the index https://127.0.0.1:1/simple cannot be asked: Could not find ")
    assert message.endswith("invalid path: /no/such.pem")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://[bad/simple", "https://[bad/simple"),
        ("https://me:sec/ret@index.invalid/simple", "https://index.invalid/simple"),
    ],
)
def test_a_url_that_is_none_is_an_error_without_a_password(url: str, shown: str) -> None:
    assert error(PipSettings(url, {})) == f"the index {shown} cannot be asked: its URL is not valid"
