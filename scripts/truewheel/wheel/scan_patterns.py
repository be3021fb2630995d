"""What the content scan searches for: secrets of known formats, and paths of the machines that build wheels.

Most formats are in scan_patterns.toml.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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
    source: bytes

    @property
    def expression(self) -> re.Pattern[bytes]:
        """Compiled when its literal is found, as few are."""
        return _compiled(self.source)


_compiled = functools.cache(re.compile)
_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _secrets(table: str) -> Iterator[Pattern]:
    for kind, literals, rest in _TABLE[table]:
        for literal in literals.encode().split():
            # Not within a longer word: in enough base64 and hashes, every short word occurs.
            source = rb"(?<![A-Za-z0-9_+/])" + re.escape(literal) + rest.encode() + rb"(?![A-Za-z0-9_+/])"
            yield Pattern(kind, literal, source)


# Where an absolute path begins: not within a longer path or URL, unless after a compiler's option or file://.
_BEGIN = rb"(?:(?<![\w./~%$}\-\\])|(?<=-[ILFB])(?<!\w-[ILFB])|(?<=file://))"
_DRIVE = rb"(?<![A-Za-z]{2})(?<=[A-Za-z])"
_NAME = rb"[\w.+-]{1,64}"
_WINDOWS_NAME = rb"[\w.+ @~-]{1,64}"
_BACKSLASH = rb"\\{1,2}"


def _unix(folder: str, inside: bytes) -> Pattern:
    literal = b"/" + folder.encode()
    return Pattern(BUILD_PATH, literal, _BEGIN + literal + inside)


def _windows(literal: bytes, inside: bytes) -> Pattern:
    return Pattern(BUILD_PATH, literal, _DRIVE + re.escape(literal) + inside)


PATTERNS = (
    *_secrets("everywhere"),
    Pattern(
        "Slack webhook",
        b"hooks.slack.com",
        rb"hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{24}(?![A-Za-z0-9])",
    ),
    Pattern(
        "Google service account",
        b"private_key_id",
        rb"private_key_id\\?[\"']\s{0,9}:\s{0,9}\\?[\"'][0-9a-f]{40}\\?[\"']",
    ),
    Pattern(PRIVATE_KEY, b"-----BEGIN", rb"-----BEGIN (?:[A-Z0-9]{2,12} )?PRIVATE KEY(?: BLOCK)?-----"),
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
    Pattern(BUILD_PATH, b"/var/folders", rb"(?:" + _BEGIN + rb"|(?<=/private))/var/folders/\w"),
    _windows(rb":\Users", _BACKSLASH + _WINDOWS_NAME + _BACKSLASH),
    _windows(rb":\\Users", _BACKSLASH + _WINDOWS_NAME + _BACKSLASH),
    _windows(rb":\a", _BACKSLASH + _NAME + _BACKSLASH),
    _windows(rb":\\a", _BACKSLASH + _NAME + _BACKSLASH),
    Pattern(BUILD_PATH, b":/a", _DRIVE + rb"(?<=[CD]):/a/" + _NAME + b"/"),
    Pattern(BUILD_PATH, b"AppData", rb"(?<=[\\/])AppData(?:\\{1,2}|/)Local(?:\\{1,2}|/)Temp(?:\\{1,2}|/)\w"),
)
TEXT_PATTERNS = (
    *_secrets("in_text"),
    *(
        # Amazon's documentation uses a key that ends in EXAMPLEKEY.
        Pattern(
            "AWS secret key",
            literal,
            literal + rb"[\"']?\s{0,9}[=:]\s{0,9}[\"']?(?![\w/+]{30}EXAMPLEKEY)[\w/+]{40}(?![\w/+=])",
        )
        for literal in (b"aws_secret_access_key", b"AWS_SECRET_ACCESS_KEY", b"aws_secret_key")
    ),
    Pattern("Discord webhook", b"discord.com/api/webhooks/", rb"[a-z./]+\d{17,20}/[\w-]{60,80}"),
    # Not in examples, whose passwords are words and whose hosts do not exist. The ends of http, ftp, https, amqps,
    # postgresql, mysql, postgres, redis, rediss, mongodb, mongodb+srv, amqp and ssh.
    *(
        Pattern(
            URL_PASSWORD,
            scheme + b"://",
            scheme + rb"://[\w.%+-]{1,64}:(?=[^@\s]{0,99}\d)(?=[^@\s]{0,99}[A-Za-z])"
            rb"(?!(?i:[^@\s]{0,60}(?:pass|pw|secret|token|change|tiger|xxx|1234|abc)))[^\s/:@\"'<>{}$\\*`]{12,100}"
            rb"@(?!(?i:[\w.-]{0,60}\b(?:example|localhost|test|invalid|local|host|server|domain)\b))[A-Za-z0-9]",
        )
        for scheme in b"tp ps ql es is ss db rv qp sh".split()
    ),
)
