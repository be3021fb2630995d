"""`twine check --strict`, and what it says of a description in our words.

A release is judged by twine itself, alongside the checks. For other wheels it would take longer than all checks
together, because it reads and hashes every file three times; but its verdict depends only on METADATA, and it uses the
same libraries. A test compares the two.
"""

from __future__ import annotations

import contextlib
import email.message
import functools
import io
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from packaging.metadata import parse_email

from truewheel.checks.sentences import PYPI_UPLOAD
from truewheel.errors import ReleaseError
from truewheel.findings import By, Finding, Rule
from truewheel.system.commands import last_line
from truewheel.wheel.dist_info import HeaderFile

_HINT = "fix `readme` in the package's pyproject.toml, or the file that it names, and build again: nox -s wheels"
DESCRIPTION_RENDERS = Rule(
    "description-renders",
    "the description renders on PyPI",
    by=By.PYPI,
    source=f"{PYPI_UPLOAD}; twine check",
    hint=_HINT,
)
TWINE_CHECK = Rule(
    "twine-check",
    "`twine check --strict` can read the wheel and has no warnings",
    by=By.TWINE,
    source="twine's documentation, twine check",
    hint=_HINT,
)
TWINE_WARNINGS = Rule(
    "twine-warnings",
    "`twine check --strict` has no warnings about a wheel that is not of this release",
    by=By.TWINE,
    source="twine's documentation, twine check; PyPI accepts what it warns of",
    hint=_HINT,
    is_note=True,
)
DESCRIPTION_PRESENT = Rule(
    "description-present",
    "METADATA has a description",
    by=By.CARE,
    source="twine check --strict; without one, PyPI's page of the project is empty",
    hint="write readme in [project] of the package's pyproject.toml, and build again: nox -s wheels",
    is_note=True,
)
# The checks that report what twine refuses.
SAME_AS_TWINE = frozenset(
    ("metadata-valid", "dist-info-named", "twine-check", "description-renders", "description-present")
)
# `twine check`, without what the command line imports for twine's other commands: a third of the time.
_CHECK = "import sys; from twine.commands import check; sys.exit(check.main(sys.argv[1:]))"
_NO_TYPE = "METADATA has no Description-Content-Type, so PyPI takes the description for reStructuredText"
_ALWAYS_RENDERED = ("text/plain", "text/markdown")
_REPORT = re.compile(r"^<string>:(\d*): \((DEBUG|INFO|WARNING|ERROR|SEVERE)/\d*\) (.*)", re.DOTALL)
# Rendering takes a thousand times as long as reading, and quadratic time for footnotes and table rows. The longest
# descriptions on PyPI, with whole change logs, are half as long.
_MOST_CHARACTERS = 400_000


@contextlib.contextmanager
def started_twine(wheels: Sequence[Path]) -> Iterator[subprocess.Popen[str] | None]:
    """Start `twine check --strict` on some wheels, and end it afterwards; None without wheels: it would accept them."""
    if not wheels:
        yield None
        return
    # Plain and wide, so that no line is broken; a dumb terminal has 80 columns unless LINES is set too.
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "10000", "LINES": "100", "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", _CHECK, "--strict", *map(str, wheels)]
    env, out = {**os.environ, **plain}, subprocess.PIPE
    with subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, encoding="utf-8", env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def twine_results(
    twine: subprocess.Popen[str] | None, wheels: Sequence[Path], known: Collection[str] = ()
) -> Iterator[Finding]:
    """Yield a finding for each of the wheels that `twine` was started on and refuses, unless its name is in `known`.

    It stops at the first wheel that it cannot read. `known` are the wheels for which a check reports the same.

    Raises:
        ReleaseError: twine crashed, or its exit status contradicts its output.
    """
    if twine is None:
        return
    output, _ = twine.communicate()
    said = {wheel: output.partition(f"Checking {wheel}: ")[2].partition("\nChecking ")[0] for wheel in wheels}
    refused = {wheel.name: text for wheel, text in said.items() if text and not text.startswith("PASSED")}
    if bool(refused) != bool(twine.returncode) or not (refused or all(said.values())):
        raise ReleaseError(
            f"twine check crashed with exit status {twine.returncode}: {last_line(output)}",
            hint=f"run it by itself: python -m twine check --strict {' '.join(map(str, wheels))}",
        )
    for name, text in refused.items():
        if name not in known:
            yield TWINE_CHECK.finding(f"twine refuses it: {' '.join(text.split())}", name)


def refused_description(metadata: HeaderFile, *, is_release: bool) -> Iterator[tuple[Rule, str]]:
    """The rule by which twine would refuse the description of a valid METADATA, and why; nothing if it would not.

    Its warnings refuse only a release: PyPI accepts them.
    """
    raw, _ = parse_email(metadata.content)
    description, declared = raw.get("description", ""), raw.get("description_content_type")
    if description.rstrip() in ("", "UNKNOWN"):
        yield DESCRIPTION_PRESENT, "METADATA has no description"
        return
    message = email.message.EmailMessage()
    message["content-type"] = declared or "text/x-rst"
    # docutils normalizes in the same way. So the descriptions of wheels from different systems are equal.
    text = "\n".join(line.rstrip() for line in description.rstrip().splitlines())
    if message.get_content_type() not in _ALWAYS_RENDERED and (problem := _markup_problem(text)):
        yield DESCRIPTION_RENDERS, f"the description does not render: {' '.join(problem.split())}"
    elif declared is None:
        yield (TWINE_CHECK if is_release else TWINE_WARNINGS), _NO_TYPE


@functools.lru_cache(maxsize=4)  # the wheels of one version have the same description
def _markup_problem(text: str) -> str:
    """Return why a text in reStructuredText does not render; empty if it does."""
    if len(text) > _MOST_CHARACTERS:
        return f"it has {len(text):,} characters; no description of more than {_MOST_CHARACTERS:,} is rendered"
    # Imported here because the import takes longer than judging a small wheel, and few descriptions need it.
    from readme_renderer import rst  # noqa: PLC0415

    stream = io.StringIO()
    try:
        if rst.render(text, stream=stream) is not None:
            return ""
    except RecursionError:
        return "it is nested too deeply"
    return _REPORT.sub(r"line \1: \2: \3", stream.getvalue().strip()) or "no reason given"
