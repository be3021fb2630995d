"""The index on loopback: real uploads, a real twine, a real pip."""

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
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from pypi_simple import PyPISimple
from twine.repository import WAREHOUSE_WEB

from tests.support.factories import DIST_INFO, LINUX_WHEEL, METADATA, WINDOWS_WHEEL, flip, make_dist, make_wheel
from tests.support.index_stage import PUBLISHER, RUN, Stage, stage
from truewheel.rehearsal.index.claims import claims_of
from truewheel.rehearsal.index.environ import client_environ
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.index.names import UPLOAD_HOST, UPLOAD_URL
from truewheel.rehearsal.index.server import serve_index
from truewheel.rehearsal.index.upload_rules import names_of_refusing_rules

# Every rule about a file by which PyPI refuses an upload; that RECORD is incomplete it only mails about.
REFUSING = """
    archive-compression archive-contiguous archive-directory-complete archive-end-record archive-extra-fields
    archive-headers-agree archive-no-data-descriptors archive-no-member-comments archive-readable archive-size
    archive-zip64 classifiers-known contacts-valid dependencies-from-index description-renders dist-info-named
    entry-points-readable filename-valid license-files-there member-unique metadata-agrees metadata-valid
    name-printable name-utf8 platform-tag-accepted script-names summary-short urls-valid version-public
"""
DAY = 24 * 60 * 60
OK = (200, "OK")
HELP = f"{WAREHOUSE_WEB}help/#"
NO_AUTH = (
    403,
    f"Invalid or non-existent authentication information. See {HELP}invalid-auth for more information.",
)


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as staged:
        yield staged


@pytest.fixture
def wheels(tmp_path: Path) -> tuple[Path, Path]:
    dist = make_dist(tmp_path / "dist")
    return dist / LINUX_WHEEL, dist / WINDOWS_WHEEL


def other_bytes(folder: Path) -> Path:
    """A wheel with the name of the release's, and other bytes."""
    return make_wheel(folder / "other", change={"quiverdb/__init__.py": '"""Another."""\n'})


def test_the_index_refuses_by_exactly_the_rules_of_pypi() -> None:
    assert sorted(names_of_refusing_rules()) == REFUSING.split()


# Who may upload.


def test_a_wheel_is_taken(staged: Stage, wheels: tuple[Path, Path]) -> None:
    assert staged.upload(wheels[0]) == OK
    (file,) = staged.index.files()
    content = wheels[0].read_bytes()
    assert (file.name, file.size, file.sha256) == (LINUX_WHEEL, len(content), hashlib.sha256(content).hexdigest())
    assert staged.said("upload") == [(LINUX_WHEEL, 200, "taken")]
    served = staged.get(f"/packages/{LINUX_WHEEL}")
    assert served.content == content


def test_nobody_uploads_without_a_minted_token(staged: Stage, wheels: tuple[Path, Path]) -> None:
    assert staged.upload(wheels[0], "pypi-guess") == NO_AUTH
    assert staged.upload(wheels[0], staged.token(), user="maintainer") == NO_AUTH
    unauthenticated = staged.request("POST", staged.index.upload_url, data={"name": "quiverdb"})
    assert (unauthenticated.status_code, unauthenticated.reason) == NO_AUTH
    odd = {"Authorization": "Basic not-base64!"}
    strange = staged.request("POST", staged.index.upload_url, data={"name": "quiverdb"}, headers=odd)
    assert (strange.status_code, strange.reason) == NO_AUTH
    assert staged.names == []


def test_a_burned_token_uploads_nothing(staged: Stage, wheels: tuple[Path, Path]) -> None:
    token = staged.token()
    assert staged.request("POST", staged.at("/_/oidc/burn-token"), json={"token": token}).status_code == 200
    assert staged.upload(wheels[0], token) == NO_AUTH


def test_a_token_holds_for_a_quarter_of_an_hour(staged: Stage, wheels: tuple[Path, Path]) -> None:
    token = staged.token()
    staged.clock.ahead = 890
    assert staged.upload(wheels[0], token) == OK
    staged.clock.ahead = 901
    assert staged.upload(wheels[1], token) == (403, "Invalid API Token: token is expired")
    assert staged.names == [LINUX_WHEEL]


def test_a_token_is_for_one_project(staged: Stage, tmp_path: Path) -> None:
    other = make_wheel(tmp_path, name="other")
    assert staged.upload(other) == (
        403,
        "Invalid API Token: OIDC scoped token is not valid for project 'other'",
    )
    assert staged.names == []


