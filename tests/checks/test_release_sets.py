"""The releases of well-known projects are complete sets; a wheel that is removed, doubled or renamed is found by name.

Each file of `release_sets/` has the tags of all wheels of one release, and the platforms of a `[tool.release]` for it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.support.factories import ReleaseFolder, wheel_filename
from tests.support.judging import messages
from truewheel.builds import serving
from truewheel.checks.registers import dist_check
from truewheel.config import load_config
from truewheel.publishing.distribution_folder import DistributionFolder
from truewheel.toml_tables import load_toml

pytestmark = pytest.mark.once
SETS = sorted((Path(__file__).parent / "release_sets").glob("*.toml"))
CHECKS = ("wheel-per-build", "wheel-of-release")


@pytest.fixture(params=SETS, ids=lambda file: file.stem)
def complete(request: pytest.FixtureRequest, release: ReleaseFolder) -> DistributionFolder:
    """All wheels of the release."""
    file: Path = request.param
    project, _, version = file.stem.rpartition("-")
    tables = file.read_text(encoding="utf-8").partition("[platforms]\n")[2]
    head = (release.root / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.release.platforms")[0]
    release.write("pyproject.toml", f"{head}[tool.release.platforms]\n{tables}")
    names = [f"{project.replace('-', '_')}-{version}-{tag}.whl" for tag in load_toml(file)["tags"]]
    return of_names(
        names,
        DistributionFolder(
            Path("dist"), (), (), canonicalize_name(project), version, load_config(release.root).platforms
        ),
    )


def of_names(names: list[str], folder: DistributionFolder) -> DistributionFolder:
    wheels = tuple(map(wheel_filename, names))
    return DistributionFolder(folder.path, wheels, (), folder.project, folder.version, folder.platforms)


def found(folder: DistributionFolder) -> str:
    return "\n".join(message for check in CHECKS for message in messages(dist_check, check, folder))


def test_a_whole_release_is_complete(complete: DistributionFolder) -> None:
    assert found(complete) == ""
    assert len(complete.wheels) >= 8


def test_any_change_of_one_wheel_is_found(complete: DistributionFolder) -> None:
    names = [wheel.text for wheel in complete.wheels]
    served = serving(complete.builds, complete.wheels)
    # One wheel of each Python and one of each platform.
    by_python = {wheel.tag_text.rpartition("-")[0]: wheel for wheel in complete.wheels}
    by_platform = {wheel.tag_text.rpartition("-")[2]: wheel for wheel in complete.wheels}
    for number, wheel in enumerate(dict.fromkeys([*by_python.values(), *by_platform.values()])):
        build = next(build for build, wheels in served.items() if wheel in wheels)
        others = [name for name in names if name != wheel.text]
        assert f"no wheel serves {build}" in found(of_names(others, complete))
        name, version, *tags = wheel.text.split("-")
        doubled = "-".join([name, version, "1", *tags])
        assert f"2 wheels serve {build}" in found(of_names([*names, doubled], complete))
        renamed = (
            "-".join([name, version, "cp35-cp35m", tags[2]]),
            "-".join([name, version, *tags[:2], "linux_x86_64.whl"]),
            "-".join([f"{name}_next", version, *tags]),
            "-".join([name, f"{version}.1", *tags]),
        )
        text = found(of_names([*others, renamed[number % 4]], complete))
        assert f"no wheel serves {build}" in text
        assert "\n" in text, "the renamed wheel has a finding of its own"
