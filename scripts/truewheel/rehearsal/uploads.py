"""Commands that publish in a way that cannot be rehearsed: with a password, or to an index other than PyPI."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from truewheel.rehearsal.index.names import UPLOAD_URL
from truewheel.workflow.action_names import PYPI_PUBLISH
from truewheel.workflow.model import Step
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.templates import Template

TRUSTED = "publish without it: give the job `id-token: write`, and register the workflow on PyPI (trusted publishing)"
# The options of the command go to the end of its line, or of the lines that a backslash joins to it.
_UPLOAD = re.compile(r"\b(?:twine\s+upload|uv\s+publish)\b(?P<options>(?:\\\r?\n|[^\n;&|])*)")
_WITH_PASSWORD = re.compile(r"\b(poetry|flit|hatch)\s+publish\b")
_PASSWORD = re.compile(r"(?:^|\s)(--password|--token|-p|-t)[\s=]")
_INDEX = re.compile(r"(?:^|\s)(?:--repository-url|--repository|-r|--publish-url|--index)[\s=]+(\S+)")
_PASSWORDS = ("TWINE_PASSWORD", "UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD")
_INDEXES = ("TWINE_REPOSITORY_URL", "TWINE_REPOSITORY", "UV_PUBLISH_URL", "UV_PUBLISH_INDEX")
_PYPI = ("", "pypi", UPLOAD_URL.rstrip("/"))


def error_at(place: Place, why: str, hint: str = "") -> WorkflowError:
    """Return the error that something in a workflow cannot be rehearsed."""
    return WorkflowError(place, why, hint=hint)


def uploads(script: str) -> bool:
    """Return whether a script uploads distributions by a command that can be rehearsed."""
    return _UPLOAD.search(script) is not None


def publishes(steps: Iterable[Step]) -> bool:
    """Return whether steps upload distributions to PyPI, by the action or by a command."""
    return any(step.action == PYPI_PUBLISH or (step.run is not None and uploads(step.run.source)) for step in steps)


def upload_errors(step: Step, env: Mapping[str, Template]) -> Iterator[WorkflowError]:
    """Yield why the uploads of a step cannot be rehearsed; `env` is that of the step, its job and its workflow."""
    if step.run is None:
        return
    script, place = step.run.source, step.run.place
    for found in _WITH_PASSWORD.finditer(script):
        yield error_at(place, f"`{found[0]}` needs a password", "use pypa/gh-action-pypi-publish, or uv publish")
    commands = [found["options"] for found in _UPLOAD.finditer(script)]
    for options in commands:
        for option in _PASSWORD.findall(options):
            yield error_at(place, f"a rehearsal has no passwords ({option})", TRUSTED)
        for index in _INDEX.findall(options):
            yield from _judge_index(place, index.strip("\"'"))
    for name, value in env.items() if commands else ():
        if name in _PASSWORDS:
            yield error_at(value.place, f"a rehearsal has no passwords ({name})", TRUSTED)
        if name in _INDEXES:
            yield from _judge_index(value.place, value.source)


def _judge_index(place: Place, index: str) -> Iterator[WorkflowError]:
    # What an expression or a variable of the shell names is not known yet.
    if index.rstrip("/") not in _PYPI and "$" not in index:
        hint = "remove it, or the step: in a rehearsal, an index on loopback takes the place of PyPI"
        yield error_at(place, f"{index} is not PyPI", hint)
