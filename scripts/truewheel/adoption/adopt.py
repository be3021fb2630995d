"""What `truewheel init` writes into a repository, all of it worked out before the first byte is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from truewheel.adoption import texts
from truewheel.adoption.files import (
    Change,
    extended,
    extended_noxfile,
    extended_toml,
    mark_of,
    marked,
    renewed,
    substituted,
    withdrawn,
    written,
)
from truewheel.adoption.ways import FOLDER
from truewheel.builders.identifiers import selected_builds
from truewheel.builds import parse_build
from truewheel.config import BUILDS_LOCK, Config
from truewheel.errors import ReleaseError
from truewheel.locks import (
    OLDEST_PYTHON,
    PACKAGE_LOCK,
    adopted_files,
    builds_text,
    package_python,
    package_requirements,
    resolve,
)
from truewheel.origin import Origin
from truewheel.platforms import Platform
from truewheel.system import git

_NOXFILE = Path("noxfile.py")
_NAMES = {
    "publish": ("publish.yml", "release.yml", "truewheel-publish.yml"),
    "ci": ("ci.yml", "wheels.yml", "truewheel-ci.yml"),
}


def workflow_name(root: Path, kind: str) -> Path:
    """The name for a workflow: the one that init gave it, else the first that is not taken.

    Raises:
        ReleaseError: all are taken.
    """
    there = sorted((root / FOLDER).glob("*.y*ml"))
    ours = [path for path in there if mark_of(path.read_text(encoding="utf-8", errors="replace")) == kind]
    if ours:
        return ours[0].relative_to(root)
    for name in _NAMES[kind]:
        if root / FOLDER / name not in there:
            return FOLDER / name
    raise ReleaseError(f"{', '.join(_NAMES[kind])} are taken in {FOLDER.as_posix()}", hint="rename one of them")


def with_builds(config: Config) -> Config:
    """Return the configuration with the builds that cibuildwheel selects now, where it names none itself.

    Raises:
        ReleaseError: cibuildwheel's settings are broken, or it selects nothing for a platform.
    """

    def whole(platform: Platform) -> Platform:
        lines = () if platform.builds else selected_builds(platform, config)
        builds = tuple(build for line in lines if (build := parse_build(line, platform.name)))
        return replace(platform, builds=platform.builds or builds)

    return replace(config, platforms=tuple(map(whole, config.platforms)))


@dataclass(frozen=True, slots=True)
class Adoption:
    """A repository that takes truewheel in.

    Attributes:
        config: the release, with all builds.
        origin: where truewheel comes from.
        selected: the identifiers of the builds that cibuildwheel selected.
        is_new: whether `[tool.release]` is to be written.
        replaced: the workflow that may be replaced.
        former: the workflow of `[tool.release]`, if another name was asked for.
        is_upgrade: whether to renew what `init` wrote earlier.
    """

    config: Config
    origin: Origin
    selected: tuple[str, ...]
    is_new: bool
    replaced: Path | None
    former: Path | None
    is_upgrade: bool


def changes(adoption: Adoption) -> Iterator[Change]:
    """What becomes of each file.

    Raises:
        ReleaseError: the requirements cannot be locked, or a name that is needed is taken.
    """
    config, root = adoption.config, adoption.config.root
    if adoption.is_new:
        yield extended_toml(root, texts.release_table(config))
    if (former := adoption.former) is not None:
        yield substituted(root, Path("pyproject.toml"), f'"{former.as_posix()}"', f'"{config.workflow.as_posix()}"')
        if (root / former).exists():
            yield withdrawn(root, former)
    yield _noxfile(adoption)
    ci = workflow_name(root, "ci")
    for kind, path, text in (
        ("publish", config.workflow, texts.publish_workflow(config)),
        ("ci", ci, texts.ci_workflow(config, git.default_branch(root))),
    ):
        if path == adoption.replaced:
            yield Change(path, f"replaced; git show HEAD:{path.as_posix()} has the old one", marked(kind, text))
        else:
            yield (renewed if adoption.is_upgrade else written)(root, path, kind, text)
    if not git.ignores(root, Path("dist/any.whl")):
        yield extended(root, Path(".gitignore"), "dist/\n")
    yield from _locks(config, adoption.selected)


def _noxfile(adoption: Adoption) -> Change:
    root, text = adoption.config.root, texts.sessions(adoption.origin.requirement())
    if not (root / _NOXFILE).exists():
        return Change(_NOXFILE, "new", texts.noxfile_head() + marked("noxfile", text))
    old = (root / _NOXFILE).read_text(encoding="utf-8")
    if mark_of(old) is None:
        return extended_noxfile(_NOXFILE, old, "noxfile", text)
    return (renewed if adoption.is_upgrade else written)(root, _NOXFILE, "noxfile", text)


def _locks(config: Config, selected: Sequence[str]) -> Iterator[Change]:
    requirements = {PACKAGE_LOCK: package_requirements(config), **adopted_files()}
    builds = builds_text(selected)
    files = [*([BUILDS_LOCK] if selected else []), *requirements]
    old = {file: _old_lock(config.root / file) for file in files}

    def text_of(file: Path) -> str:
        if file == BUILDS_LOCK:
            return builds
        python = package_python(config) if file == PACKAGE_LOCK else OLDEST_PYTHON
        return resolve(requirements[file], old[file], upgrade=False, python=python)

    with ThreadPoolExecutor() as pool:
        for file, text in zip(old, pool.map(text_of, old), strict=True):
            if text == old[file]:
                yield Change(file, "is up to date")
            else:
                yield Change(file, "renewed" if old[file] else "new", text)


def _old_lock(path: Path) -> str:
    if not path.exists():
        return ""
    text = path.read_text(encoding="utf-8")
    if "nox -s lock" not in text[:300]:
        raise ReleaseError(
            f"requirements/{path.name} is not a file of truewheel",
            hint="rename it: nox -s lock writes one of this name",
        )
    return text
