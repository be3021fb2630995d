"""The files that the index serves, compared with those that were built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truewheel.findings import Finding, Problem
from truewheel.publishing.publication import BuiltFile
from truewheel.verification.rules import FILE_ON_INDEX, NOT_YANKED, NOTHING_ELSE, SAME_BYTES
from truewheel.verification.serving import Served


def compare(built: Sequence[BuiltFile], served: Served) -> Iterator[Finding]:
    """Find every difference between the built and the served files."""
    for file in built:
        if file.name in served.missing:
            yield FILE_ON_INDEX.finding(served.missing[file.name], file.name)
        else:
            yield from _difference(file, served.downloads[file.name])
    names = {file.name for file in built}
    for there in served.indexed.files:
        if there.name not in names:
            yield NOTHING_ELSE.finding("is on the index, but was not built", there.name)
        if there.yanked is not None:
            reason = f": {there.yanked}" if there.yanked else ", without a reason"
            yield NOT_YANKED.finding(f"is yanked{reason}", there.name)


def _difference(built: BuiltFile, got: BuiltFile) -> Iterator[Finding]:
    if got.name != built.name:
        yield SAME_BYTES.finding(
            Problem(
                f"for its platform pip takes {got.name} instead (SHA-256 {got.sha256})",
                hint="pip prefers another file of the index; delete it there, or yank the version and raise it",
            ),
            built.name,
        )
    elif got.sha256 != built.sha256:
        yield SAME_BYTES.finding(
            f"the index serves SHA-256 {got.sha256} ({got.size} bytes), but the built file that passed the gate has "
            f"SHA-256 {built.sha256} ({built.size} bytes)",
            built.name,
        )