# What is uploaded.


def test_the_very_file_again_changes_nothing(staged: Stage, wheels: tuple[Path, Path]) -> None:
    assert staged.upload(wheels[0]) == OK
    assert staged.upload(wheels[0]) == OK
    assert staged.said("upload") == [
        (LINUX_WHEEL, 200, "taken"),
        (LINUX_WHEEL, 200, "the very file was there already: nothing was done"),
    ]
    assert staged.names == [LINUX_WHEEL]


def test_other_bytes_under_a_name_that_is_taken_are_refused(
    staged: Stage, wheels: tuple[Path, Path], tmp_path: Path
) -> None:
    staged.index.preload(wheels[0])
    other = other_bytes(tmp_path)
    blake2 = hashlib.blake2b(other.read_bytes(), digest_size=32).hexdigest()
    assert staged.upload(other) == (
        400,
        (
            f"File already exists ('{LINUX_WHEEL}', with blake2_256 hash '{blake2}'). "
            f"See {HELP}file-name-reuse for more information."
        ),
    )
    assert staged.index.files()[0].sha256 == hashlib.sha256(wheels[0].read_bytes()).hexdigest()


def test_the_name_of_a_deleted_file_is_burned(staged: Stage, wheels: tuple[Path, Path]) -> None:
    staged.index.preload(wheels[0])
    staged.index.delete(LINUX_WHEEL)
    assert staged.get(f"/packages/{LINUX_WHEEL}").status_code == 404
    assert staged.upload(wheels[0]) == (
        400,
        (
            "This filename was previously used by a file that has since been deleted. Use a different version. "
            f"See {HELP}file-name-reuse for more information."
        ),
    )


def test_a_release_takes_files_for_fourteen_days(staged: Stage, wheels: tuple[Path, Path]) -> None:
    staged.index.preload(wheels[0], uploaded=time.time() - 13.9 * DAY)
    assert staged.upload(wheels[1]) == OK
    staged.clock.ahead = 0.2 * DAY
    later = make_wheel(wheels[0].parent, tag="py3-none-win_arm64")
    assert staged.upload(later) == (400, "Uploading new files to releases older than 14 days is not allowed.")
    # What is there already still gets its OK, and another version is another release.
    assert staged.upload(wheels[0]) == OK
    assert staged.upload(make_wheel(wheels[0].parent, version="0.6.0")) == OK


def test_a_digest_that_is_not_the_files_is_refused(staged: Stage, wheels: tuple[Path, Path]) -> None:
    said = "The digest supplied does not match a digest calculated from the uploaded file."
    for field, length in (("sha256_digest", 64), ("md5_digest", 32), ("blake2_256_digest", 64)):
        assert staged.upload(wheels[0], **{field: "0" * length}) == (400, said)
    assert staged.names == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"protocol_version": "2"}, "Unknown protocol version."),
        (
            {"name": "-"},
            (
                "'-' is an invalid value for Name. Error: Start and end with a letter or numeral "
                "containing only ASCII numeric and '.', '_' and '-'."
            ),
        ),
        ({"filetype": "bdist_egg"}, "Invalid value for filetype. Error: Use a known file type."),
        (
            {"pyversion": ""},
            "Invalid value for pyversion. Error: Python version is required for binary distribution uploads.",
        ),
        ({"sha256_digest": ""}, "Error: Include at least one message digest."),
        ({"version": "new"}, "'new' is invalid for 'version'."),
        ({"version": "0.5.0+local"}, "The use of local versions in '0.5.0+local' is not allowed."),
        ({"version": "0.6.0"}, "Version in filename should be '0.6.0' not '0.5.0'."),
    ],
)
def test_a_form_that_is_not_right_is_refused(
    staged: Stage, wheels: tuple[Path, Path], fields: dict[str, str], said: str
) -> None:
    assert staged.upload(wheels[0], **fields) == (400, said)
    assert staged.names == []


def test_a_form_without_a_file_is_refused(staged: Stage) -> None:
    form = {"name": "quiverdb", "version": "1", "filetype": "bdist_wheel", "pyversion": "py3", "md5_digest": "0"}
    answer = staged.request(
        "POST",
        staged.index.upload_url,
        files={name: (None, value) for name, value in form.items()},
        auth=("__token__", staged.token()),
    )
    assert (answer.status_code, answer.reason) == (400, "Upload payload does not have a file.")


