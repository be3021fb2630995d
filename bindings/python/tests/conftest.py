from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import quiverdb

SOURCE_TREE = Path(__file__).resolve().parent.parent / "src"


def pytest_configure() -> None:
    if SOURCE_TREE in Path(quiverdb.__file__).resolve().parents:
        raise pytest.UsageError(
            f"quiverdb was imported from the source tree ({quiverdb.__file__}): test the installed wheel"
        )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a test's store; the file does not exist yet."""
    return tmp_path / "store.quiver"


LimitFileSize = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def limit_file_size() -> LimitFileSize:
    """Limit the size of files, which looks like a full disk."""
    resource = pytest.importorskip("resource", reason="Windows has no limit for the size of a file")

    @contextmanager
    def limit(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


StartChild = Callable[[str, Path], "subprocess.Popen[str]"]


@pytest.fixture
def start_child() -> Iterator[StartChild]:
    """Start Python code in another process, with a path in sys.argv[1], and wait for its first line."""
    children: list[subprocess.Popen[str]] = []

    def start(code: str, path: Path) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-I", "-c", code, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        return child

    yield start
    for child in children:
        child.kill()
        # Reads what is left and closes the pipes.
        child.communicate()
