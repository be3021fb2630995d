"""nox -s check-dist as users run it: `dist/` passes until a test breaks one thing."""

from __future__ import annotations

import base64
import hashlib
import random
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.factories import (
    DIST_INFO,
    LINUX_LIBRARY,
    LINUX_TAG,
    LINUX_WHEEL,
    METADATA,
    ROOT_PYPROJECT,
    WINDOWS_LIBRARY,
    WINDOWS_TAG,
    WINDOWS_WHEEL,
    ReleaseFolder,
    encrypt,
    flip,
    make_dist,
    make_wheel,
)
from tests.support.native_factories import elf_library, pe_library
from tests.support.programs import Outcome, run, run_module
from tests.support.rehearsed import rehearsed
from truewheel.acceptances import PLACEHOLDER
from truewheel.judging import wheels as judging
from truewheel.programs.check_dist import RULES, main

FILE = "bindings/python/pyproject.toml"
NO_WHEEL = "is not a wheel that can be published: its name is malformed, or it is a link"
PLAIN = METADATA.format(name="quiverdb", version="0.5.0")
NO_LINUX_WHEEL = (
    "wheel-per-build",
    "dist",
    "no wheel serves cp310-manylinux_x86_64; expected quiverdb-0.5.0-…-manylinux_…_x86_64.whl",
)
NO_WINDOWS_WHEEL = (
    "wheel-per-build",
    "dist",
    "no wheel serves cp310-win_amd64; expected quiverdb-0.5.0-…-win_amd64.whl",
)

Break = Callable[[ReleaseFolder], object]
Found = tuple[str, str, str]


@pytest.fixture
def ready(release: ReleaseFolder) -> ReleaseFolder:
    """A sound release with both wheels in `dist/`."""
    make_dist(release.dist)
    return release