@pytest.mark.parametrize(
    ("filename", "said"),
    [
        (
            "Quiverdb-0.5.0-py3-none-any.whl",
            (
                "Invalid distribution file. the file name begins with Quiverdb-0.5.0; "
                "normalized it begins with quiverdb-0.5.0 (filename-valid)"
            ),
        ),
        (
            "quiverdb-0.5.0-py3-none-linux_x86_64.whl",
            "Invalid distribution file. PyPI refuses the platform tag linux_x86_64 (platform-tag-accepted)",
        ),
        ("quiverdb-0.5.0.egg", "Invalid file extension: Use .tar.gz, .whl or .zip extension."),
        (
            "quiverdb-0.5.0.tar.gz",
            "Invalid file extension: Extension .tar.gz is invalid for filetype bdist_wheel.",
        ),
    ],
)
def test_a_file_name_that_pypi_refuses_is_refused(staged: Stage, tmp_path: Path, filename: str, said: str) -> None:
    assert staged.upload(make_wheel(tmp_path, filename=filename), version="0.5.0") == (400, said)


def test_a_wheel_that_check_dist_refuses_for_pypi_is_refused(staged: Stage, tmp_path: Path) -> None:
    damaged = make_wheel(tmp_path / "1", edit=lambda data: flip(data, data.find(b"libquiver.so") + 400))
    status, said = staged.upload(damaged)
    assert status == 400
    assert said.startswith("Invalid distribution file. ")
    license_missing = make_wheel(tmp_path / "2", change={f"{DIST_INFO}/licenses/LICENSE": None})
    assert staged.upload(license_missing) == (
        400,
        (
            f"Invalid distribution file. METADATA names the License-File LICENSE, but "
            f"{DIST_INFO}/licenses/LICENSE is missing "
            "(license-files-there)"
        ),
    )
    assert staged.upload(write(tmp_path / "3" / LINUX_WHEEL, b"no archive"))[0] == 400
    assert staged.names == []


def test_a_description_that_does_not_render_is_refused(staged: Stage, tmp_path: Path) -> None:
    metadata = METADATA.format(name="quiverdb", version="0.5.0").replace("text/markdown", "text/x-rst")
    broken = make_wheel(tmp_path, metadata=metadata + "\n.. nonsense::\n   :x: `\n\n====\n")
    status, said = staged.upload(broken)
    assert status == 400
    assert said.startswith(
        "Invalid distribution file. `long_description` has syntax errors in markup and would not be rendered. "
    )


def test_what_pypi_takes_with_a_mail_is_taken(staged: Stage, tmp_path: Path) -> None:
    def forget(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        return [row for row in rows if row[0] != "quiverdb/py.typed"]

    assert staged.upload(make_wheel(tmp_path, record_rows=forget)) == OK
    assert staged.said("upload") == [
        (
            LINUX_WHEEL,
            200,
            "taken; PyPI would mail the owners: quiverdb/py.typed is in the archive, but not in RECORD",
        )
    ]


def test_what_only_this_project_demands_is_taken(staged: Stage, tmp_path: Path) -> None:
    # check-dist refuses it, PyPI does not.
    assert staged.upload(make_wheel(tmp_path, change={"quiverdb/__pycache__/x.pyc": "x"})) == OK


def make_sdist(folder: Path, *, stem: str = "quiverdb-0.5.0", member: str = "quiverdb-0.5.0/PKG-INFO") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(member)
        info.size = 5
        archive.addfile(info, io.BytesIO(b"Name:"))
    return path


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_source_distribution_is_taken(staged: Stage, tmp_path: Path) -> None:
    source = {"filetype": "sdist", "pyversion": "source"}
    assert staged.upload(make_sdist(tmp_path / "1"), **source) == OK
    assert staged.names == ["quiverdb-0.5.0.tar.gz"]
    assert staged.upload(make_sdist(tmp_path / "2", stem="quiverdb-0.6.0"), **source) == (
        400,
        "Invalid distribution file. PKG-INFO not found at quiverdb-0.6.0/PKG-INFO",
    )
    assert staged.upload(write(tmp_path / "3" / "quiverdb-0.7.0.tar.gz", b"x"), **source) == (
        400,
        "Invalid distribution file. File is not a tarfile",
    )
    odd = make_sdist(tmp_path / "4", stem="quiverdb-0.8.00")
    assert staged.upload(odd, **source) == (
        400,
        "Filename 'quiverdb-0.8.00.tar.gz' is invalid, should be 'quiverdb-0.8.0.tar.gz'.",
    )


# What is served.


def test_the_json_page_tells_all_that_pypis_does(staged: Stage, wheels: tuple[Path, Path]) -> None:
    staged.index.preload(wheels[0], uploaded=1_700_000_000.25)
    answer = staged.get("/simple/quiverdb/", Accept="application/vnd.pypi.simple.v1+json")
    assert answer.headers["Content-Type"] == "application/vnd.pypi.simple.v1+json"
    content = wheels[0].read_bytes()
    metadata = METADATA.format(name="quiverdb", version="0.5.0").encode()
    assert answer.json() == {
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
                "upload-time": "2023-11-14T22:13:20.250000Z",
                "yanked": False,
                "core-metadata": {"sha256": hashlib.sha256(metadata).hexdigest()},
                "provenance": None,
            }
        ],
    }
    assert staged.get(f"/packages/{LINUX_WHEEL}.metadata").content == metadata


