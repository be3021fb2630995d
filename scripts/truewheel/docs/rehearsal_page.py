"""docs/rehearsal.md: what takes the place of each action in a rehearsal, and what can be made to break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.faults import FAULTS, FaultKind
from truewheel.report.markdown import Markdown, code, table

PAGE = Path("docs/rehearsal.md")

_HEADING = """\
# Rehearsal

What `nox -s rehearse` puts in the place of GitHub and PyPI, and what it can break on purpose. Written by
`nox -s docs`; do not edit it by hand.

"""
_STAND_INS = """\
## Stand-ins

`run:` steps run as they stand in the workflow. Each action has one stand-in; an action that is not here, or an input
that its stand-in does not know, is an error before anything runs.

"""
_FAULTS = """\
## Faults

`nox -s rehearse -- --fault NAME` lets one thing break in the first attempt. Where the remedy is a re-run, the
rehearsal does that, too, so that you see the release finished. It is fit when all of it ended as this table says.

"""
_DIFFERENCES = """\
## What is not as on GitHub

- A job for another system runs on this machine: wheels for it are cross-built, and not run. `runner.os` is this
  machine's, since it is here that the commands run.
- The caches of pip, uv, zig and of container images are yours; the home folder and the environment are not.
- The wheel of this machine's own system is built by cibuildwheel where Docker or Podman has its image, else by zig.
- `concurrency` is not played: one run is rehearsed at a time.
- The tools of this machine's system are yours, and so is the network that `run:` steps reach; credentials, settings
  and whatever you installed for yourself (nox, twine, …) are not there.
- No attestations are made: they are signed by services that a rehearsal must not speak to.
- The Python that `python-versions` asks for is not installed; the one that runs the rehearsal takes its place.
- Reusable workflows, containers, services, secrets and configuration variables cannot be rehearsed, and say so.
"""


def page() -> str:
    """The whole page."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield _HEADING + _STAND_INS
    rows = [[code(one.action), Markdown(one.does)] for one in STAND_INS.values()]
    yield table(["action", "what takes its place"], rows)
    yield f"\n{_FAULTS}"
    header = ["fault", "what breaks", "what you see", "what you do"]
    yield table(header, map(_row, FAULTS))
    yield f"\n{_DIFFERENCES}"


def _row(kind: FaultKind) -> list[str]:
    default = f" (by default {kind.default})" if kind.default else ""
    return [code(kind.spelling), *map(Markdown, (f"{kind.breaks}{default}", kind.sees, kind.next_words))]
