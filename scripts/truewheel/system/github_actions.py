"""Whether this is a job of GitHub Actions, or of a rehearsal on any machine.

A workflow could set a variable, so that a gate lets through what only a rehearsal may have. So the variable only says
where to look: a program is rehearsed if it runs in the folder of a job, in a folder that a running program has claimed.
No commit, artifact or setting can claim one.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.system.files import is_claimed

# Names the folder of a job; set by `nox -s rehearse` in addition to GitHub's variables.
REHEARSAL_VARIABLE = "RELEASE_REHEARSAL"
_FACTS, _REMARKS = "rehearsed-job.json", "remarks.jsonl"
# The kinds of remarks: a wheel that was run; why the job's wheels were not run, were taken from the last release, or
# cannot be had at all.
RAN, NOT_RUN, UNDERSTUDY, NOT_BUILT = "ran", "not-run", "understudy", "not-built"


@dataclass(frozen=True, slots=True)
class RehearsedJob:
    """A job of a rehearsal, for the programs that run in it."""

    folder: Path  # the folder of the job, with its workspace
    system: str  # the system that its runner has on GitHub: `Linux`, `Windows` or `macOS`
    machine: str  # the processor of that runner, `x86_64` or `aarch64`
    upstream: str  # the index that has the earlier releases; the rehearsal's own has only this one

    def save(self) -> None:
        """Write down the facts for the programs of the job."""
        facts = {"system": self.system, "machine": self.machine, "upstream": self.upstream}
        (self.folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")

    def remark(self, kind: str, text: str) -> None:
        """Leave something that the rehearsal's report must say about this job."""
        with (self.folder / _REMARKS).open("a", encoding="utf-8") as file:
            file.write(json.dumps([kind, text]) + "\n")


def rehearsed_job(environ: Mapping[str, str]) -> RehearsedJob | None:
    """Return the rehearsed job that runs this program, None if none does; ReleaseError if its facts cannot be read."""
    folder = Path(environ.get(REHEARSAL_VARIABLE, ""))
    if not folder.is_absolute() or not Path.cwd().resolve().is_relative_to(folder.resolve()):
        return None
    if not any(map(is_claimed, folder.parents)):
        return None
    try:
        return RehearsedJob(folder, **json.loads((folder / _FACTS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ReleaseError(
            f"{_FACTS} of this rehearsed job cannot be read: {type(error).__name__}",
            hint="a step of the job deleted or changed it: a job must leave the folder around its workspace alone",
        ) from None


def remarks_in(folder: Path, kind: str) -> tuple[str, ...]:
    """The remarks of a kind that the programs of a job left in its folder, each once."""
    file = folder / _REMARKS
    found: dict[str, None] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else ():
        # A step of the job may have written anything.
        with contextlib.suppress(ValueError, TypeError):
            said, text = json.loads(line)
            if said == kind:
                found[str(text)] = None
    return tuple(found)


def is_real_job(environ: Mapping[str, str]) -> bool:
    """Whether a real runner runs this, where only cibuildwheel may build."""
    return environ.get("GITHUB_ACTIONS") == "true" and not is_rehearsed(environ)


def is_rehearsed(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of a rehearsal, whose index is empty at first."""
    return rehearsed_job(environ) is not None
