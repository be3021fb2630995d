"""A job of GitHub Actions is told from a job of a rehearsal, whatever a workflow sets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from tests.support.rehearsed import rehearsed
from truewheel.builders.choice import choose_builder
from truewheel.config import Config, load_package
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.system.files import claimed
from truewheel.system.github_actions import (
    NOT_RUN,
    RAN,
    RehearsedJob,
    is_real_job,
    is_rehearsed,
    rehearsed_job,
    remarks_in,
)

REAL = {"GITHUB_ACTIONS": "true"}


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a job; the working folder is the workspace in it."""
    folder = tmp_path / "attempt-1" / "build-0"
    (folder / "workspace").mkdir(parents=True)
    monkeypatch.chdir(folder / "workspace")
    return folder


def test_a_rehearsed_job_is_not_a_real_one(job: Path) -> None:
    assert is_real_job(REAL)
    assert not is_real_job({})
    with rehearsed(job, system="Windows", upstream="https://index.test/simple"):
        environ = {**os.environ, **REAL}
        assert (is_real_job(environ), is_rehearsed(environ)) == (False, True)
        assert rehearsed_job(environ) == RehearsedJob(job, "Windows", "x86_64", "https://index.test/simple")
        assert is_real_job(REAL)
    # The rehearsal has ended.
    assert (is_real_job(environ), is_rehearsed(environ)) == (True, False)


@pytest.mark.parametrize("content", [None, "{", '{"system": "Linux"}', "[]"])
def test_a_rehearsed_job_without_its_facts_is_an_error(job: Path, content: str | None) -> None:
    with rehearsed(job):
        facts = job / "rehearsed-job.json"
        facts.unlink() if content is None else facts.write_text(content, encoding="utf-8")
        with pytest.raises(ReleaseError) as caught:
            is_real_job({**os.environ, **REAL})
    assert caught.value.message.startswith("rehearsed-job.json of this rehearsed job cannot be read: ")
    assert caught.value.hint == (
        "a step of the job deleted or changed it: a job must leave the folder around its workspace alone"
    )


def test_another_process_sees_the_lock(job: Path) -> None:
    code = "import os; from truewheel.system.github_actions import is_rehearsed; print(is_rehearsed(os.environ))"
    command = [sys.executable, "-c", code]
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "RELEASE_REHEARSAL": str(job)}
    RehearsedJob(job, "Linux", "x86_64", "").save()

    def answer() -> str:
        return subprocess.run(command, cwd=job, env=environ, capture_output=True, check=True, text=True).stdout.strip()

    with claimed(job.parent.parent):
        assert answer() == "True"
    assert answer() == "False"


@pytest.mark.parametrize("value", ["true", "1", "", ".", "..", "/", "workspace"])
def test_a_variable_does_not_make_a_rehearsal(job: Path, value: str) -> None:
    with rehearsed(job):
        assert is_real_job({**REAL, "RELEASE_REHEARSAL": value})


def test_files_do_not_make_a_rehearsal(job: Path) -> None:
    """Whatever a commit or an artifact can put there."""
    RehearsedJob(job, "Linux", "x86_64", "").save()
    for folder in (job, job.parent):
        (folder / "claimed.lock").write_bytes(b"")
        (folder / "claimed.lock").chmod(0o444)
    assert is_real_job({**REAL, "RELEASE_REHEARSAL": str(job)})


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_a_locked_file_does_not_make_a_rehearsal(job: Path, tmp_path: Path) -> None:
    """A commit can have one, to a file that a service has locked, such as cron's /run/crond.pid."""
    RehearsedJob(job, "Linux", "x86_64", "").save()
    (tmp_path / "service").mkdir()
    with claimed(tmp_path / "service"):
        (job.parent / "claimed.lock").symlink_to(tmp_path / "service" / "claimed.lock")
        assert is_real_job({**REAL, "RELEASE_REHEARSAL": str(job)})


def test_a_rehearsal_elsewhere_does_not_make_this_one(
    job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rehearsed(job):
        (tmp_path / "real").mkdir()
        monkeypatch.chdir(tmp_path / "real")
        assert is_real_job({**REAL, "RELEASE_REHEARSAL": str(job)})


def test_remarks_are_kept_for_the_report(job: Path) -> None:
    assert remarks_in(job, RAN) == ()
    with rehearsed(job) as inside:
        for text in ("one.whl", "zwei ü.whl", "one.whl"):
            inside.remark(RAN, text)
        inside.remark(NOT_RUN, "no Windows")
    # What else a step wrote into the file.
    with (job / "remarks.jsonl").open("ab") as file:
        file.write(b'\xff\n5\n[]\n{"ran": 1}\n["ran", "a", "b"]\n')
    assert (remarks_in(job, RAN), remarks_in(job, NOT_RUN)) == (("one.whl", "zwei ü.whl"), ("no Windows",))


def test_a_real_job_builds_with_cibuildwheel_only_and_a_rehearsed_one_cross_builds(job: Path) -> None:
    arm = Platform("win_arm64", "windows-11-arm")
    config = Config(ROOT, load_package(ROOT, Path("bindings/python")), ROOT, "pypi", (arm,))
    with pytest.MonkeyPatch.context() as patch, rehearsed(job):
        patch.setattr("truewheel.builders.cibuildwheel.why_not", lambda *_, **__: "it is not Windows")
        environ = {**os.environ, **REAL}
        assert choose_builder(arm, config, requested=None, environ=environ).name == "zig"
        with pytest.raises(ReleaseError, match=r"^cibuildwheel cannot build win_arm64 here: it is not Windows$"):
            choose_builder(arm, config, requested=None, environ=REAL)
