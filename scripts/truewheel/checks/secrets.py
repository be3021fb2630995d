"""Does the wheel contain secrets, or paths of the build machine?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from truewheel.checks.libraries import is_grafted
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.wheel.content_scan import UNFINISHED, ScanHit
from truewheel.wheel.import_names import prefix_folders
from truewheel.wheel.reader import Wheel
from truewheel.wheel.scan_patterns import BUILD_PATH, OF_FIXTURES, SOURCE_PATH

_REVOKE = "revoke it now, because it may be in logs and caches already; then remove it from the sources and build again"
_SECRET_FILES = re.compile(
    r"\.env(?:\.(?!example|sample|template|dist)\w+)?|\.pypirc|[._]netrc|\.npmrc|\.yarnrc|\.git-credentials|\.htpasswd"
    r"|\.pgpass|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|\.boto|\.s3cfg|\.dockercfg"
    r"|\.vault-token|terraform\.tfstate",
    re.IGNORECASE,
)
# Files with keys protected by a password, in formats that are not scanned.
_KEY_STORES = re.compile(r".*\.(?:p12|pfx|jks|keystore|kdbx|ppk)", re.IGNORECASE)
_SECRET_PATHS = re.compile(r"(?:.*/)?\.(?:aws/credentials|docker/config\.json|kube/config|gnupg/.*|ssh/.*)")
# Keys that were made for tests, such as those of a test server.
_FIXTURES = re.compile(r"(?:.*/)?(?:_?tests?|testing|test_?data|fixtures)/.*|(?:.*/)?(?:test_[^/]*|[^/]*_test\.\w+)")


@wheel_check(By.CARE, source="what was published once stays public", hint=_REVOKE)
def secret_files_absent(wheel: Wheel) -> Iterator[Problem]:
    """no file has the name of a credentials file or a private key"""
    for member in wheel.members:
        named = _SECRET_FILES.fullmatch(member.name.rpartition("/")[2]) or _SECRET_PATHS.fullmatch(member.name)
        if named and not _FIXTURES.fullmatch(member.name):
            yield Problem.of([member.name], f"{abbreviate(member.name)} is named like a credentials file")


@wheel_check(
    By.CARE,
    source="what was published once stays public; the formats are those that the services document",
    hint=_REVOKE,
)
def secrets_absent(wheel: Wheel) -> Iterator[Problem]:
    """no file contains a token of a known format, nor, outside tests, a private key or a password"""
    yield from (_problem([hit]) for hit in _secrets(wheel, in_fixtures=False))


@release_wheel_check(
    By.CARE,
    source="a user's scanner cannot know that a key was made for tests",
    hint="exclude the tests from the wheel, or make them generate their keys",
)
def possible_secrets_absent(subject: ReleaseWheel) -> Iterator[Problem]:
    """tests contain no private keys or passwords either, and there are no key stores"""
    yield from (_problem([hit]) for hit in _secrets(subject.wheel, in_fixtures=True))
    for member in subject.wheel.members:
        if _KEY_STORES.fullmatch(member.name):
            yield Problem.of([member.name], f"{abbreviate(member.name)} is named like a key store")


def _secrets(wheel: Wheel, *, in_fixtures: bool) -> Iterator[ScanHit]:
    """Those that may have been made for tests, or all others, which include the tokens of services."""
    for hit in wheel.scan_hits:
        # What a library that somebody else built contains is not the maintainer's, e.g. cryptography's test vectors.
        is_secret = hit.kind not in (BUILD_PATH, SOURCE_PATH, UNFINISHED) and not is_grafted(hit.member)
        is_fixture = hit.kind in OF_FIXTURES and _FIXTURES.fullmatch(hit.member) is not None
        if is_secret and is_fixture == in_fixtures:
            yield hit


def _problem(hits: Sequence[ScanHit]) -> Problem:
    """The first of some hits, and in which other files there are more."""
    first, *others = hits
    message = f"{abbreviate(first.member)} contains a {first.kind} at byte {first.offset}: {abbreviate(first.text)}"
    also = f" (also {join_names((other.member for other in others), 3)})" if others else ""
    return Problem.of([hit.member for hit in hits], f"{message}{also}")


@wheel_check(
    By.CARE,
    source="the rest of such a file could contain anything",
    hint="look at the file: it has too many places that could be keys or paths",
)
def scan_complete(wheel: Wheel) -> Iterator[Problem]:
    """every file was scanned for secrets to its end"""
    for hit in wheel.scan_hits:
        if hit.kind == UNFINISHED:
            yield Problem.of([hit.member], f"{abbreviate(hit.member)} was scanned only up to byte {hit.offset}")


@release_wheel_check(
    By.CARE,
    source="users do not have the path; it may also reveal the name of a user",
    hint="find out what wrote the path into the file, and build again",
)
def build_paths_absent(subject: ReleaseWheel) -> Iterator[Problem]:
    """no file but native code contains a path of the machine that built it"""
    yield from _paths(subject.wheel, (BUILD_PATH, SOURCE_PATH), in_native_code=False)


@release_wheel_check.note(
    By.CARE,
    source="reproducible-builds.org: build paths differ from machine to machine, and reveal names of users",
    hint="strip debug information, and map the paths (-ffile-prefix-map, /pathmap, --remap-path-prefix)",
)
def native_paths_absent(subject: ReleaseWheel) -> Iterator[Problem]:
    """no native code names its sources by a path of the machine that built it"""
    yield from _paths(subject.wheel, (SOURCE_PATH,), in_native_code=True)


def _paths(wheel: Wheel, kinds: tuple[str, ...], *, in_native_code: bool) -> Iterator[Problem]:
    """The first path of each file."""
    native = {library.name for library in wheel.libraries}
    # What is in the folders that prefix-folders-absent reports is to be removed anyway.
    prefixes = tuple(f"{top}/" for top in prefix_folders(wheel))
    first: dict[str, ScanHit] = {}
    for hit in wheel.scan_hits:
        is_own = not is_grafted(hit.member) and not hit.member.startswith(prefixes)
        if hit.kind in kinds and (hit.member in native) == in_native_code and is_own:
            first.setdefault(hit.member, hit)
    if first:
        yield _problem([*first.values()])
