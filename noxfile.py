"""Every build step and every check of a release, by name: `nox -l` lists them.

Environments and commands, nothing else: a session installs its locked tools and runs `python scripts/truewheel NAME`
or a tool. Arguments after `--` go to that program; `nox -s NAME -- --help` lists them.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import nox

nox.needs_version = ">=2026.4"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
# A Python that is not installed is not downloaded: releases are built and tested with what the machine has.
nox.options.download_python = "never"
# `nox -s tests` tests the Pythons that are installed; one that is named (`nox -s tests-3.12`) must be installed.
nox.options.error_on_missing_interpreters = any("tests-" in argument for argument in sys.argv)
# What a contributor runs before a pull request.
nox.options.sessions = ["lint", "tests", "wheels", "check-dist"]

try:
    PLATFORMS = list(nox.project.load_toml("pyproject.toml")["tool"]["release"]["platforms"])
except (OSError, ValueError, KeyError, TypeError) as error:
    sys.exit(f"noxfile.py: [tool.release.platforms] of pyproject.toml cannot be read: {type(error).__name__}: {error}")

# The Python that runs nox is always tested, so that `nox -s tests` cannot pass without having tested anything.
HERE = f"3.{sys.version_info.minor}"
PYTHONS = list(dict.fromkeys(["3.10", "3.11", "3.12", "3.13", HERE]))
# The percentage of the lines of scripts/truewheel that the tests must run, on one Python.
COVERAGE = 97
# For the wheels in tests/real_wheels/NAME.txt, each of one of these: a Python, and platforms as pip names them.
_MANYLINUX = (
    "manylinux1",
    "manylinux2010",
    "manylinux2014",
    *(f"manylinux_2_{minor}" for minor in (17, 24, 26, 27, 28)),
)
_MACOS = ((10, 6), (10, 9), (10, 12), (10, 13), (10, 15), *((major, 0) for major in range(11, 15)))
REAL_WHEELS = {
    "linux": ("3.12", [f"{policy}_x86_64" for policy in _MANYLINUX]),
    "windows": ("3.12", ["win_amd64"]),
    "linux_aarch64": ("3.12", [f"{policy}_aarch64" for policy in _MANYLINUX]),
    "musllinux": ("3.13", ["musllinux_1_1_x86_64", "musllinux_1_2_x86_64"]),
    "macos_arm64": ("3.13", [f"macosx_{a}_{b}_{arch}" for a, b in _MACOS for arch in ("arm64", "universal2")]),
    "macos_x86_64": ("3.12", [f"macosx_{a}_{b}_{arch}" for a, b in _MACOS for arch in ("x86_64", "universal2")]),
    "win32": ("3.12", ["win32"]),
    "win_arm64": ("3.13", ["win_arm64"]),
    "mobile": (
        "3.13",
        ["ios_13_0_arm64_iphoneos", "android_21_arm64_v8a", "android_24_arm64_v8a", "pyemscripten_2025_0_wasm32"],
    ),
}
WORKFLOWS = [".github/workflows/publish.yml", ".github/workflows/ci.yml"]


def install(session: nox.Session, name: str) -> None:
    """Install what requirements/NAME.txt locks, every file checked against its hash."""
    session.install("--require-hashes", "-r", f"requirements/{name}.txt")


def truewheel(session: nox.Session, program: str, *arguments: str, **options: Any) -> None:
    """Run a program of scripts/truewheel, from the tree."""
    # nox would mix progress, which goes to standard error, into `--json`.
    session.run("python", "scripts/truewheel", program, *arguments, stderr=None, **options)


def asks_for_help(session: nox.Session) -> bool:
    """Whether a session that installs much, or takes no arguments, should only say what it takes."""
    return bool({"-h", "--help"} & {*session.posargs})


def refuse_arguments(session: nox.Session) -> None:
    """Fail if a session that takes no arguments was given any, before it starts anything; answer `--help`."""
    if asks_for_help(session):
        session.skip(f"nox -s {session.name} takes no arguments")
    if session.posargs:
        session.error(f"nox -s {session.name} takes no arguments, not {' '.join(session.posargs)}")


@nox.session
@nox.parametrize("platform", PLATFORMS, ids=PLATFORMS)
def wheels(session: nox.Session, platform: str) -> None:
    """Build, verify and test the wheel of a platform, and put it in dist/."""
    install(session, "build")
    truewheel(session, "wheels", platform, *session.posargs)


@nox.session
def validate(session: nox.Session) -> None:
    """May this tag be released?"""
    install(session, "truewheel")
    truewheel(session, "validate", *session.posargs)


@nox.session(name="check-dist")
def check_dist(session: nox.Session) -> None:
    """May the files in dist/ be published?"""
    install(session, "truewheel")
    truewheel(session, "check-dist", *session.posargs)


@nox.session
def rehearse(session: nox.Session) -> None:
    """See the whole release happen on this machine: publish.yml against an index on loopback."""
    install(session, "rehearse")
    # On Ctrl-C it ends every program that it started and cleans up; nox would kill it after 0.3 seconds.
    truewheel(session, "rehearse", *session.posargs, interrupt_timeout=30, terminate_timeout=15)


@nox.session
def verify(session: nox.Session) -> None:
    """Do users get what was built? Compares the index with dist/, installs from the index and tries the package."""
    install(session, "verify")
    truewheel(session, "verify", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Test the release machinery, on every supported Python that is installed."""
    install(session, "tests")
    # Every test runs on the Python that runs nox; on the others, those whose outcome depends on the Python.
    options = ["-n", "auto", "--dist", "worksteal"]
    if session.python != HERE:
        options.append("--skip-once")
    elif not session.posargs:
        options += ["--cov", "--cov-report=", f"--cov-fail-under={COVERAGE}"]
    session.run("python", "-m", "pytest", *options, *session.posargs, env={"COVERAGE_CORE": "sysmon"})


