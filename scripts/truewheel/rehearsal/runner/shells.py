"""The shells of `run:` steps. Source: GitHub's workflow syntax, `jobs.<job_id>.steps[*].shell`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from truewheel.rehearsal.actions.call import StepFailed

# name → (suffix of the script, command); {0} is the script.
_SHELLS = {
    # The default of runners other than Windows, which is not the same as `shell: bash`.
    "": (".sh", "bash -e {0}"),
    "bash": (".sh", "bash --noprofile --norc -eo pipefail {0}"),
    "sh": (".sh", "sh -e {0}"),
    "python": (".py", "python {0}"),
    "pwsh": (".ps1", "pwsh -command . '{0}'"),
    "powershell": (".ps1", "powershell -command . '{0}'"),
    "cmd": (".cmd", 'cmd /D /E:ON /V:OFF /S /C CALL "{0}"'),
}


def shell_command(shell: str, script: str, folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Write `script` to a file in `folder`, and return the command that runs it; StepFailed if there is no such shell.

    `shell` is the one that the workflow names; empty for bash as runners other than Windows start it.
    """
    ending, template = _SHELLS.get(shell, (".sh", shell))
    if "{0}" not in template:
        raise StepFailed(f"the shell {shell!r} is neither known to GitHub nor a command with {{0}} in it")
    file = folder / f"step{ending}"
    file.write_text(_prepared(script, ending), encoding="utf-8", newline="\r\n" if ending == ".cmd" else "\n")
    program, *arguments = template.split(" ")
    found = _of_git(program) if program in ("bash", "sh") and sys.platform == "win32" else None
    found = found or shutil.which(program, path=environ.get("PATH"))
    if found is None:
        raise StepFailed(f"there is no {program} on this machine")
    # A POSIX shell cuts paths at slashes.
    script_path = file.as_posix() if ending == ".sh" else str(file)
    return [found, *(argument.replace("{0}", script_path) for argument in arguments)]


def _of_git(program: str) -> str | None:
    """The bash or sh of Git for Windows, as on GitHub's runners; the bash on PATH belongs to WSL."""
    git = shutil.which("git")
    if git is None:
        return None
    libexec = subprocess.run([git, "--exec-path"], capture_output=True, encoding="utf-8", check=False).stdout.strip()
    # …/mingw64/libexec/git-core is three folders below the folder of bin/bash.exe.
    shell = Path(libexec).parents[2] / "bin" / f"{program}.exe" if len(Path(libexec).parents) > 2 else Path(program)
    return str(shell) if shell.is_file() else None


def _prepared(script: str, ending: str) -> str:
    if ending != ".ps1":
        return script + "\n"
    # As on GitHub: stop at the first error, and return the exit status of the last program.
    leave = "if ((Test-Path -LiteralPath variable:/LASTEXITCODE)) { exit $LASTEXITCODE }"
    return f"$ErrorActionPreference = 'stop'\n{script}\n{leave}\n"
