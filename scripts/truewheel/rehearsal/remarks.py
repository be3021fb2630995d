"""What another project's workflow leaves open, for notes that refuse nothing: who is trusted, what nobody checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from truewheel.checks.sentences import join_names
from truewheel.rehearsal.reach import Reached
from truewheel.rehearsal.uploads import publishes, uploads
from truewheel.workflow.action_names import PYPI_PUBLISH
from truewheel.workflow.references import is_token
from truewheel.workflow.templates import templates_in

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Programs that look at distributions.
_LOOKS = re.compile(r"twine +check|check-wheel-contents|auditwheel +show|abi3audit|pydistcheck|truewheel|check-dist")
# What tries a package that is installed from PyPI.
_INSTALLS = re.compile(r"\b(?:pip3?|uv pip|uv tool|pipx) +(?:install|download|run)\b|nox .*verify")


def remarks(jobs: Sequence[Reached]) -> Iterator[str]:
    """Yield what a maintainer should know about the jobs of a workflow, one sentence each."""
    running = [one for one in jobs if one.runs]
    by_command = [one for one in running if any(map(uploads, _scripts(one)))]
    publishers = [one for one in running if publishes(one.steps)]
    yield from _empty(running)
    for one in {one.id: one for one in publishers}.values():
        if one.job.environment is None:
            yield f"the job {one.id} publishes without an environment: every run of the workflow may publish"
        if one.above:
            yield f"the job {one.id} publishes from a called workflow, which PyPI cannot trust"
    if not publishers:
        yield f"no job that runs publishes: none uses {PYPI_PUBLISH}, twine upload or uv publish"
        return
    # Each job comes after those that it waits for.
    before: dict[str, set[str]] = {}
    for one in running:
        before[one.id] = {*one.needs, *(earlier for need in one.needs for earlier in before.get(need, ()))}
    awaited = {need for one in publishers for need in before[one.id]}
    leading = [one for one in running if one in publishers or one.id in awaited]
    if not any(_LOOKS.search(script) for one in leading for script in _scripts(one)):
        own = "" if by_command else "; only the publishing action runs twine check"
        yield f"no job checks the files before they are published{own}"
    after = [one for one in running if {each.id for each in publishers} & before[one.id]]
    if not any(_INSTALLS.search(script) for one in after for script in _scripts(one)):
        yield "no job installs from PyPI what was published"
    used = [step.uses for one in leading for step in one.steps if step.uses is not None and not step.is_local]
    if moving := sorted({uses.owner_and_name for uses in used if not _COMMIT.fullmatch(uses.ref)}):
        yield f"not pinned to a commit, so their owners can change what is published: {join_names(moving)}"


def _empty(jobs: Sequence[Reached]) -> Iterator[str]:
    """The secrets and variables that are empty in a rehearsal."""
    parts = [(one.job, one.steps) for one in jobs]
    read = frozenset[tuple[str, ...]]().union(*(template.references for template in templates_in(parts)))
    kept = {".".join(one) for one in read if one[0] in ("secrets", "vars") and len(one) > 1 and not is_token(one)}
    if names := sorted(kept):
        yield f"empty in a rehearsal, because only GitHub has them: {join_names(names)}"


def _scripts(one: Reached) -> list[str]:
    return [step.run.source for step in one.steps if step.run is not None]
