"""No job of a rehearsal gets a credential of the maintainer, or a way to push to the maintainer's repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import WORKFLOW, Project, rehearse_as_program
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.index_credentials import without_index_credentials
from truewheel.rehearsal.runner.environment import RunnerFolders, github_context, runner_environ

WITH_LOGIN = "https://me:s3cr3t@index.invalid/simple"
CLEAN = "https://index.invalid/simple"
NOTE = "jobs get {} without the user name and password, and cannot install what needs them"


def test_credentials_of_indexes_are_removed_and_named(tmp_path: Path) -> None:
    environ = {
        "HOME": str(tmp_path),
        "PIP_INDEX_URL": WITH_LOGIN,
        "PIP_EXTRA_INDEX_URL": f"https://s3cr3t@a.invalid/simple {CLEAN}\nhttps://me:s3cr@3t@b.invalid/simple",
        "UV_INDEX": f"first={WITH_LOGIN} second={CLEAN}",
        "UV_INDEX_URL": WITH_LOGIN,
        "UV_DEFAULT_INDEX": WITH_LOGIN,
        "UV_EXTRA_INDEX_URL": WITH_LOGIN,
        "PIP_PROXY": "http://me:needed@proxy.invalid",
        "PIP_TIMEOUT": "5",
        "OTHER": WITH_LOGIN,
    }
    cleaned, notes = without_index_credentials(environ, tmp_path)
    assert cleaned == {
        **environ,
        "PIP_INDEX_URL": CLEAN,
        "PIP_EXTRA_INDEX_URL": f"https://a.invalid/simple {CLEAN}\nhttps://b.invalid/simple",
        "UV_INDEX": f"first={CLEAN} second={CLEAN}",
        "UV_INDEX_URL": CLEAN,
        "UV_DEFAULT_INDEX": CLEAN,
        "UV_EXTRA_INDEX_URL": CLEAN,
    }
    names = [name for name in environ if name.startswith(("PIP_IN", "PIP_EX", "UV_"))]
    assert notes == [NOTE.format(", ".join(names))]


def test_the_settings_of_uv_are_copied_without_credentials(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "uv" / "uv.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[[index]]\nurl = "{WITH_LOGIN}"\n', encoding="utf-8")
    cleaned, notes = without_index_credentials({"HOME": str(tmp_path)}, tmp_path)
    copy = Path(cleaned["UV_CONFIG_FILE"])
    assert copy.read_text(encoding="utf-8") == f'[[index]]\nurl = "{CLEAN}"\n'
    assert notes == [NOTE.format("UV_CONFIG_FILE")]
    settings.write_text(f'[[index]]\nurl = "{CLEAN}"\n', encoding="utf-8")
    cleaned, notes = without_index_credentials({"UV_CONFIG_FILE": str(settings)}, tmp_path)
    assert (cleaned, notes) == ({"UV_CONFIG_FILE": str(settings)}, [])


# Everything that a job can read, and the ways in which git could find credentials.
CURIOUS = r"""
on:
  push:
    tags: ["v*"]
jobs:
  curious:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - uses: actions/checkout@v7
        with:
          fetch-depth: 0
      - run: |
          scratch=$(git config --get-regexp 'url\..*\.insteadof' | sed 's/^url\.//; s/\.insteadof .*//')
          mkdir "$RUNNER_TEMP/result"
          cd "$RUNNER_TEMP/result"
          env > env
          git config --list --show-origin > settings
          git --git-dir "$scratch" config --list --show-origin > scratch-settings
          find "$scratch" "$HOME" -type f -exec cat {} + > files 2>&1
          cat "$UV_CONFIG_FILE" > uv
          cat "$PIP_CONFIG_FILE" > pip
          echo "url=https://index.invalid" | git credential fill > filled 2>&1 || true
          git ls-remote git@index.invalid:quiver/quiverdb > by-ssh 2>&1 || true
          git --git-dir "$scratch" remote > remotes
          grep -rlF -e s3cr3t -e {maintainers} . && exit 1
          tail -n 1 filled
          head -n 1 by-ssh
          echo "remotes: $(cat remotes)"
          grep -h index.invalid env uv | LC_ALL=C sort
      - run: |
          git commit --quiet --allow-empty --message "From a job"
          git push --quiet origin HEAD:refs/heads/pushed
        env:
          GIT_AUTHOR_NAME: a
          GIT_AUTHOR_EMAIL: a
          GIT_COMMITTER_NAME: a
          GIT_COMMITTER_EMAIL: a
