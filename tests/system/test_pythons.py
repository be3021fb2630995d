"""Which Pythons this machine has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from truewheel.system.pythons import describe_python, find_python, running_python


def test_the_running_python_is_found() -> None:
    found = find_python(f"cp3{sys.version_info.minor}")
    assert found == running_python()
    assert found is not None
    assert found.path == Path(sys.executable)


def test_another_python_is_found_and_is_what_it_is_called() -> None:
    others = {f"cp3{minor}": minor for minor in range(8, 20) if minor != sys.version_info.minor}
    found = {name: path for name in others if (path := find_python(name)) is not None}
    if not found:
        pytest.skip("this machine has one Python")
    for name, python in found.items():
        code = "import json, sys; print(json.dumps([sys.implementation.name, *sys.version_info[:2]]))"
        result = subprocess.run([python.path, "-c", code], capture_output=True, check=True)
        assert json.loads(result.stdout) == ["cpython", 3, others[name]]


@pytest.mark.parametrize("name", ["cp39t", "cp3999", "gp311_242", "xx313", ""])
def test_a_python_that_is_not_there_is_not_found(name: str) -> None:
    assert find_python(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cp313", "CPython 3.13"),
        ("cp314t", "free-threaded CPython 3.14"),
        ("pp311", "PyPy 3.11"),
        ("gp311_242", "GraalPy 3.11"),
        ("any", "any"),
    ],
)
def test_a_python_is_described_in_words(name: str, words: str) -> None:
    assert describe_python(name) == words
