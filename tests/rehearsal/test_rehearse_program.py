"""What `nox -s rehearse` takes and says, and how it ends when it is ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.index_server import Served, serving
from tests.support.programs import ROOT, run
from tests.support.projects import WORKFLOW, Project, rehearse, rehearse_as_program
from tests.support.waiting import output_of, text_of, wait_for_end, wait_until
from truewheel.programs import rehearse as program
from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.actions.checkout import CHECKOUT
from truewheel.rehearsal.faults import FAULTS
from truewheel.system.wine import Wine
from truewheel.workflow.action_names import PYPI_PUBLISH

pytestmark = pytest.mark.once
FILE = WORKFLOW.as_posix()
signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals that a test could send")

SLOW = """\
on:
  push:
    tags: ["v*"]
jobs:
  slow:
    runs-on: ubuntu-latest
    steps:
      - run: echo $$ > {marker}; echo begun; sleep 120
      - if: always()
        run: echo never > {marker}
"""
QUICK = """\
on:
  push:
    tags: ["v*"]
jobs:
  quick:
    runs-on: ubuntu-latest
    permissions: {}
    steps:
      - uses: actions/checkout@v7
      - run: echo "said"
      - run: touch kept.txt
"""


@pytest.fixture
def quick(empty_project: Project) -> Project:
    """A project whose workflow publishes nothing."""
    empty_project.write(WORKFLOW, QUICK)
    empty_project.commit()
    return empty_project


@pytest.fixture
def publishing(quick: Project) -> Project:
    """A project whose workflow publishes; what it would publish is known to no plan."""
    quick.write(WORKFLOW, f"{QUICK}      - uses: {PYPI_PUBLISH}@release/v1\n")
    quick.git("commit", "--quiet", "--all", "--message", "It publishes")
    return quick


def test_a_workflow_that_publishes_nothing_is_refused(quick: Project) -> None:
    result = rehearse_as_program(quick)
    assert (result.status, result.report["reason"]) == (1, "no job failed, but nothing is on the index")
    assert result.jobs() == {"quick": "success"}
    # Progress goes to the error output, and the JSON alone to the output.
    commit = result.report["commit"][:7]
    assert result.progress.startswith(
        f"rehearsing v0.5.0 of commit {commit}, workflow {FILE}\nstarted   quick\nsuccess   quick  "
    )
    # The output of its steps is shown only with --verbose.
    assert "quick | said" not in result.progress


def test_the_first_line_names_what_is_rehearsed(quick: Project) -> None:
    quick.write("a.txt", "not committed\n")
    quick.write("b.txt", "not committed\n")
    quick.git("tag", "0.5.0")
    result = rehearse(quick, environ={"PIP_INDEX_URL": "http://127.0.0.1:9/simple/"})
    first, second, *others = result.progress.splitlines()
    commit = quick.git("rev-parse", "HEAD")[:7]
    assert first == f"rehearsing v0.5.0 of commit {commit} with 2 uncommitted files, workflow {FILE}"
    assert second == "rehearse: note: the checked-out commit has the tag 0.5.0, without v; the release tag is v0.5.0"
    assert (result.status, others) == (2, [])
    assert result.report["error"].startswith("the index http://127.0.0.1:9/simple/ cannot be asked: ")
    assert result.report["hint"] == (
        "fix the network, or pip's index (pip config list); the wheels' dependencies are installed from it"
    )


def test_a_version_that_the_real_index_does_not_allow_is_not_fit(
    quick: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as index:
        index.use(monkeypatch)
        index.files["quiverdb-0.5.0-cp313-cp313-win_amd64.whl"] = Served(b"of another release")
        result = rehearse(quick)
    problem = result.report["index_problem"]
    assert problem == (
        "validate would refuse it: index-has-only-release: quiverdb-0.5.0-cp313-cp313-win_amd64.whl: "
        "is already on the index, and this release does not make such a file"
    )
    assert f"rehearse: note: {problem}\n" in result.progress
    with serving() as index:
        index.use(monkeypatch)
        assert rehearse(quick).report["index_problem"] == ""


def test_the_output_of_steps_is_shown_with_verbose(quick: Project) -> None:
    assert "quick | said" in rehearse(quick, "--verbose").progress


def test_everything_can_be_kept(quick: Project, tmp_path: Path) -> None:
    kept = tmp_path / "new" / "kept"
    page = tmp_path / "page.html"
    result = rehearse(quick, "--keep", str(kept), "--html", str(page))
    assert result.report["folder"] == str(kept)
    assert (kept / "attempt-1/quick-0/work/quiverdb/kept.txt").is_file()
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    again = rehearse(quick, "--keep", str(kept))
    assert (again.status, again.report["error"], again.report["hint"]) == (
        2,
        f"{kept} already exists",
        "name a new folder, or delete that one",
    )


def test_nothing_is_left_behind(quick: Project, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    assert rehearse_as_program(quick, environ={"TMPDIR": str(tmp_path / "scratch")}).status == 1
    assert list((tmp_path / "scratch").iterdir()) == []
    assert quick.git("status", "--porcelain", "--ignored") == ""


def test_a_plan_runs_nothing(publishing: Project) -> None:
    publishing.write("note.txt", "not committed\n")
    result = rehearse(publishing, "--plan")
    assert (result.status, result.progress) == (0, "")
    plan = result.report
    assert (plan["tag"], plan["fires"], plan["trigger"]) == ("v0.5.0", True, "its filters on.push match the tag")
    assert plan["uncommitted"] == ["note.txt"]
    (job,) = plan["jobs"]
    assert [step["run"] or step["stand_in"] for step in job["steps"]] == [
        CHECKOUT.does,
        'echo "said"',
        "touch kept.txt",
        STAND_INS[PYPI_PUBLISH].does,
    ]
    assert [builder["platform"] for builder in plan["builders"]] == ["manylinux_x86_64", "win_amd64"]
    assert plan["files"] == [
        "quiverdb-0.5.0-…-manylinux_…_x86_64.whl, for cp310",
        "quiverdb-0.5.0-…-win_amd64.whl, for cp310",
    ]
    assert (plan["release"], plan["notes"]) == (None, [])
    assert dict(plan["registration"])["Owner"] == "quiver"


MAC = '\n[tool.release.platforms.macosx_arm64]\nrunner = "macos-15"\nbuilds = ["cp310"]\n'


@pytest.mark.skipif(sys.platform != "linux", reason="macOS builds for itself")
def test_a_plan_knows_wine_and_understudies(publishing: Project, wine: Wine, monkeypatch: pytest.MonkeyPatch) -> None:
    publishing.edit(Path("pyproject.toml"), lambda text: text + MAC)

    def planned() -> tuple[dict[str, bool], str]:
        result = rehearse(publishing, "--plan")
        builders = result.report["builders"]
        assert builders[2]["builder"] == "understudy"
        taken, _, why = builders[2]["reason"].partition(": ")
        assert taken == "the wheels of the last release, if there is one, take their place"
        assert why.startswith("cibuildwheel cannot build macosx_arm64 here: ")
        return {builder["platform"]: builder["runs_here"] for builder in builders}, result.report["reason"]

    runs, reason = planned()
    assert runs == {"manylinux_x86_64": True, "win_amd64": True, "macosx_arm64": False}
    taken = "cannot be built here and are taken from the last release, if there is one: macosx_arm64"
    assert reason.endswith(f"1 job; wheels for 1 of 3 platforms {taken}")
    monkeypatch.setenv("TRUEWHEEL_WINE", "")
    runs, reason = planned()
    assert runs["win_amd64"] is False
    assert reason.endswith(f"{taken}; wheels for 1 of 3 platforms cannot be run here: win_amd64")


def test_a_plan_misses_a_session_that_the_workflow_names(publishing: Project) -> None:
    publishing.edit(WORKFLOW, lambda text: text.replace("run: touch kept.txt", "run: nox -s verify"))
    missing = "sessions-exist: the job quick runs the session 'verify', which noxfile.py does not have"
    result = rehearse(publishing, "--plan")
    assert (result.status, result.report["findings"]) == (1, [missing])
    publishing.write("noxfile.py", "import nox\n\n@nox.session\ndef verify(session): ...\n")
    assert rehearse(publishing, "--plan").status == 0


def test_a_plan_of_a_tag_that_starts_nothing_is_refused(quick: Project) -> None:
    result = rehearse(quick, "--plan", "2.0")
    assert (result.status, result.report["fires"]) == (1, False)
    assert result.report["trigger"] == f"{FILE} is not started by the tag '2.0': on.push.tags is v*"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["--fault", "gremlins"],
            "there is no fault 'gremlins'; the faults are " + ", ".join(kind.name for kind in FAULTS),
        ),
        (["--fault", "id-token-missing=x"], "the fault id-token-missing does not take a parameter"),
        (
            ["--fault", "upload-fails-after=x"],
            "upload-fails-after=x: expected a whole number, e.g. upload-fails-after=1",
        ),
        (
            ["--fault", "upload-fails-after"],
            f"no job of {FILE} uses pypa/gh-action-pypi-publish: there is nothing to break",
        ),
        (
            ["--fault", "build-fails"],
            f"no job of {FILE} uploads an artifact: there is no build to break",
        ),
        (["--fault", "runner-killed=gone"], "runner-killed=gone: the workflow has no job gone; it has quick"),
        (
            ["--workflow", "no.yml"],
            "there is no no.yml at v0.5.0",
        ),
        (["--workflow", "/no.yml"], "/no.yml is not a path inside the repository"),
        (["--plan", "--html", "x", "--fault", "y"], "--plan runs nothing, so it cannot be used with --fault, --html"),
        (["--html", "."], ". cannot be written"),
        (["--keep", "kept"], "kept is in the repository, and would be part of the next rehearsal"),
        (["--repository", "nonsense"], "'nonsense' is not a repository on GitHub"),
        (["--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["v1..0"], "git tag failed: fatal: 'v1..0' is not a valid tag name."),
    ],
)
def test_what_cannot_be_rehearsed_is_an_error(quick: Project, arguments: list[str], error: str) -> None:
    result = rehearse(quick, *arguments)
    assert (result.status, result.report["verdict"], result.report["error"]) == (2, "cannot-judge", error)


def test_a_folder_without_a_project_is_an_error(tmp_path: Path) -> None:
    result = rehearse(Project(tmp_path))
    assert (result.status, result.report["error"]) == (2, "pyproject.toml is missing")


def test_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(program.main, capsys, "--list-faults").output.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [kind.spelling for kind in FAULTS]
    listed = json.loads(run(program.main, capsys, "--list-faults", "--json").output)["faults"]
    assert [row["name"] for row in listed] == [kind.name for kind in FAULTS]
    assert all(row["then"] and row["sees"] for row in listed)


@signals
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything(empty_project: Project, tmp_path: Path, sign: signal.Signals) -> None:
    marker, scratch = tmp_path / "marker", tmp_path / "scratch"
    scratch.mkdir()
    empty_project.write(WORKFLOW, SLOW.format(marker=marker))
    empty_project.commit()
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "TMPDIR": str(scratch)}
    # A test run in the background may ignore interrupts, which its programs inherit.
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from truewheel.programs.rehearse import main; sys.exit(main([]))"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=empty_project.root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as rehearsal:
        pid = text_of(marker)
        rehearsal.send_signal(sign)
        output, errors = output_of(rehearsal)
    assert (rehearsal.returncode, errors) == (130, "rehearse: interrupted\n")
    assert "cancelled slow" in output
    assert marker.read_text() == pid
    assert not Path(f"/proc/{pid.strip()}").exists()
    assert list(scratch.iterdir()) == []


def test_a_plan_of_a_tag_that_does_not_exist(quick: Project) -> None:
    result = rehearse(quick, "--plan", "v9.9.9")
    assert (result.status, result.report["fires"]) == (1, True)
    (finding,) = result.report["findings"]
    assert finding.startswith("tag-equals-version: the tag is v9.9.9, but ")
    assert result.report["reason"] == f"v9.9.9 would be refused by validate: {finding}"
    note = f"there is no tag v9.9.9: using the checked-out commit {result.report['commit'][:12]}"
    assert result.report["notes"] == [note]


def test_a_tag_that_does_not_exist_is_named_first_and_last(quick: Project) -> None:
    quick.edit(WORKFLOW, lambda text: text.replace("touch kept.txt", "exit 1"))
    quick.git("commit", "--quiet", "--all", "--message", "It fails")
    result = rehearse(quick, "v9.9.9")
    assert result.progress.splitlines()[1].startswith("rehearse: note: there is no tag v9.9.9: using the checked-out ")
    assert result.report["reason"] == "job quick failed: exit status 1; there is no tag v9.9.9"
    # Its version is that of the commit, so its absence is not why anything fails.
    assert rehearse(quick, "v0.5.0").report["reason"] == "job quick failed: exit status 1"


def test_a_tag_without_v_gets_a_hint(quick: Project) -> None:
    result = rehearse(quick, "0.5.0")
    assert (result.status, result.report["hint"]) == (2, "did you mean v0.5.0?")


@signals
@pytest.mark.parametrize(
    ("sign", "send"),
    [
        # As a terminal sends them, to nox and to the rehearsal.
        ("SIGINT", "killpg"),
        ("SIGHUP", "killpg"),
        # As `kill` sends it, to nox only, which then leaves its programs running.
        ("SIGTERM", "kill"),
    ],
)
def test_nothing_keeps_running_when_nox_is_ended(empty_project: Project, tmp_path: Path, sign: str, send: str) -> None:
    marker, scratch = tmp_path / "marker", tmp_path / "scratch"
    scratch.mkdir()
    # A program that ignores signals: by default nox would wait neither for it nor for the rehearsal.
    deaf = f"trap '' INT TERM; echo $$ > {marker}; while :; do sleep 1; done"
    empty_project.write(WORKFLOW, SLOW.replace("echo $$ > {marker}; echo begun; sleep 120", deaf).format(marker=marker))
    session = "@nox.session(venv_backend='none')\ndef rehearse(session):\n    "
    call = f"session.run({sys.executable!r}, '-c', CODE, interrupt_timeout=30, terminate_timeout=15)\n"
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from truewheel.programs.rehearse import main; sys.exit(main([]))"
    empty_project.write("noxfile.py", f"import nox\nCODE = {code!r}\n{session}{call}")
    empty_project.commit()
    assert "interrupt_timeout=30, terminate_timeout=15" in (ROOT / "noxfile.py").read_text(encoding="utf-8")
    start = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    # Nor may it ignore a closed terminal, as under nohup: a rehearsal that nohup started would go on.
    start += "signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    start += "from nox.__main__ import main; sys.argv = ['nox', '-s', 'rehearse']; main()"
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "TMPDIR": str(scratch)}
    with subprocess.Popen(
        [sys.executable, "-c", start],
        cwd=empty_project.root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as rehearsal:
        pid = text_of(marker)
        # By name: Windows has neither, and imports this module.
        getattr(os, send)(rehearsal.pid, signal.Signals[sign])
        output_of(rehearsal)
    wait_until(lambda: not list(scratch.iterdir()), "the scratch folder is empty")
    wait_for_end(int(pid))
