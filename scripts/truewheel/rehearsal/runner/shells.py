"""How a `run:` step is handed to a shell. Source: GitHub's workflow syntax, `jobs.<job_id>.steps[*].shell`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# name → (ending of the script, command; {0} is the script).
_SHELLS = {
    "bash": (".sh", "bash --noprofile --norc -eo pipefail {0}"),
    "sh": (".sh", "sh -e {0}"),
    "python": (".py", "python {0}"),
    "pwsh": (".ps1", "pwsh -command . '{0}'"),
    "powershell": (".ps1", "powershell -command . '{0}'"),
    "cmd": (".cmd", 'cmd /D /E:ON /V:OFF /S /C CALL "{0}"'),
}
# Where no shell is named, bash is called otherwise than by its name.
_DEFAULT = (".sh", "bash -e {0}")
_DEFAULT_ON_WINDOWS = _SHELLS["pwsh"]


class NoSuchShell(Exception):
    """The shell is not on this machine, or none at all; the message says which."""


def shell_command(shell: str, script: str, folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Write `script` into a file in `folder`, and give the command that runs it.

    Args:
        shell: as the workflow names it; empty for the default.
        script: the commands.
        folder: for the file.
        environ: of the step; its PATH decides which shell that is.

    Raises:
        NoSuchShell: it is not here.
    """
    ending, template = _template(shell)
    if "{0}" not in template:
        raise NoSuchShell(f"the shell {shell!r} is neither one that GitHub knows nor a command with {{0}} in it")
    file = folder / f"step{ending}"
    file.write_text(_prepared(script, ending), encoding="utf-8", newline="\r\n" if ending == ".cmd" else "\n")
    program, *arguments = template.split(" ")
    found = _git_bash() if program == "bash" and sys.platform == "win32" else None
    found = found or shutil.which(program, path=environ.get("PATH"))
    if found is None:
        raise NoSuchShell(f"there is no {program} on this machine")
    return [found, *(argument.replace("{0}", str(file)) for argument in arguments)]


def _git_bash() -> str | None:
    """The bash of Git for Windows, as on GitHub's runners; the one on PATH there is another system's."""
    git = shutil.which("git")
    if git is None:
        return None
    libexec = subprocess.run([git, "--exec-path"], capture_output=True, encoding="utf-8", check=False).stdout.strip()
    # …/mingw64/libexec/git-core lies three folders below the one that holds bin/bash.exe.
    bash = Path(libexec).parents[2] / "bin" / "bash.exe" if len(Path(libexec).parents) > 2 else Path("bash.exe")
    return str(bash) if bash.is_file() else None


def _template(shell: str) -> tuple[str, str]:
    if not shell:
        return _DEFAULT_ON_WINDOWS if sys.platform == "win32" else _DEFAULT
    return _SHELLS.get(shell, (".sh", shell))


def _prepared(script: str, ending: str) -> str:
    if ending != ".ps1":
        return script + "\n"
    # As GitHub frames it: stop at the first error, and pass on the exit status of the last program.
    leave = "if ((Test-Path -LiteralPath variable:/LASTEXITCODE)) { exit $LASTEXITCODE }"
    return f"$ErrorActionPreference = 'stop'\n{script}\n{leave}\n"
