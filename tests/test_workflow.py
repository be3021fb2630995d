"""What of a workflow file decides when it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from scripts.errors import ReleaseError
from scripts.workflow import PushTrigger, Workflow, read_workflow

from .factories import ReleaseFolder

FILE = ".github/workflows/publish.yml"
PATH = Path(FILE)


def push_of(release: ReleaseFolder, text: str) -> PushTrigger | None:
    release.write(FILE, text)
    return read_workflow(release.root, PATH).push


def refusal(release: ReleaseFolder, text: str | bytes) -> str:
    release.write(FILE, text)
    with pytest.raises(ReleaseError) as caught:
        read_workflow(release.root, PATH)
    return caught.value.message


def test_the_workflow_of_this_repository_is_read() -> None:
    root = Path(__file__).parent.parent
    assert read_workflow(root, PATH) == Workflow(PATH, PushTrigger(("v*.*.*",), None, branches_only=False))


@pytest.mark.parametrize(
    ("text", "push"),
    [
        ("on: push", PushTrigger(None, None, branches_only=False)),
        ("on: [push, pull_request]", PushTrigger(None, None, branches_only=False)),
        ("on:\n  push:\n", PushTrigger(None, None, branches_only=False)),
        ("on: {push: {tags: [v*, '!v0*']}}", PushTrigger(("v*", "!v0*"), None, branches_only=False)),
        ("on: {push: {tags: v*}}", PushTrigger(("v*",), None, branches_only=False)),
        ("on: {push: {tags: []}}", PushTrigger((), None, branches_only=False)),
        ("on: {push: {tags-ignore: [v0*]}}", PushTrigger(None, ("v0*",), branches_only=False)),
        ("on: {push: {branches: [main]}}", PushTrigger(None, None, branches_only=True)),
        ("on: {push: {branches-ignore: [main]}}", PushTrigger(None, None, branches_only=True)),
        ("on: {push: {branches: [main], tags: [v*]}}", PushTrigger(("v*",), None, branches_only=False)),
        ("on: pull_request", None),
        ("on: [pull_request]", None),
        ("on: {workflow_dispatch: null}", None),
        # YAML 1.1 would read this key as true, and GitHub does not.
        ('"on": push', PushTrigger(None, None, branches_only=False)),
    ],
)
def test_the_push_trigger_is_read_in_every_spelling(
    release: ReleaseFolder, text: str, push: PushTrigger | None
) -> None:
    assert push_of(release, text) == push


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a workflow: it has no key `on`"),
        ("- on: push", "is not a workflow: it has no key `on`"),
        ("jobs: {}", "is not a workflow: it has no key `on`"),
        ("on: 5", ": `on` must be an event, a list of events or a mapping"),
        ("on: [push, {tags: v*}]", ": `on` must be an event, a list of events or a mapping"),
        ("on: {push: main}", ": `on.push` must be a mapping"),
        ("on: {push: {tags: {a: b}}}", ": `on.push.tags` must be a list of strings"),
        ("on: {push: {tags: [1.0]}}", ": `on.push.tags` must be a list of strings"),
        ("on: {push: {tags-ignore: 5}}", ": `on.push.tags-ignore` must be a list of strings"),
        (
            "on: push\nname: [",
            ", line 2, column 8: not valid YAML: expected the node content, but found '<stream end>'",
        ),
        ("on: push\nwhen: 2026-13-45", ": not valid YAML: month must be in 1..12"),
        (
            "on: push\non: push",
            ', line 2, column 1: not valid YAML: found duplicate key "on" with value "push" (original',
        ),
    ],
)
def test_what_is_no_workflow_is_named_with_the_place(release: ReleaseFolder, text: str, message: str) -> None:
    found = refusal(release, text)
    expected = f"{FILE}{message}" if message[0] in ":," else f"{FILE} {message}"
    assert found.startswith(expected)


def test_a_missing_workflow_is_named(release: ReleaseFolder) -> None:
    (release.root / FILE).unlink()
    with pytest.raises(ReleaseError) as caught:
        read_workflow(release.root, PATH)
    assert caught.value.message == f"{FILE} is missing"
    assert caught.value.hint == "`workflow` in [tool.release] must name the publishing workflow"


def test_a_workflow_that_cannot_be_read_is_named(release: ReleaseFolder) -> None:
    assert refusal(release, b"on: \xff").startswith(f"{FILE} cannot be read: ")
    (release.root / FILE).unlink()
    (release.root / FILE).mkdir()
    with pytest.raises(ReleaseError, match=r"publish\.yml cannot be read: "):
        read_workflow(release.root, PATH)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workflow")


YAML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["push", "v*", "tags", "on"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["on", "push", "tags", "tags-ignore", "branches"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=YAML_VALUES)
def test_any_yaml_is_read_or_refused(value: object, scratch: Path) -> None:
    with (scratch / "some.yml").open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({"on": value}, file)
    try:
        workflow = read_workflow(scratch, Path("some.yml"))
    except ReleaseError as error:
        assert error.message.startswith("some.yml")  # noqa: PT017
    else:
        names_push = value == "push" or (isinstance(value, (list, dict)) and "push" in value)
        assert (workflow.push is not None) == names_push


@given(text=st.text(alphabet="on: push\n[]{},&*!|>-'\"#%0a", max_size=40))
def test_any_text_is_read_or_refused(text: str, scratch: Path) -> None:
    (scratch / "some.yml").write_text(text, encoding="utf-8")
    try:
        workflow = read_workflow(scratch, Path("some.yml"))
    except ReleaseError as error:
        assert error.message.startswith("some.yml")  # noqa: PT017
    else:
        assert "on" in text
        assert workflow.path == Path("some.yml")
