"""A workflow file as a whole: its triggers, and files that are not workflows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.support.factories import ReleaseFolder
from truewheel.errors import ReleaseError
from truewheel.rehearsal.support import unsupported
from truewheel.workflow import Permissions, PushTrigger, Scope, read_workflow

ROOT = Path(__file__).parents[2]
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


@pytest.mark.parametrize("file", ["publish.yml", "ci.yml"])
def test_the_workflows_of_this_repository_are_read_and_can_be_rehearsed(file: str) -> None:
    workflow = read_workflow(ROOT, Path(".github/workflows") / file)
    assert workflow.jobs
    assert all(job.steps for job in workflow.jobs.values())
    assert [error for job in workflow.jobs.values() for error in unsupported(job)] == []


def test_the_publishing_workflow_of_this_repository_is_read() -> None:
    workflow = read_workflow(ROOT, PATH)
    assert (workflow.path, workflow.name, workflow.events) == (PATH, "Publish", frozenset(["push"]))
    assert workflow.push == PushTrigger(("v*.*.*",), None, branches_only=False)
    assert workflow.permissions == Permissions({})
    assert workflow.default_shell is not None
    assert workflow.default_shell.source == "bash"
    assert workflow.concurrency is not None
    assert workflow.concurrency.group.text(Scope({"github": {"ref": "refs/tags/v1.0.0"}})) == "publish-refs/tags/v1.0.0"
    publish = workflow.jobs["publish"]
    assert publish.environment is not None
    assert publish.environment.name.source == "pypi"
    assert workflow.permissions_of(publish) == Permissions({"id-token": "write"})
    assert workflow.ancestors("publish") >= {"preflight", "build", "merge", "validate"}
    uses = [step.uses.owner_and_name for step in publish.steps if step.uses is not None]
    assert uses == ["actions/download-artifact", "pypa/gh-action-pypi-publish"]


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
        ("on: {push: {branches: [main]}}", PushTrigger(None, None, branches_only=True, names_branches=True)),
        ("on: {push: {branches-ignore: [main]}}", PushTrigger(None, None, branches_only=True, names_branches=True)),
        (
            "on: {push: {branches: [main], tags: [v*]}}",
            PushTrigger(("v*",), None, branches_only=False, names_branches=True),
        ),
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
        ("", " is not a workflow: the key `on` is missing"),
        ("- on: push", " is not a workflow: the key `on` is missing"),
        ("jobs: {}", " is not a workflow: the key `on` is missing"),
        ("on: 5", ", line 1, column 5: `on` must be an event, a list of events or a mapping, not `5`"),
        ("on:", ", line 1, column 1: `on` must be an event, a list of events or a mapping, not nothing"),
        ("on: []", ", line 1, column 5: `on` must be an event, a list of events or a mapping, not a list"),
        (
            "on: [push, {tags: v*}]",
            ", line 1, column 5: `on` must be an event, a list of events or a mapping, not a list",
        ),
        ("on: {push: main}", ", line 1, column 12: `on.push` must be a mapping, not `main`"),
        ("on: {push: {tags: {a: b}}}", ", line 1, column 19: `on.push.tags` must be a list of strings"),
        ("on: {push: {tags: [1.0]}}", ", line 1, column 19: `on.push.tags` must be a list of strings"),
        ("on: {push: {tags-ignore: 5}}", ", line 1, column 26: `on.push.tags-ignore` must be a list of strings"),
        ("on: {push: {tag: v*}}", ", line 1, column 13: `on.push` has the unknown key `tag`; did you mean `tags`?"),
        ("on: [pus]", ", line 1, column 6: `on` names the unknown event `pus`; did you mean `push`?"),
        (
            "on: push\nname: [",
            ", line 2, column 8: not valid YAML: expected the node content, but found '<stream end>'",
        ),
        ("on: push\n---\non: push", ", line 2, column 1: not valid YAML: but found another document"),
        ("on: push\nname: *x", ", line 2, column 7: not valid YAML: found undefined alias 'x'"),
        ("on: push\nname: &x [*x]", ", line 2, column 7: an alias is inside the value that it is an alias of"),
        ("on: push\non: push", ", line 2, column 1: the key `on` is here twice, first on line 1"),
        ("on: push\n[a]: b", ", line 2, column 1: a key must be a text, not a list"),
        ("on: push\nname: !x y", ", line 2, column 7: GitHub does not accept YAML tags, but here is !x"),
        ("on: push\nenv: !!set {a}", ", line 2, column 6: GitHub does not accept YAML tags, but here is !!set"),
        ("on: push\nname: " + "[" * 1000, ": nested too deeply"),
        ("on: push\njbos: {}", ", line 2, column 1: the workflow has the unknown key `jbos`; did you mean `jobs`?"),
        (
            "on: push\nwhen: 2026-13-45",
            (
                ", line 2, column 1: the workflow has the unknown key `when`; known are name, run-name, on, "
                "permissions, env, defaults, concurrency, jobs"
            ),
        ),
    ],
)
def test_an_invalid_workflow_is_named_with_its_place(release: ReleaseFolder, text: str, message: str) -> None:
    assert refusal(release, text) == FILE + message


def test_invalid_characters_are_named(release: ReleaseFolder) -> None:
    assert refusal(release, "on: push\nname: \0").startswith(f"{FILE}: not valid YAML: unacceptable character #x0000")


def test_aliases_that_multiply_are_refused(release: ReleaseFolder) -> None:
    lines = ["on: push", "env:", "  a0: &a0 [x, x]", *(f"  a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 24))]
    assert refusal(release, "\n".join(lines)).endswith("more than 50000 values, probably by aliases of aliases")


def test_anchors_are_read(release: ReleaseFolder) -> None:
    release.write(
        FILE,
        "on: push\n"
        "jobs:\n"
        "  a: &job\n"
        "    runs-on: x\n"
        "    steps: &steps\n"
        "      - run: echo\n"
        "  b: *job\n"
        "  c:\n"
        "    runs-on: y\n"
        "    steps: *steps\n",
    )
    jobs = read_workflow(release.root, PATH).jobs
    assert str(jobs["a"].steps) == str(jobs["b"].steps) == str(jobs["c"].steps)
    assert [job.place.line for job in jobs.values()] == [3, 7, 8]


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
