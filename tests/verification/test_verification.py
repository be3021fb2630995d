"""The parts of verify: the comparison, the options and the output of pip, and attestations."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name

from tests.support.factories import LINUX_WHEEL, WINDOWS_WHEEL
from truewheel.publishing.indexed_release import IndexedFile, IndexedRelease
from truewheel.publishing.pip_settings import PipSettings
from truewheel.publishing.trusted_publisher import Registration
from truewheel.system.files import FileFacts
from truewheel.verification.attestations import verify_attestations
from truewheel.verification.installation import read_report
from truewheel.verification.pip import PipFailed, run_pip, target_options
from truewheel.verification.rules import RULES, note
from truewheel.verification.serving import Served, compare

LINUX = FileFacts(LINUX_WHEEL, 3, "aa" * 32)
WINDOWS = FileFacts(WINDOWS_WHEEL, 4, "bb" * 32)
BUILT = (LINUX, WINDOWS)
INDEXED = (IndexedFile(LINUX_WHEEL, LINUX.sha256), IndexedFile(WINDOWS_WHEEL, WINDOWS.sha256))
EXPECTED = Registration("quiverdb", "arrows/quiver", "publish.yml", "pypi")


def release(*files: IndexedFile) -> IndexedRelease:
    return IndexedRelease("https://index.invalid", canonicalize_name("quiverdb"), "0.5.0", ("0.5.0",), files)


def found(served: Served) -> list[tuple[str, str, str]]:
    return [(finding.check, finding.where, finding.message) for finding in compare(BUILT, served)]


def test_identical_files_do_not_differ() -> None:
    assert found(Served(release(*INDEXED), {file.name: file for file in BUILT}, {})) == []


def test_a_difference_is_shown_with_both_hashes() -> None:
    other = FileFacts(LINUX_WHEEL, 99, "cc" * 32)
    assert found(Served(release(*INDEXED), {LINUX_WHEEL: other, WINDOWS_WHEEL: WINDOWS}, {})) == [
        (
            "same-bytes",
            LINUX_WHEEL,
            (
                f"the index serves SHA-256 {'cc' * 32} (99 bytes), but the built file that passed the gate has "
                f"SHA-256 {'aa' * 32} (3 bytes)"
            ),
        )
    ]


def test_another_file_that_pip_prefers_is_found() -> None:
    name = LINUX_WHEEL.replace("0.5.0-", "0.5.0-1-")
    downloads = {LINUX_WHEEL: FileFacts(name, 3, "cc" * 32), WINDOWS_WHEEL: WINDOWS}
    assert found(Served(release(*INDEXED, IndexedFile(name, "cc" * 32)), downloads, {})) == [
        ("same-bytes", LINUX_WHEEL, f"for its platform pip takes {name} instead (SHA-256 {'cc' * 32})"),
        ("nothing-else-on-index", name, "is on the index, but was not built"),
    ]


def test_missing_additional_and_yanked_files_are_found() -> None:
    linux = IndexedFile(LINUX_WHEEL, LINUX.sha256, yanked="loses data")
    sdist = IndexedFile("quiverdb-0.5.0.tar.gz", "dd" * 32, yanked="")
    served = Served(release(linux, sdist), {LINUX_WHEEL: LINUX}, {WINDOWS_WHEEL: "the index does not show it"})
    assert found(served) == [
        ("file-on-index", WINDOWS_WHEEL, "the index does not show it"),
        ("not-yanked", LINUX_WHEEL, "is yanked: loses data"),
        ("nothing-else-on-index", sdist.name, "is on the index, but was not built"),
        ("not-yanked", sdist.name, "is yanked, without a reason"),
    ]


@pytest.mark.parametrize(
    ("tag", "options"),
    [
        ("py3-none-win_amd64", "--implementation py --platform win_amd64 --abi none"),
        (
            "py2.py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "--implementation py --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --abi none",
        ),
        (
            "cp310-abi3-macosx_11_0_arm64",
            "--implementation cp --python-version 3.10 --platform macosx_11_0_arm64 --abi abi3",
        ),
        ("cp313-cp313t-win32", "--implementation cp --python-version 3.13 --platform win32 --abi cp313t"),
    ],
)
def test_pip_chooses_for_an_interpreter_that_the_wheel_supports(tag: str, options: str) -> None:
    assert " ".join(target_options(parse_tag(tag))) == options


def test_pips_reason_is_one_line_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(PipFailed) as caught:
        run_pip(["download", "--no-deps", "no-such-project"], {**os.environ, "PIP_CONFIG_FILE": os.devnull})
    reason = str(caught.value)
    assert reason.endswith("No matching distribution found for no-such-project")
    assert "\n" not in reason
    assert "secret" not in reason


def report(*items: dict[str, Any]) -> dict[str, Any]:
    return {"version": "1", "install": list(items)}


def item(name: str, url: str, **hashes: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "version": "0.5.0"},
        "download_info": {"url": url, "archive_info": {"hashes": hashes}},
    }


def test_the_report_of_pip_is_read() -> None:
    told = report(
        item("cffi", "https://index.invalid/c.whl", sha256="c"),
        item("Quiver.DB", "https://index.invalid/files/quiver_db-0.5.0%2Bx-py3-none-any.whl#sha256=q", sha256="q"),
    )
    assert read_report(told, "quiver-db") == ("quiver_db-0.5.0+x-py3-none-any.whl", "q", ["cffi 0.5.0"])


def test_every_rule_is_complete() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert len(rule.demand.split()) >= 4
        assert rule.source
        assert rule.hint
        assert not (rule.demand + rule.hint).endswith(".")


def test_files_without_attestations_are_one_note() -> None:
    assert list(verify_attestations(BUILT, release(*INDEXED), EXPECTED, "v0.5.0", PipSettings("", {}))) == [
        note(f"the index shows no attestation for {LINUX_WHEEL}, {WINDOWS_WHEEL}")
    ]


def test_attestations_that_cannot_be_verified_are_a_note() -> None:
    shown = IndexedFile(LINUX_WHEEL, LINUX.sha256, provenance="http://127.0.0.1:9/provenance")
    unknown = Registration("quiverdb", None, "publish.yml", "pypi")
    (only,) = verify_attestations((LINUX,), release(shown), unknown, "v0.5.0", PipSettings("", {}))
    if sys.version_info < (3, 11):
        assert only == note("attestations were not verified: that needs Python 3.11 or newer")
    else:
        assert only == note(
            "attestations were not verified: the repository is unknown", "name it: -- --repository OWNER/NAME"
        )
