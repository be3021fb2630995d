import quiverdb


def test_native_version() -> None:
    assert quiverdb.native_version() == quiverdb.__version__
