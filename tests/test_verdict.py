"""The one place where findings are accepted, and where acceptances are judged themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.findings import Acceptance, Accepted, By, Finding, Note, Result, Rule
from truewheel.verdict import ACCEPTANCES_USED, judged

ALL = [Rule(name, "", "", "", By.CARE) for name in ("aslr-and-dep", "smoke-test")]
DLL = Finding("aslr-and-dep", "a-1-py3-none-win_amd64.whl", "no NX_COMPAT", "link it")
NOTE = Note("", "", "so")
PLACE = "[tool.release.accept] of pyproject.toml"


def verdict(
    release: ReleaseFolder, *keys: str, results: tuple[Result, ...] = (DLL, NOTE)
) -> tuple[tuple[Finding, ...], tuple[Note, ...], tuple[Accepted, ...]]:
    lines = tuple(Acceptance(check, pattern, "because") for check, _, pattern in (key.partition(":") for key in keys))
    return judged(results, replace(load_config(release.root), accept=lines), ALL)


def test_without_acceptances_nothing_changes(release: ReleaseFolder) -> None:
    assert verdict(release) == ((DLL,), (NOTE,), ())
    assert judged([DLL, NOTE], None, ALL) == ((DLL,), (NOTE,), ())


def test_an_accepted_finding_does_not_refuse(release: ReleaseFolder) -> None:
    findings, notes, (accepted,) = verdict(release, "aslr-and-dep:*.whl")
    assert (findings, notes) == ((), (NOTE,))
    assert (accepted.message, accepted.remark) == ("no NX_COMPAT", "because")


def test_acceptances_used_refuses_one_that_accepts_nothing(release: ReleaseFolder) -> None:
    keys = ("aslr-and-dep:*.whl", "aslr-and-dep:*.so", "smoke-test:*")
    findings, _, _ = verdict(release, *keys)
    assert findings == (
        ACCEPTANCES_USED.finding("aslr-and-dep:*.so accepts nothing", PLACE),
        ACCEPTANCES_USED.finding("smoke-test:* accepts nothing", PLACE),
    )


def test_acceptances_used_accepts_one_of_a_part_of_a_finding(release: ReleaseFolder) -> None:
    both = replace(DLL, subject="a/vendor.dll", also=("a/ours.dll",))
    assert verdict(release, "aslr-and-dep:*/vendor.dll", results=(both,)) == ((both,), (), ())
    assert verdict(release, "aslr-and-dep:*/ours.dll", results=(both,)) == ((both,), (), ())


def test_acceptances_used_accepts_one_for_a_check_that_was_not_run(release: ReleaseFolder) -> None:
    assert verdict(release, "aslr-and-dep:*.whl", "exports-public:*", "package-tests:*")[0] == ()


def test_an_unknown_check_is_an_error_that_names_the_nearest(release: ReleaseFolder) -> None:
    with pytest.raises(ReleaseError) as caught:
        verdict(release, "aslr-and-deb:*.whl")
    assert caught.value.message == f"{PLACE} names the check 'aslr-and-deb', which does not exist"
    assert caught.value.hint.startswith("did you mean aslr-and-dep")
    with pytest.raises(ReleaseError) as caught:
        verdict(release, "zzz:*.whl")
    assert caught.value.hint == "docs/checks.md lists the checks"
