"""How an invariant is declared: a generator with one sentence per violation, and who demands it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.pipeline.pipeline import Pipeline

Complaints = Callable[[Pipeline], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold for both workflows.

    Attributes:
        name: the name of its function.
        source: the number of the decision (D1 to D17) that demands it, or the danger that it shuts out.
        complaints: yields one sentence per violation.
    """

    name: str
    source: str
    complaints: Complaints


INVARIANTS: dict[str, Invariant] = {}


def invariant(source: str) -> Callable[[Complaints], Complaints]:
    """Declare the decorated generator as an invariant demanded by `source`."""

    def declare(complaints: Complaints) -> Complaints:
        INVARIANTS[complaints.__name__] = Invariant(complaints.__name__, source, complaints)
        return complaints

    return declare
