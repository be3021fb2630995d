"""A real clean room, with a Python that fits the wheel, in which the tests run as cibuildwheel runs them."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.factories import LINUX_LIBRARY, METADATA, ReleaseFolder, make_wheel
from truewheel.builders.source_tree import staged_sources
from truewheel.clean_room.room import verify
from truewheel.config import load_config
from truewheel.system.pythons import pythons, running_python
from truewheel.wheel.reader import Wheel, read_wheel

# Real environments are made, and uv installs into them from the index.
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif((sys.platform, platform.machine()) != ("linux", "x86_64"), reason="the wheels are for that"),
]
FILE = "bindings/python/pyproject.toml"
HERE = f"cp3{sys.version_info.minor}"
CHECK = """\
import importlib.metadata, json, os, pathlib, sys
pathlib.Path(os.environ["SEEN"]).write_text(json.dumps({
    "arguments": sys.argv[1:],
    "said": pathlib.Path(sys.argv[0]).with_name("prepared.txt").read_text(),
    "variable": os.environ["WHERE"],
    "copied": pathlib.Path("data/words.txt").read_text(),
    "installed": sorted({each.name for each in importlib.metadata.distributions()}),
    "python": "%d.%d" % sys.version_info[:2],
}))
"""
SETTINGS = """
[tool.cibuildwheel]
test-command = "python {project}/check.py {package}"
test-sources = ["data"]
test-extras = ["more"]
before-test = "python -m pip --version && echo $WHERE > prepared.txt"
test-skip = "cp38-*"
[[tool.cibuildwheel.overrides]]
select = "*-manylinux*"
test-environment = { WHERE = "linux" }
"""


@pytest.fixture
def project(release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch) -> ReleaseFolder:
    release.write("check.py", CHECK)
    release.write("data/words.txt", "words")
    release.write("requirements/package.txt", "iniconfig==2.0.0\n")
    release.write(FILE, f'[project]\nname = "quiverdb"\nversion = "0.5.0"\n{SETTINGS}')
    release.commit()
    monkeypatch.setenv("SEEN", str(release.root / "seen.json"))
    return release


def wheel(folder: Path, tag: str) -> Wheel:
    """A wheel whose library is an extension module of the Python that runs this, which nothing imports.

    Python's own module of that name is imported, and a second package cannot be imported without an extra.
    """
    import _json  # noqa: PLC0415

    extra = "Provides-Extra: more\nRequires-Dist: iniconfig ; extra == 'more'\n"
    metadata = METADATA.replace("Requires-Dist: cffi>=1.16\n", extra).format(name="quiverdb", version="0.5.0")
    library = f"quiverdb/_json{sysconfig.get_config_var('EXT_SUFFIX')}"
    change = {
        LINUX_LIBRARY: None,
        library: Path(_json.__file__).read_bytes(),
        "quiverdb/__init__.py": "import json\n",
        "quiverd/__init__.py": "import not_there\n",
    }
    tag = f"{tag}-manylinux_2_28_x86_64"
    return read_wheel(make_wheel(folder, tag=tag, metadata=metadata, change=change))


def seen(project: ReleaseFolder, tested: Wheel) -> dict[str, object]:
    config = load_config(project.root)
    with staged_sources(config, {}) as sources:
        assert verify(tested, sources, config, all_tests=False) == ([], "tested")
    found: dict[str, object] = json.loads((project.root / "seen.json").read_text())
    return found


def test_the_tests_run_as_cibuildwheel_runs_them(project: ReleaseFolder) -> None:
    found = seen(project, wheel(project.root / "built", f"{HERE}-{HERE}"))
    assert str(found.pop("arguments")).endswith("/bindings/python']")
    assert found == {
        "said": "linux\n",
        "variable": "linux",
        "copied": "words",
        "installed": ["iniconfig", "pip", "quiverdb"],
        "python": f"3.{sys.version_info.minor}",
    }
    # They ran in the copy.
    assert not (project.root / "prepared.txt").exists()


@pytest.mark.parametrize(("setting", "status"), [("before-test", 7), ("test-command", 8)])
def test_a_command_that_fails_is_refused(project: ReleaseFolder, setting: str, status: int) -> None:
    text = (project.root / FILE).read_text(encoding="utf-8")
    lines = [f'{setting} = "exit {status}"' if line.startswith(setting) else line for line in text.splitlines()]
    project.write(FILE, "\n".join(lines))
    config = load_config(project.root)
    with staged_sources(config, {}) as sources:
        (finding,), _ = verify(wheel(project.root / "built", "py3-none"), sources, config, all_tests=False)
    assert (finding.check, finding.message) == ("package-tests", f"the tests failed with exit status {status}")


def test_another_python_is_used_where_the_wheel_is_for_that(project: ReleaseFolder) -> None:
    others = [each for each in pythons() if each.tag.startswith("cp31") and each.tag != running_python().tag]
    if not others:
        pytest.skip("this machine has one Python")
    tag = others[0].tag
    # Its own library: the one of this Python would not be imported there.
    other = make_wheel(project.root / "built", tag=f"{tag}-{tag}-manylinux_2_28_x86_64", metadata=PLAIN)
    project.write(FILE, (project.root / FILE).read_text(encoding="utf-8").replace('test-extras = ["more"]\n', ""))
    found = seen(project, read_wheel(other))
    assert found["python"] == f"3.{tag[3:]}"


PLAIN = METADATA.replace("Requires-Dist: cffi>=1.16\n", "").format(name="quiverdb", version="0.5.0")


def test_a_wheel_that_cibuildwheel_does_not_test_is_only_imported(project: ReleaseFolder) -> None:
    project.replace(FILE, 'test-skip = "cp38-*"', f'test-skip = "{HERE}-*"')
    skipped, config = wheel(project.root / "built", "py3-none"), load_config(project.root)
    shutil.rmtree(project.root / "data")
    with staged_sources(config, {}) as sources:
        done = "imported, not tested: [tool.cibuildwheel] skips its tests"
        assert verify(skipped, sources, config, all_tests=False) == ([], done)
    assert not (project.root / "seen.json").exists()
