"""truewheel init, in the packages of tests/projects: nothing in them is edited, and the next commands work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from tests.support.projects import Project, Rehearsed, run_in
from truewheel.adoption.files import marked
from truewheel.adoption.texts import ci_workflow, publish_workflow
from truewheel.builds import Build
from truewheel.config import load_config
from truewheel.platforms import Platform
from truewheel.programs import init, lock, rehearse, validate

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="init asks cibuildwheel, which needs Python 3.11"),
]
PROJECTS = [path.name for path in sorted((ROOT / "tests" / "projects").iterdir())]
WRITTEN = {
    *("noxfile.py", ".gitignore", ".github/workflows/publish.yml", ".github/workflows/ci.yml"),
    *("requirements/builds.txt", "requirements/package.txt"),
    *(f"requirements/truewheel-{name}.txt" for name in ("gates", "build", "verify", "rehearse")),
}


def clone(name: str, tmp_path: Path, *, is_configured: bool = False) -> Project:
    """A repository with a package of tests/projects; without its configuration, unless that is wanted."""
    project = Project(tmp_path / name)
    shutil.copytree(ROOT / "tests" / "projects" / name, project.root)
    if is_configured:
        project.commit()
        return project
    top = project.root / "pyproject.toml"
    rest = re.sub(
        r"\[tool\.release.*?\n\n?(?=\[(?!tool\.release)|\Z)", "", top.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    top.write_text(rest, encoding="utf-8") if rest.strip() else top.unlink()
    project.commit()
    return project


def initialize(project: Project, *arguments: str) -> Rehearsed:
    result = run_in(project, init.main, *arguments)
    assert result.progress == ""
    return result


def changed(project: Project) -> set[str]:
    return {line[3:] for line in project.git("status", "--porcelain", "--untracked-files=all").splitlines()}


# One with a core above the package and one with a wheel for each CPython are tried in every run, the others on request.
_ALWAYS = ("core_above", "setuptools_extension")


@pytest.mark.parametrize(
    "name", [name if name in _ALWAYS else pytest.param(name, marks=pytest.mark.container) for name in PROJECTS]
)
def test_the_next_commands_work_as_they_are_printed(name: str, tmp_path: Path) -> None:
    project = clone(name, tmp_path)
    result = initialize(project)
    assert result.status == 0, result.output
    assert changed(project) == WRITTEN | {"pyproject.toml"}
    assert result.output.splitlines()[-3:] == [
        "  nox -s validate -- --tag-only v1.2.0",
        "  nox -s rehearse -- --plan",
        "  nox -s rehearse",
    ]
    judged = run_in(project, validate.main, "--tag-only", "--no-index", "v1.2.0")
    assert judged.status == 0, judged.output
    planned = run_in(project, rehearse.main, "--plan")
    assert planned.status == 0, planned.output


needs_linters = pytest.mark.skipif(
    not all(map(shutil.which, ("zizmor", "check-jsonschema"))), reason="nox -s lint installs them"
)


@needs_linters
@pytest.mark.parametrize("emulated", [False, True])
def test_zizmor_and_the_schema_find_nothing_in_the_workflows(emulated: bool, tmp_path: Path) -> None:  # noqa: FBT001
    config = load_config(ROOT)
    if emulated:
        ours = Build("cp313", "manylinux_s390x")
        config = replace(config, platforms=(Platform("manylinux_s390x", "ubuntu-latest", builds=(ours,)),))
    workflows = [str(tmp_path / name) for name in ("publish.yml", "ci.yml")]
    for name, text in zip(workflows, (publish_workflow(config), ci_workflow(config, "main")), strict=True):
        Path(name).write_text(marked("ci", text), encoding="utf-8")
    for command in (
        ["zizmor", "--offline", "--persona=auditor", "--no-progress", *workflows],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
    ):
        checked = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


# What the first run has asked the index is in uv's cache.
OFFLINE = {"UV_OFFLINE": "1"}


def test_what_was_written_is_renewed_renamed_and_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = {"macosx_11_0_arm64", "manylinux_2_28_x86_64", "win_amd64"}
    monkeypatch.setattr(init, "released_tags", lambda *_: released)
    project = clone("ctypes_at_root", tmp_path)
    old = "on: push\njobs:\n  a:\n    environment: release\n    steps:\n      - run: uv publish\n"
    project.write(".github/workflows/wheels.yaml", old)
    project.write("noxfile.py", "import nox\n\n\n@nox.session\ndef tests(session):\n    pass\n")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "more")
    result = initialize(project)
    assert result.status == 0, result.output
    assert "this machine cannot build" not in result.output
    assert changed(project) == WRITTEN | {"pyproject.toml"}
    noxfile = (project.root / "noxfile.py").read_text()
    assert noxfile.startswith(
        "import nox\n\n\n@nox.session\ndef tests(session):\n    pass\n\n\n# truewheel init (noxfile, "
    )
    assert (project.root / ".gitignore").read_text() == "dist/\n__pycache__/\n"
    locked = run_in(project, lock.main, "--check", environ=OFFLINE)
    assert locked.status == 0, locked.output

    # The name that PyPI trusts; the environment that it trusts is another one.
    refused = initialize(project, "--workflow", "wheels.yaml")
    assert refused.output.splitlines()[-1] == (
        "init: cannot write: workflow in [tool.release] is .github/workflows/publish.yml"
    )
    # With one platform less, and an edit of the noxfile.
    table = '[tool.release.platforms.macosx_arm64]\nrunner = "macos-latest"\n\n'
    project.edit(Path("pyproject.toml"), lambda text: text.replace(table, "").replace("publish.yml", "wheels.yaml"))
    project.edit(Path("noxfile.py"), lambda text: text.replace('"lock", "build")', '"lock", "build")  # mine'))
    (project.root / ".github/workflows/publish.yml").unlink()
    edited = (project.root / "noxfile.py").read_text()
    result = run_in(project, init.main, "--upgrade", "--workflow", "wheels.yaml", environ=OFFLINE)
    assert result.status == 0, result.output
    assert ".github/workflows/ci.yml: renewed\n" in result.output
    assert "note: wheels.yaml had the environment release, which PyPI's publisher may name" in result.output
    assert "noxfile.py: was edited, so it is kept; a new one would differ as follows:\n" in result.output
    assert '\n    -    truewheel(session, "lock", "build")  # mine\n' in result.output
    assert (project.root / "noxfile.py").read_text() == edited
    for file in (".github/workflows/wheels.yaml", ".github/workflows/ci.yml", "requirements/builds.txt"):
        assert "macos" not in (project.root / file).read_text()
    judged = run_in(project, validate.main, "--tag-only", "--no-index", "v1.2.0")
    assert judged.status == 0, judged.output


@pytest.mark.skipif(sys.platform != "linux", reason="macOS builds for itself")
def test_a_workflow_that_is_replaced_leaves_its_environment_and_what_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(init, "released_tags", lambda *_: set())
    project = clone("ctypes_at_root", tmp_path)
    name = ".github/workflows/release.yml"
    job = "environment: release\n    env:\n      CIBW_BUILD_VERBOSITY: 1\n    steps:\n      - run: uv publish\n"
    project.write(name, f"on: push\njobs:\n  a:\n    {job}")
    project.write("noxfile.py", "import nox\n\n\n@nox.session\ndef wheels(session):\n    pass\n")
    result = initialize(project, "--workflow", "release.yml")
    assert (result.status, result.output.splitlines()[-1]) == (
        2,
        f"init: cannot write: {name} has changes that are not committed",
    )
    assert changed(project) == {name, "noxfile.py"}
    project.write("requirements/package.txt", "numpy\n")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "more")
    result = initialize(project, "--workflow", "release.yml")
    assert (result.status, result.output.splitlines()[-1]) == (
        2,
        "init: cannot write: requirements/package.txt was not written by truewheel",
    )
    assert changed(project) == set()
    project.git("rm", "--quiet", "requirements/package.txt")
    lines = initialize(project, "--workflow", "release.yml").output.splitlines()
    assert f"{name}: replaced; git show HEAD:{name} has the old one" in lines
    assert 'environment = "release"\n' in (project.root / "pyproject.toml").read_text()
    assert "    environment: release\n" in (project.root / name).read_text()
    assert (
        "note: this machine cannot build macosx_arm64, and there is no release to take wheels from: rehearse on one "
        "that can, or leave the platform out until the first release"
    ) in lines
    ignored = "the new workflows ignore these settings of cibuildwheel; add those that you need to pyproject.toml:"
    at = lines.index(f"note: {ignored}")
    assert lines[at + 1 : at + 3] == ["  [tool.cibuildwheel]", "  build-verbosity = 1"]
    first = lines.index(
        "noxfile.py: has its own wheels: rename or remove it, and run truewheel init again; add what else is missing:"
    )
    shown = [line.strip() for line in lines[first : lines.index("next:")] if line.startswith("    def ")]
    assert [line.partition("(")[0] for line in shown] == [
        f"def {session}" for session in ("truewheel", "validate", "check_dist", "rehearse", "verify", "lock")
    ]
    note = "note: first complete noxfile.py as shown above: without that, the next commands fail"
    assert lines[lines.index("next:") - 1] == note


@pytest.mark.parametrize(
    ("arguments", "folder", "message"),
    [
        (["--upgrade"], ".", "[tool.release] is missing in pyproject.toml"),
        ([], "src", "this is the folder src/ of a repository"),
        (["nowhere"], ".", "nowhere/pyproject.toml is missing"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    arguments: list[str], folder: str, message: str, tmp_path: Path
) -> None:
    project = clone("ctypes_at_root", tmp_path)
    result = initialize(Project(project.root / folder), *arguments)
    assert (result.status, result.output.splitlines()[-1]) == (2, f"init: cannot write: {message}")
    assert changed(project) == set()
    if arguments == ["nowhere"]:
        hint = "name the folder that has the package's pyproject.toml: truewheel init FOLDER"
        assert result.output.splitlines()[1:-1] == [f"  {hint}"]


def installed_truewheel(tmp_path: Path) -> Path:
    """Install this repository's truewheel from a commit, as a maintainer does; returns the folder for PYTHONPATH."""
    source = Project(tmp_path / "truewheel")
    shutil.copytree(ROOT / "scripts" / "truewheel", source.root / "scripts" / "truewheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source.root / name)
    source.write(".gitignore", "__pycache__/\n")
    source.commit()
    site = tmp_path / "installed" / "site"
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", str(site)]
    subprocess.run([*command, f"truewheel @ git+{source.root.as_uri()}"], check=True)
    return site


def make_version_from_git(project: Project) -> None:
    """Let setuptools-scm make the version of the package at the top of a repository, which is released for Linux."""
    # One platform, because each costs a build and a verification.
    windows = '[tool.release.platforms.win_amd64]\nrunner = "windows-latest"\n\n'
    provider = 'metadata.version.provider = "scikit_build_core.metadata.setuptools_scm"\nwheel.py-api'
    edits = {
        'version = "1.2.0"': 'dynamic = ["version"]',
        '"pypi"': '"pypi"\nversion = "dynamic"',
        '"cmake': '"setuptools-scm>=8", "cmake',
        "wheel.py-api": provider,
        windows: "",
    }
    for old, new in edits.items():
        project.edit(Path("pyproject.toml"), lambda text, old=old, new=new: text.replace(old, new))  # type: ignore[misc]
    settings = '\n[tool.setuptools_scm]\nlocal_scheme = "no-local-version"\n'
    project.edit(Path("pyproject.toml"), lambda text: text + settings)


@pytest.mark.skipif(sys.platform != "linux", reason="builds Linux wheels that must run here")
def test_the_last_command_rehearses_a_release_without_an_edit(tmp_path: Path) -> None:
    site = installed_truewheel(tmp_path)
    # It has [tool.release], and its version comes from git: the next one after a tag.
    project = clone("ctypes_at_root", tmp_path, is_configured=True)
    project.git("tag", "v1.1.0")
    make_version_from_git(project)
    environ = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "truewheel", "init"]
    written = subprocess.run(command, cwd=project.root, env=environ, capture_output=True, encoding="utf-8", check=False)
    assert written.returncode == 0, written.stdout
    commit = subprocess.run(
        ["git", "-C", str(tmp_path / "truewheel"), "rev-parse", "HEAD"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.strip()
    assert f'TRUEWHEEL = "truewheel @ git+{(tmp_path / "truewheel").as_uri()}@{commit}"\n' in (
        project.root / "noxfile.py"
    ).read_text(encoding="utf-8")
    # The other two are run in this process by the tests above.
    command = [sys.executable, "-m", *written.stdout.splitlines()[-1].split()]
    run = subprocess.run(command, cwd=project.root, capture_output=True, encoding="utf-8", check=False, timeout=1200)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "v1.1.1 would be released: 1 wheel on the index" in run.stdout
    assert "double_ctypes-1.1.1-py3-none-" in run.stdout
