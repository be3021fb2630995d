import double_abi3


def test_twice() -> None:
    assert double_abi3.twice("21") == 42
