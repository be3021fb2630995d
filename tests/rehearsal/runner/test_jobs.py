"""A job on its runner: what its steps are given, what they may say, and how they fail."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.runs import HEADER, Played, play
from tests.support.waiting import wait_for_end
from truewheel.rehearsal.runner.run import Hooks


def job(
    tmp_path: Path, steps: str, *, keys: str = "", header: str = HEADER, environ: dict[str, str] | None = None
) -> Played:
    """Run a workflow of one job with these steps."""
    lines = "\n".join(f"    {line}" for line in steps.splitlines())
    extra = "".join(f"  {line}\n" for line in keys.splitlines())
    text = f"one:\n  runs-on: ubuntu-latest\n{extra}  steps:\n{lines}\n"
    return play(tmp_path, text, header=header, environ=environ)


def test_steps_run_in_order_and_their_output_is_logged(tmp_path: Path) -> None:
    played = job(tmp_path, "- run: echo first\n- name: Second\n  run: |\n    echo second\n    echo third >&2\n")
    assert played.log("one") == ["first", "second", "third"]
    assert [(step.name, step.conclusion) for step in played.job("one").steps] == [
        ("Run echo first", "success"),
        ("Second", "success"),
    ]
    assert played.recorder.events == [
        "begin one",
        "one: Run echo first",
        "one | first",
        "one: Run echo first: success",
        "one: Second",
        "one | second",
        "one | third",
        "one: Second: success",
        "end one: success",
    ]


def test_after_a_failure_only_steps_that_always_run_are_run(tmp_path: Path) -> None:
    steps = """\
- run: |
    echo the reason
    exit 3
- run: echo never
- run: echo because it failed
  if: failure()
- run: echo in any case
  if: always()
"""
    played = job(tmp_path, steps)
    assert played.log("one") == ["the reason", "because it failed", "in any case"]
    assert [step.conclusion for step in played.job("one").steps] == ["failure", "skipped", "success", "success"]
    assert (played.job("one").conclusion, played.job("one").error) == ("failure", "the reason")


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("exit 3", "exit status 3"),
        ("echo 'check-dist: refused'; echo 'nox > Session check-dist failed.'; exit 1", "check-dist: refused"),
        ("echo '::error title=tag-form::no, 100%25%0Adetail'; echo bye; exit 1", "tag-form: no, 100%"),
        ("echo '::error::plain'; exit 1", "plain"),
        (
            "echo '::set-output name=a::b'",
            "it used ::set-output, which cannot be rehearsed: write to GITHUB_OUTPUT instead",
        ),
        (
            'echo nonsense >> "$GITHUB_OUTPUT"',
            "GITHUB_OUTPUT has the line 'nonsense', expected NAME=VALUE or NAME<<DELIMITER",
        ),
    ],
)
def test_why_a_step_failed(tmp_path: Path, script: str, error: str) -> None:
    steps = f"- run: |\n    {script}\n"
    assert job(tmp_path, steps).job("one").error == error


def test_a_failing_pipe_fails_only_with_shell_bash(tmp_path: Path) -> None:
    assert job(tmp_path / "a", "- run: false | true\n").job("one").conclusion == "success"
    assert job(tmp_path / "b", "- run: false | true\n  shell: bash\n").job("one").conclusion == "failure"
    defaults = HEADER.replace("jobs:", "defaults:\n  run:\n    shell: bash\njobs:")
    assert job(tmp_path / "c", "- run: false | true\n", header=defaults).job("one").conclusion == "failure"


def test_shells(tmp_path: Path) -> None:
    steps = """\
- run: test -n "$BASH_VERSION"
- run: echo "${0##*/}"
  shell: sh
- run: shopt -qo posix && echo custom
  shell: bash --posix {0}
- run: anything
  shell: no-such-shell {0}
