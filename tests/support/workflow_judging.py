"""One check of the publishing workflow at a time, on a sound workflow with edits."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.support.factories import ReleaseFolder
from tests.support.judging import findings
from truewheel.checks.registers import workflow_check
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.config import load_config
from truewheel.workflow import read_workflow
from truewheel.workflow.nox_sessions import read_nox_sessions

FILE = ".github/workflows/publish.yml"

Edit = tuple[str, str]
Said = Callable[..., list[tuple[str, str]]]

GATE = "      - run: nox -s validate check-dist\n"
DOWNLOAD = """\
      - uses: actions/download-artifact@v8
        with:
          name: wheels
          path: dist/
"""
CHECKOUT = "      - uses: actions/checkout@v7\n        with: {persist-credentials: false}\n"
UPLOAD_TO_PYPI = "      - uses: pypa/gh-action-pypi-publish@v1\n"
PUBLISH = f"""\
    environment: pypi
    permissions:
      id-token: write
    steps:
{DOWNLOAD}{UPLOAD_TO_PYPI}"""
MATRIX = """\
      matrix:
        include:
          - platform: manylinux_x86_64
            runner: ubuntu-latest
          - platform: win_amd64
            runner: windows-latest
"""
WINDOWS_ROW = """\
          - platform: win_amd64
            runner: windows-latest
"""
PUBLISH_NEEDS = "  publish:\n    needs: validate\n"
VERIFY = "  verify:\n    needs: publish\n"


def said_of(release: ReleaseFolder, name: str, *edits: Edit) -> list[tuple[str, str]]:
    """What a check finds in the workflow with these edits: the text at each place, and the message."""
    for old, new in edits:
        release.replace(FILE, old, new)
    found = findings(workflow_check, name, subject(release.root))
    return [(_text_at(release, finding.where), finding.message) for finding in found]


def subject(root: Path) -> TaggedRelease:
    """The release that is configured in a folder, with its workflow and its noxfile."""
    config = load_config(root)
    return TaggedRelease("v0.5.0", config, read_workflow(root, config.workflow), (), read_nox_sessions(root))


def _text_at(release: ReleaseFolder, where: str) -> str:
    match = re.fullmatch(rf"{re.escape(FILE)}, line (\d+), column (\d+)", where)
    if match is None:
        return where
    line = (release.root / FILE).read_text(encoding="utf-8").splitlines()[int(match[1]) - 1]
    return line[int(match[2]) - 1 :]
