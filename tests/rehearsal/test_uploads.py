"""Commands that publish: those of trusted publishing to PyPI can be rehearsed, all others are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.runs import workflow
from truewheel.rehearsal.index.names import UPLOAD_URL
from truewheel.rehearsal.uploads import TRUSTED, upload_errors


def errors(folder: Path, script: str, env: str = "{}") -> list[tuple[str, str]]:
    lines = "".join(f"        {line}\n" for line in script.splitlines())
    job = workflow(folder, f"one:\n  runs-on: x\n  steps:\n    - env: {env}\n      run: |\n{lines}").jobs["one"]
    found = [error for step in job.steps for error in upload_errors(step, step.env)]
    return [(error.problem, error.hint) for error in found]


@pytest.mark.parametrize(
    "script",
    [
        "twine upload dist/*",
        "python -m twine upload --skip-existing --repository pypi dist/*",
        f"uv publish --publish-url {UPLOAD_URL}",
        f"twine upload --repository-url '{UPLOAD_URL}' dist/*",
        "uv publish --trusted-publishing always\npip install --index https://elsewhere.invalid x -p",
        "twine upload -r $WHERE dist/*",
        "echo to publish, see twine; poetry build",
    ],
)
def test_trusted_publishing_to_pypi(tmp_path: Path, script: str) -> None:
    assert errors(tmp_path, script) == []


OTHER = "remove it, or the step: in a rehearsal, an index on loopback takes the place of PyPI"


@pytest.mark.parametrize(
    ("script", "env", "problem", "hint"),
    [
        ("twine upload -u __token__ -p $X dist/*", "{}", "a rehearsal has no passwords (-p)", TRUSTED),
        ("uv publish \\\n  --token=$X", "{}", "a rehearsal has no passwords (--token)", TRUSTED),
        ("twine upload dist/*", "{TWINE_PASSWORD: x}", "a rehearsal has no passwords (TWINE_PASSWORD)", TRUSTED),
        ("uv publish", "{UV_PUBLISH_TOKEN: x}", "a rehearsal has no passwords (UV_PUBLISH_TOKEN)", TRUSTED),
        ("twine upload -r testpypi dist/*", "{}", "testpypi is not PyPI", OTHER),
        ("uv publish --index=mine", "{}", "mine is not PyPI", OTHER),
        ("uv publish", "{UV_PUBLISH_URL: 'https://a.invalid/'}", "https://a.invalid/ is not PyPI", OTHER),
        (
            "poetry publish --build",
            "{}",
            "`poetry publish` needs a password",
            "use pypa/gh-action-pypi-publish, or uv publish",
        ),
    ],
)
def test_a_password_or_another_index_is_refused(tmp_path: Path, script: str, env: str, problem: str, hint: str) -> None:
    assert errors(tmp_path, script, env) == [(problem, hint)]
