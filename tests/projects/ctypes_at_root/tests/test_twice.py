import double_ctypes


def test_twice() -> None:
    assert double_ctypes.twice(21) == 42