"""
    played = job(tmp_path, steps)
    assert played.log("one") == ["step.sh", "custom"]
    assert played.job("one").error == "there is no no-such-shell on this machine"


@pytest.mark.once
@pytest.mark.skipif(sys.platform == "win32", reason="a link takes the place of Python")
def test_the_shell_python(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    played = job(tmp_path, "- run: print(1 + 1)\n  shell: python\n", environ={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})
    assert played.log("one") == ["2"]


def test_steps_pass_values_to_the_following_steps(tmp_path: Path) -> None:
    steps = """\
- id: first
  run: |
    echo "word=hello world" >> "$GITHUB_OUTPUT"
    echo "SET=by a step" >> "$GITHUB_ENV"
    mkdir bin && printf '#!/bin/sh\\necho mine\\n' > bin/greet && chmod +x bin/greet
    echo "$GITHUB_WORKSPACE/bin" >> "$GITHUB_PATH"
    echo "# Summary" >> "$GITHUB_STEP_SUMMARY"
- run: echo "$SET, ${{ env.SET }}, ${{ steps.first.outputs.word }}, ${{ steps.first.outcome }}"
- run: greet
"""
    assert job(tmp_path, steps).log("one") == ["by a step, by a step, hello world, success", "mine"]


def test_a_step_that_may_fail(tmp_path: Path) -> None:
    steps = """\
- id: weak
  run: exit 1
  continue-on-error: true
- run: echo "${{ steps.weak.outcome }} ${{ steps.weak.conclusion }} ${{ job.status }}"
"""
    played = job(tmp_path, steps)
    assert played.log("one") == ["failure success success"]
    assert [(step.conclusion, step.error) for step in played.job("one").steps] == [
        ("success", "exit status 1"),
        ("success", ""),
    ]


def test_the_innermost_variable_counts(tmp_path: Path) -> None:
    header = HEADER.replace("jobs:", "env:\n  A: workflow\n  B: workflow\n  C: workflow\njobs:")
    steps = "- run: echo $A $B $C\n  env:\n    C: step\n- run: echo $A $B $C ${{ env.B }}\n"
    played = job(tmp_path, steps, keys="env:\n  B: job ${{ github.ref_name }}\n", header=header)
    assert played.log("one") == ["workflow job v1.2.3 step", "workflow job v1.2.3 workflow job v1.2.3"]


def test_the_runner_is_fresh(tmp_path: Path) -> None:
    steps = """\
- run: |
    echo "$CI $GITHUB_ACTIONS $GITHUB_REF $GITHUB_REF_NAME $GITHUB_REF_TYPE $GITHUB_SHA $GITHUB_EVENT_NAME"
    echo "$GITHUB_REPOSITORY $GITHUB_REPOSITORY_OWNER $GITHUB_WORKFLOW_REF $GITHUB_JOB"
    ls -A "$HOME"; ls -A "$GITHUB_WORKSPACE"; test "$PWD" -ef "$GITHUB_WORKSPACE"
    test "$HOME" -ef "$RUNNER_TEMP/../home"
    echo "[$TWINE_PASSWORD] [$UV_PUBLISH_TOKEN] [$MINE] $PIP_INDEX_URL"
"""
    secrets = {"TWINE_PASSWORD": "s", "UV_PUBLISH_TOKEN": "s", "MINE": "s", "HOME": "/home/of/the/maintainer"}
    assert job(tmp_path, steps, environ=secrets).log("one") == [
        f"true true refs/tags/v1.2.3 v1.2.3 tag {'a' * 40} push",
        "owner/name owner owner/name/.github/workflows/publish.yml@refs/tags/v1.2.3 one",
        ".gitconfig",
        "[] [] [] https://localhost/simple/",
    ]


def test_only_a_job_with_the_permission_gets_a_token(tmp_path: Path) -> None:
    steps = '- run: echo "[$ACTIONS_ID_TOKEN_REQUEST_URL]"\n'
    assert job(tmp_path / "a", steps).log("one") == ["[]"]
    assert job(tmp_path / "b", steps, keys="permissions:\n  id-token: write\n").log("one") == ["[for None]"]
    keys = "permissions:\n  id-token: write\nenvironment: py${{ 'pi' }}\n"
    assert job(tmp_path / "c", steps, keys=keys).log("one") == ["[for pypi]"]
    assert job(tmp_path / "d", steps, keys="permissions: read-all\n").log("one") == ["[]"]


def test_an_action_is_replaced_by_its_stand_in(tmp_path: Path) -> None:
    steps = """\
