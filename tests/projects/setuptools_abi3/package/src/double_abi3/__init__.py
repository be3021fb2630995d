from ._core import twice as twice
