"""The jobs of a run: their order, their matrix, and what is run again."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from tests.support.runs import play
from tests.support.waiting import output_of, text_of, wait_for_end
from truewheel.rehearsal.runner.run import Hooks
from truewheel.system.processes import cores


def jobs(**needs: str) -> str:
    """Jobs that print their names, in this order, each behind those that it needs."""
    return "".join(
        f"{name}:\n  needs: [{needed}]\n  runs-on: ubuntu-latest\n  steps:\n    - run: echo {name}\n"
        for name, needed in needs.items()
    )


def test_jobs_run_after_those_that_they_need_in_any_order_of_the_file(tmp_path: Path) -> None:
    played = play(tmp_path, jobs(last="middle, first", middle="first", first=""))
    began = [line for line in played.recorder.events if line.startswith("begin")]
    assert began == ["begin first", "begin middle", "begin last"]
    assert list(played.conclusions) == ["last", "middle", "first"]


@pytest.mark.skipif(cores() < 2, reason="two jobs need two cores")
def test_independent_jobs_run_side_by_side(tmp_path: Path) -> None:
    shared = tmp_path.as_posix()
    # Each waits until it sees the other, so that neither could end before the other began.
    text = "".join(
        f"{me}:\n  runs-on: ubuntu-latest\n  timeout-minutes: 2\n  steps:\n"
        f"    - run: touch {shared}/{me}; while ! test -e {shared}/{other}; do sleep 0.05; done\n"
        for me, other in (("a", "b"), ("b", "a"))
    )
    assert play(tmp_path, text).conclusions == {"a": "success", "b": "success"}


FAILING = """\
bad:
  runs-on: ubuntu-latest
  steps:
    - run: test -e {marker}
after:
  needs: bad
  runs-on: ubuntu-latest
  steps:
    - run: echo after
far:
  needs: after
  runs-on: ubuntu-latest
  steps:
    - run: echo far
always:
  needs: bad
  if: always()
  runs-on: ubuntu-latest
  steps:
    - run: echo "${{{{ needs.bad.result }}}}"
behind-always:
  needs: always
  runs-on: ubuntu-latest
  steps:
    - run: echo behind
on-failure:
  needs: after
  if: failure()
  runs-on: ubuntu-latest
  steps:
    - run: echo on failure
beside:
  runs-on: ubuntu-latest
  steps:
    - run: echo beside
"""


def test_jobs_that_need_a_failed_job_are_skipped(tmp_path: Path) -> None:
    played = play(tmp_path, FAILING.format(marker=(tmp_path / "marker").as_posix()))
    assert played.conclusions == {
        "bad": "failure",
        "after": "skipped",
        "far": "skipped",
        "always": "success",
        # success() asks about all jobs before, not only the nearest.
        "behind-always": "skipped",
        "on-failure": "success",
        "beside": "success",
    }
    assert played.log("always") == ["failure"]


def test_a_rerun_runs_failed_jobs_and_those_that_need_them(tmp_path: Path) -> None:
    text = FAILING.format(marker=(tmp_path / "marker").as_posix())
    first = play(tmp_path, text)
    (tmp_path / "marker").touch()
    again = play(tmp_path, text, after=first)
    assert set(again.conclusions.values()) == {"success", "skipped"}
    assert again.conclusions["on-failure"] == "skipped"
    began = {line.removeprefix("begin ") for line in again.recorder.events if line.startswith("begin")}
    assert began == {"bad", "after", "far", "always", "behind-always"}
    assert {name: again.job(name).attempt for name in ("bad", "beside")} == {"bad": 2, "beside": 1}


def test_outputs_reach_the_following_jobs(tmp_path: Path) -> None:
    text = """\
one:
  runs-on: ubuntu-latest
  outputs:
    rows: ${{ steps.list.outputs.rows }}
  steps:
    - id: list
      run: echo 'rows=["x", "y"]' >> "$GITHUB_OUTPUT"
many:
  needs: one
  strategy:
    matrix:
      letter: ${{ fromJSON(needs.one.outputs.rows) }}
  runs-on: ubuntu-latest
  steps:
    - run: echo ${{ matrix.letter }} ${{ strategy.job-index }} of ${{ strategy.job-total }}
