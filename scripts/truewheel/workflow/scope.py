"""What an expression is evaluated in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scope:
    """The contexts at a point of a run.

    Attributes:
        contexts: `github`, `env`, `matrix`, `needs`, `job`, `steps`, `runner`, `strategy`, `inputs`, each made of
            what JSON is made of: None, booleans, numbers, strings, lists and mappings. A context that is not there
            is null, as on GitHub.
        succeeded: what `success()` says: every job that was needed, or every step before, succeeded.
        failed: what `failure()` says.
        cancelled: what `cancelled()` says.
    """

    contexts: Mapping[str, Any]
    succeeded: bool = True
    failed: bool = False
    cancelled: bool = False
