"""The contexts and the status that an expression is evaluated with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scope:
    """The contexts at a point of a run."""

    # `github`, `env`, `matrix`, `needs`, `job`, `steps`, `runner`, `strategy`, `inputs`, each a JSON value: None,
    # booleans, numbers, strings, lists and mappings. A missing context is null, as on GitHub.
    contexts: Mapping[str, Any]
    succeeded: bool = True  # the value of `success()`: every needed job, or every step before, succeeded
    failed: bool = False  # the value of `failure()`
    cancelled: bool = False  # the value of `cancelled()`
