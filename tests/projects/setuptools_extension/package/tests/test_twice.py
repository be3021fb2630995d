import double_each


def test_twice() -> None:
    assert double_each.twice("21") == 42