@nox.session(name="tests-wine")
def tests_wine(session: nox.Session) -> None:
    """Run our tests that start no program but Python, with a Windows Python under Wine (8 or newer)."""
    if asks_for_help(session):
        session.skip("nox -s tests-wine takes arguments of pytest, e.g. tests/wheel or -k record")
    install(session, "tests")
    session.run("python", "scripts/tests_wine.py", *session.posargs, env={"PYTHONPATH": "scripts"})


@nox.session
def lint(session: nox.Session) -> None:
    """Check workflows, style and types."""
    refuse_arguments(session)
    install(session, "lint")
    session.run("zizmor", "--offline", "--persona=auditor", "--no-progress", ".github")
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    session.run("check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def lock(session: nox.Session) -> None:
    """Lock what the sessions and the wheel builds install (-- --upgrade takes newer versions)."""
    install(session, "build")
    truewheel(session, "lock", *session.posargs)


@nox.session(name="fuzz-quiver")
def fuzz_quiver(session: nox.Session) -> None:
    """Open stores of quiverdb that were changed at random, for RELEASE_FUZZ_SECONDS or a minute (Linux and gcc)."""
    refuse_arguments(session)
    install(session, "tests")
    command = ("python", "-m", "pytest", "-k", "sanitizers or random", "tests/test_quiver_native.py")
    session.run(*command, env={"RELEASE_FUZZ_SECONDS": os.environ.get("RELEASE_FUZZ_SECONDS", "60")})


@nox.session(name="real-wheels")
def real_wheels(session: nox.Session) -> None:
    """Judge popular wheels from PyPI: every finding of check-dist must be true (downloads 600 MB, once)."""
    refuse_arguments(session)
    install(session, "tests")
    folder = download_real_wheels(session)
    session.run("python", "-m", "pytest", "-m", "real_wheels", "tests/real_wheels", env={"REAL_WHEELS": folder})


def download_real_wheels(session: nox.Session) -> str:
    """Download the wheels that tests/real_wheels lists, each checked against its hash; those already there stay."""
    folder = str(session.cache_dir / "real-wheels")
    for name, (python, platforms) in REAL_WHEELS.items():
        options = [option for platform in platforms for option in ("--platform", platform)]
        options += ["--python-version", python, "--only-binary", ":all:", "--no-deps", "--require-hashes"]
        session.run(
            *("python", "-m", "pip", "download", "--disable-pip-version-check", *options),
            *("--dest", folder, "--find-links", folder, "--requirement", f"tests/real_wheels/{name}.txt"),
        )
    return folder


@nox.session
def docs(session: nox.Session) -> None:
    """Write the pages of docs/ that are generated from the code (-- --check only compares)."""
    install(session, "rehearse")
    session.run("python", "scripts/write_docs.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure quiverdb against the standard library's stores, and check-dist against other wheel checkers."""
    refuse_arguments(session)
    install(session, "bench")
    wheels = session.create_tmp()
    for platform in PLATFORMS:
        truewheel(session, "wheels", platform, "--dist", wheels)
    own = ("--no-index", "--find-links", wheels, "--no-deps", "--force-reinstall", "quiverdb")
    session.run("python", "-m", "pip", "install", "--disable-pip-version-check", *own)
    session.run("python", "bindings/python/benchmarks/bench_store.py")
    session.run("python", "scripts/bench_check_dist.py", download_real_wheels(session), "--page", "docs/speed.md")
