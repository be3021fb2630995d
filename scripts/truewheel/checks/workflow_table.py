"""The closed world: what is known to be harmless in the jobs that publish and in every job that they wait for.

Everything that is not in this table is a finding. docs/workflow.md is made from it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from truewheel.workflow import Job
from truewheel.workflow.action_names import CHECKOUT, DOWNLOAD, GITHUB_RELEASE, MERGE, NOX, PYPI_PUBLISH, QEMU, UPLOAD
from truewheel.workflow.release_jobs import using

# What a job does: it publishes to PyPI, makes the GitHub Release, or anything before.
TO_PYPI, TO_GITHUB, BEFORE = "publish to PyPI", "make the GitHub Release", "come before"

ANY = ("…",)
FLAG = ("true", "false")
OFF, ON = ("false",), ("true",)
# No address of PyPI is written here: this stands for the one that its own clients upload to.
PYPI = "PyPI's own"
_PYPI_SHA256 = "cd875daf8373fc5867bf9604bf24c37ad3e7eb673ee2a27f2cc21edb1cc73e59"
TOKEN = ("${{ github.token }}", "${{ secrets.GITHUB_TOKEN }}")
_SETUP = "another step may do that, in the open"
_CACHE = "other workflows write the caches that a release would read (D5)"
_RUN = "artifacts of another run may be taken, which nothing has judged (D5)"
_COMMIT = "another commit than the tag's may be built (D4)"
_TRUST = "PyPI must trust the workflow, not a token that may leak (D11)"
_OLD_INSIDE = "use actions that are made for Node.js 20 or older, which has ended"
_D10 = "the GitHub Release is made from the tag, with notes and wheels, at once and as the latest (D10)"


@dataclass(frozen=True, slots=True)
class Input:
    """An input of an action.

    Attributes:
        values: those that are harmless, as written; `ANY` for all that are known before anything runs.
        why: why another one matters.
        is_required: whether it must be written, because its default is not harmless.
    """

    values: tuple[str, ...]
    why: str = "nobody has judged what it does to a release"
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """An action.

    Attributes:
        oldest: the oldest good version.
        newest: the newest major version that is known.
        jobs: the jobs in which it is harmless.
        inputs: those that are known.
        why_old: what older ones do.
        is_tool: whether it only puts something on the runner, without which the job fails: any `if` is harmless.
    """

    oldest: tuple[int, ...]
    newest: int
    jobs: tuple[str, ...]
    inputs: Mapping[str, Input] = field(default_factory=dict)
    why_old: str = "are made for Node.js 20 or older, which has ended"
    is_tool: bool = False


_ARTIFACT = {"retention-days": Input(ANY), "compression-level": Input(ANY)}

ACTIONS: Mapping[str, Action] = {
    CHECKOUT: Action(
        (5,),
        7,
        (BEFORE, TO_GITHUB),
        {
            **{name: Input(FLAG) for name in ("persist-credentials", "fetch-tags", "lfs", "show-progress", "clean")},
            **{name: Input(ANY) for name in ("fetch-depth", "filter", "set-safe-directory")},
            "submodules": Input((*FLAG, "recursive")),
            "token": Input(TOKEN, "a stored secret lets everything in the job act as its owner (D11)"),
            "ref": Input(("${{ github.sha }}", "${{ github.ref }}", "${{ github.ref_name }}"), _COMMIT),
            "repository": Input(("${{ github.repository }}",), _COMMIT),
            "path": Input((".",), "the sessions would find other files, or none"),
            "sparse-checkout": Input((), "the sessions would miss files"),
            "github-server-url": Input(("${{ github.server_url }}",), _COMMIT),
        },
    ),
    NOX: Action((2025,), 2026, (BEFORE,), {"python-versions": Input(ANY)}, is_tool=True, why_old=_OLD_INSIDE),
    "actions/setup-python": Action(
        (6,),
        7,
        (BEFORE,),
        {
            **{name: Input(ANY) for name in ("python-version", "python-version-file", "architecture")},
            **{name: Input(FLAG) for name in ("check-latest", "allow-prereleases", "freethreaded")},
            "token": Input(TOKEN),
            "update-environment": Input(ON),
            "cache": Input(("",), _CACHE),
        },
        is_tool=True,
    ),
    "astral-sh/setup-uv": Action(
        (7,),
        10,
        (BEFORE,),
        {
            **{name: Input(ANY) for name in ("version", "version-file", "python-version", "checksum", "quiet")},
            **{name: Input(ANY) for name in ("cache-suffix", "cache-dependency-glob", "prune-cache")},
            "enable-cache": Input(OFF, _CACHE),
            "github-token": Input(TOKEN),
        },
        is_tool=True,
    ),
    QEMU: Action((4,), 4, (BEFORE,), {"platforms": Input(ANY), "cache-image": Input(OFF, _CACHE)}, is_tool=True),
    UPLOAD: Action(
        (6,),
        7,
        (BEFORE,),
        {
            **_ARTIFACT,
            "name": Input(ANY),
            "path": Input(ANY),
            "if-no-files-found": Input(("error",), "a build without a wheel would only be warned about (D8)", True),
            "overwrite": Input(ON, "a re-run would fail, because the name is taken (D14)", True),
            "include-hidden-files": Input(FLAG),
        },
    ),
    MERGE: Action(
        (6,),
        7,
        (BEFORE,),
        {
            **_ARTIFACT,
            "name": Input(ANY),
            "pattern": Input(ANY),
            "separate-directories": Input(OFF, "each artifact would be in its own folder, where nothing looks for it"),
            "delete-merged": Input(OFF, "a re-run would find nothing to merge (D14)"),
            "include-hidden-files": Input(FLAG),
        },
    ),
    DOWNLOAD: Action(
        (7,),
        8,
        (BEFORE, TO_GITHUB, TO_PYPI),
        {
            **{name: Input(ANY) for name in ("name", "pattern", "path")},
            "merge-multiple": Input(FLAG),
            "digest-mismatch": Input(("error",), "files that were changed on their way would be taken"),
            "skip-decompress": Input(OFF, "nothing would find the wheels in the archive"),
            "run-id": Input(("${{ github.run_id }}",), _RUN),
            "repository": Input(("${{ github.repository }}",), _RUN),
            "github-token": Input((), _RUN),
            "artifact-ids": Input((), "it is not known which artifacts these are"),
        },
    ),
    GITHUB_RELEASE: Action(
        (3,),
        3,
        (TO_GITHUB,),
        {
            **{name: Input(ANY) for name in ("name", "body", "body_path", "files", "preserve_order")},
            "generate_release_notes": Input(ON, _D10, True),
            "fail_on_unmatched_files": Input(ON, "a release without wheels would not be an error", True),
            "overwrite_files": Input(ON, "a re-run would keep an asset with the wrong bytes (D14)"),
            "append_body": Input(OFF, "a re-run would add the notes again (D14)"),
            "draft": Input(OFF, _D10),
            "prerelease": Input(OFF, _D10),
            "make_latest": Input(ON, _D10),
            "tag_name": Input(("${{ github.ref_name }}", "${{ github.ref }}"), _D10),
            "target_commitish": Input(("${{ github.sha }}",), _D10),
            "repository": Input(("${{ github.repository }}",), _D10),
            "token": Input(TOKEN, "a stored secret lets everything in the job act as its owner (D11)"),
        },
    ),
    PYPI_PUBLISH: Action(
        (1, 13),
        1,
        (TO_PYPI,),
        {
            **{name: Input(FLAG) for name in ("print-hash", "verbose")},
            "packages-dir": Input(ANY),
            "verify-metadata": Input(ON, "twine would not check the files before it uploads them"),
            "attestations": Input(ON, "users could not verify which workflow built the wheels (D11)"),
            "skip-existing": Input(OFF, "a file on the index with other bytes would be skipped silently (D14)"),
            "repository-url": Input((PYPI, ""), "the files would go somewhere other than PyPI (D11)"),
            "user": Input(("__token__",), _TRUST),
            "password": Input((), _TRUST),
        },
        why_old="let a name that someone else chose run commands (GHSA-vxmw-7h4f-hqxh)",
    ),
}

# Why an action matters that is not in the table, by its name.
OTHER_ACTIONS: Mapping[str, str] = {
    r"actions/cache(?:/.*)?": _CACHE,
    r"\./.*|\$/.*": "its steps are not judged; write them into the job, or into a nox session",
    r"docker://.*": "an image can hold anything, and may change behind its name",
    r"pypa/cibuildwheel|pyo3/maturin-action": "the session `wheels` builds, on your machine as well (D17)",
    r"actions/github-script": "it runs code that no session holds (D17)",
    r".*/.*download.*artifact.*": _RUN,
    r"step-security/harden-runner": "it watches every step, and can change what they do",
    r"actions/attest.*": "PyPI's attestations are made by the publish action; this one signs something else",
    rf".*/(?:{'|'.join(name.split('/')[1] for name in ACTIONS)})": "it is not the project of that name, but a copy",
    r".*": "it can read and change everything in the job",
}

# Variables that change nothing but what is printed; what a step's own command names is harmless, too.
VARIABLES = (
    *("PYTHONUTF8", "PYTHONIOENCODING", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER"),
    *("FORCE_COLOR", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "PY_COLORS", "TERM", "COLUMNS", "LANG", "LC_ALL", "TZ"),
    *("PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INPUT", "PIP_PROGRESS_BAR", "PIP_ROOT_USER_ACTION", "UV_NO_PROGRESS"),
    *("PIP_NO_WARN_SCRIPT_LOCATION", "PIP_NO_PYTHON_VERSION_WARNING"),
)
# With these, `nox` may be any program, or run something else: a gate with one of them is none.
DECISIVE = {
    r"NOX.*": "it decides what nox runs",
    r"PYTHON[A-Z0-9]*": "it decides how Python runs",
    r"PATH|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|BASH_FUNC.*|PATHEXT|COMSPEC": "another program may run under the name nox",
    r"LD_.*|DYLD_.*|GLIBC_TUNABLES": "it loads other code into every program",
    r"PIP_CONFIG_FILE|UV_CONFIG_FILE|(?:PIP|UV)_.*INDEX.*|(?:PIP|UV)_FIND_LINKS": "tools may come from another index",
    r"RELEASE_REHEARSAL|TRUEWHEEL_.*": "the gates would take the release for a rehearsal",
    r"GITHUB_(?!TOKEN$).*|RUNNER_.*|ACTIONS_.*": "the gates would judge another run than this one",
}
OTHER_VARIABLES: Mapping[str, str] = {
    **DECISIVE,
    r"(?:PIP|UV|VIRTUALENV)_.*": "it may change how the tools of the release are installed",
    r".*_PROXY": "someone else may answer for PyPI and its tools",
    r".*(?:CA_BUNDLE|CERT_FILE|CERT_DIR|EXTRA_CA).*|CURL_.*|GIT_.*": "someone else may answer for PyPI and its tools",
    r"TWINE_.*|INPUT_.*": "it changes where the files go, or as whom they are published, unseen (D11)",
    r"CIBW_.*": "the wheels would be built otherwise than on your machine; write it into [tool.cibuildwheel]",
    r"(?:CC|CXX|AR|LD|(?:C|CXX|CPP|LD|RUST)FLAGS|CMAKE_.*|SKBUILD_.*|MACOSX_DEPLOYMENT_TARGET|SOURCE_DATE_EPOCH)": (
        "the wheels would be built otherwise than on your machine; write it into the package's pyproject.toml"
    ),
}
UNKNOWN_VARIABLE = "it is not known what reads it"

# Keys that are never harmless where they are written.
KEYS: Mapping[str, str] = {
    "container": "what runs is decided by an image, not by the tag",
    "services": "what runs next to the job could take its token or answer for others",
    "snapshot": "it makes an image of a runner that has been used",
    "working-directory": "nox would read another noxfile",
    "runs-on.group": "the group may have any machine in it; GitHub's own have names",
}

LINUX = (
    *("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04", "ubuntu-26.04", "ubuntu-slim"),
    *("ubuntu-24.04-arm", "ubuntu-22.04-arm", "ubuntu-26.04-arm"),
)
RUNNERS = (
    *LINUX,
    *("windows-latest", "windows-2025", "windows-2022", "windows-11-arm"),
    *("macos-latest", "macos-26", "macos-15", "macos-14", "macos-15-intel", "macos-26-intel", "macos-latest-large"),
)
RETIRED = re.compile(r"ubuntu-(?:1\d|20)\.04|windows-20(?:1\d)|macos-1[0-3](?:[.-].*)?")

# What may follow `--` where a gate is called, next to the pushed tag.
REPORTS = re.compile(r"(?:--json|--html [\w.-]+\.html| )*")


def role(job: Job) -> str:
    """Return what a job does: `TO_PYPI`, `TO_GITHUB` or `BEFORE`."""
    return TO_PYPI if using(job, PYPI_PUBLISH) else TO_GITHUB if using(job, GITHUB_RELEASE) else BEFORE


def known_value(values: tuple[str, ...], written: str) -> bool:
    """Whether a value is among those of the table, apart from the spaces in expressions and case of flags."""
    if PYPI in values and hashlib.sha256(written.encode()).hexdigest() == _PYPI_SHA256:
        return True
    plain = {re.sub(r"\s", "", value) for value in values}
    return values == ANY or re.sub(r"\s", "", written) in plain or written.lower() in plain & set(FLAG)


def why_variable(name: str) -> str:
    """Return why a variable is known to matter; empty if it is harmless, or nothing is known of it."""
    return "" if name in VARIABLES else why_of(OTHER_VARIABLES, name)


def why_of(reasons: Mapping[str, str], name: str) -> str:
    """Return why something matters that is not in the table: the reason of the first pattern that its name matches."""
    return next((why for pattern, why in reasons.items() if re.fullmatch(pattern, name, re.IGNORECASE)), "")