- id: greet
  uses: someone/greet@v1
  with:
    NAME: ${{ github.actor }}
- run: echo "$GREETED ${{ steps.greet.outputs.status }}" && greeter
- uses: someone/greet@v1
  with:
    name: nobody
"""
    played = job(tmp_path, steps)
    assert played.log("one") == ["hello, maintainer", "from a program", "yes 0", "from a tool"]
    assert played.job("one").steps[0].stand_in == "someone/greet: greets"
    assert played.job("one").error == "there is nobody to greet"


def test_working_directories(tmp_path: Path) -> None:
    steps = """\
- run: mkdir -p a/b
- run: basename $PWD
  working-directory: a/b
- run: pwd
  working-directory: nowhere
"""
    played = job(tmp_path, steps)
    assert played.log("one") == ["b"]
    assert played.job("one").error == "the working directory 'nowhere' does not exist"


def test_a_step_or_job_over_its_time_limit_is_ended(tmp_path: Path) -> None:
    late = "it took longer than timeout-minutes allows, and was ended"
    step = job(tmp_path / "a", "- run: sleep 60\n  timeout-minutes: 0.005\n- run: echo never\n")
    assert (step.job("one").error, step.log("one")) == (late, [])
    whole = job(tmp_path / "b", "- run: sleep 60\n", keys="timeout-minutes: ${{ 0.005 }}\n")
    assert (whole.job("one").conclusion, whole.job("one").error) == ("failure", late)
    wrong = job(tmp_path / "c", "- run: echo never\n", keys="timeout-minutes: ${{ github.actor }}\n")
    place = ".github/workflows/publish.yml, line 8, column 22"
    assert wrong.job("one").error == f'{place}: expected a number above 0, found "maintainer"'
    assert wrong.log("one") == []


def test_a_job_of_another_system_has_a_note(tmp_path: Path) -> None:
    here = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}[sys.platform]
    other, label = ("Linux", "ubuntu-latest") if here == "Windows" else ("Windows", "windows-latest")
    text = f"""\
one:
  runs-on: {label}
  steps:
    - run: 'true'
      shell: bash
two:
  runs-on: [self-hosted, big]
  steps:
    - run: 'true'
      shell: bash
"""
    played = play(tmp_path, text)
    assert played.job("one").note == (
        f"a {other} job on this {here} machine: its commands run on {here}, and what it builds is cross-built"
    )
    assert (played.job("two").note, played.job("two").runner) == ("", "self-hosted, big")


def test_nothing_runs_after_the_runner_was_lost(tmp_path: Path) -> None:
    text = """\
one:
  runs-on: ubuntu-latest
  steps:
    - run: echo begun; sleep 60
    - run: echo never
      if: always()
"""
    hooks = replace(Hooks(), kills=lambda leg, step: step is leg.job.steps[0])
    played = play(tmp_path, text, hooks=hooks)
    assert played.log("one") == ["begun"]
    assert (played.job("one").conclusion, played.job("one").error) == (
        "failure",
        "the runner was lost in the middle of the job",
    )


def test_programs_that_no_runner_has_are_not_found(tmp_path: Path) -> None:
    # The environment of the rehearsal, which holds nox and twine, comes first on its PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    played = job(tmp_path / "a", "- run: nox --version\n", environ={"PATH": path})
    words = "nox: not on a GitHub runner until an action of the job installs it"
    assert played.job("one").error == words
    steps = "- run: |\n    mkdir mine && printf '#!/bin/sh\\necho mine\\n' > mine/nox && chmod +x mine/nox\n"
    steps += '    echo "$GITHUB_WORKSPACE/mine" >> "$GITHUB_PATH"\n- run: nox\n'
    assert job(tmp_path / "b", steps, environ={"PATH": path}).log("one") == ["mine"]


def test_jobs_get_no_secrets_or_settings_of_the_maintainer(tmp_path: Path) -> None:
    home = tmp_path / "maintainer"
    for file in (
        ".pypirc",
        ".netrc",
        ".docker/contexts/meta",
        ".local/share/uv/credentials",
        ".local/share/containers/x",
    ):
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text("secret")
    (home / ".docker/config.json").write_text('{"auths": {"r": {"auth": "secret"}}, "currentContext": "rootless"}')
    names = ("TWINE_PASSWORD", "UV_AUTH_X", "UV_PASS", "PIP_PASSWD", "DOCKER_AUTH_CONFIG", "CIBW_ENVIRONMENT")
    secrets = dict.fromkeys(names, "secret")
    steps = """\
