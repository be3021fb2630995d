"""The stand-in for build-and-inspect-python-package builds and keeps the distributions; an sdist can be checked out."""

from __future__ import annotations

import pytest

from tests.support.action_stage import Stage

pytestmark = pytest.mark.once
BUILD = "hynek/build-and-inspect-python-package"
SDIST = "re-actors/checkout-python-sdist"
BACKEND = """
import io, os, tarfile, zipfile
META = "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\nClassifier: Programming Language :: Python :: 3.12\\n"
META += "Description-Content-Type: text/plain\\n\\nTiny.\\n"
def build_sdist(folder, settings=None):
    with tarfile.open(folder + "/tiny-1.0.tar.gz", "w:gz") as archive:
        for name in ("pyproject.toml", "backend.py"):
            archive.add(name, "tiny-1.0/" + name)
        info = tarfile.TarInfo("tiny-1.0/PKG-INFO")
        info.size = len(META)
        archive.addfile(info, io.BytesIO(META.encode()))
    return "tiny-1.0.tar.gz"
def build_wheel(folder, settings=None, metadata=None):
    with zipfile.ZipFile(folder + "/tiny-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("tiny.py", os.environ["SOURCE_DATE_EPOCH"])
        archive.writestr("tiny-1.0.dist-info/METADATA", META)
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return "tiny-1.0-py3-none-any.whl"
"""


@pytest.fixture
def project(stage: Stage) -> Stage:
    """A checkout of a package whose backend needs nothing."""
    pytest.importorskip("build")
    stage.write("package/backend.py", BACKEND)
    stage.write(
        "package/pyproject.toml", '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    for command in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=me", "-c", "user.email=me@x", "commit", "-qm", "1"),
    ):
        stage.git(stage.workspace, *command)
    return stage


def test_distributions_are_built_judged_and_kept(project: Stage) -> None:
    outputs = project.run(BUILD, {"path": "package", "upload-name-suffix": "-x"}).outputs
    names = ["tiny-1.0-py3-none-any.whl", "tiny-1.0.tar.gz"]
    artifact = project.artifacts.find("Packages-x")
    assert artifact is not None
    assert sorted(path.name for path in artifact.folder.iterdir()) == names
    assert (outputs["package_name"], outputs["package_version"], outputs["artifact-name"]) == (
        "tiny",
        "1.0",
        "Packages-x",
    )
    assert outputs["supported_python_classifiers_json_array"] == '["3.12"]'
    assert sum("PASSED" in line for line in project.log) == 2
    # Another job takes the sdist out of the artifact.
    project.run(SDIST, {"workflow-artifact-name": "Packages-x"})
    assert (project.workspace / "PKG-INFO").is_file()
    assert (project.workspace / "backend.py").read_text() == BACKEND
    message = "no *.zip in Packages-x"
    assert project.fail(SDIST, {"workflow-artifact-name": "Packages-x", "source-tarball-name": "*.zip"}) == message


def test_only_an_sdist_may_be_asked_for(project: Stage) -> None:
    project.run(BUILD, {"path": "package", "skip-wheel": "true"})
    artifact = project.artifacts.find("Packages")
    assert artifact is not None
    assert [path.name for path in artifact.folder.iterdir()] == ["tiny-1.0.tar.gz"]


def test_what_cannot_be_built_is_an_error(project: Stage) -> None:
    project.write("package/backend.py", "raise SystemExit")
    assert project.fail(BUILD, {"path": "package"}) == "build failed, exit status 1"
    assert project.fail(SDIST) == "Artifact not found for name: python-package-distributions"
