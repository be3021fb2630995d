"""`[tool.release.accept]`: the findings that a project has decided to live with.

    [tool.release.accept]
    "aslr-and-dep:*/vendor.dll" = "the vendor links it so; reported as their issue 12"

Each key is the name of a check, a colon and a pattern; see `Acceptance`. Its value is the reason.
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from truewheel.findings import Finding, Result
from truewheel.toml_tables import table_of

# More subjects of one finding than these are accepted together.
_MOST = 5
PLACEHOLDER = "TODO: why does the project accept this?"
NEVER_ACCEPTED: Mapping[str, Sequence[str]] = table_of(__file__)["never"]
# What only an acceptance that names it may accept, without a wildcard: the next one must be looked at, too.
NEVER_BY_WILDCARD = ("actions-next-to-token",)
_WILDCARD = re.compile(r"[*?[]")
WHY_NEVER = {check: why for why, checks in NEVER_ACCEPTED.items() for check in checks}

# A wheel's file name up to its last platform, without the versions of manylinux and macOS.
_WHEEL = re.compile(r".*[-.](manylinux|musllinux|macosx)?[_\d]*([a-z]\w*)\.whl")
_VERSION = re.compile(r"\d+(?:\.\d+)+")
# Hashes, versions and Python's ABI in the name of a file, but not in its beginning.
_CHANGING = re.compile(r"(?<=[-.])\w*\d\w*(?=[-.]|$)")
_FILE = re.compile(r"([^/]+)/.*\.([^./]+)")
_STARS = re.compile(r"\*(?:[-.]?\*)+")


def problem_with(key: str, reason: str) -> str:
    """Return why a line of `[tool.release.accept]` is not allowed; empty if it is."""
    check, _, pattern = key.partition(":")
    if not check or not pattern:
        return 'must be "CHECK:PATTERN", the name of a check and the files or parts of the workflow'
    if check in WHY_NEVER:
        return f"can never be accepted: {WHY_NEVER[check]}"
    if check in NEVER_BY_WILDCARD and _WILDCARD.search(pattern):
        return "must name the action, without *, ? and ["
    if reason == PLACEHOLDER:
        return "needs a reason in place of the placeholder"
    return ""


def suggested(results: Iterable[Result], *, is_new: bool) -> Iterator[str]:
    """The lines for pyproject.toml that accept the findings among `results`, one for each check and pattern.

    If `is_new`, pyproject.toml has no `[tool.release.accept]` yet.
    """
    acceptable: dict[str, list[Finding]] = {}
    never: dict[str, list[Finding]] = {}
    for finding in results:
        if isinstance(finding, Finding):
            group, keys = (never, [finding.check]) if finding.check in WHY_NEVER else (acceptable, _keys(finding))
            for key in keys:
                group.setdefault(key, []).append(finding)
    if acceptable:
        yield "[tool.release.accept]" if is_new else "# add to [tool.release.accept]"
    for key, found in acceptable.items():
        yield f"# {_shown(found)}"
        # JSON's strings are valid in TOML too.
        yield f"{json.dumps(key, ensure_ascii=False)} = {json.dumps(PLACEHOLDER)}"
    for check, found in never.items():
        yield f"# {check} can never be accepted ({WHY_NEVER[check]}): {_shown(found)}"


def _shown(found: list[Finding]) -> str:
    first, more = found[0], len(found) - 1
    return f"{first.where}: {first.message}{f' (and {more} more)' if more else ''}"


def _keys(finding: Finding) -> Iterator[str]:
    """The keys of acceptances for a finding that hold for the next version too: one for each subject.

    Many files of a wheel are named together, by their folder at the top and their endings.
    """
    names = (finding.subject, *finding.also)
    several = finding.where.endswith(".whl") and len(names) > _MOST
    patterns = dict.fromkeys(_pattern(finding, name, several=several) for name in names)
    return (f"{finding.check}:{pattern}" for pattern in patterns)


def _pattern(finding: Finding, name: str, *, several: bool) -> str:
    # What TOML cannot hold is any character.
    subject = "".join(one if one.isprintable() else "?" for one in glob.escape(name))
    if finding.check in NEVER_BY_WILDCARD:
        return subject
    if not finding.where.endswith(".whl"):
        pattern = _VERSION.sub("*", subject)
    elif match := _WHEEL.fullmatch(name):
        pattern = "*".join(["", *filter(None, match.groups())]) + ".whl"
    else:
        pattern = _FILE.sub(r"\1/*.\2", subject) if several else _CHANGING.sub("*", subject)
    return _STARS.sub("*", pattern)
