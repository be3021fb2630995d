"""The index on loopback: real uploads, a real twine, a real pip, a real uv."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import socket
import subprocess
import sys
import tarfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from pypi_simple import PyPISimple
from twine.repository import WAREHOUSE_WEB

from tests.support.factories import DIST_INFO, LINUX_WHEEL, METADATA, WINDOWS_WHEEL, flip, make_dist, make_wheel
from tests.support.running_index import PUBLISHER, RunningIndex, running_index
from truewheel.errors import ReleaseError
from truewheel.rehearsal.index import uploads
from truewheel.rehearsal.index.environ import client_environ
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.index.names import UPLOAD_URL
from truewheel.rehearsal.index.server import serve_index
from truewheel.rehearsal.index.upload_rules import names_of_refusing_rules

# Every rule about a file by which PyPI refuses an upload; that RECORD is incomplete it only mails about.
REFUSING = """
    archive-compression archive-directory-complete archive-end-record archive-entry-counts archive-extra-fields
    archive-headers-agree archive-no-member-comments archive-readable archive-size archive-version-needed
    archive-zip64 archive-zip64-values classifiers-known contacts-valid dependencies-from-index
    description-renders dist-info-named entry-points-readable filename-valid license-files-present member-unique
    metadata-matches-filename metadata-valid name-printable name-utf8 platform-tag-accepted script-names
    summary-short urls-valid version-public
"""
OK = (200, "OK")
HELP = f"{WAREHOUSE_WEB}help/#"
WRONG_DIGEST = "The digest supplied does not match a digest calculated from the uploaded file."
NO_AUTH = (
    403,
    f"Invalid or non-existent authentication information. See {HELP}invalid-auth for more information.",
)


@pytest.fixture
def wheels(tmp_path: Path) -> tuple[Path, Path]:
    dist = make_dist(tmp_path / "dist")
    return dist / LINUX_WHEEL, dist / WINDOWS_WHEEL


def other_bytes(folder: Path) -> Path:
    """A wheel with the name of the release's wheel for Linux, and other bytes."""
    return make_wheel(folder / "other", change={"quiverdb/__init__.py": '"""Another."""\n'})


def test_the_index_refuses_by_exactly_the_rules_of_pypi() -> None:
    assert sorted(names_of_refusing_rules()) == REFUSING.split()


# Who may upload.


def test_a_wheel_is_accepted(running: RunningIndex, wheels: tuple[Path, Path]) -> None:
    assert running.upload(wheels[0]) == OK
    (file,) = running.index.files()
    content = wheels[0].read_bytes()
    assert (file.name, file.size, file.sha256) == (LINUX_WHEEL, len(content), hashlib.sha256(content).hexdigest())
    served = running.get(f"/packages/{LINUX_WHEEL}")
    assert (served.status_code, served.content) == (200, content)
    assert running.index.problems == ()


def test_nobody_uploads_without_a_minted_token(running: RunningIndex, wheels: tuple[Path, Path]) -> None:
    assert running.upload(wheels[0], "pypi-guess") == NO_AUTH
    assert running.upload(wheels[0], running.token(), user="maintainer") == NO_AUTH
    for header in ({}, {"Authorization": "Basic not-base64!"}, {"Authorization": "bearer x"}):
        answer = running.post("/legacy/", data={"name": "quiverdb"}, headers=header)
        assert (answer.status_code, answer.reason) == NO_AUTH
    assert running.names == []
    assert running.index.problems == (
        f"the index refused {LINUX_WHEEL}: {NO_AUTH[1]}",
        f"the index refused an upload: {NO_AUTH[1]}",
    )


def test_a_burned_token_uploads_nothing(running: RunningIndex, wheels: tuple[Path, Path]) -> None:
    token = running.token()
    assert running.post("/_/oidc/burn-token", json={"token": token}).status_code == 200
    assert running.upload(wheels[0], token) == NO_AUTH


