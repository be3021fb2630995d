"""What the content scan searches for: secrets of known formats, and paths of the machines that build wheels.

The formats are those that the services document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BUILD_PATH, SOURCE_PATH = "build path", "path of a source file"
PRIVATE_KEY, JSON_WEB_TOKEN, URL_PASSWORD = "private key", "JSON web token", "password in a URL"
# Kinds that tests and examples also have, made for them.
OF_FIXTURES = frozenset((PRIVATE_KEY, JSON_WEB_TOKEN, URL_PASSWORD))


# Compared by identity, because a tuple of them is the key of a cache.
@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A literal to search for, and the expression that must match at the same place."""

    kind: str
    literal: bytes
    expression: re.Pattern[bytes]


def _secret(kind: str, literals: str, rest: bytes) -> Iterator[Pattern]:
    # Not within a longer word: in enough base64 and hashes, every short word occurs.
    for literal in literals.encode().split():
        yield Pattern(
            kind, literal, re.compile(rb"(?<![A-Za-z0-9_+/])" + re.escape(literal) + rest + rb"(?![A-Za-z0-9_+/])")
        )


# Where an absolute path begins: not within a longer path or URL, unless after a compiler's option or file://.
_BEGIN = rb"(?:(?<![\w./~%$}\-\\])|(?<=-[ILFB])(?<!\w-[ILFB])|(?<=file://))"
_DRIVE = rb"(?<![A-Za-z]{2})(?<=[A-Za-z])"
_NAME = rb"[\w.+-]{1,64}"
_WINDOWS_NAME = rb"[\w.+ @~-]{1,64}"
_BACKSLASH = rb"\\{1,2}"


def _unix(folder: str, inside: bytes) -> Pattern:
    literal = b"/" + folder.encode()
    return Pattern(BUILD_PATH, literal, re.compile(_BEGIN + literal + inside))


def _windows(literal: bytes, inside: bytes) -> Pattern:
    return Pattern(BUILD_PATH, literal, re.compile(_DRIVE + re.escape(literal) + inside))