@pytest.mark.parametrize("accept", ["application/vnd.pypi.simple.v1+json", "text/html"])
def test_a_client_of_the_simple_api_understands_both_pages(
    staged: Stage, wheels: tuple[Path, Path], accept: str
) -> None:
    for wheel in wheels:
        staged.index.preload(wheel)
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(staged.index.ca_bundle)
        page = PyPISimple(staged.index.simple_url, session=session, accept=accept).get_project_page("quiverdb")
    digests = {package.filename: package.digests["sha256"] for package in page.packages}
    assert digests == {wheel.name: hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}
    assert {package.version for package in page.packages} == {"0.5.0"}
    for package in page.packages:
        assert package.url == staged.at(f"/packages/{package.filename}")


def test_the_other_pages_of_the_simple_api(staged: Stage, wheels: tuple[Path, Path]) -> None:
    json_type = "application/vnd.pypi.simple.v1+json"
    staged.index.preload(wheels[0])
    assert staged.get("/simple/", Accept=json_type).json()["projects"] == [{"name": "quiverdb"}]
    assert ">quiverdb</a>" in staged.get("/simple/").text
    moved = staged.get("/simple/QuiverDB/")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/simple/quiverdb/")
    assert staged.get("/").status_code == 404
    assert staged.get("/pypi/quiverdb/json").status_code == 404
    assert staged.request("POST", staged.at("/elsewhere")).status_code == 404
    assert staged.get("/packages/nothing-1-py3-none-any.whl.metadata").status_code == 404


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/html; charset=UTF-8"),
        ("", "text/html; charset=UTF-8"),
        ("application/vnd.pypi.simple.v1+json;q=odd, text/html", "text/html; charset=UTF-8"),
        ("application/vnd.pypi.simple.v1+json, text/html; q=0.01", "application/vnd.pypi.simple.v1+json"),
        ("application/vnd.pypi.simple.latest+json", "application/vnd.pypi.simple.v1+json"),
    ],
)
def test_a_client_gets_the_page_that_it_asked_for(
    staged: Stage, wheels: tuple[Path, Path], accept: str, content_type: str
) -> None:
    staged.index.preload(wheels[0])
    assert staged.get("/simple/quiverdb/", Accept=accept).headers["Content-Type"] == content_type


def test_a_project_without_files_is_not_there(staged: Stage) -> None:
    assert staged.get("/simple/quiverdb/").status_code == 404
    assert staged.said("simple") == [("quiverdb", 404, "")]


def test_other_projects_are_elsewhere(tmp_path: Path) -> None:
    with stage(tmp_path, upstream="https://index.invalid/simple/") as staged:
        answer = staged.get("/simple/Other_Project/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "https://index.invalid/simple/other-project/")
        # Never the one that is rehearsed, however it is spelled.
        assert staged.get("/simple/Quiver.DB/").status_code == 302
        assert staged.get("/simple/QUIVERDB/").status_code == 404


@pytest.mark.parametrize("upstream", ["", "file:///index/simple"])
def test_other_projects_are_nowhere_without_an_index_to_ask(tmp_path: Path, upstream: str) -> None:
    with stage(tmp_path, upstream=upstream) as staged:
        assert staged.get("/simple/other/").status_code == 404
        assert staged.said("simple") == [("other", 404, "no other index to ask")]


# Real clients.


def pip(staged: Stage, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **staged.index.pip_environ(), "PIP_NO_CACHE_DIR": "1", **more}
    return subprocess.run(
        [sys.executable, "-m", "pip", *arguments], env=environ, capture_output=True, encoding="utf-8", check=False
    )


@pytest.mark.once
def test_what_twine_publishes_pip_installs(staged: Stage, wheels: tuple[Path, Path], tmp_path: Path) -> None:
    status, said = staged.twine(*wheels)
    assert status == 0, said
    assert f"Uploading distributions to {UPLOAD_URL}" in said
    assert "Got OIDC token for audience pypi" in said
    assert f"{WAREHOUSE_WEB}project/quiverdb/0.5.0/" in said
    assert staged.names == [LINUX_WHEEL, WINDOWS_WHEEL]
    led = {subject for subject, _, _ in staged.said("connection")}
    assert led == {f"{UPLOAD_HOST}:443"}
    where = ("--no-deps", "--only-binary=:all:", "--platform", "win_amd64", "--dest", str(tmp_path / "got"))
    result = pip(staged, "download", *where, "quiverdb==0.5.0")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "got" / WINDOWS_WHEEL).read_bytes() == wheels[1].read_bytes()


