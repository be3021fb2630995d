"""Everything that a stand-in needs: a repository, a bare copy of it as origin, the folders of a job, and its call."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.publishing.pip_settings import PipSettings
from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, Services, StepFailed
from truewheel.rehearsal.github.artifact_store import ArtifactStore
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.runner.children import Children, Program
from truewheel.rehearsal.runner.environment import machine_of, system_of
from truewheel.system.github_actions import RehearsedJob

READ = {"contents": "read"}
WRITE = {"contents": "write"}


@dataclass
class Stage:
    """A folder with all of that; `log` is the log of the last action."""

    folder: Path
    tag: str = "v0.5.0"
    runner: str = "ubuntu-latest"
    environ: Mapping[str, str] = field(default_factory=dict)
    pip: PipSettings = field(default_factory=lambda: PipSettings("", {}))
    log: list[str] = field(default_factory=list)

    @property
    def source(self) -> ReleaseFolder:
        return ReleaseFolder(self.folder / "source")

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def services(self) -> Services:
        return Services(
            origin=self.folder / "origin.git",
            artifacts=self.folder / "artifacts",
            releases=self.folder / "releases",
            publish_environ=dict,
            modules=self.source.root / ".git" / "modules",
            project="quiverdb",
            version="0.5.0",
            pip=self.pip,
        )

    @property
    def artifacts(self) -> ArtifactStore:
        return ArtifactStore(self.services.artifacts)

    @property
    def artifact_names(self) -> list[str]:
        return [artifact.name for artifact in self.artifacts.artifacts()]

    def artifact_files(self, name: str) -> dict[str, str]:
        """Return the files of an artifact with their texts."""
        artifact = self.artifacts.find(name)
        assert artifact is not None
        return files_in(artifact.folder)

    @property
    def sha(self) -> str:
        return self.git(self.services.origin, "rev-parse", f"{self.tag}^{{commit}}")

    def write(self, file: str, text: str = "") -> Path:
        """Write a file into the workspace."""
        path = self.workspace / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def commit(self, message: str, *tags: str, file: str = "file.txt") -> None:
        """Commit a change of a file in the source, and tag it."""
        if not self.source.root.is_dir():
            self.source.root.mkdir()
            self.source.git("init", "--quiet", "--initial-branch=main")
        path = self.source.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((path.read_bytes() if path.exists() else b"") + message.encode())
        self.source.git("add", "--all")
        self.source.git("commit", "--quiet", "--message", message)
        for tag in tags:
            self.source.git("tag", tag)

    def push(self) -> None:
        """Make the origin equal to the source."""
        origin = self.services.origin
        if not origin.exists():
            self.git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
        self.source.git("push", "--quiet", "--mirror", "--force", str(origin))

    def git(self, folder: Path, *arguments: str) -> str:
        result = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, encoding="utf-8")
        return result.stdout.strip()

    def run(
        self,
        action: str,
        inputs: Mapping[str, str] | None = None,
        *,
        permissions: Mapping[str, str] | None = None,
        job: str = "build",
        attempt: int = 1,
        sha: str = "",
    ) -> ActionOutcome:
        """Run an action with these inputs, all of which it must know."""
        self.log.clear()
        if not sha and self.services.origin.exists():
            sha = self.sha
        identity = RunIdentity(
            repository="octo/quiver",
            workflow=".github/workflows/publish.yml",
            workflow_name="Publish",
            tag=self.tag,
            sha=sha,
            attempt=attempt,
            run_id=77,
        )
        return STAND_INS[action].run(
            ActionCall(
                inputs=inputs or {},
                workspace=self.workspace,
                temp=self.folder / "temp",
                environ={
                    "HOME": str(self.folder / "home"),
                    "PATH": os.environ["PATH"],
                    **self.environ,
                },
                permissions=READ if permissions is None else permissions,
                identity=identity,
                job=job,
                rehearsed=RehearsedJob(self.folder, system_of(self.runner), machine_of(self.runner), self.pip.index),
                services=self.services,
                say=self.log.append,
                run_program=lambda command, folder, environ, say: Children().run(
                    Program(command, folder, environ), say
                ),
            )
        )

    def fail(
        self,
        action: str,
        inputs: Mapping[str, str] | None = None,
        *,
        permissions: Mapping[str, str] | None = None,
        attempt: int = 1,
        sha: str = "",
    ) -> str:
        """Run an action that fails, and return its message."""
        with pytest.raises(StepFailed) as caught:
            self.run(action, inputs, permissions=permissions, attempt=attempt, sha=sha)
        assert "\n" not in str(caught.value)
        return str(caught.value)


# Gives a stage a copy of the repository that a function makes.
Repositories = Callable[[Stage, Callable[[Stage], object]], Stage]


def make_stage(folder: Path) -> Stage:
    """Make a stage with an empty workspace and no repository yet."""
    stage = Stage(folder.resolve())
    for name in ("workspace", "temp", "home"):
        (stage.folder / name).mkdir()
    return stage


def files_in(folder: Path) -> dict[str, str]:
    """Return every file below `folder` with its text, without git's."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
