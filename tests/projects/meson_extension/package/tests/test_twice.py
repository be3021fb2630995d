import double_meson


def test_twice() -> None:
    assert double_meson.twice("21") == 42