@pytest.mark.once
def test_pip_finds_dependencies_at_the_index_that_it_is_configured_for(
    wheels: tuple[Path, Path], tmp_path: Path
) -> None:
    dependency = make_wheel(tmp_path / "files", name="cffi", version="1.17", tag="py3-none-any")
    with stage(tmp_path / "usual", replace(PUBLISHER, project="cffi")) as usual:
        usual.index.preload(dependency)
        # pip trusts the usual index because the user told it to.
        trusted = usual.index.certificates.authority
        with stage(tmp_path, upstream=usual.index.simple_url, trusted=trusted) as staged:
            staged.index.preload(wheels[1])
            where = ("--only-binary=:all:", "--platform", "win_amd64", "--dest", str(tmp_path / "got"))
            result = pip(staged, "download", *where, "quiverdb", PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="")
            assert result.returncode == 0, result.stderr
            assert staged.said("simple")[-1] == ("cffi", 302, "to the index that pip is configured for")
    assert {path.name for path in (tmp_path / "got").iterdir()} == {WINDOWS_WHEEL, dependency.name}


@pytest.mark.once
def test_uv_publishes_too(staged: Stage, wheels: tuple[Path, Path], tmp_path: Path) -> None:
    environ = client_environ(staged.job_environ(), staged.index.publish_environ(), tmp_path)
    result = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "publish", "--no-config", "--trusted-publishing", "always"),
            *("--publish-url", UPLOAD_URL, *map(str, wheels)),
        ],
        env=environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert staged.names == [LINUX_WHEEL, WINDOWS_WHEEL]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"environment": "release"},
            "valid token, but no corresponding publisher (Publisher with matching claims was not found)",
        ),
        (
            {"job_workflow_ref": "others/shared/.github/workflows/release.yml@refs/tags/v0.5.0"},
            "valid token, but no corresponding publisher (Publisher with matching claims was not found)",
        ),
    ],
)
def test_twine_shows_why_the_index_trusts_the_job_not(
    staged: Stage, wheels: tuple[Path, Path], changes: dict[str, str], said: str
) -> None:
    status, output = staged.twine(*wheels, claims={**claims_of(RUN, "pypi"), **changes})
    assert status == 1
    assert "The token request failed; the index server gave the following reasons:" in output
    assert f"* `invalid-publisher`: {said}" in output
    assert staged.names == []


def test_twine_cannot_publish_for_a_job_without_the_permission(staged: Stage, wheels: tuple[Path, Path]) -> None:
    status, output = staged.twine(*wheels, ACTIONS_ID_TOKEN_REQUEST_TOKEN="", ACTIONS_ID_TOKEN_REQUEST_URL="")
    assert status == 1
    assert (
        "Unable to retrieve an OIDC token from the CI platform for trusted publishing GitHub: missing or insufficient "
        "OIDC token permissions, the ACTIONS_ID_TOKEN_REQUEST_TOKEN environment variable was unset"
    ) in output
    assert staged.names == []


def test_twine_shows_that_a_file_exists_with_other_bytes(
    staged: Stage, wheels: tuple[Path, Path], tmp_path: Path
) -> None:
    staged.index.preload(other_bytes(tmp_path))
    status, output = staged.twine(*wheels)
    assert status == 1
    assert "HTTPError: 400 Bad Request" in output
    assert f"File already exists ('{LINUX_WHEEL}', with blake2_256 hash" in output
    assert staged.names == [LINUX_WHEEL]