- run: |
    env | grep -c '=secret$' || true
    find -L "$HOME" -type f | sed "s#$HOME/##" | sort
    cat "$HOME/.docker/config.json"
    echo
    echo "$PYTHON_KEYRING_BACKEND $UV_KEYRING_PROVIDER $(cat "$REGISTRY_AUTH_FILE")"
"""
    played = job(tmp_path, steps, environ={"HOME": str(home), **secrets})
    links = [] if sys.platform == "win32" else [".docker/contexts/meta", ".local/share/containers/x"]
    assert played.log("one") == [
        "0",
        *sorted([".docker/config.json", ".gitconfig", *links]),
        '{"currentContext": "rootless"}',
        "keyring.backends.null.Keyring disabled {}",
    ]


def test_the_runners_own_variables_cannot_be_overwritten(tmp_path: Path) -> None:
    steps = '- run: echo "$GITHUB_REF_NAME $GITHUB_TOKEN"\n  env:\n    GITHUB_REF_NAME: v9\n    GITHUB_TOKEN: given\n'
    assert job(tmp_path, steps, keys="env:\n  GITHUB_REF_NAME: v8\n").log("one") == ["v1.2.3 given"]


def test_a_working_directory_outside_of_the_job_is_refused(tmp_path: Path) -> None:
    played = job(tmp_path, f"- run: touch never\n  working-directory: {tmp_path}\n")
    assert played.job("one").error == (f"cannot be rehearsed: the working directory {tmp_path} is outside of the job")
    assert not (tmp_path / "never").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there it ends with its step already: see test_children")
def test_a_detached_program_ends_with_its_job(tmp_path: Path) -> None:
    steps = f"""\
- run: |
    setsid sh -c 'echo $$ > {tmp_path}/pid; sleep 600' &
    while ! test -s {tmp_path}/pid; do sleep 0.05; done
"""
    assert job(tmp_path, steps).job("one").conclusion == "success"
    wait_for_end(int((tmp_path / "pid").read_text()))


def test_a_failed_step_has_outputs_and_may_empty_the_temporary_folder(tmp_path: Path) -> None:
    steps = """\
- id: weak
  continue-on-error: true
  run: |
    echo "out=told" >> "$GITHUB_OUTPUT"
    echo "SET=too" >> "$GITHUB_ENV"
    rm -rf "$RUNNER_TEMP"/*
    exit 3
- run: echo "${{ steps.weak.outputs.out }} $SET ${{ runner.environment }}"
- run: |
    rm -f "$GITHUB_OUTPUT"
    grep -o '"ref": "[^"]*"' "$GITHUB_EVENT_PATH"
"""
    assert job(tmp_path, steps).log("one") == ["told too github-hosted", '"ref": "refs/tags/v1.2.3"']


def test_the_context_strategy(tmp_path: Path) -> None:
    text = """\
one:
  strategy:
    fail-fast: false
    max-parallel: 1
    matrix:
      n: [1, 2]
  runs-on: ubuntu-latest
  steps:
    - run: echo ${{ strategy.fail-fast }} ${{ strategy.max-parallel }} ${{ strategy.job-total }}
"""
    played = play(tmp_path, text)
    assert [leg.result.steps[0].log for leg in played.states["one"].legs] == [("false 1 2",)] * 2
