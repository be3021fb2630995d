from pathlib import Path

import pytest
import routes

DATA = Path(__file__).parents[3] / "tests" / "data"


def test_a_loop_of_the_projects_data() -> None:
    assert routes.length([int(point) for point in (DATA / "loop.txt").read_text().split()]) == 14


def test_an_exception_of_the_core_becomes_one_of_python() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        routes.length([])
