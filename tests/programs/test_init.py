"""truewheel init, in the packages of tests/projects: nothing in them is edited, and the next commands work."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from tests.support.projects import Project, Rehearsed, run_in
from truewheel.programs import init, rehearse, validate

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


def clone(name: str, tmp_path: Path) -> Project:
    """A repository with a package of tests/projects, without its configuration."""
    project = Project(tmp_path / name)
    shutil.copytree(ROOT / "tests" / "projects" / name, project.root)
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


@pytest.mark.parametrize("name", PROJECTS)
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
    workflows = [str(project.root / ".github" / "workflows" / name) for name in ("publish.yml", "ci.yml")]
    for command in (
        ["zizmor", "--offline", "--persona=auditor", "--no-progress", *workflows],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
    ):
        if shutil.which(command[0]):
            checked = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
            assert checked.returncode == 0, checked.stdout + checked.stderr