"""


@pytest.mark.once
@pytest.mark.skipif(sys.platform == "win32", reason="pip and uv have their settings elsewhere there")
def test_no_job_gets_a_planted_credential(empty_project: Project, tmp_path: Path) -> None:
    home = tmp_path / "home"
    helper = tmp_path / "helper"
    helper.write_text("#!/bin/sh\necho username=me\necho password=s3cr3t\n", encoding="utf-8")
    helper.chmod(0o755)
    for file, text in {
        ".gitconfig": f"[credential]\n\thelper = {helper}\n",
        ".config/git/config": f"[credential]\n\thelper = {helper}\n[core]\n\taskPass = {helper}\n",
        ".git-credentials": "https://me:s3cr3t@index.invalid\n",
        ".netrc": "machine index.invalid login me password s3cr3t\n",
        ".pypirc": "[pypi]\npassword = s3cr3t\n",
        ".config/pip/pip.conf": f"[install]\nextra-index-url =\n    {WITH_LOGIN}\n    https://index.invalid/two\n",
        ".config/uv/uv.toml": f'extra-index-url = ["{WITH_LOGIN}"]\n',
    }.items():
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text(text, encoding="utf-8")
    # Its objects are in another repository, to which its copies must not lead.
    clone = Project(tmp_path / "clone")
    empty_project.write(WORKFLOW, CURIOUS.replace("{maintainers}", f"{clone.root} -e {empty_project.root}"))
    empty_project.commit()
    subprocess.run(["git", "clone", "--quiet", "--shared", empty_project.root, clone.root], check=True)
    environ = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    environ |= {
        "HOME": str(home),
        "PIP_TRUSTED_HOST": "index.invalid",
        "UV_INDEX": f"named={WITH_LOGIN}",
        "UV_PUBLISH_TOKEN": "s3cr3t",
        "GITHUB_TOKEN": "s3cr3t",
        "GIT_ASKPASS": str(helper),
        "SSH_ASKPASS": str(helper),
        "SSH_AUTH_SOCK": "/s3cr3t",
        "GIT_SSH_COMMAND": "echo s3cr3t",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": "Authorization: s3cr3t",
    }
    result = rehearse_as_program(clone, "--repository", "quiver/quiverdb", environ=environ)
    assert result.jobs() == {"curious": "success"}, result.output
    lines = [line for line in result.report["attempts"][0]["jobs"][0]["steps"][1]["log"] if line]
    assert lines == [
        "fatal: could not read Username for 'https://index.invalid': terminal prompts disabled",
        "a rehearsed job has no SSH keys",
        "remotes: ",
        f"PIP_EXTRA_INDEX_URL= {CLEAN} https://index.invalid/two",
        "PIP_TRUSTED_HOST=index.invalid",
        f"UV_INDEX=named={CLEAN}",
        f'extra-index-url = ["{CLEAN}"]',
    ]
    assert result.report["notes"] == [NOTE.format("UV_INDEX, PIP_EXTRA_INDEX_URL, UV_CONFIG_FILE")]
    assert "s3cr3t" not in result.output + result.progress
    assert clone.git("branch", "--all", "--list", "*pushed") == ""
    assert empty_project.git("branch", "--list", "pushed") == ""


def test_variables_that_lead_to_credentials_are_not_passed_on(tmp_path: Path) -> None:
    identity = RunIdentity("quiver/quiverdb", ".github/workflows/release.yml", "release", "v0.5.0", "0" * 40)
    environ = {
        "HOME": str(tmp_path),
        "UV_ENV_FILE": "/s3cr3t",
        "PIP_CLIENT_CERT": "/s3cr3t",
        "PIP_CERT": "/ca.pem",
        "DOCKER_HOST": "ssh://me:s3/cr3t@engine.invalid",
        "CONTAINER_HOST": "tcp://engine.invalid:2376",
    }
    given = runner_environ(github_context(identity, "job"), RunnerFolders.make(tmp_path / "job"), environ)
    assert "s3" not in "".join(given.values())
    kept = {name: given[name] for name in environ if name in given and name != "HOME"}
    assert kept == {
        "PIP_CERT": "/ca.pem",
        "DOCKER_HOST": "ssh://me@engine.invalid",
        "CONTAINER_HOST": "tcp://engine.invalid:2376",
    }
