"""The stand-in for alls-green judges the jobs in `needs`."""

from __future__ import annotations

import json

import pytest

from tests.support.action_stage import Stage

GREEN = "re-actors/alls-green"


def needs(**results: str) -> str:
    return json.dumps({name: {"result": result, "outputs": {}} for name, result in results.items()})


@pytest.mark.parametrize(
    ("jobs", "allowed"),
    [
        (needs(build="success"), {}),
        (needs(build="success", docs="failure"), {"allowed-failures": "docs, lint"}),
        (needs(build="success", docs="skipped"), {"allowed-skips": '["docs"]'}),
        (needs(build="success", docs="skipped"), {"allowed-failures": "docs"}),
    ],
)
def test_it_is_green(stage: Stage, jobs: str, allowed: dict[str, str]) -> None:
    outcome = stage.run(GREEN, {"jobs": jobs, **allowed})
    assert outcome.outputs == {"failure": "false", "result": "success", "success": "true"}


@pytest.mark.parametrize(
    ("jobs", "allowed", "bad"),
    [
        (needs(build="failure", docs="success"), {}, "build (failure)"),
        (needs(build="skipped"), {}, "build (skipped)"),
        (needs(build="failure"), {"allowed-skips": "build"}, "build (failure)"),
        (needs(build="cancelled", docs="failure"), {"allowed-failures": '["docs"]'}, "build (cancelled)"),
    ],
)
def test_it_is_not_green(stage: Stage, jobs: str, allowed: dict[str, str], bad: str) -> None:
    assert stage.fail(GREEN, {"jobs": jobs, **allowed}) == f"Some of the required to succeed jobs failed: {bad}"


def test_what_is_not_the_context_needs_is_an_error(stage: Stage) -> None:
    message = "the input jobs is not the context `needs`: write ${{ toJSON(needs) }}"
    for jobs in ("build", "[]", '{"build": "success"}'):
        assert stage.fail(GREEN, {"jobs": jobs}) == message
    empty = "Invalid input jobs matrix, please provide a non-empty `needs` context"
    assert stage.fail(GREEN, {"jobs": "{}"}) == empty