def test_a_token_is_valid_for_a_quarter_of_an_hour(running: RunningIndex, wheels: tuple[Path, Path]) -> None:
    token = running.token()
    running.clock.ahead = 890
    assert running.upload(wheels[0], token) == OK
    running.clock.ahead = 901
    assert running.upload(wheels[1], token) == (403, "Invalid API Token: token is expired")
    assert running.names == [LINUX_WHEEL]


def test_a_token_is_for_one_project(running: RunningIndex, tmp_path: Path) -> None:
    assert running.upload(make_wheel(tmp_path, name="other")) == (
        403,
        "Invalid API Token: OIDC scoped token is not valid for project 'other'",
    )
    assert running.names == []


# What is uploaded.


def test_an_identical_file_changes_nothing(running: RunningIndex, wheels: tuple[Path, Path]) -> None:
    assert [running.upload(wheels[0]), running.upload(wheels[0])] == [OK, OK]
    assert running.names == [LINUX_WHEEL]


def test_other_bytes_under_a_name_that_is_taken_are_refused(
    running: RunningIndex, wheels: tuple[Path, Path], tmp_path: Path
) -> None:
    running.put(wheels[0])
    other = other_bytes(tmp_path)
    blake2 = hashlib.blake2b(other.read_bytes(), digest_size=32).hexdigest()
    exists = f"File already exists ('{LINUX_WHEEL}', with blake2_256 hash '{blake2}')."
    assert running.upload(other) == (400, f"{exists} See {HELP}file-name-reuse for more information.")
    assert running.index.files()[0].sha256 == hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    with pytest.raises(ValueError, match=rf"^{LINUX_WHEEL} is already on the index$"):
        running.put(other)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"name": "-"},
            (
                "'-' is an invalid value for Name. Error: Start and end with a letter or numeral "
                "containing only ASCII numeric and '.', '_' and '-'."
            ),
        ),
        ({"filetype": "bdist_egg"}, f"'{LINUX_WHEEL}' is not the name of a file of the type 'bdist_egg'."),
        ({"version": "new"}, "'new' is invalid for 'version'."),
        ({"version": "0.5.0+local"}, "The use of local versions in '0.5.0+local' is not allowed."),
        ({"md5_digest": "0"}, WRONG_DIGEST),
        ({"sha256_digest": ""}, "Error: Include at least one message digest."),
        ({"version": "0.6.0"}, "Version in filename should be '0.6.0' not '0.5.0'."),
    ],
)
def test_a_wrong_form_is_refused(
    running: RunningIndex, wheels: tuple[Path, Path], fields: dict[str, str], said: str
) -> None:
    assert running.upload(wheels[0], **fields) == (400, said)
    assert running.names == []


def test_a_form_without_a_file_is_refused(running: RunningIndex) -> None:
    form = {"name": "quiverdb", "version": "1", "filetype": "bdist_wheel", "pyversion": "py3", "md5_digest": "0"}
    fields = {name: (None, value) for name, value in form.items()}
    answer = running.post("/legacy/", files=fields, auth=("__token__", running.token()))
    assert (answer.status_code, answer.reason) == (
        400,
        "'' is not the name of a file of the type 'bdist_wheel'.",
    )


@pytest.mark.parametrize(
    ("filename", "said"),
    [
        (
            "Quiverdb-0.5.0-py3-none-any.whl",
            (
                "Invalid distribution file. the folder is quiverdb-0.5.0.dist-info, "
                "expected Quiverdb-0.5.0.dist-info (dist-info-named)"
            ),
        ),
        (
            "quiverdb-0.5.0-py3-none-linux_x86_64.whl",
            "Invalid distribution file. PyPI refuses the platform tag linux_x86_64 (platform-tag-accepted)",
        ),
        *(
            (name, f"{name!r} is not the name of a file of the type 'bdist_wheel'.")
            for name in ("quiverdb-0.5.0.egg", "quiverdb-0.5.0.tar.gz")
        ),
    ],
)
def test_a_file_name_that_pypi_refuses_is_refused(
    running: RunningIndex, tmp_path: Path, filename: str, said: str
) -> None:
    assert running.upload(make_wheel(tmp_path, filename=filename), version="0.5.0") == (400, said)


