"""Is there anything in the wheel that nobody outside may see: keys, tokens, the folders of the building machine?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.wheel.content_scan import BUILD_PATH, UNFINISHED, ScanHit
from truewheel.wheel.reader import Wheel

_REVOKE = "revoke it now, for it may be in logs and caches already; then take it out of the sources and build again"
_SECRET_FILES = re.compile(
    r"\.env(?:\.(?!example|sample|template|dist)\w+)?|\.pypirc|[._]netrc|\.npmrc|\.yarnrc|\.git-credentials|\.htpasswd"
    r"|\.pgpass|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|\.boto|\.s3cfg|\.dockercfg"
    r"|\.vault-token|terraform\.tfstate",
    re.IGNORECASE,
)
# Files that hold keys behind a password, in a format that is not searched.
_KEY_STORES = re.compile(r".*\.(?:p12|pfx|jks|keystore|kdbx|ppk)", re.IGNORECASE)
_SECRET_PATHS = re.compile(r"(?:.*/)?\.(?:aws/credentials|docker/config\.json|kube/config|gnupg/.*|ssh/.*)")
# Keys that were made to be published, so that a test has a server to speak to.
_FIXTURES = re.compile(r"(?:.*/)?(?:_?tests?|testing|test_?data|fixtures)/.*|(?:.*/)?(?:test_[^/]*|[^/]*_test\.\w+)")


@wheel_check(
    "secret-files-absent",
    "there is no file whose name is that of credentials or keys",
    by=By.CARE,
    source="what was published once is known for ever",
    hint=_REVOKE,
)
def secret_files_absent(wheel: Wheel) -> Iterator[str]:
    names = (member.name for member in wheel.members if _is_secret_file(member.name))
    yield from (f"{abbreviate(name)} is called like a file of credentials" for name in names)


def _is_secret_file(path: str) -> bool:
    if _FIXTURES.fullmatch(path):
        return False
    return bool(_SECRET_FILES.fullmatch(path.rpartition("/")[2]) or _SECRET_PATHS.fullmatch(path))


@wheel_check(
    "secrets-absent",
    "no file holds a private key or a token of a well-known form, but for the fixtures of tests",
    by=By.CARE,
    source="what was published once is known for ever; the forms are those that the services document",
    hint=_REVOKE,
)
def secrets_absent(wheel: Wheel) -> Iterator[str]:
    yield from (_told(hit) for hit in _secrets(wheel) if not _FIXTURES.fullmatch(hit.member))


@release_wheel_check(
    "possible-secrets-absent",
    "not even the fixtures of tests hold a private key or a token, and there are no key stores",
    by=By.CARE,
    source="spec: no secret files; a user's scanner cannot know that a key was made up",
    hint="leave the tests out of the wheel, or let them make their keys when they run",
)
def possible_secrets_absent(subject: ReleaseWheel) -> Iterator[str]:
    wheel = subject.wheel
    yield from (_told(hit) for hit in _secrets(wheel) if _FIXTURES.fullmatch(hit.member))
    stores = (member.name for member in wheel.members if _KEY_STORES.fullmatch(member.name))
    yield from (f"{abbreviate(name)} is called like a store of keys" for name in stores)


def _secrets(wheel: Wheel) -> Iterator[ScanHit]:
    return (hit for hit in wheel.scan_hits if hit.kind not in (BUILD_PATH, UNFINISHED))


def _told(hit: ScanHit) -> str:
    return f"{abbreviate(hit.member)} holds a {hit.kind} at byte {hit.offset}: {abbreviate(hit.text)}"


@wheel_check(
    "scan-complete",
    "every file could be searched for secrets to its end",
    by=By.CARE,
    source="a file that cannot be searched could hold anything",
    hint="look at the file: it is full of what looks like the beginning of a key or of a path",
)
def scan_complete(wheel: Wheel) -> Iterator[str]:
    hits = (hit for hit in wheel.scan_hits if hit.kind == UNFINISHED)
    yield from (f"{abbreviate(hit.member)} was searched up to byte {hit.offset} only" for hit in hits)


@release_wheel_check.note(
    "build-paths-absent",
    "no file holds a path of the machine that built it",
    by=By.CARE,
    source="spec: no build paths; they differ from build to build, and tell about the machine and its users",
    hint="strip debug information, and map the paths (-ffile-prefix-map, /pathmap, --remap-path-prefix)",
)
def build_paths_absent(subject: ReleaseWheel) -> Iterator[str]:
    hits = (hit for hit in subject.wheel.scan_hits if hit.kind == BUILD_PATH)
    yield from (_told(hit) for hit in hits)
