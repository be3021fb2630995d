"""What `truewheel init` writes into a repository, all of it worked out before the first byte is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from truewheel.adoption import texts
from truewheel.adoption.files import Change, extended, extended_noxfile, extended_toml, mark_of, marked, read, settled
from truewheel.adoption.ways import FOLDER
from truewheel.config import BUILDS_LOCK, Config
from truewheel.errors import ReleaseError
from truewheel.locks import PACKAGE_LOCK, adopted_files, builds_text, package_requirements, resolve_all
from truewheel.origin import find_origin
from truewheel.system import git

_NOXFILE = Path("noxfile.py")
_NAMES = {
    "publish": ("publish.yml", "release.yml", "truewheel-publish.yml"),
    "ci": ("ci.yml", "wheels.yml", "truewheel-ci.yml"),
}


def workflow_name(root: Path, kind: str) -> Path:
    """The name for a workflow: the one that init gave it, else the first free one; a ReleaseError if all are taken."""
    there = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in (root / FOLDER).glob("*.y*ml")}
    ours = [name for name in sorted(there) if mark_of(there[name]) == kind]
    free = [name for name in _NAMES[kind] if name not in there]
    if not ours and not free:
        raise ReleaseError(f"{', '.join(_NAMES[kind])} are taken in {FOLDER.as_posix()}", hint="rename one of them")
    return FOLDER / (ours + free)[0]


def changes(config: Config, before: Config | None, replaced: Path | None, *, is_upgrade: bool) -> Iterator[Change]:
    """What becomes of each file, for a release with all builds.

    `before` is what `[tool.release]` has, without builds that are locked, and `replaced` the workflow that may be
    replaced; an upgrade renews what `init` wrote earlier. A ReleaseError if the requirements cannot be locked, or a
    name that is needed is taken.
    """
    root = config.root
    if before is None:
        yield extended_toml(root, texts.release_table(config))
    sessions = texts.filled("sessions.txt", {"requirement": find_origin().requirement()})
    old = read(root, _NOXFILE) if (root / _NOXFILE).exists() else texts.filled("noxfile.txt", {})
    if mark_of(old) is None:
        added = extended_noxfile(_NOXFILE, old, "noxfile", sessions)
        yield added if (root / _NOXFILE).exists() else Change(_NOXFILE, "new", added.text)
    else:
        yield settled(root, _NOXFILE, "noxfile", sessions, is_upgrade=is_upgrade)
    workflows = {
        "publish": (config.workflow, texts.publish_workflow(config)),
        "ci": (workflow_name(root, "ci"), texts.ci_workflow(config, git.default_branch(root))),
    }
    for kind, (path, text) in workflows.items():
        if path == replaced:
            yield Change(path, f"replaced; git show HEAD:{path.as_posix()} has the old one", marked(kind, text))
        else:
            yield settled(root, path, kind, text, is_upgrade=is_upgrade)
    # A rehearsal takes what git does not ignore for a part of the release.
    if ignored := [f"{name}/\n" for name in ("dist", "__pycache__") if not git.ignores(root, Path(name, "any"))]:
        yield extended(root, Path(".gitignore"), "".join(ignored))
    yield from _locks(config, builds_text(before, config))


def _locks(config: Config, builds: str) -> Iterator[Change]:
    requirements = {PACKAGE_LOCK: package_requirements(config), **adopted_files()}
    old = {file: _old_lock(config.root / file) for file in [BUILDS_LOCK, *requirements]}
    texts = resolve_all(config, requirements, old, upgrade=False)
    for file, text in [*([(BUILDS_LOCK, builds)] if builds else []), *texts]:
        is_same = text == old[file]
        yield Change(file, "is up to date" if is_same else "locked", None if is_same else text)


def _old_lock(path: Path) -> str:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if text and "nox -s lock" not in text[:300]:
        hint = "rename it: nox -s lock writes a file of this name"
        raise ReleaseError(f"requirements/{path.name} was not written by truewheel", hint=hint)
    return text
