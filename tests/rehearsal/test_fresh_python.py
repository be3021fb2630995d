"""The environments of rehearsed jobs have a pip that installs, and that can be replaced."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factories import make_wheel
from truewheel.rehearsal.fresh_python import command_for


@pytest.mark.once
@pytest.mark.skipif(sys.platform == "win32", reason="there ensurepip makes its pip")
def test_an_environment_has_a_pip_of_its_own(tmp_path: Path) -> None:
    env = tmp_path / "an env"
    subprocess.run(command_for(Path(sys.executable), env), check=True)
    wheel = make_wheel(tmp_path)
    install = ["install", "--quiet", "--no-index", "--no-deps", "--ignore-requires-python", str(wheel)]
    subprocess.run([env / "bin/pip", *install], check=True)
    listed = subprocess.run([env / "bin/python", "-m", "pip", "freeze", "--all"], check=True, capture_output=True)
    names = [line.partition(b"=")[0].split(b" ")[0] for line in listed.stdout.splitlines()]
    assert names == [b"pip", b"quiverdb"]
    # Not a link to the rehearsal's own.
    (site,) = env.glob("lib/*/site-packages")
    assert not (site / "pip").is_symlink()
    assert {file.name for file in (env / "bin").glob("pip*")} == {"pip", "pip3"}
