"""Keys, tokens and build paths: what the content scan finds, and in which wheels it matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import LINUX_LIBRARY, ReleaseFolder
from tests.support.native_factories import elf_library
from tests.support.wheel_judging import of_release, of_wheel

# In two parts, so that no scanner takes the test for a leak.
KEY = bytes.fromhex("302e020100300506032b657004220420") + bytes(range(32))
TOKEN = "gh" + "p_" + "a1B2c3D4e5F6" * 3


@pytest.mark.parametrize("name", ["quiverdb/cacert.pem", "quiverdb/environment.py", "x/.env.example", "x/tests/.env"])
def test_secret_files_absent_accepts_other_names(tmp_path: Path, name: str) -> None:
    assert of_wheel(tmp_path, "secret-files-absent", change={name: ""}) == []


@pytest.mark.parametrize(
    "name", [".env", ".env.production", ".pypirc", ".netrc", "id_rsa", ".npmrc", ".aws/credentials", ".ssh/config"]
)
def test_secret_files_absent_refuses_names_of_credentials(tmp_path: Path, name: str) -> None:
    assert of_wheel(tmp_path, "secret-files-absent", change={f"quiverdb/{name}": ""}) == [
        f"quiverdb/{name} is named like a credentials file"
    ]


def test_secrets_absent_accepts_the_fixtures_of_tests(tmp_path: Path) -> None:
    assert of_wheel(tmp_path / "a", "secrets-absent") == []
    assert of_wheel(tmp_path / "b", "secrets-absent", change={"quiverdb/tests/x.key": KEY}) == []


def test_secrets_absent_accepts_what_a_bundled_library_contains(tmp_path: Path) -> None:
    change = {"quiverdb.libs/libcrypto-1.so": elf_library() + f'"{TOKEN}"'.encode()}
    assert of_wheel(tmp_path, "secrets-absent", change=change) == []


def test_secrets_absent_refuses_a_token_and_does_not_repeat_it(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "secrets-absent", change={"quiverdb/x.py": f"'{TOKEN}'"}) == [
        "quiverdb/x.py contains a GitHub token at byte 1: ghp_…"
    ]


def test_secrets_absent_refuses_a_token_below_tests_and_a_key_elsewhere(tmp_path: Path) -> None:
    change = {"quiverdb/tests/x.py": f"'{TOKEN}'", "quiverdb/x.key": KEY}
    assert sorted(of_wheel(tmp_path, "secrets-absent", change=change)) == [
        "quiverdb/tests/x.py contains a GitHub token at byte 1: ghp_…",
        "quiverdb/x.key contains a private key at byte 0: the file is one, in DER",
    ]


def test_possible_secrets_absent_accepts_a_wheel_without(release: ReleaseFolder) -> None:
    assert of_release(release, "possible-secrets-absent") == []


def test_possible_secrets_absent_refuses_fixtures_and_key_stores(release: ReleaseFolder) -> None:
    change = {"quiverdb/tests/x.key": KEY, "quiverdb/a.PFX": ""}
    assert of_release(release, "possible-secrets-absent", change=change) == [
        "quiverdb/tests/x.key contains a private key at byte 0: the file is one, in DER",
        "quiverdb/a.PFX is named like a key store",
    ]


def test_scan_complete_accepts_files_that_were_searched(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "scan-complete") == []


def test_scan_complete_refuses_a_file_that_was_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truewheel.wheel.content_scan._LOOKS", 10)
    assert of_wheel(tmp_path, "scan-complete", change={"quiverdb/x": "ghp_" * 20}) == [
        "quiverdb/x was scanned only up to byte 40"
    ]


def test_build_paths_absent_accepts_a_wheel_without(release: ReleaseFolder) -> None:
    assert of_release(release, "build-paths-absent") == []


def test_build_paths_absent_refuses_the_first_of_each_file(release: ReleaseFolder) -> None:
    assert of_release(release, "build-paths-absent", change={"quiverdb/x.c": '"/project/native/quiver.c"'}) == [
        "quiverdb/x.c contains a path of a source file at byte 1: /project/native/quiver.c"
    ]


def test_native_paths_absent_accepts_a_library_without(release: ReleaseFolder) -> None:
    assert of_release(release, "native-paths-absent", change={"quiverdb/x.c": '"/project/native/quiver.c"'}) == []


def test_native_paths_absent_accepts_other_files_and_bundled_libraries(release: ReleaseFolder) -> None:
    library = elf_library() + b'"/project/native/" "/project/native/libquiver.so"'
    change = {LINUX_LIBRARY: library, "quiverdb.libs/libz-1.so": elf_library() + b'"/project/native/z.c"'}
    assert of_release(release, "native-paths-absent", change=change) == []


def test_build_paths_absent_accepts_those_of_a_folder_that_is_to_be_removed(release: ReleaseFolder) -> None:
    assert of_release(release, "build-paths-absent", change={"lib64/x.pc": "prefix=/project/quiver/x"}) == []


def test_build_paths_absent_names_the_other_files(release: ReleaseFolder) -> None:
    change = {f"quiverdb/{name}.pc": "prefix=/project/quiver/x" for name in "abcde"}
    assert of_release(release, "build-paths-absent", change=change) == [
        (
            "quiverdb/a.pc contains a build path at byte 7: /project/quiver/x "
            "(also quiverdb/b.pc, quiverdb/c.pc, quiverdb/d.pc and 1 more)"
        )
    ]


def test_native_paths_absent_notes_the_first_of_each_library(release: ReleaseFolder) -> None:
    library = elf_library() + b'"/project/native/quiver.c"'
    assert of_release(release, "build-paths-absent", change={LINUX_LIBRARY: library}) == []
    assert of_release(release, "native-paths-absent", change={LINUX_LIBRARY: library}) == [
        f"{LINUX_LIBRARY} contains a path of a source file at byte {len(elf_library()) + 1}: /project/native/quiver.c"
    ]
