"""The hits of the content scan, with any chunk borders, and near misses."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truewheel.wheel.content_scan import UNFINISHED, ContentScan, ScanHit
from truewheel.wheel.scan_patterns import (
    BUILD_PATH,
    PATTERNS,
    PRIVATE_KEY,
    SOURCE_PATH,
    TEXT_PATTERNS,
    URL_PASSWORD,
    Pattern,
)

# Written in two parts, so that secret scanners do not report this file.
LETTERS = "a1B2c3D4e5F6g7H8i9J0" * 5
DIGITS = "1234567890"
TOKENS = {
    "PyPI token": ("pypi-AgE" + "IcHlwaS5vcmc" + LETTERS, "pypi-AgE…"),
    "GitHub token": ("gh" + "p_" + LETTERS[:36], "ghp_…"),
    "GitLab token": ("gl" + "pat-" + LETTERS[:20], "glpat…"),
    "AWS access key": ("AK" + "IA" + "Q2W3E4R5T6Y7U2I3", "AKIA…"),
    "Slack token": ("xo" + f"xb-{DIGITS}-{DIGITS}-" + LETTERS[:24], "xoxb…"),
    "Stripe key": ("sk_" + "live_" + LETTERS[:24], "sk_live_…"),
    "npm token": ("np" + "m_" + LETTERS[:36], "npm_…"),
    "Docker token": ("dckr_" + "pat_" + LETTERS[:27], "dckr_pat_…"),
    "Google API key": ("AIza" + "Sy" + LETTERS[:33], "AIzaSy…"),
    "Hugging Face token": ("hf" + "_" + "abcdeFGHIJ" * 3 + "klmn", "hf_…"),
    "Anthropic key": ("sk-" + "ant-api03-" + LETTERS[:95], "sk-ant-…"),
    "OpenAI key": ("sk-" + "proj-" + LETTERS[:90], "sk-proj-…"),
    "DigitalOcean token": ("dop_" + "v1_" + "0123456789abcdef" * 4, "dop_v1_…"),
    "SendGrid key": ("SG" + "." + LETTERS[:22] + "." + LETTERS[:43], "SG.…"),
    "Slack webhook": ("hooks." + "slack.com/services/T0123ABCD/B0123ABCD/" + LETTERS[:24], "hooks.slack.com…"),
    "Azure storage key": ("Account" + "Key=" + LETTERS[:86] + "==", "AccountKey=…"),
    "Google service account": ("private_" + 'key_id": "' + "0123456789" * 4 + '"', "private_key_id…"),
}
HEXADECIMAL = "0123456789abcdef" * 4
# What is searched for in text only.
TEXT_TOKENS = {
    "JSON web token": ("ey" + f"JhbGciOiJIUzI1NiJ9.eyJ{LETTERS[:30]}.{LETTERS[:43]}", "eyJhbGci…"),
    "Shopify token": ("shp" + "at_" + HEXADECIMAL[:32], "shpat_…"),
    "Grafana token": ("gl" + "sa_" + LETTERS[:32] + "_" + HEXADECIMAL[:8], "glsa_…"),
    "Vault token": ("hv" + "s." + LETTERS[:95], "hvs.…"),
    "RubyGems key": ("ruby" + "gems_" + HEXADECIMAL[:48], "rubygems_…"),
    "Linear key": ("lin_" + "api_" + LETTERS[:40], "lin_api_…"),
    "Postman key": ("PM" + "AK-" + HEXADECIMAL[:24] + "-" + HEXADECIMAL[:34], "PMAK-…"),
    "Groq key": ("gs" + "k_" + LETTERS[:52], "gsk_…"),
    "xAI key": ("xa" + "i-" + LETTERS[:80], "xai-…"),
    "Databricks token": ("da" + "pi" + HEXADECIMAL[:32], "dapi…"),
    "Atlassian token": ("ATA" + "TT3x" + LETTERS + LETTERS, "ATATT3x…"),
    "Supabase token": ("sb" + "p_" + HEXADECIMAL[:40], "sbp_…"),
    "Figma token": ("fi" + "gd_" + LETTERS[:40], "figd_…"),
    "Netlify token": ("nf" + "p_" + LETTERS[:36], "nfp_…"),
    "New Relic key": ("NR" + "AK-" + LETTERS[:27].upper(), "NRAK-…"),
    "Pulumi token": ("pu" + "l-" + HEXADECIMAL[:40], "pul-…"),
    "Tailscale key": ("ts" + "key-auth-" + LETTERS[:12] + "-" + LETTERS[:32], "tskey-…"),
    "age key": ("AGE-SECRET" + "-KEY-1" + LETTERS[:58].upper(), "AGE-SECRET-KEY-1…"),
}
BODY = base64.b64encode(hashlib.sha512(b"key").digest() * 4).decode()
BEGIN = "-----BEGIN " + "RSA PRIVATE KEY-----"


def scan(data: bytes, size: int = 1 << 18) -> list[ScanHit]:
    search = ContentScan("a/file")
    for start in range(0, len(data), size):
        search.update(data[start : start + size])
    return list(search.finish())


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_is_found_and_not_repeated(kind: str) -> None:
    token, shown = TOKENS[kind]
    data = f'{{"{token}"}}'.encode()
    assert scan(data) == [ScanHit(kind, "a/file", 2, shown)]


@pytest.mark.parametrize("kind", TEXT_TOKENS)
def test_a_token_is_found_in_text_and_not_in_native_code(kind: str) -> None:
    token, shown = TEXT_TOKENS[kind]
    assert scan(f'{{"{token}"}}'.encode()) == [ScanHit(kind, "a/file", 2, shown)]
    assert scan(f'\0{{"{token}"}}'.encode()) == []
    assert scan(f" {shown[:-1]} {shown[:-1]}-{LETTERS[:5]} x{token} ".encode()) == []


@pytest.mark.parametrize(
    "text",
    [
        'aws_secret_access_key = "{}"',
        '"aws_secret_access_key": "{}"',
        "AWS_SECRET_ACCESS_KEY={}",
    ],
)
def test_a_secret_key_of_aws_is_found_by_its_name(text: str) -> None:
    assert [hit.kind for hit in scan(text.format(LETTERS[:40]).encode())] == ["AWS secret key"]
    for other in (LETTERS[:41], LETTERS[:39], LETTERS[:30] + "EXAMPLEKEY", "$" + LETTERS[:39]):
        assert scan(text.format(other).encode()) == []


def test_a_webhook_is_found_by_its_address() -> None:
    webhook = "https://discord." + "com/api/webhooks/123456789012345678/" + LETTERS[:68]
    assert [hit.kind for hit in scan(webhook.encode())] == ["Discord webhook"]
    assert scan(b"https://discord.com/api/webhooks/ID/TOKEN") == []


@pytest.mark.parametrize(
    "url",
    ["postgresql://quiver:9sKq27ZhvT0r@db.psr.io/x", "https://ci:9sKq27ZhvT0r@10.0.0.1", "redis://q:9sKq27%2FhvT0r@r"],
)
def test_a_password_in_a_url_is_found(url: str) -> None:
    assert scan(f'url = "{url}"'.encode()) == [
        ScanHit(URL_PASSWORD, "a/file", 5 + url.index(":"), url[url.index(":") - 2 :][:5] + "…")
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@example.com/",
        "postgresql://scott:tiger^5HHH1234@mssql/x",
        "https://user:9sKq27ZhvT0r@example.com",
        "postgresql://postgres:postgres12@localhost/x",
        "https://{user}:{password}@host",
        "https://$USER:$PASSWORD@host",
        "https://host:8080/a@b",
        "https://git@github.com/x:y@z",
        "https://a.example:443,https://b.example:443/x1@y",
    ],
)
def test_examples_of_urls_are_not_hits(url: str) -> None:
    assert scan(url.encode()) == []


# RFC 8410, RFC 5915 and RFC 8017: how the files begin, and then anything.
@pytest.mark.parametrize(
    "start",
    [
        "302e020100300506032b657004220420",  # Ed25519, PKCS #8
        "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420",  # P-256, PKCS #8
        "308204be020100300d06092a864886f70d0101010500048204a8308204a4",  # RSA, PKCS #8
        "308204a40201000282010100",  # RSA, PKCS #1
        "30770201010420",  # P-256, SEC 1
    ],
)
def test_a_private_key_in_der_is_found_at_the_beginning_of_a_file(start: str) -> None:
    key = bytes.fromhex(start) + hashlib.sha512(b"key").digest() * 8
    for size in (1, 3000):
        assert scan(key, size) == [ScanHit(PRIVATE_KEY, "a/file", 0, "the file is one, in DER")]
    assert scan(b"x" + key) == []


@pytest.mark.parametrize(
    "start",
    [
        "30820310308201f8a003020102",  # a certificate
        "30820122300d06092a864886f70d01010105000382010f00",  # a public key
        "3082010a0282010100",  # a public key, PKCS #1
        "302002010030",  # something shorter
    ],
)
def test_other_files_in_der_are_not_hits(start: str) -> None:
    assert scan(bytes.fromhex(start) + hashlib.sha512(b"key").digest() * 8) == []


@pytest.mark.parametrize("kind", TOKENS)
def test_only_the_beginning_of_a_token_is_not_a_hit(kind: str) -> None:
    _, shown = TOKENS[kind]
    assert scan(f" {shown[:-1]} {shown[:-1]}-{LETTERS[:8]} ".encode()) == []


def test_documented_keys_are_not_hits() -> None:
    assert scan(("Account" + "Key=Eby8vdM0" + LETTERS[:78] + "==").encode()) == []


def test_a_token_in_a_url_is_found() -> None:
    webhook, shown = TOKENS["Slack webhook"]
    assert scan(f"https://{webhook}".encode()) == [ScanHit("Slack webhook", "a/file", 8, shown)]


def test_a_token_within_a_word_is_not_a_hit() -> None:
    token = TOKENS["AWS access key"][0]
    assert scan(f"x{token} {token}x {token[:11]}EXAMPLE ".encode()) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{BEGIN}\n{BODY[:64]}\n{BODY[64:128]}\n",
        f"{BEGIN}\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00\r\n\r\n{BODY[:64]}\r\n",
        f'"{BEGIN}\\n"\n  "{BODY[:40]}\\n"\n  "{BODY[40:80]}\\n"',
        f'{{"private_key": "{BEGIN}\\n{BODY[:64]}\\n"}}',
    ],
)
def test_a_private_key_is_found_with_any_quoting(text: str) -> None:
    assert scan(text.encode()) == [ScanHit(PRIVATE_KEY, "a/file", text.index("-----"), f"{BEGIN}…")]


@pytest.mark.parametrize(
    "text",
    [
        f"{BEGIN}\0-----END RSA",
        f"{BEGIN}\n...\n-----END",
        f"-----BEGIN CERTIFICATE-----\n{BODY}\n",
        f"-----BEGIN PUBLIC KEY-----\n{BODY}\n",
    ],
)
def test_text_about_keys_is_not_a_hit(text: str) -> None:
    assert scan(text.encode()) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("\0/home/me/src/store.c\0", "/home/me/src/store.c"),
        ('"/Users/me/src/store.c"', "/Users/me/src/store.c"),
        ("\0/ro" + "ot/quiver/store.c\0", "/ro" + "ot/quiver/store.c"),
        ("\0/builds/group/quiver/store.c\0", "/builds/group/quiver/store.c"),
        ("-I/project/native/x.h", "/project/native/x.h"),
        ("=/__w/quiver/quiver/x", "/__w/quiver/quiver/x"),
        (" /github/workspace/x ", "/github/workspace/x"),
        ("\0/tmp/pip-req-build-abc/x.c\0", "/tmp/pip-req-build-abc/x.c"),
        ("\0/tmp/tmpab12cd34/x.c\0", "/tmp/tmpab12cd34/x.c"),
        ("\0/private/var/folders/ab/x\0", "/var/folders/ab/x"),
        ("file:///home/me/x", "/home/me/x"),
        ("\0D:\\a\\quiver\\quiver\\x.c\0", "D:\\a\\quiver\\quiver\\x.c"),
        ("'D:\\\\a\\\\quiver\\\\x.c'", "D:\\\\a\\\\quiver\\\\x.c"),
        ("\0C:/Users/me/x.c\0", "/Users/me/x.c"),
        ("\0D:/a/quiver/x.c\0", "D:/a/quiver/x.c"),
        ("\0C:\\Users\\RUNNER~1\\x.c\0", "C:\\Users\\RUNNER~1\\x.c"),
        ("x\\AppData\\Local\\Temp\\x.c", "AppData\\Local\\Temp\\x.c"),
        ("\0/io/quiver/src/lib.rs:10:5\0", "/io/quiver/src/lib.rs:10:5"),
        ("\0/opt/_internal/cpython-3.12.0/include/x.h\0", "/opt/_internal/cpython-3.12.0/include/x.h"),
        ("\0/var/lib/jenkins/workspace/x.cpp\0", "/var/lib/jenkins/workspace/x.cpp"),
        ("\0/home/me/src/\0", "/home/me/src/"),
        ("\0/home/me/libquiver.so\0", "/home/me/libquiver.so"),
    ],
)
def test_a_path_of_a_build_machine_is_found(text: str, path: str) -> None:
    kind = BUILD_PATH if path.endswith(("x", "/", ".so")) else SOURCE_PATH
    assert [(hit.kind, hit.text) for hit in scan(text.encode())] == [(kind, path)]


@pytest.mark.parametrize(
    "text",
    [
        "https://example.invalid/project/quiverdb/ and ../home/x/ and a/ro" + "ot/b",
        "/home/ /home/<name>/ ~/Users/x/ ${PREFIX}/project/x/ %d/home/x/",
        "/tmp/quiver.db /projects/x/ /homes/x/ /rooted/x",
        "http:\\apple\\ ::\\a\\b",
    ],
)
def test_other_paths_are_not_hits(text: str) -> None:
    assert scan(text.encode()) == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        *((token, kind, shown) for kind, (token, shown) in TOKENS.items()),
        (f"{BEGIN}\r\n{BODY[:64]}\r\n", PRIVATE_KEY, f"{BEGIN}…"),
        ("D:\\a\\quiver\\quiver\\x.c", SOURCE_PATH, "D:\\a\\quiver\\quiver\\x.c"),
        ("C:\\Users\\RUNNER~1\\x.c", SOURCE_PATH, "C:\\Users\\RUNNER~1\\x.c"),
        ("/home/me/src/store.c", SOURCE_PATH, "/home/me/src/store.c"),
        ("file:///home/me/x", BUILD_PATH, "/home/me/x"),
        ("/private/var/folders/ab/x", BUILD_PATH, "/var/folders/ab/x"),
    ],
)
# Before a wide string there may be another one, a byte string, or anything else.
@pytest.mark.parametrize("before", [b"", b"abc\0", b"w\0o\0r\0d\0\0\0", b"\xff\xff\xff\xff", bytes(8)])
def test_hits_in_utf_16_are_found(text: str, kind: str, shown: str, before: bytes, encoding: str) -> None:
    for data in (before + text.encode(encoding) + bytes(4) + b"\xff" * 9, before + text.encode(encoding) + bytes(2)):
        assert [(hit.kind, hit.text) for hit in scan(data)] == [(kind, shown)]
        assert scan(data, 7) == scan(data)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "https://example.invalid/home/me/x ../home/x/ http:\\apple\\",
        "x" + TOKENS["AWS access key"][0],
        f"{BEGIN}\n...\n-----END",
    ],
)
def test_near_misses_in_utf_16_are_not_hits(text: str, encoding: str) -> None:
    assert scan(bytes(2) + text.encode(encoding) + bytes(2)) == []


def test_a_source_file_is_found_after_many_other_paths() -> None:
    data = b"\0/home/me/x" * 100 + b"\0/home/me/x.c" * 100
    found = scan(data)
    assert [hit.kind for hit in found] == [BUILD_PATH] * 3 + [SOURCE_PATH] * 3
    assert scan(b"\0/home/me/x" * 200 + b"\0/home/me/x.c") == found[:3]


def test_the_first_hits_of_each_kind_are_kept() -> None:
    data = b"\0/home/me/x" * 50 + b" " + TOKENS["npm token"][0].encode() + b" "
    found = scan(data)
    assert [(hit.kind, hit.offset) for hit in found] == [
        (BUILD_PATH, 1),
        (BUILD_PATH, 12),
        (BUILD_PATH, 23),
        ("npm token", 551),
    ]


@settings(deadline=None)
@given(
    pieces=st.lists(
        st.one_of(
            st.sampled_from([*(token for token, _ in TOKENS.values()), f"{BEGIN}\n{BODY}", "\0/home/me/x/", " ", "/"]),
            st.sampled_from([pattern.literal.decode() for pattern in (*PATTERNS, *TEXT_PATTERNS)]),
            st.text(max_size=20),
            st.integers(1, 1500).map("x".__mul__),
            st.sampled_from(["D:\\a\\quiver\\quiver\\", "/home/me/x/"]).map(lambda text: "\0".join(text) + "\0"),
        ),
        max_size=12,
    ),
    size=st.integers(1, 3000),
)
def test_chunk_borders_make_no_difference(pieces: list[str], size: int) -> None:
    data = "".join(pieces).encode("utf-8", "surrogatepass")
    assert scan(data, size) == scan(data, len(data) or 1)


@given(st.binary())
def test_any_bytes_can_be_searched(data: bytes) -> None:
    assert all(hit.offset < len(data) for hit in scan(data))


def test_an_empty_file_has_no_hits() -> None:
    assert ContentScan("empty").finish() == ()


def test_a_file_full_of_literals_is_not_searched_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truewheel.wheel.content_scan._LOOKS", 1000)
    (hit,) = scan(b"ghp_" * 500_000)
    assert (hit.kind, hit.offset) == (UNFINISHED, 4000)


@pytest.mark.parametrize("patterns", [PATTERNS, TEXT_PATTERNS])
def test_no_literal_hides_another_one_of_its_search(patterns: tuple[Pattern, ...]) -> None:
    literals = {pattern.literal for pattern in patterns}
    for one in literals:
        for other in literals - {one}:
            assert one not in other
            for n in range(1, min(len(one), len(other))):
                if one[-n:] == other[:n]:
                    # Then it begins within a word, where nothing is searched.
                    assert one[-n - 1 : -n].isalnum()
