"""The stand-in for pypa/gh-action-pypi-publish, with the index that it publishes to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.factories import LINUX_WHEEL, METADATA, WINDOWS_WHEEL, make_dist, make_wheel
from tests.support.running_index import RUN, RunningIndex
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, Services, StepFailed
from truewheel.rehearsal.actions.pypi_publish import PYPI_PUBLISH
from truewheel.rehearsal.index.claims import claims_of
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.index.names import UPLOAD_URL
from truewheel.rehearsal.runner.children import Children, Program
from truewheel.system.github_actions import RehearsedJob

ATTESTATIONS = "A rehearsal makes no attestations; on GitHub the action signs and uploads them now."
LEADS_OUT = (
    "cannot be rehearsed: the action runs in a container that has only the workspace; "
    "give the folder's path in the workspace"
)


@dataclass(frozen=True)
class Step:
    """A step that publishes, in a job whose checkout folder has a `dist/`."""

    running: RunningIndex
    log: list[str] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        return self.running.folder / "work"

    def run(self, *, environment: str | None = "pypi", permitted: bool = True, **inputs: str) -> ActionOutcome:
        """Run it, with inputs whose dashes are written as `__`."""
        environ = self.running.job_environ(claims_of(RUN, environment))
        if not permitted:
            environ = {name: value for name, value in environ.items() if not name.startswith("ACTIONS_ID_TOKEN_")}
        given = {name.replace("__", "-"): value for name, value in inputs.items()}
        folder = self.running.folder
        services = Services(folder, folder, folder, self.running.index.publish_environ)
        call = ActionCall(
            inputs=given,
            workspace=self.workspace,
            temp=folder,
            environ=environ,
            permissions={},
            identity=RUN,
            job="publish",
            rehearsed=RehearsedJob(folder, "Linux", "x86_64", ""),
            services=services,
            say=self.log.append,
            run_program=lambda command, folder, environ, say: Children().run(Program(command, folder, environ), say),
        )
        return PYPI_PUBLISH.run(call)

    def fail(self, *, environment: str | None = "pypi", permitted: bool = True, **inputs: str) -> str:
        """Run it, and return the message with which it fails."""
        with pytest.raises(StepFailed) as failed:
            self.run(environment=environment, permitted=permitted, **inputs)
        message = str(failed.value)
        assert "\n" not in message
        return message


@pytest.fixture
def step(running: RunningIndex) -> Step:
    step = Step(running)
    make_dist(step.workspace / "dist")
    return step


def test_it_publishes_the_files_in_dist(step: Step) -> None:
    assert step.run() == ActionOutcome()
    assert step.running.names == [LINUX_WHEEL, WINDOWS_WHEEL]
    assert step.log[:2] == [f"Checking dist/{LINUX_WHEEL}: PASSED", f"Checking dist/{WINDOWS_WHEEL}: PASSED"]
    assert ATTESTATIONS in step.log
    assert f"Uploading distributions to {UPLOAD_URL}" in step.log
    assert not [line for line in step.log if "SHA256" in line]
    # Nothing of it stays in the job's folder.
    assert [path.name for path in step.workspace.iterdir()] == ["dist"]


@pytest.mark.once
def test_another_folder_more_words_and_fewer_checks_may_be_asked_for(step: Step) -> None:
    (step.workspace / "dist").rename(step.workspace / "wheels")
    step.run(packages_dir="wheels/", verify__metadata="false", verbose="true", attestations="false")
    assert step.running.names == [LINUX_WHEEL, WINDOWS_WHEEL]
    content = (step.workspace / "wheels" / LINUX_WHEEL).read_bytes()
    assert f"SHA256: {hashlib.sha256(content).hexdigest()}  {LINUX_WHEEL}" in step.log
    assert len([line for line in step.log if line.startswith("SHA256: ")]) == 2
    assert [line for line in step.log if "Response from" in line]
    assert not [line for line in step.log if line.startswith("Checking")]
    assert ATTESTATIONS not in step.log


def test_a_job_without_the_permission_cannot_publish(step: Step) -> None:
    assert step.fail(permitted=False) == (
        "Trusted publishing exchange failure: OpenID Connect token retrieval failed: GitHub: missing or insufficient "
        "OIDC token permissions, the ACTIONS_ID_TOKEN_REQUEST_TOKEN environment variable was unset"
    )
    assert step.log == ["The job needs the permission `id-token: write`."]


@pytest.mark.once
@pytest.mark.parametrize("environment", [None, "release"])
def test_claims_that_do_not_match_are_named(step: Step, environment: str | None) -> None:
    assert step.fail(environment=environment) == (
        "Trusted publishing exchange failure: Token request failed: the server refused the request for the following "
        "reasons: * `invalid-publisher`: valid token, but no corresponding publisher "
        "(Publisher with matching claims was not found)"
    )
    found = repr(environment) if environment else "missing"
    assert step.running.index.problems == (
        f"the index minted no upload token: the claim environment is {found}, but the trusted publisher has 'pypi'",
    )
    assert step.running.names == []


@pytest.mark.once
def test_an_empty_folder_fails_as_on_github(step: Step) -> None:
    for path in (step.workspace / "dist").iterdir():
        path.unlink()
    assert step.fail() == (
        "twine check failed, exit status 1: InvalidDistribution: Cannot find file (or expand pattern): 'dist/*'"
    )
    assert step.log[0] == "Warning: there are no distributions to publish in dist/"


@pytest.mark.once
def test_a_readme_that_does_not_render_fails_before_a_token_is_requested(step: Step) -> None:
    metadata = METADATA.format(name="quiverdb", version="0.5.0").replace("text/markdown", "text/x-rst")
    make_wheel(step.workspace / "dist", metadata=metadata + "\n.. nonsense::\n   :x: `\n\n====\n")
    assert step.fail().startswith("twine check failed, exit status 1: `long_description` has syntax errors in markup")
    assert [line for line in step.log if "OIDC" in line or "Uploading" in line] == []


@pytest.mark.once
def test_a_file_that_the_index_has_with_other_bytes_fails_the_step(step: Step, tmp_path: Path) -> None:
    other = make_wheel(tmp_path / "other", change={"quiverdb/__init__.py": '"""Another."""\n'})
    step.running.put(other)
    digest = hashlib.blake2b((step.workspace / "dist" / LINUX_WHEEL).read_bytes(), digest_size=32).hexdigest()
    said = step.fail()
    assert said.startswith(
        f"twine upload failed, exit status 1: HTTPError: 400 Bad Request from {UPLOAD_URL} "
        f"File already exists ('{LINUX_WHEEL}', with blake2_256 hash '{digest}')."
    )
    (problem,) = step.running.index.problems
    assert problem.startswith(f"the index refused {LINUX_WHEEL}: File already exists ('{LINUX_WHEEL}', with")


@pytest.mark.once
def test_a_connection_that_dies_fails_the_step_and_a_re_run_finishes(step: Step) -> None:
    step.running.index.ask_for(IndexFaults(upload_fails_after=1))
    assert step.fail() == (
        "twine upload failed, exit status 1: "
        "requests.exceptions.ConnectionError: ('Connection aborted.', BadStatusLine('HTTP/1.'))"
    )
    assert step.running.names == [LINUX_WHEEL]
    step.run()
    assert step.running.names == [LINUX_WHEEL, WINDOWS_WHEEL]
    assert step.running.index.problems == ()


@pytest.mark.once
def test_nothing_in_the_checkout_is_run(step: Step) -> None:
    # Nothing of the repository's own may run next to the token.
    for name in ("twine", "requests", "sitecustomize"):
        (step.workspace / f"{name}.py").write_text("raise SystemExit('it was run')\n", encoding="utf-8")
    step.run()
    assert step.running.names == [LINUX_WHEEL, WINDOWS_WHEEL]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("user", "me", "cannot be rehearsed: a rehearsal supports only trusted publishing, without passwords"),
        (
            "repository_url",
            "https://elsewhere.invalid/",
            f"cannot be rehearsed: the index here is PyPI's, {UPLOAD_URL}",
        ),
        *(("packages-dir", folder, LEADS_OUT) for folder in ("/", "/dist", "..", "out/../../dist/")),
        *(("packages_dir", folder, LEADS_OUT) for folder in ("C:/dist", "../dist")),
    ],
)
def test_values_that_cannot_be_rehearsed_are_errors(step: Step, name: str, value: str, why: str) -> None:
    assert PYPI_PUBLISH.refusal(name, value) == f"{name}: {value} {why}"
    assert step.fail(**{name.replace("-", "__"): value}) == f"{name}: {value} {why}"  # type: ignore[arg-type]  # no switch is among them
    assert step.log == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user", "__token__"),
        ("repository-url", UPLOAD_URL),
        ("repository-url", UPLOAD_URL.rstrip("/")),
        ("skip-existing", "true"),
        ("packages-dir", "./out/../dist/"),
        ("packages_dir", "..dist"),
    ],
)
def test_values_that_can_be_rehearsed(name: str, value: str) -> None:
    assert PYPI_PUBLISH.refusal(name, value) == ""