def record_of(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(f"{DIST_INFO}/RECORD")


def flip_the_library(release: ReleaseFolder) -> None:
    """Change one byte of the native library, and repack the wheel with the RECORD that it had."""
    record = record_of(release.dist / LINUX_WHEEL)
    make_wheel(release.dist, change={LINUX_LIBRARY: flip(elf_library(), 400 - 1)}, record=record)


def make_link(release: ReleaseFolder) -> None:
    (release.dist / WINDOWS_WHEEL).rename(release.root / "moved.whl")
    (release.dist / WINDOWS_WHEEL).symlink_to(release.root / "moved.whl")


def leave_unrepaired(release: ReleaseFolder) -> None:
    (release.dist / LINUX_WHEEL).unlink()
    make_wheel(release.dist, tag="py3-none-linux_x86_64")


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def test_a_sound_folder_is_fit(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(main, capsys)
    assert outcome.status == 0
    linux, windows = (f"{(ready.dist / name).stat().st_size / 1000:.1f} KB" for name in (LINUX_WHEEL, WINDOWS_WHEEL))
    assert outcome.output.splitlines() == [
        f"fit      quiverdb 0.5.0  py3-none-manylinux_2_28_x86_64  {linux}  1 library",
        f"fit      quiverdb 0.5.0  py3-none-win_amd64              {windows}  1 library",
        "library                        size  debug  exports  needs  loads",
        "py3-none-manylinux_2_28_x86_64",
        f"quiverdb/_libs/libquiver.so   {len(elf_library())} B               0",
        "py3-none-win_amd64",
        f"quiverdb/_libs/quiver.dll    {len(pe_library()) / 1000:.1f} KB               0",
        "check-dist: fit: 2 wheels",
    ]


def test_another_folder_is_judged_when_it_is_named(
    release: ReleaseFolder, without_twine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = make_dist(release.root / "else where")
    assert run(main, capsys, elsewhere).last_line == "check-dist: fit: 2 wheels"
    assert without_twine == [LINUX_WHEEL, WINDOWS_WHEEL]


# What may be wrong with a folder: how it comes about, and every finding.
BROKEN_FOLDERS: dict[str, tuple[Break, list[Found]]] = {
    "a removed wheel": (lambda release: (release.dist / WINDOWS_WHEEL).unlink(), [NO_WINDOWS_WHEEL]),
    "an added sdist": (
        lambda release: release.write("dist/quiverdb-0.5.0.tar.gz", b"\x1f\x8b"),
        [("only-wheels", "quiverdb-0.5.0.tar.gz", "is an sdist; only wheels are published")],
    ),
    "a wheel of another version": (
        lambda release: make_wheel(release.dist, version="0.4.9"),
        [
            (
                "wheel-of-release",
                "quiverdb-0.4.9-py3-none-manylinux_2_28_x86_64.whl",
                "is a wheel of version 0.4.9; this release is of version 0.5.0",
            )
        ],
    ),
    "a wheel of another project": (
        lambda release: make_wheel(release.dist, name="other"),
        [
            (
                "wheel-of-release",
                "other-0.5.0-py3-none-manylinux_2_28_x86_64.whl",
                "is a wheel of other; this release is of quiverdb",
            )
        ],
    ),
    "a second wheel of a platform": (
        lambda release: make_wheel(release.dist, tag="py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        [
            (
                "wheel-per-build",
                "dist",
                "2 wheels serve cp310-manylinux_x86_64: "
                "quiverdb-0.5.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl, " + LINUX_WHEEL,
            )
        ],
    ),
    "a wheel of a foreign platform": (
        lambda release: make_wheel(release.dist, tag="py3-none-manylinux_2_28_aarch64"),
        [
            (
                "wheel-of-release",
                "quiverdb-0.5.0-py3-none-manylinux_2_28_aarch64.whl",
                "serves none of the expected builds: cp310-manylinux_x86_64, cp310-win_amd64",
            )
        ],
    ),
    "a wheel that was not repaired": (
        leave_unrepaired,
        [
            (
                "wheel-of-release",
                "quiverdb-0.5.0-py3-none-linux_x86_64.whl",
                "serves none of the expected builds: cp310-manylinux_x86_64, cp310-win_amd64",
            ),
            NO_LINUX_WHEEL,
            (
                "platform-tag-accepted",
                "quiverdb-0.5.0-py3-none-linux_x86_64.whl",
                "PyPI refuses the platform tag linux_x86_64",
            ),
        ],
    ),
    "a hidden file": (
        lambda release: release.write("dist/.DS_Store", b""),
        [("only-wheels", ".DS_Store", "is a stray file; only wheels are published")],
    ),
    "a folder": (
        lambda release: release.write("dist/old/notes.txt", b""),
        [("only-wheels", "old/", "is a folder; only wheels are published")],
    ),
    "a file with a malformed name": (
        lambda release: release.write("dist/quiverdb.whl", b""),
        [
            (
                "only-wheels",
                "quiverdb.whl",
                f"{NO_WHEEL}; only wheels are published",
            )
        ],
    ),
    "a wheel that is a link": (
        make_link,
        [
            (
                "only-wheels",
                WINDOWS_WHEEL,
                f"{NO_WHEEL}; only wheels are published",
            ),
            NO_WINDOWS_WHEEL,
        ],
    ),
}


@pytest.mark.parametrize(("break_it", "found"), BROKEN_FOLDERS.values(), ids=BROKEN_FOLDERS)
def test_a_broken_folder_is_refused(
    ready: ReleaseFolder,
    without_twine: list[str],
    capsys: pytest.CaptureFixture[str],
    break_it: Break,
    found: list[Found],
) -> None:
    if sys.platform == "win32" and break_it is make_link:
        pytest.skip("links need a privilege there")
    break_it(ready)
    outcome = run(main, capsys, "--json")
    assert (outcome.status, outcome.findings) == (1, found)


# What may be wrong with a wheel: how it comes about, and every finding.
BROKEN_WHEELS: dict[str, tuple[Break, list[Found]]] = {
    "a flipped byte in the library": (
        flip_the_library,
        [
            (
                "record-hash",
                LINUX_WHEEL,
                (
                    f"{LINUX_LIBRARY} has SHA-256 {digest(flip(elf_library(), 399))}, "
                    f"but RECORD says {digest(elf_library())}"
                ),
            )
        ],
    ),
    "a flipped byte in the packed library": (
        lambda release: make_wheel(
            release.dist,
            compression=zipfile.ZIP_STORED,
            edit=lambda data: flip(data, data.index(b"\x7fELF") + 399),
        ),
        [
            (
                "archive-checksums",
                LINUX_WHEEL,
                (
                    f"{LINUX_LIBRARY}: its bytes have the CRC-32 {zlib.crc32(flip(elf_library(), 399)):08x}, "
                    f"but its header says {zlib.crc32(elf_library()):08x}: it is damaged"
                ),
            ),
        ],
    ),
    "an empty file": (
        lambda release: release.write(f"dist/{LINUX_WHEEL}", b""),
        [("archive-readable", LINUX_WHEEL, "the file is empty")],
    ),
    "a text file": (
        lambda release: release.write(f"dist/{LINUX_WHEEL}", "To be built.\n" * 100),
        [
            ("archive-readable", LINUX_WHEEL, "it is not a zip archive: it begins with b'To b'"),
        ],
    ),
    "a wheel that is cut off": (
        lambda release: make_wheel(release.dist, edit=lambda data: data[:1100]),
        [
            (
                "archive-readable",
                LINUX_WHEEL,
                (
                    f"the archive is cut off or damaged: the data of {DIST_INFO}/RECORD should take 354 bytes, "
                    "but the file has only 235 more"
                ),
            )
        ],
    ),
    "an encrypted member": (
        lambda release: make_wheel(release.dist, edit=encrypt(LINUX_LIBRARY)),
        [("archive-not-encrypted", LINUX_WHEEL, f"{LINUX_LIBRARY}: it is encrypted")],
    ),
    "an ELF library for aarch64": (
        lambda release: make_wheel(release.dist, change={LINUX_LIBRARY: elf_library("aarch64")}),
        [
            (
                "native-platform",
                LINUX_WHEEL,
                f"{LINUX_LIBRARY} is ELF for aarch64; the tag manylinux_2_28_x86_64 needs ELF for x86_64",
            )
        ],
    ),
    "a DLL for 32 bits": (
        lambda release: make_wheel(release.dist, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: pe_library("x86")}),
        [
            (
                "native-platform",
                WINDOWS_WHEEL,
                f"{WINDOWS_LIBRARY} is PE for x86; the tag win_amd64 needs PE for x86_64",
            )
        ],
    ),
    "a DLL in the Linux wheel": (
        lambda release: make_wheel(release.dist, change={LINUX_LIBRARY: pe_library()}),
        [
            (
                "native-platform",
                LINUX_WHEEL,
                f"{LINUX_LIBRARY} is PE for x86_64; the tag manylinux_2_28_x86_64 needs ELF for x86_64",
            )
        ],
    ),
    "no library at all": (
        lambda release: make_wheel(release.dist, change={LINUX_LIBRARY: None}),
        [("native-present", LINUX_WHEEL, "there is no native library in it")],
    ),
    "a library that is cut off": (
        lambda release: make_wheel(release.dist, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: pe_library()[:70]}),
        [
            (
                "native-readable",
                WINDOWS_WHEEL,
                f"{WINDOWS_LIBRARY}: the PE header is outside the file",
            )
        ],
    ),
    "a file that RECORD does not know": (
        lambda release: make_wheel(
            release.dist, record=record_of(release.dist / LINUX_WHEEL), change={"quiverdb/x.txt": ""}
        ),
        [("record-complete", LINUX_WHEEL, "quiverdb/x.txt is in the archive, but not in RECORD")],
    ),
    "a stray module": (
        lambda release: make_wheel(release.dist, change={"x.py": ""}),
        [
            ("top-level-expected", LINUX_WHEEL, "x.py is at the top level (x.py), expected quiverdb"),
            ("files-alike", WINDOWS_WHEEL, f"lacks x.py, which {LINUX_WHEEL} has"),
        ],
    ),
    "a wheel that was built from other sources": (
        lambda release: make_wheel(release.dist, tag=WINDOWS_TAG, metadata=PLAIN.replace("cffi>=1.16", "cffi>=1.17")),
        [
            (
                "metadata-matches-project",
                WINDOWS_WHEEL,
                f"METADATA has Requires-Dist cffi>=1.17, but {FILE} states cffi>=1.16",
            )
        ],
    ),
    "a wheel that was renamed": (
        lambda release: make_wheel(release.dist, version="0.4.9", filename=LINUX_WHEEL),
        [
            ("dist-info-named", LINUX_WHEEL, f"the folder is quiverdb-0.4.9.dist-info, expected {DIST_INFO}"),
            ("metadata-matches-filename", LINUX_WHEEL, "METADATA has version 0.4.9, but the file name has 0.5.0"),
            ("metadata-matches-release", LINUX_WHEEL, f"METADATA has version 0.4.9, but {FILE} has version 0.5.0"),
        ],
    ),
    "a wheel for Linux with the name of one for Windows": (
        lambda release: make_wheel(release.dist, filename=WINDOWS_WHEEL),
        [
            (
                "wheel-file-matches-filename",
                WINDOWS_WHEEL,
                "the tag py3-none-manylinux_2_28_x86_64 is in WHEEL, but not in the file name",
            ),
            (
                "wheel-file-matches-filename",
                WINDOWS_WHEEL,
                "the tag py3-none-win_amd64 is in the file name, but not in WHEEL",
            ),
            (
                "native-platform",
                WINDOWS_WHEEL,
                f"{LINUX_LIBRARY} is ELF for x86_64; the tag win_amd64 needs PE for x86_64",
            ),
        ],
    ),
    "a name that is there twice": (
        lambda release: make_wheel(release.dist, again=[("quiverdb/py.typed", "")]),
        [
            ("member-unique", LINUX_WHEEL, "quiverdb/py.typed: 2 members of the archive have this name"),
            ("record-complete", LINUX_WHEEL, "quiverdb/py.typed is in RECORD 2 times"),
        ],
    ),
}


@pytest.mark.parametrize(("break_it", "found"), BROKEN_WHEELS.values(), ids=BROKEN_WHEELS)
def test_a_broken_wheel_is_refused(
    ready: ReleaseFolder,
    without_twine: list[str],
    capsys: pytest.CaptureFixture[str],
    break_it: Break,
    found: list[Found],
) -> None:
    break_it(ready)
    outcome = run(main, capsys, "--json")
    assert (outcome.status, outcome.findings) == (1, found)


def test_wheels_that_cannot_be_read_do_not_keep_the_others_from_being_judged(
    ready: ReleaseFolder, without_twine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ready.write(f"dist/{LINUX_WHEEL}", b"")
    make_wheel(ready.dist, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: None})
    outcome = run(main, capsys, "--json")
    assert [(check, where) for check, where, _ in outcome.findings] == [
        ("archive-readable", LINUX_WHEEL),
        ("native-present", WINDOWS_WHEEL),
    ]
    assert without_twine == []
    assert [(wheel["name"], wheel["sha256"] is None) for wheel in outcome.report["wheels"]] == [
        (LINUX_WHEEL, True),
        (WINDOWS_WHEEL, False),
    ]


def test_wheels_present_accepts_a_folder_with_a_wheel_of_any_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_wheel(tmp_path, name="other", version="1.0")
    outcome = run(main, capsys, "--any", tmp_path, "--json")
    assert (outcome.status, outcome.findings) == (0, [])


def test_what_an_upload_of_the_folder_would_fail_on_is_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = make_wheel(tmp_path, name="other", version="1.0")
    for name in ("other-1.0.tar.gz", f"{wheel.name}.asc", f"{wheel.name}.publish.attestation", ".gitignore"):
        (tmp_path / name).touch()
    assert run(main, capsys, "--any", tmp_path, "--json").report["notes"] == []
    (tmp_path / "notes.log").touch()
    (tmp_path / "old.whl").mkdir()
    outcome = run(main, capsys, "--any", tmp_path)
    assert outcome.status == 0
    assert (
        f"notes\n{tmp_path}\n"
        "  neither wheels nor sdists, or only links to them: notes.log, old.whl/; an upload of the whole folder would "
        "include them\n      move them away first\n"
    ) in outcome.output
    assert outcome.last_line == "check-dist: fit: 1 wheel"


def test_wheels_present_refuses_a_folder_without_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "quiverdb-0.5.0.tar.gz").write_bytes(b"\x1f\x8b")
    outcome = run(main, capsys, "--any", tmp_path, "--json")
    assert (outcome.status, outcome.findings) == (1, [("wheels-present", str(tmp_path), "there is no wheel in it")])


