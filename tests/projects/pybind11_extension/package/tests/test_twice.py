import double_pybind11


def test_twice() -> None:
    assert double_pybind11.twice(21) == 42