def test_a_wheel_that_check_dist_refuses_for_pypi_is_refused(running: RunningIndex, tmp_path: Path) -> None:
    damaged = make_wheel(tmp_path / "1", edit=lambda data: flip(data, data.find(b"libquiver.so") + 400))
    status, said = running.upload(damaged)
    assert status == 400
    assert said.startswith("Invalid distribution file. ")
    license_missing = make_wheel(tmp_path / "2", change={f"{DIST_INFO}/licenses/LICENSE": None})
    assert running.upload(license_missing) == (
        400,
        (
            f"Invalid distribution file. METADATA names the License-File LICENSE, but "
            f"{DIST_INFO}/licenses/LICENSE is missing "
            "(license-files-present)"
        ),
    )
    assert running.upload(write(tmp_path / "3" / LINUX_WHEEL, b"no archive"))[0] == 400
    assert running.names == []


def test_a_description_that_does_not_render_is_refused(running: RunningIndex, tmp_path: Path) -> None:
    metadata = METADATA.format(name="quiverdb", version="0.5.0").replace("text/markdown", "text/x-rst")
    status, said = running.upload(make_wheel(tmp_path, metadata=metadata + "\n.. nonsense::\n   :x: `\n\n====\n"))
    assert status == 400
    assert said.startswith("Invalid distribution file. the description does not render: ")