def test_an_empty_folder_is_refused(release: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    release.dist.mkdir()
    outcome = run(main, capsys, "--json")
    assert (outcome.status, outcome.findings) == (1, [NO_LINUX_WHEEL, NO_WINDOWS_WHEEL])
    assert run(main, capsys).last_line == "check-dist: refused: 2 findings in 0 wheels"


def test_a_missing_folder_cannot_be_judged(release: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(main, capsys) == Outcome(
        2,
        "error: there is no folder dist\n  build the wheels (nox -s wheels), or name their folder\n"
        "check-dist: cannot judge: there is no folder dist\n",
    )


def test_a_file_in_the_place_of_the_folder_cannot_be_judged(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(main, capsys, ready.dist / LINUX_WHEEL).last_line == (
        f"check-dist: cannot judge: {ready.dist / LINUX_WHEEL} is not a folder"
    )


def test_a_broken_configuration_cannot_be_judged(ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    ready.replace("pyproject.toml", "[tool.release]", "[tool.release")
    outcome = run(main, capsys)
    assert outcome.status == 2
    assert outcome.last_line.startswith("check-dist: cannot judge: pyproject.toml is not valid TOML: ")


@pytest.mark.parametrize("pyproject", [None, '[project]\nname = "theirs"\n'])
def test_without_a_release_table_each_wheel_is_judged_on_its_own(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], pyproject: str | None
) -> None:
    (ready.root / "pyproject.toml").unlink()
    if pyproject is not None:
        ready.write("pyproject.toml", pyproject)
    # A release would refuse it: it is of another project, and alone.
    make_wheel(ready.root / "wheels", name="theirs")
    lines = run(main, capsys, "wheels").output.splitlines()
    note = "no [tool.release] here: judging each wheel on its own, as with --any"
    assert lines[-1] == "check-dist: fit: 1 wheel"
    lines.remove(f"  {note}")
    assert [shown["message"] for shown in run(main, capsys, "wheels", "--json").report["notes"]] == [note]
    assert run(main, capsys, "wheels", "--any").output.splitlines() == [line for line in lines if line != "notes"]


def test_a_file_that_cannot_be_opened_cannot_be_judged(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("truewheel.judging.wheels.read_wheel", refuse)
    outcome = run(main, capsys)
    assert outcome == Outcome(
        2, f"check-dist: cannot judge: {Path('dist') / LINUX_WHEEL} cannot be read: Permission denied\n"
    )


def test_what_twine_refuses_is_one_finding_of_each_wheel(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    rst = PLAIN.replace("text/markdown", "text/x-rst").replace("# q", "*q")
    make_wheel(ready.dist, metadata=rst)
    make_wheel(ready.dist, tag=WINDOWS_TAG, metadata=PLAIN.replace("Description-Content-Type: text/markdown\n", ""))
    outcome = run(main, capsys, "--json")
    assert outcome.status == 1
    found = [(check, where) for check, where, _ in outcome.findings if check != "metadata-alike"]
    assert found == [("description-renders", LINUX_WHEEL), ("twine-check", WINDOWS_WHEEL)]


def test_a_release_that_only_twine_refuses_is_refused(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "refused_description", lambda *_, **__: ())
    for tag in (LINUX_TAG, WINDOWS_TAG):
        make_wheel(ready.dist, tag=tag, metadata=PLAIN.replace("text/markdown", "text/x-rst").replace("# q", "*q"))
    outcome = run(main, capsys, "--json")
    assert [check for check, *_ in outcome.findings] == ["twine-check", "twine-check"]


def test_what_is_only_unfortunate_is_a_note_and_refuses_nothing(
    ready: ReleaseFolder, without_twine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = b'"/project/native/quiver.c"'
    make_wheel(ready.dist, change={LINUX_LIBRARY: elf_library() + path})
    make_wheel(ready.dist, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: pe_library() + path})
    outcome = run(main, capsys, "--json")
    assert (outcome.status, outcome.findings) == (0, [])
    assert [(note["check"], note["where"]) for note in outcome.report["notes"]] == [
        ("native-paths-absent", LINUX_WHEEL),
        ("native-paths-absent", WINDOWS_WHEEL),
    ]
    assert {wheel["verdict"] for wheel in outcome.report["wheels"]} == {"fit"}
    place = f"{LINUX_LIBRARY} contains a path of a source file at byte {len(elf_library()) + 1}"
    assert run(main, capsys).output.splitlines()[2:6] == [
        "notes",
        LINUX_WHEEL,
        f"  native-paths-absent: {place}: /project/native/quiver.c",
        f"      {outcome.report['notes'][0]['hint']}",
    ]


def test_metadata_that_twine_cannot_read_hides_no_other_finding(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    make_wheel(ready.dist, metadata=PLAIN.replace("Name: quiverdb\n", ""), change={LINUX_LIBRARY: None})
    outcome = run(main, capsys, "--json")
    assert (outcome.status, outcome.findings) == (
        1,
        [
            ("metadata-valid", LINUX_WHEEL, "'name' is a required field"),
            ("native-present", LINUX_WHEEL, "there is no native library in it"),
            (
                "metadata-alike",
                WINDOWS_WHEEL,
                f"Name has 'quiverdb', but nothing more in {LINUX_WHEEL}",
            ),
        ],
    )


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be given to files there")
def test_a_hostile_file_name_does_nothing_to_the_terminal(
    ready: ReleaseFolder, without_twine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ready.write("dist/\x1b[2J\n\udcff.txt", b"")
    make_wheel(ready.dist, filename="quiverdb-0.5.0-py3-none-\x1b[31m.whl")
    output = run(main, capsys).output
    assert all(character.isprintable() or character == "\n" for character in output)
    assert "\\x1b[2J\\n\\udcff.txt\n  only-wheels: is a stray file; only wheels are published\n" in output
    assert "quiverdb-0.5.0-py3-none-\\x1b[31m.whl\n  wheel-of-release: " in output


def unpacked(path: Path) -> list[tuple[str, bytes]]:
    """What an installer would write to disk, in order."""
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


@pytest.mark.once
def test_a_byte_flipped_anywhere_is_refused_unless_installers_would_not_notice(
    ready: ReleaseFolder, without_twine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = ready.dist / LINUX_WHEEL
    data, contents = path.read_bytes(), unpacked(path)
    chance = random.Random(20260102)  # noqa: S311  to fail again tomorrow
    verdicts = {0: 0, 1: 0}
    for position in chance.sample(range(len(data)), 150):
        path.write_bytes(flip(data, position, chance.choice([0xFF, 1, 0x40])))
        outcome = run(main, capsys, "--json")
        verdicts[outcome.status] += 1
        if outcome.status == 0:
            assert unpacked(path) == contents, f"the flipped byte {position} changes what is installed"
        else:
            assert {where for _, where, _ in outcome.findings} == {LINUX_WHEEL}
    # Most of a wheel counts.
    assert verdicts[1] > 100


def test_in_a_workflow_findings_are_annotated_and_wheels_are_summarized(
    ready: ReleaseFolder,
    without_twine: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    ready.write("dist/notes.txt", b"")
    outcome = run(main, capsys)
    assert [line for line in outcome.output.splitlines() if line.startswith("::")] == [
        (
            "::error title=only-wheels::notes.txt: is a stray file; only wheels are published"
            "%0Adelete it; the publish job uploads everything in the folder"
        )
    ]
    assert outcome.last_line == "check-dist: refused: 1 finding in 2 wheels"
    summary = (ready.root / "summary.md").read_text(encoding="utf-8")
    assert f"| {LINUX_WHEEL} | " in summary
    assert "| only-wheels | notes.txt | is a stray file; only wheels are published | " in summary


def test_every_check_is_listed(release: ReleaseFolder, capsys: pytest.CaptureFixture[str]) -> None:
    names = [rule.name for rule in RULES]
    listed = run(main, capsys, "--list")
    assert (listed.status, [line.split()[0] for line in listed.output.splitlines()[::2]]) == (0, names)
    assert [line.split()[0] for line in listed.output.splitlines() if line.endswith("(a note)")] == [
        rule.name for rule in RULES if rule.is_note
    ]
    as_json = run(main, capsys, "--list", "--json").report
    assert (as_json["version"], [check["name"] for check in as_json["checks"]]) == (3, names)
    assert {"archive-readable", "twine-check", "record-hash", "only-wheels", "native-platform"} <= set(names)


@pytest.mark.parametrize(
    ("wheels", "status", "last"),
    [
        (["a", "b"], 0, "check-dist: fit: 2 wheels"),
        pytest.param(["a"], 1, "check-dist: refused: 1 finding in 1 wheel", marks=pytest.mark.once),
        pytest.param([], 2, "check-dist: cannot judge: there is no folder dist", marks=pytest.mark.once),
    ],
)
def test_as_a_program_it_ends_with_its_verdict(
    release: ReleaseFolder, wheels: list[str], status: int, last: str
) -> None:
    for wheel in wheels:
        make_wheel(release.dist, tag=WINDOWS_TAG if wheel == "b" else "py3-none-manylinux_2_28_x86_64")
    outcome = run_module("check-dist", release.root)
    assert (outcome.status, outcome.last_line) == (status, last)


@pytest.mark.once
def test_as_a_program_it_prints_json_and_nothing_else(ready: ReleaseFolder) -> None:
    outcome = run_module("check-dist", ready.root, "--json", environ={"GITHUB_ACTIONS": "true"})
    assert outcome.status == 0
    assert outcome.report["verdict"] == "fit"
    assert [wheel["name"] for wheel in outcome.report["wheels"]] == [LINUX_WHEEL, WINDOWS_WHEEL]


def accept(release: ReleaseFolder, *lines: str) -> None:
    release.write("pyproject.toml", "\n".join([ROOT_PYPROJECT, "[tool.release.accept]", *lines, ""]))


def test_what_is_accepted_does_not_refuse(
    ready: ReleaseFolder, without_twine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    make_wheel(ready.dist, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: pe_library(flags=0)})
    lines = run(main, capsys, "--accept").output.splitlines()
    assert (lines[0], lines[-1]) == ("[tool.release.accept]", "# check-dist: refused: 1 finding in 2 wheels")
    accept(ready, lines[2].replace(PLACEHOLDER, "an old compiler"))
    outcome = run(main, capsys)
    assert (outcome.status, outcome.last_line) == (0, "check-dist: fit: 2 wheels (1 accepted finding)")
    assert "\n      an old compiler\n" in outcome.output
    assert run(main, capsys, "--accept").output == "# check-dist: fit: 2 wheels (1 accepted finding)\n"
    assert run(main, capsys, "--any").status == 1


def test_twine_is_heard_about_a_wheel_with_an_accepted_finding(
    ready: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    make_wheel(ready.dist, metadata=PLAIN.replace("Name:", "Dynamic: all\nName:"))
    accept(ready, '"metadata-valid:*.whl" = "PyPI knows it already"')
    assert [check for check, *_ in run(main, capsys, "--json").findings] == ["metadata-alike", "twine-check"]


def test_an_acceptance_that_accepts_nothing_is_refused(
    ready: ReleaseFolder, without_twine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    accept(ready, '"aslr-and-dep:*" = "an old compiler"', '"not-started-by-hand:*" = "for validate to judge"')
    place = "[tool.release.accept] of pyproject.toml"
    unused = ("acceptances-used", place, "aslr-and-dep:* accepts nothing")
    assert run(main, capsys, "--json").findings == [unused]
    # In a rehearsal another builder may have made it.
    with rehearsed(ready.root):
        assert run(main, capsys).status == 0
    # The wheel that is missing may have needed it.
    (ready.dist / WINDOWS_WHEEL).unlink()
    assert run(main, capsys, "--json").findings == [NO_WINDOWS_WHEEL]


def test_an_understudy_is_fit_in_a_rehearsal_and_nowhere_else(
    ready: ReleaseFolder, without_twine: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of an earlier release: its sources and METADATA differ from those of the tag, and it states another version.
    change = {
        f"{DIST_INFO}/UNDERSTUDY": f"quiverdb-0.4.0-{WINDOWS_TAG}.whl\n",
        "quiverdb/__init__.py": '"""Another store."""\nVERSION = "0.4.0"\n',
        f"{DIST_INFO}/METADATA": METADATA.format(name="quiverdb", version="0.5.0").replace("dict-like", "old"),
    }
    make_wheel(ready.dist, tag=WINDOWS_TAG, change=change)
    message = "UNDERSTUDY in dist-info says that a rehearsal made it from a wheel of an earlier release"
    refused = ("understudy-absent", WINDOWS_WHEEL, message)
    with rehearsed(ready.root):
        outcome = run(main, capsys, "--json")
        assert (outcome.status, outcome.findings) == (0, [])
        assert [(note["check"], note["where"], note["message"]) for note in outcome.report["notes"]] == [
            (
                "understudy-absent",
                WINDOWS_WHEEL,
                "it is an understudy, a wheel of the last release: nothing in it was compared with the tagged sources",
            )
        ]
        assert run(main, capsys, "--any").status == 0
        # What the last release did wrong is a note, and a damaged file is refused.
        debris: dict[str, str | bytes | None] = {"quiverdb/a.o": b"\x7fELF", **change}
        make_wheel(ready.dist, tag=WINDOWS_TAG, change=debris)
        outcome = run(main, capsys, "--json")
        assert outcome.status == 0, outcome.output
        assert any(note["message"].endswith("(in the last release)") for note in outcome.report["notes"])
        make_wheel(ready.dist, tag=WINDOWS_TAG, change=change, record_rows=lambda rows: rows[1:])
        assert [check for check, *_ in run(main, capsys, "--json").findings] == ["record-complete"]
        make_wheel(ready.dist, tag=WINDOWS_TAG, change=change)
        # Started somewhere else, as a real job would be while a rehearsal runs.
        with monkeypatch.context() as elsewhere:
            elsewhere.chdir(ready.root.parent)
            assert run(main, capsys, "--any", "--json", ready.dist).findings == [refused]
    for value in ("true", str(ready.root)):
        monkeypatch.setenv("RELEASE_REHEARSAL", value)
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        outcome = run(main, capsys, "--json")
        assert outcome.status == 1
        assert refused in outcome.findings
    monkeypatch.delenv("RELEASE_REHEARSAL")
    accept(ready, '"understudy-absent:*" = "we are in a hurry"')
    outcome = run(main, capsys)
    assert outcome.status == 2
    assert "can never be accepted: a wheel of an earlier release is not this one" in outcome.last_line


def test_without_a_release_nothing_can_be_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run(main, capsys, "--accept")
    assert (outcome.status, outcome.last_line) == (2, "check-dist: cannot judge: pyproject.toml is missing")