"""
    played = play(tmp_path, text)
    results = [leg.result for leg in played.states["many"].legs]
    assert [result.name for result in results] == ["many (x)", "many (y)"]
    assert [result.steps[0].log for result in results] == [("x 0 of 2",), ("y 1 of 2",)]


MATRIX = """\
many:
  name: Build ${{{{ matrix.n }}}}
  strategy:
    fail-fast: {fail_fast}
    max-parallel: {parallel}
    matrix:
      n: [1, 2, 3]
  runs-on: ubuntu-latest
  continue-on-error: {forgiven}
  steps:
    - run: {run}
after:
  needs: many
  runs-on: ubuntu-latest
  steps:
    - run: echo after
"""


def matrix(run: str, *, fail_fast: str = "false", parallel: int = 3, forgiven: str = "false") -> str:
    return MATRIX.format(run=run, fail_fast=fail_fast, parallel=parallel, forgiven=forgiven)


def test_rows_of_a_matrix_are_independent(tmp_path: Path) -> None:
    played = play(tmp_path, matrix("test ${{ matrix.n }} != 2"))
    assert [leg.result.conclusion for leg in played.states["many"].legs] == ["success", "failure", "success"]
    assert played.conclusions == {"many": "failure", "after": "skipped"}


def test_fail_fast_ends_the_others(tmp_path: Path) -> None:
    # The first to begin fails; the others would succeed after minutes.
    run = f'"! mkdir {tmp_path.as_posix()}/begun && sleep 300"'
    played = play(tmp_path, matrix(run, fail_fast="true", parallel=1))
    conclusions = sorted(leg.result.conclusion for leg in played.states["many"].legs)
    assert conclusions == ["cancelled", "cancelled", "failure"]


def test_max_parallel_is_kept(tmp_path: Path) -> None:
    # mkdir fails where the folder is there already, which is when another row is in between.
    folder = f"{tmp_path.as_posix()}/alone"
    run = f'"mkdir {folder} && sleep 0.1 && rmdir {folder}"'
    assert play(tmp_path, matrix(run, parallel=1)).conclusions["many"] == "success"


def test_a_job_that_may_fail_does_not_stop_the_run(tmp_path: Path) -> None:
    played = play(tmp_path, matrix("exit 1", forgiven="true"))
    assert played.conclusions == {"many": "success", "after": "success"}
    assert all(leg.result.tolerated for leg in played.states["many"].legs)


def test_only_the_rows_that_failed_are_run_again(tmp_path: Path) -> None:
    text = matrix(f"test ${{{{ matrix.n }}}} != 2 || test -e {tmp_path.as_posix()}/marker")
    first = play(tmp_path, text)
    (tmp_path / "marker").touch()
    again = play(tmp_path, text, after=first)
    assert [leg.result.attempt for leg in again.states["many"].legs] == [1, 2, 1]
    assert again.conclusions == {"many": "success", "after": "success"}


def test_a_matrix_without_rows_is_a_failure(tmp_path: Path) -> None:
    text = matrix("echo never").replace("[1, 2, 3]", "${{ fromJSON('[]') }}")
    played = play(tmp_path, text)
    assert played.conclusions == {"many": "failure", "after": "skipped"}
    assert played.job("many").error.startswith(".github/workflows/publish.yml, line ")


def test_hooks_are_called(tmp_path: Path) -> None:
    ended: list[str] = []
    hooks = replace(
        Hooks(),
        fails=lambda leg, _step: "asked for" if leg.row.get("n") == 2 else "",
        after_leg=lambda leg, outcome: ended.append(f"{leg.label}: {outcome.result.conclusion}"),
    )
    played = play(tmp_path, matrix("'true'"), hooks=hooks)
    assert sorted(ended) == ["many (1): success", "many (2): failure", "many (3): success"]
    assert played.states["many"].legs[1].result.error == "asked for"


INTERRUPTED = '''\
import pathlib, signal, sys
sys.path.insert(0, sys.argv[2])
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.support.runs import play
text = """
one:
  runs-on: ubuntu-latest
  steps:
    - run: echo $$ > {0}/pid; sleep 600
    - run: touch {0}/never
      if: always()
"""
try:
    play(pathlib.Path(sys.argv[1]), text.format(sys.argv[1]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
'''


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal for one program only")
def test_an_interrupt_ends_everything(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, tmp_path, ROOT / "scripts"], stdout=subprocess.PIPE, encoding="utf-8"
    ) as program:
        pid = text_of(tmp_path / "pid")
        program.send_signal(signal.SIGINT)
        output, _ = output_of(program)
    assert (output, program.returncode) == ("interrupted\n", 0)
    assert not (tmp_path / "never").exists()
    wait_for_end(int(pid))