def test_what_pypi_accepts_with_a_mail_is_accepted(running: RunningIndex, tmp_path: Path) -> None:
    def forget(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        return [row for row in rows if row[0] != "quiverdb/py.typed"]

    assert running.upload(make_wheel(tmp_path, record_rows=forget)) == OK


def test_what_only_this_project_demands_is_accepted(running: RunningIndex, tmp_path: Path) -> None:
    # check-dist refuses it, PyPI does not.
    assert running.upload(make_wheel(tmp_path, change={"quiverdb/__pycache__/x.pyc": "x"})) == OK


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def make_sdist(folder: Path, stem: str, metadata: str = "Name: quiverdb", files: tuple[str, ...] = ()) -> Path:
    """A source distribution with the metadata of quiverdb 0.5.0."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in {"quiverdb-0.5.0/PKG-INFO": f"{metadata}\n", **dict.fromkeys(files, "")}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return write(folder / f"{stem}.tar.gz", data.getvalue())


def test_a_source_distribution_is_accepted(running: RunningIndex, tmp_path: Path) -> None:
    source = {"filetype": "sdist", "pyversion": "source"}
    sdist = make_sdist(tmp_path, "quiverdb-0.5.0")
    truncated = write(tmp_path / "quiverdb-0.7.0.tar.gz", sdist.read_bytes()[:-20])
    no_tar = (400, "Invalid distribution file. File is not a tarfile")
    for path, answer in (
        (sdist, OK),
        (truncated, no_tar),
        (write(tmp_path / "quiverdb-0.7.1.tar.gz", b"x"), no_tar),
        (
            make_sdist(tmp_path, "quiverdb-0.6.0"),
            (400, "Invalid distribution file. PKG-INFO not found at quiverdb-0.6.0/PKG-INFO"),
        ),
        (
            make_sdist(tmp_path, "quiverdb-0.8.00"),
            (400, "Filename 'quiverdb-0.8.00.tar.gz' is invalid, should be 'quiverdb-0.8.0.tar.gz'."),
        ),
    ):
        assert running.upload(path, **source) == answer
    assert running.names == ["quiverdb-0.5.0.tar.gz"]


LICENSE_LOST = (
    "License-File LICENSE does not exist in distribution file quiverdb-0.5.0.tar.gz at quiverdb-0.5.0/LICENSE"
)


@pytest.mark.parametrize(
    ("metadata", "files", "answer"),
    [
        ("Metadata-Version: 2.4\nLicense-File: LICENSE", ("quiverdb-0.5.0/LICENSE",), OK),
        ("Metadata-Version: 2.3\nLicense-File: LICENSE", (), OK),
        (
            "Metadata-Version: 2.4\nLicense-File: LICENSE",
            ("quiverdb-0.5.0/python/LICENSE",),
            (400, LICENSE_LOST),
        ),
        (
            "Name: quiverdb",
            ("setup.py",),
            (400, "Invalid distribution file. Incorrect number of top-level directories in sdist"),
        ),
    ],
)
def test_what_is_in_a_source_distribution(
    running: RunningIndex, tmp_path: Path, metadata: str, files: tuple[str, ...], answer: tuple[int, str]
) -> None:
    sdist = make_sdist(tmp_path, "quiverdb-0.5.0", metadata, files)
    assert running.upload(sdist, filetype="sdist", pyversion="source") == answer


# What is served.


def test_the_page_has_all_that_pypis_has(running: RunningIndex, wheels: tuple[Path, Path]) -> None:
    before = running.clock()
    running.put(wheels[0])
    answer = running.get("/simple/quiverdb/")
    assert answer.headers["Content-Type"] == "application/vnd.pypi.simple.v1+json"
    content = wheels[0].read_bytes()
    metadata = METADATA.format(name="quiverdb", version="0.5.0").encode()
    page = answer.json()
    uploaded = page["files"][0].pop("upload-time")
    assert page == {
        "meta": {"api-version": "1.4"},
        "name": "quiverdb",
        "project-status": {"status": "active"},
        "versions": ["0.5.0"],
        "files": [
            {
                "filename": LINUX_WHEEL,
                "url": f"../../packages/{LINUX_WHEEL}",
                "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                "requires-python": ">=3.10",
                "size": len(content),
                "yanked": False,
                "core-metadata": {"sha256": hashlib.sha256(metadata).hexdigest()},
                "provenance": None,
            }
        ],
    }
    assert running.get(f"/packages/{LINUX_WHEEL}.metadata").content == metadata
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.index.certificates.bundle)
        (package,) = PyPISimple(running.index.simple_url, session=session).get_project_page("quiverdb").packages
    assert package.url == running.at(f"/packages/{LINUX_WHEEL}")
    assert package.upload_time is not None
    assert uploaded.endswith("Z")
    assert before - 0.01 <= package.upload_time.timestamp() <= running.clock()


def test_twine_asks_which_files_there_are_before_it_skips_them(
    running: RunningIndex, wheels: tuple[Path, Path]
) -> None:
    assert running.get("/pypi/quiverdb/json").json() == {"releases": {}}
    running.put(wheels[0])
    assert running.get("/pypi/QuiverDB/json").json() == {"releases": {"0.5.0": [{"filename": LINUX_WHEEL}]}}
    assert running.get("/pypi/other/json").json() == {"releases": {}}


def test_there_is_nothing_else(running: RunningIndex, wheels: tuple[Path, Path]) -> None:
    assert running.get("/simple/quiverdb/").status_code == 404
    running.put(wheels[0])
    assert running.get("/simple/QuiverDB/").status_code == 200
    for path in (
        "/",
        "/simple/",
        "/pypi/quiverdb/0.5.0/json",
        "/packages/nothing-1-py3-none-any.whl.metadata",
        "/legacy",
    ):
        assert running.get(path).status_code in (404, 405)
    assert running.post("/elsewhere").status_code == 404


def test_other_projects_are_elsewhere(tmp_path: Path) -> None:
    with running_index(tmp_path, upstream="https://index.invalid/simple/") as running:
        answer = running.get("/simple/Other_Project/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "https://index.invalid/simple/other-project/")
        # Never the project that is rehearsed, however it is spelled.
        assert running.get("/simple/Quiver.DB/").status_code == 302
        assert running.get("/simple/QUIVERDB/").status_code == 404


@pytest.mark.parametrize("upstream", ["", "file:///index/simple"])
def test_other_projects_are_nowhere_without_an_index_on_the_network(tmp_path: Path, upstream: str) -> None:
    with running_index(tmp_path, upstream=upstream) as running:
        assert running.get("/simple/other/").status_code == 404


# Real clients.


def pip(running: RunningIndex, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **running.index.pip_environ(), "PIP_NO_CACHE_DIR": "1", **more}
    return subprocess.run(
        [sys.executable, "-m", "pip", *arguments], env=environ, capture_output=True, encoding="utf-8", check=False
    )


def uv(*arguments: str, environ: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "uv", *arguments], env=environ, capture_output=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.once
def test_pip_installs_what_twine_publishes(running: RunningIndex, wheels: tuple[Path, Path], tmp_path: Path) -> None:
    status, said = running.twine(*wheels)
    assert status == 0, said
    assert f"Uploading distributions to {UPLOAD_URL}" in said
    assert "Got OIDC token for audience pypi" in said
    assert f"{WAREHOUSE_WEB}project/quiverdb/0.5.0/" in said
    assert running.names == [LINUX_WHEEL, WINDOWS_WHEEL]
    where = ("--no-deps", "--only-binary=:all:", "--platform", "win_amd64", "--dest", str(tmp_path / "got"))
    result = pip(running, "download", *where, "quiverdb==0.5.0")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "got" / WINDOWS_WHEEL).read_bytes() == wheels[1].read_bytes()


@pytest.mark.once
def test_pip_finds_dependencies_at_its_usual_index(wheels: tuple[Path, Path], tmp_path: Path) -> None:
    dependency = make_wheel(tmp_path / "files", name="cffi", version="1.17", tag="py3-none-any")
    with running_index(tmp_path / "usual", replace(PUBLISHER, project="cffi")) as usual:
        usual.put(dependency)
        # pip trusts the usual index because the user's settings say so.
        trusted = usual.index.certificates.authority
        with running_index(tmp_path, upstream=usual.index.simple_url, trusted=trusted) as running:
            running.put(wheels[1])
            where = ("--only-binary=:all:", "--platform", "win_amd64", "--dest", str(tmp_path / "got"))
            result = pip(running, "download", *where, "quiverdb", PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="")
            assert result.returncode == 0, result.stderr
    assert {path.name for path in (tmp_path / "got").iterdir()} == {WINDOWS_WHEEL, dependency.name}


@pytest.mark.once
def test_uv_publishes_and_installs(running: RunningIndex, wheels: tuple[Path, Path], tmp_path: Path) -> None:
    environ = client_environ(running.job_environ(), running.index.publish_environ(), tmp_path)
    publish = ("publish", "--no-config", "--trusted-publishing", "always", "--publish-url", UPLOAD_URL)
    uv(*publish, *map(str, wheels), environ=environ)
    assert running.names == [LINUX_WHEEL, WINDOWS_WHEEL]
    where = (
        "--target",
        str(tmp_path / "got"),
        "--python-platform",
        "windows",
        "--no-deps",
        "--no-cache",
        "--no-config",
    )
    index = ("--default-index", running.index.simple_url)
    trust = {"SSL_CERT_FILE": str(running.index.certificates.authority), "NO_PROXY": "127.0.0.1"}
    uv("pip", "install", *where, *index, "quiverdb==0.5.0", environ={**os.environ, **trust})
    assert (tmp_path / "got" / "quiverdb" / "__init__.py").exists()


@pytest.mark.once
def test_an_index_that_is_unavailable_for_a_moment_is_asked_again(
    running: RunningIndex, wheels: tuple[Path, Path]
) -> None:
    running.index.ask_for(IndexFaults(unavailable_uploads=2))
    status, output = running.twine(wheels[0])
    assert status == 0, output
    assert output.count('Received "503: Service Unavailable"') == 2
    assert running.names == [LINUX_WHEEL]


@pytest.mark.once
def test_an_index_that_stays_unavailable_accepts_nothing(running: RunningIndex, wheels: tuple[Path, Path]) -> None:
    running.index.ask_for(IndexFaults(unavailable_uploads=5))
    status, output = running.twine(*wheels)
    assert status == 1
    assert "HTTPError: 503 Service Unavailable" in output
    assert running.names == []
    running.index.ask_for(IndexFaults())
    status, output = running.twine(*wheels)
    assert status == 0, output
    assert running.names == [LINUX_WHEEL, WINDOWS_WHEEL]


def test_a_large_upload_arrives_whole(running: RunningIndex, tmp_path: Path) -> None:
    large = make_wheel(tmp_path, change={"quiverdb/data.bin": os.urandom(3_000_000)}, metadata=None)
    assert running.upload(large) == OK
    assert running.get(f"/packages/{large.name}").content == large.read_bytes()


def test_parallel_uploads_are_all_accepted(running: RunningIndex, tmp_path: Path) -> None:
    token = running.token()
    tags = [f"py3-none-manylinux_2_{minor}_x86_64" for minor in range(17, 25)]
    files = [make_wheel(tmp_path, tag=tag) for tag in tags]
    answers: list[tuple[int, str]] = []
    threads = [threading.Thread(target=lambda file=file: answers.append(running.upload(file, token))) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [OK] * len(files)
    assert running.names == sorted(file.name for file in files)


# Its end.


def test_a_bug_in_the_index_is_raised_at_its_end(
    tmp_path: Path, wheels: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(uploads, "form_problems", lambda _: 1 / 0)
    with pytest.raises(ReleaseError) as raised, running_index(tmp_path) as running:
        assert running.upload(wheels[0])[0] == 500
    assert raised.value.message == "the rehearsal's own index failed: ZeroDivisionError: division by zero"
    assert raised.value.hint.startswith(
        "this is a bug in truewheel; report it with its traceback:\nTraceback (most recent call last):"
    )
    assert "in _accept\n    _refuse_first(form_problems(upload))\n" in raised.value.hint
    assert capfd.readouterr() == ("", "")


def test_a_client_that_trusts_nobody_is_not_a_bug(running: RunningIndex, capfd: pytest.CaptureFixture[str]) -> None:
    with requests.Session() as session:
        session.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get(running.index.simple_url, timeout=120)
    assert running.get("/simple/other/").status_code == 404
    assert capfd.readouterr() == ("", "")


class _Stop(Exception):
    pass


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_runs_on_when_the_index_ends(tmp_path: Path, stopped: bool) -> None:  # noqa: FBT001
    before = set(threading.enumerate())
    idle: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        if stopped:
            stack.enter_context(pytest.raises(_Stop))
        with serve_index(tmp_path, PUBLISHER) as index:
            proxy = index.publish_environ()["HTTPS_PROXY"]
            urls = (index.issuer.url, index.simple_url.removesuffix("/simple/"), proxy)
            ports = [int(url.rpartition(":")[2]) for url in urls]
            # Clients that connect and send nothing, or stop in the middle.
            idle = [socket.create_connection(("127.0.0.1", port)) for port in ports]
            idle[2].sendall(b"CONNECT ")
            if stopped:
                raise _Stop
    # Threads of other servers may have ended meanwhile.
    assert set(threading.enumerate()) <= before
    for connection in idle:
        connection.close()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=120)


def test_no_key_is_left_on_disk(running: RunningIndex) -> None:
    folder = running.index.certificates.bundle.parent
    assert sorted(path.name for path in folder.rglob("*")) == [
        *("ca-bundle.pem", "no-other-certificates", "rehearsal-ca.pem"),
    ]
    for path in folder.glob("*.pem"):
        assert b"PRIVATE KEY" not in path.read_bytes()