# No literal is part of another one or overlaps its end, so the search finds all of them.
PATTERNS = (
    *_secret("PyPI token", "pypi-AgE", rb"[\w-]{50,400}"),
    *_secret("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", rb"[A-Za-z0-9]{36,255}"),
    *_secret("GitHub token", "github_pat_", rb"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    *_secret("GitLab token", "glpat", rb"-[\w-]{20,300}"),
    # Amazon's documentation uses keys that end in EXAMPLE.
    *_secret("AWS access key", "AKIA ASIA", rb"(?![A-Z0-9]{9}EXAMPLE)[A-Z2-7]{16}"),
    *_secret("Slack token", "xoxb xoxp xoxa xoxr xoxs", rb"-\d{6,20}-[A-Za-z0-9-]{16,200}"),
    *_secret("Stripe key", "sk_live_ rk_live_", rb"[A-Za-z0-9]{24,200}"),
    *_secret("npm token", "npm_", rb"[A-Za-z0-9]{36}"),
    *_secret("Docker token", "dckr_pat_", rb"[\w-]{27,100}"),
    *_secret("Google API key", "AIzaSy", rb"[\w-]{33}"),
    *_secret("Hugging Face token", "hf_", rb"[A-Za-z]{34}"),
    *_secret("Anthropic key", "sk-ant-", rb"[\w-]{80,200}"),
    *_secret("OpenAI key", "sk-proj- sk-svcacct-", rb"[\w-]{60,250}"),
    *_secret("DigitalOcean token", "dop_v1_", rb"[0-9a-f]{64}"),
    *_secret("SendGrid key", "SG.", rb"[\w-]{22}\.[\w-]{43}"),
    Pattern(
        "Slack webhook",
        b"hooks.slack.com",
        re.compile(rb"hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{24}(?![A-Za-z0-9])"),
    ),
    # Not the storage emulator's key, which is documented.
    *_secret("Azure storage key", "AccountKey=", rb"(?!Eby8vdM0)[A-Za-z0-9+/]{86}=="),
    Pattern(
        "Google service account",
        b"private_key_id",
        re.compile(rb"private_key_id\\?[\"']\s{0,9}:\s{0,9}\\?[\"'][0-9a-f]{40}\\?[\"']"),
    ),
    Pattern(
        PRIVATE_KEY,
        b"-----BEGIN",
        re.compile(rb"-----BEGIN (?:[A-Z0-9]{2,12} )?PRIVATE KEY(?: BLOCK)?-----"),
    ),
    _unix("home", b"/" + _NAME + b"/"),
    _unix("Users", b"/" + _WINDOWS_NAME + b"/"),
    _unix("root", rb"/[\w.+-]"),
    # cibuildwheel's container; GitHub's containers and runners.
    _unix("project", b"/" + _NAME + b"[/.]"),
    _unix("__w", rb"/[\w.+-]"),
    _unix("github/workspace", rb"\b"),
    # GitLab's runners.
    _unix("builds", b"/" + _NAME + b"/" + _NAME + b"/"),
    # maturin's containers; the Pythons of the manylinux images; Jenkins.
    _unix("io", b"/" + _NAME + b"/" + _NAME + b"/"),
    _unix("opt/_internal", rb"/[\w.+-]"),
    _unix("var/lib/jenkins", rb"/[\w.+-]"),
    # Temporary folders of pip, build, cibuildwheel and Python; those of macOS.
    _unix("tmp", rb"/(?:pip-|cibw|tmp\w{6}|[\w.-]{0,40}build)[\w.-]{0,80}/"),
    Pattern(BUILD_PATH, b"/var/folders", re.compile(rb"(?:" + _BEGIN + rb"|(?<=/private))/var/folders/\w")),
    _windows(rb":\Users", _BACKSLASH + _WINDOWS_NAME + _BACKSLASH),
    _windows(rb":\\Users", _BACKSLASH + _WINDOWS_NAME + _BACKSLASH),
    _windows(rb":\a", _BACKSLASH + _NAME + _BACKSLASH),
    _windows(rb":\\a", _BACKSLASH + _NAME + _BACKSLASH),
    Pattern(BUILD_PATH, b":/a", re.compile(_DRIVE + rb"(?<=[CD]):/a/" + _NAME + b"/")),
    Pattern(
        BUILD_PATH, b"AppData", re.compile(rb"(?<=[\\/])AppData(?:\\{1,2}|/)Local(?:\\{1,2}|/)Temp(?:\\{1,2}|/)\w")
    ),
)
# These are searched for only in text: in native code they are rare, and searching it for more takes longer. Literals of
# three letters would make the search take twice as long.
TEXT_PATTERNS = (
    # {"alg": or {"typ":, in base64.
    *_secret(
        JSON_WEB_TOKEN, "eyJhbGci eyJ0eXAi", rb"[\w-]{10,500}\.eyJ(?!zdWIiOiIxMjM0NTY3ODkw)[\w-]{10,800}\.[\w-]{20,400}"
    ),
    *_secret("Shopify token", "shpat_ shpss_", rb"[0-9a-f]{32}"),
    *_secret("Grafana token", "glsa_", rb"[A-Za-z0-9]{32}_[0-9a-f]{8}"),
    *_secret("Vault token", "hvs.", rb"[\w-]{90,300}"),
    *_secret("RubyGems key", "rubygems_", rb"[0-9a-f]{48}"),
    *_secret("Linear key", "lin_api_", rb"[A-Za-z0-9]{40}"),
    *_secret("Postman key", "PMAK-", rb"[0-9a-f]{24}-[0-9a-f]{34}"),
    *_secret("Groq key", "gsk_", rb"[A-Za-z0-9]{52}"),
    *_secret("xAI key", "xai-", rb"[A-Za-z0-9]{80}"),
    *_secret("Databricks token", "dapi", rb"[0-9a-f]{32}"),
    *_secret("Atlassian token", "ATATT3x", rb"[\w=-]{150,250}"),
    *_secret("Supabase token", "sbp_", rb"[0-9a-f]{40}"),
    *_secret("Figma token", "figd_", rb"[\w-]{40}"),
    *_secret("Netlify token", "nfp_", rb"[A-Za-z0-9]{36}"),
    *_secret("New Relic key", "NRAK-", rb"[A-Z0-9]{27}"),
    *_secret("Pulumi token", "pul-", rb"[0-9a-f]{40}"),
    *_secret("Tailscale key", "tskey-", rb"(?:auth|api|client)-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,40}"),
    *_secret("age key", "AGE-SECRET-KEY-1", rb"[A-Z0-9]{58}"),
    *(
        # Amazon's documentation uses a key that ends in EXAMPLEKEY.
        Pattern(
            "AWS secret key",
            literal,
            re.compile(literal + rb"[\"']?\s{0,9}[=:]\s{0,9}[\"']?(?![\w/+]{30}EXAMPLEKEY)[\w/+]{40}(?![\w/+=])"),
        )
        for literal in (b"aws_secret_access_key", b"AWS_SECRET_ACCESS_KEY", b"aws_secret_key")
    ),
    Pattern("Discord webhook", b"discord.com/api/webhooks/", re.compile(rb"[a-z./]+\d{17,20}/[\w-]{60,80}")),
    # Not in examples, whose passwords are words and whose hosts do not exist. The ends of http, ftp, https, amqps,
    # postgresql, mysql, postgres, redis, rediss, mongodb, mongodb+srv, amqp and ssh.
    *(
        Pattern(
            URL_PASSWORD,
            scheme + b"://",
            re.compile(
                scheme + rb"://[\w.%+-]{1,64}:(?=[^@\s]{0,99}\d)(?=[^@\s]{0,99}[A-Za-z])"
                rb"(?!(?i:[^@\s]{0,60}(?:pass|pw|secret|token|change|tiger|xxx|1234|abc)))[^\s/:@\"'<>{}$\\*`]{12,100}"
                rb"@(?!(?i:[\w.-]{0,60}\b(?:example|localhost|test|invalid|local|host|server|domain)\b))[A-Za-z0-9]"
            ),
        )
        for scheme in b"tp ps ql es is ss db rv qp sh".split()
    ),
)