@pytest.mark.once
def test_an_upload_that_dies_is_finished_by_a_second_run(staged: Stage, wheels: tuple[Path, Path]) -> None:
    staged.index.ask_for(IndexFaults(upload_fails_after=1))
    status, output = staged.twine(*wheels)
    assert status == 1
    assert "Connection aborted" in output
    assert staged.names == [LINUX_WHEEL]
    status, output = staged.twine(*wheels)
    assert status == 0, output
    assert staged.names == [LINUX_WHEEL, WINDOWS_WHEEL]
    assert staged.said("upload") == [
        (LINUX_WHEEL, 200, "taken"),
        (WINDOWS_WHEEL, 0, "the connection died, the fault that was asked for"),
        (LINUX_WHEEL, 200, "the very file was there already: nothing was done"),
        (WINDOWS_WHEEL, 200, "taken"),
    ]


@pytest.mark.once
def test_an_index_that_is_unavailable_for_a_moment_is_asked_again(staged: Stage, wheels: tuple[Path, Path]) -> None:
    staged.index.ask_for(IndexFaults(unavailable_uploads=2))
    status, output = staged.twine(wheels[0])
    assert status == 0, output
    assert [status for _, status, _ in staged.said("upload")] == [503, 503, 200]


@pytest.mark.once
def test_an_index_that_stays_unavailable_takes_nothing(staged: Stage, wheels: tuple[Path, Path]) -> None:
    staged.index.ask_for(IndexFaults(unavailable_uploads=5))
    status, output = staged.twine(*wheels)
    assert status == 1
    assert "HTTPError: 503 Service Unavailable" in output
    assert staged.names == []
    staged.index.ask_for(IndexFaults())
    status, output = staged.twine(*wheels)
    assert status == 0, output
    assert staged.names == [LINUX_WHEEL, WINDOWS_WHEEL]


def test_a_large_upload_arrives_whole(staged: Stage, tmp_path: Path) -> None:
    noise = os.urandom(3_000_000)
    large = make_wheel(tmp_path, change={"quiverdb/data.bin": noise}, metadata=None)
    assert staged.upload(large) == OK
    assert staged.get(f"/packages/{large.name}").content == large.read_bytes()


def test_uploads_side_by_side_are_all_taken(staged: Stage, tmp_path: Path) -> None:
    token = staged.token()
    tags = [f"py3-none-manylinux_2_{minor}_x86_64" for minor in range(17, 25)]
    files = [make_wheel(tmp_path, tag=tag) for tag in tags]
    answers: list[tuple[int, str]] = []
    threads = [threading.Thread(target=lambda file=file: answers.append(staged.upload(file, token))) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [OK] * len(files)
    assert staged.names == sorted(file.name for file in files)


# That nothing is left behind, and nothing is preloaded by mistake.


def test_a_name_is_preloaded_once(staged: Stage, wheels: tuple[Path, Path], tmp_path: Path) -> None:
    staged.index.preload(wheels[0])
    with pytest.raises(ValueError, match=rf"^{LINUX_WHEEL} is on the index already$"):
        staged.index.preload(wheels[0])
    with pytest.raises(ValueError, match=r"^Invalid sdist filename"):
        staged.index.preload(write(tmp_path / "notes.txt", b""))
    with pytest.raises(KeyError):
        staged.index.delete(WINDOWS_WHEEL)


class _Stop(Exception):
    pass


def stop(stopped: bool) -> None:  # noqa: FBT001
    if stopped:
        raise _Stop


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_runs_on_when_the_index_ends(tmp_path: Path, stopped: bool) -> None:  # noqa: FBT001
    before = set(threading.enumerate())
    ports: list[int] = []
    idle: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        if stopped:
            stack.enter_context(pytest.raises(_Stop))
        with serve_index(tmp_path, PUBLISHER) as index:
            proxy = index.publish_environ()["HTTPS_PROXY"]
            ports = [
                int(url.rpartition(":")[2].partition("/")[0]) for url in (index.issuer.url, index.simple_url, proxy)
            ]
            # Clients that connect and say nothing, or stop in the middle.
            idle = [socket.create_connection(("127.0.0.1", port)) for port in ports]
            idle[2].sendall(b"CONNECT ")
            stop(stopped)
    assert set(threading.enumerate()) == before
    for connection in idle:
        connection.close()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


def test_no_key_is_left_on_disk(staged: Stage) -> None:
    folder = staged.index.ca_bundle.parent
    assert sorted(path.name for path in folder.rglob("*")) == [
        *("ca-bundle.pem", "no-other-certificates", "rehearsal-ca.pem"),
    ]
    for path in folder.glob("*.pem"):
        assert b"PRIVATE KEY" not in path.read_bytes()
