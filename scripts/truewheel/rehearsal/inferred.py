"""The configuration of a repository without `[tool.release]`, from its workflow and the package's own files."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from truewheel.config import Config, Package
from truewheel.errors import ReleaseError
from truewheel.system import git
from truewheel.toml_tables import load_toml
from truewheel.workflow import Job, Workflow
from truewheel.workflow.action_names import CIBUILDWHEEL

_METADATA = ("pyproject.toml", "setup.cfg", "setup.py")
_VERSION = re.compile(r"\d+(\.\d+)+")


def inferred_config(root: Path, workflow: Workflow, publisher: Job | None) -> Config:
    """Return the configuration of a repository by its workflow and the job that publishes; it names no platforms."""
    environment = publisher.environment.name.source if publisher and publisher.environment else ""
    return Config(root, inferred_package(root, workflow), workflow.path, environment, platforms=())


def inferred_package(root: Path, workflow: Workflow) -> Package:
    """Return the package that a workflow builds; a ReleaseError if no file names it."""
    for folder in _folders(root, workflow):
        pyproject = root / folder / "pyproject.toml"
        settings = load_toml(pyproject, shown_as=(folder / "pyproject.toml").as_posix()) if pyproject.exists() else {}
        project = settings.get("project", {})
        version = project.get("version")
        if name := project.get("name") or _name_in_setup(root / folder):
            return Package(folder, name, version if isinstance(version, str) else None, settings)
    raise ReleaseError(
        f"none of {', '.join(_METADATA)} names the package that {workflow.path.as_posix()} releases",
        hint="write name in [project] of pyproject.toml",
    )


def tag_of(root: Path, package: Package) -> str:
    """Return the tag of the package's version in the form of the newest; a ReleaseError if it is not static."""
    newest = next(iter(git.run(root, "tag", "--sort=-creatordate").splitlines()), "")
    if package.version is None:
        raise ReleaseError(
            f"the version of {package.name} is not written in [project], so there is no tag to rehearse",
            hint=f"name a tag, such as {newest or 'v1.0.0'}",
        )
    match = _VERSION.search(newest)
    return f"{newest[: match.start()] if match else 'v'}{package.version}"


def _folders(root: Path, workflow: Workflow) -> Iterator[Path]:
    """Where the package may be: where cibuildwheel is told to look, at the top, or in the only folder that has one."""
    for job in workflow.jobs.values():
        for step in job.steps:
            given = step.inputs.get("package-dir")
            if step.action == CIBUILDWHEEL and given and given.is_constant and (root / given.source).is_dir():
                yield Path(given.source)
    yield Path()
    # The files of a tag are there without git.
    found: Iterable[str | Path] = (path.relative_to(root) for path in root.rglob("pyproject.toml"))
    if (root / ".git").exists():
        found = git.tracked(root, "pyproject.toml", "*/pyproject.toml")
    yield from sorted((Path(path).parent for path in found), key=lambda folder: (len(folder.parts), folder))


def _name_in_setup(folder: Path) -> str:
    """Return the literal name in setup.cfg or setup.py."""
    settings = configparser.ConfigParser(interpolation=None)
    try:
        settings.read(folder / "setup.cfg", encoding="utf-8")
        if name := settings.get("metadata", "name", fallback=""):
            return name
        tree = ast.parse((folder / "setup.py").read_bytes())
    except (OSError, SyntaxError, ValueError, configparser.Error):
        return ""
    nodes = list(ast.walk(tree))
    assigned = [(node.targets, node.value) for node in nodes if isinstance(node, ast.Assign)]
    known = {getattr(target, "id", ""): value for targets, value in assigned for target in targets}
    given = [one.value for one in nodes if isinstance(one, ast.keyword) and one.arg == "name"]
    found = (known.get(one.id) if isinstance(one, ast.Name) else one for one in given)
    return next((one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)), "")
