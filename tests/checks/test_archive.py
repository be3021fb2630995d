"""The checks of the archive, each with archives that it refuses and one that it accepts."""

from __future__ import annotations

import re
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.archive_bytes import UTF8, Header, Record, Zip, deflated, extra_field
from tests.support.factories import LINUX_WHEEL, make_wheel
from truewheel.checks import archive as archive_checks
from truewheel.checks.registers import wheel_check
from truewheel.findings import Check
from truewheel.judging.wheels import judge_wheel
from truewheel.wheel.archive import reader as archive_module
from truewheel.wheel.archive.anomalies import AnomalyKind
from truewheel.wheel.reader import Wheel, read_wheel

SOUND = Zip()


def check_called(name: str) -> Check[Wheel]:
    (check,) = (check for check in wheel_check if check.rule.name == name)
    return check


def problems(folder: Path, name: str, archive: Zip) -> list[str]:
    """The messages of the check `name` about a wheel with this archive."""
    path = folder / LINUX_WHEEL
    path.write_bytes(bytes(archive))
    return [finding.message for finding in check_called(name).results(read_wheel(path), path.name)]


def named(*names: str) -> Zip:
    """An archive of empty files with these names."""
    return Zip(records=tuple(Record(name.encode(), flags=0 if name.isascii() else UTF8) for name in names))


def assert_refused(folder: Path, name: str, archive: Zip, *messages: str) -> None:
    assert problems(folder, name, archive) == list(messages)
    assert problems(folder, name, SOUND) == []


def judged(folder: Path, data: bytes) -> list[tuple[str, str, str]]:
    """Everything that is found in a file with these bytes."""
    path = folder / LINUX_WHEEL
    path.write_bytes(data)
    return [(found.check, found.where, found.message) for found in judge_wheel(path, None).findings]


def test_archive_readable_accepts_an_archive_from_its_first_byte_to_its_last(tmp_path: Path) -> None:
    assert judged(tmp_path, make_wheel(tmp_path / "sound").read_bytes()) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"To be built.", "it is not a zip archive: it begins with b'To b'"),
        (
            bytes(SOUND)[:-22],
            "the archive is cut off: it ends after 437 bytes and 2 members, without an end record",
        ),
        (b"MZ" + bytes(SOUND), "it is not a zip archive: it begins with b'MZPK'"),
        (
            bytes(SOUND.changed(0, after=b"gap!")),
            "byte 291 of the archive should begin its next record, but b'gap!' does not",
        ),
        (bytes(SOUND) + b"end", "3 bytes after the end of the archive"),
        (
            bytes(SOUND.changed(1, flags=8, local=Header(crc=0, packed_size=0, size=0))),
            "a/c.txt: its sizes are after its data, in a data descriptor (flag bit 3); PyPI accepts none",
        ),
        (
            bytes(Zip(records=(Record(b"a", bytes(65 << 20), method=8),))),
            (
                "it unpacks from 66,361 to 68,157,440 bytes or more; PyPI calls more than 67,108,864 bytes "
                "and more than 50 times the file a zip bomb"
            ),
        ),
    ],
    ids=["empty", "text", "cut off", "bytes before", "bytes between", "bytes after", "stream", "bomb"],
)
def test_archive_readable_refuses_a_file_that_cannot_be_read_to_its_end(
    tmp_path: Path, data: bytes, message: str
) -> None:
    assert judged(tmp_path, data) == [("archive-readable", LINUX_WHEEL, message)]


def test_archive_size_refuses_more_than_pypi_accepts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "LARGEST_FILE", 459)
    archive = replace(SOUND, comment=b"!")
    assert_refused(tmp_path, "archive-size", archive, "the file has 460 bytes; PyPI accepts 459")


def test_member_unique_refuses_repeated_headers_and_entries(tmp_path: Path) -> None:
    same = Header(name=b"a/b.py")
    assert_refused(
        tmp_path,
        "member-unique",
        SOUND.changed(1, local=same, entry=same),
        "a/b.py: 2 members of the archive have this name",
    )


def test_archive_directory_complete_refuses_in_both_directions(tmp_path: Path) -> None:
    archive = SOUND.changed(0, is_listed=False).changed(1, is_written=False)
    assert_refused(
        tmp_path,
        "archive-directory-complete",
        archive,
        "a/c.txt: the central directory lists it at byte 291, where no member begins",
        "a/b.py: it is at byte 0 of the file, but the central directory does not list it",
    )


def test_archive_headers_agree_refuses_a_difference_in_every_field(tmp_path: Path) -> None:
    archive = SOUND.changed(1, entry=Header(name=b"a/d", flags=2, method=8, crc=1, packed_size=5, size=6))
    assert_refused(
        tmp_path,
        "archive-headers-agree",
        archive,
        "a/d: the name is b'a/c.txt' in the local header, but b'a/d' in the central directory",
        "a/d: the flags is 0 in the local header, but 2 in the central directory",
        "a/d: the compression method is 0 in the local header, but 8 in the central directory",
        "a/d: the CRC-32 is 3b8ba7c7 in the local header, but 00000001 in the central directory",
        "a/d: the compressed size is 4 in the local header, but 5 in the central directory",
        "a/d: the size is 4 in the local header, but 6 in the central directory",
    )


def test_archive_no_member_comments_refuses_a_comment(tmp_path: Path) -> None:
    archive = SOUND.changed(0, entry=Header(comment=b"hello"))
    assert_refused(
        tmp_path, "archive-no-member-comments", archive, "a/b.py: a comment of 5 bytes in the central directory"
    )


def test_archive_extra_fields_refuses_incomplete_fields(tmp_path: Path) -> None:
    archive = SOUND.changed(0, local=Header(extra=b"\0\0\7"))
    assert_refused(tmp_path, "archive-extra-fields", archive, "a/b.py: 3 stray bytes after its extra fields")


def test_archive_zip64_values_refuses_values_that_no_header_leaves_to_it(tmp_path: Path) -> None:
    archive = SOUND.changed(0, entry=Header(extra=extra_field(1, struct.pack("<Q", 250))))
    message = "a/b.py: 8 bytes of zip64 values for the central directory, expected 0"
    assert_refused(tmp_path, "archive-zip64-values", archive, message)


def test_archive_zip64_values_accepts_both_sizes_repeated_in_a_local_header(tmp_path: Path) -> None:
    sizes = struct.pack("<QQ", 250, 255)
    assert problems(tmp_path, "archive-zip64-values", SOUND.changed(0, local=Header(extra=extra_field(1, sizes)))) == []


def test_archive_version_needed_refuses_a_version_that_pythons_reader_does_not_open(tmp_path: Path) -> None:
    archive = SOUND.changed(1, entry=Header(version=64))
    message = "a/c.txt: it needs version 6.4 of the zip format, expected at most 6.3"
    assert_refused(tmp_path, "archive-version-needed", archive, message)
    (tmp_path / LINUX_WHEEL).write_bytes(bytes(archive))
    with pytest.raises(NotImplementedError, match=re.escape("zip file version 6.4")):
        zipfile.ZipFile(tmp_path / LINUX_WHEEL)


def test_archive_entry_counts_refuses_two_different_numbers_in_one_end_record(tmp_path: Path) -> None:
    message = "the end record has 2 entries on this disk, but 65,535 in total"
    assert_refused(tmp_path, "archive-entry-counts", replace(SOUND, zip64=True, entries_here=2), message)


def test_archive_end_record_refuses_a_wrong_count(tmp_path: Path) -> None:
    archive = replace(SOUND, entries=7, entries_here=7)
    message = "the number of entries is 7 in the end record, expected 2"
    assert_refused(tmp_path, "archive-end-record", archive, message)


def test_archive_zip64_refuses_a_record_that_contradicts_the_end_record(tmp_path: Path) -> None:
    archive = replace(SOUND, zip64=True, directory_size=1)
    message = "the size of the central directory is 1 in the end record, but 105 in the zip64 end record"
    assert_refused(tmp_path, "archive-zip64", archive, message)
    assert problems(tmp_path, "archive-zip64", replace(SOUND, zip64=True)) == []


def test_archive_not_encrypted_refuses_an_encrypted_member(tmp_path: Path) -> None:
    for flag in (1, 1 << 6, 1 << 13):
        assert_refused(tmp_path, "archive-not-encrypted", SOUND.changed(0, flags=flag), "a/b.py: it is encrypted")


def test_archive_compression_refuses_other_methods(tmp_path: Path) -> None:
    message = "a/b.py: compression method 14, expected 0 (stored) or 8 (deflated)"
    assert_refused(tmp_path, "archive-compression", SOUND.changed(0, method=14), message)


def test_archive_data_sound_refuses_a_broken_stream(tmp_path: Path) -> None:
    name = "archive-data-sound"
    damaged = "a/b.py: its compressed data is damaged after 0 unpacked bytes (invalid block type)"
    assert_refused(tmp_path, name, SOUND.changed(0, packed=b"\xff" * 9), damaged)
    early = "a/b.py: its compressed data ends after 255 of 256 bytes"
    assert_refused(tmp_path, name, SOUND.changed(0, packed=deflated(b"pass\n" * 50) + b"x"), early)
    late = "a/b.py: its compressed data does not end within its 254 bytes"
    assert_refused(tmp_path, name, SOUND.changed(0, packed=deflated(b"pass\n" * 50)[:-1]), late)


def test_archive_checksums_refuses_changed_bytes(tmp_path: Path) -> None:
    message = "a/c.txt: its bytes have the CRC-32 27131210, but its header says 3b8ba7c7: it is damaged"
    assert_refused(tmp_path, "archive-checksums", SOUND.changed(1, packed=b"tent"), message)
    shorter = "a/b.py: it unpacks to 3 bytes, but declares 250"
    assert_refused(tmp_path, "archive-checksums", SOUND.changed(0, packed=deflated(b"abc")), shorter)


def test_archive_folders_empty_refuses_a_folder_with_contents(tmp_path: Path) -> None:
    message = "a/: a folder with 3 bytes of contents, which installers drop"
    assert_refused(tmp_path, "archive-folders-empty", Zip(records=(Record(b"a/", b"abc"),)), message)
    assert problems(tmp_path, "archive-folders-empty", named("a/")) == []


def test_name_printable_refuses_control_characters(tmp_path: Path) -> None:
    same = Header(name=b"a\x1b[31m")
    message = "a\x1b[31m: control characters in the name b'a\\x1b[31m'"
    assert_refused(tmp_path, "name-printable", SOUND.changed(0, local=same, entry=same), message)


def test_name_utf8_refuses_latin_1(tmp_path: Path) -> None:
    message = "a\\xe4: the name b'a\\xe4' is not UTF-8"
    assert_refused(tmp_path, "name-utf8", Zip(records=(Record(b"a\xe4"),)), message)
    assert problems(tmp_path, "name-slashes", Zip(records=(Record(b"a\xe4"),))) == []
    assert problems(tmp_path, "name-utf8", named("ä/ö.py")) == []


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        ("/etc/passwd", ["the name '/etc/passwd' is absolute"]),
        ("\\\\server\\x", ["the name '\\\\\\\\server\\\\x' is absolute"]),
        ("C:/x", ["the name 'C:/x' begins with a drive letter"]),
        ("c:x", ["the name 'c:x' begins with a drive letter"]),
        ("a/../../b", ["the name 'a/../../b' leaves its folder: it has the part '..'"]),
        ("a\\..\\b", ["the name 'a\\\\..\\\\b' leaves its folder: it has the part '..'"]),
        ("./a", ["the name './a' has the part '.'"]),
        ("a//b", ["the name 'a//b' has an empty part"]),
        ("", ["the name '' is empty"]),
        ("a/", []),
        ("a/..b/.c", []),
    ],
)
def test_name_relative_refuses_paths_outside_of_the_folder(tmp_path: Path, name: str, messages: list[str]) -> None:
    assert_refused(tmp_path, "name-relative", named(name), *messages)


def test_name_slashes_refuses_a_backslash(tmp_path: Path) -> None:
    assert_refused(tmp_path, "name-slashes", named("a\\b.py"), "the name 'a\\\\b.py' has a backslash")


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        ("a/con.py", ["the name 'a/con.py' has the part 'con.py', which is a device on Windows"]),
        ("COM1/a", ["the name 'COM1/a' has the part 'COM1', which is a device on Windows"]),
        ("a/lpt\u00b9", ["the name 'a/lpt\u00b9' has the part 'lpt\u00b9', which is a device on Windows"]),
        ("a/b.", ["the name 'a/b.' has the part 'b.', whose last character Windows drops"]),
        ("a /b", ["the name 'a /b' has the part 'a ', whose last character Windows drops"]),
        ("a/b?.py", ["the name 'a/b?.py' has the character '?', which Windows does not allow"]),
        ("a/console.py", []),
        ("a/com.py", []),
        ("a/common", []),
    ],
)
def test_name_portable_refuses_names_that_windows_cannot_have(tmp_path: Path, name: str, messages: list[str]) -> None:
    assert_refused(tmp_path, "name-portable", named(name), *messages)


def test_name_length_refuses_a_long_part_and_a_long_name(tmp_path: Path) -> None:
    part = "x" * 256
    assert_refused(
        tmp_path,
        "name-length",
        named(part),
        f"the name {part!r} has a part of 256 bytes; file systems allow 255",
        f"the name {part!r} has 256 characters, more than 200: Windows allows 259 with the path of site-packages",
    )
    assert problems(tmp_path, "name-length", named("/".join("x" * 20))) == []


def test_name_distinct_refuses_names_that_differ_in_case(tmp_path: Path) -> None:
    message = "these names are the same on Windows and macOS: {}"
    assert_refused(tmp_path, "name-distinct", named("a/B.py", "a/b.py", "a/c"), message.format("'a/B.py', 'a/b.py'"))
    assert_refused(tmp_path, "name-distinct", named("\u00e9", "e\u0301"), message.format("'e\u0301', '\u00e9'"))
    # The same for folders, whether they are members or not.
    assert_refused(tmp_path, "name-distinct", named("A/x.py", "a/y.py"), message.format("'A', 'a'"))
    assert_refused(tmp_path, "name-distinct", named("a/Data", "a/data/x"), message.format("'a/Data', 'a/data'"))
    assert problems(tmp_path, "name-distinct", named("a", "a/")) == [], "that is for member-not-folder"
    assert problems(tmp_path, "name-distinct", named("a/b/c", "a/b/d", "a/b/", "x/a/b")) == []


def test_member_not_folder_refuses_the_folder_of_another_file(tmp_path: Path) -> None:
    message = "'a/b' is a file, and also the folder of 'a/b/c.py'"
    assert_refused(tmp_path, "member-not-folder", named("a/b", "a/b/c.py"), message)
    assert_refused(tmp_path, "member-not-folder", named("a", "a/"), "'a' is a file, and also the folder of 'a/'")


@pytest.mark.parametrize(
    ("mode", "messages"),
    [
        (0o120777, ["a/b.py is a symbolic link"]),
        (0o020666, ["a/b.py is a device"]),
        (0o060666, ["a/b.py is a device"]),
        (0o010666, ["a/b.py is a pipe"]),
        (0o140666, ["a/b.py is a socket"]),
        (0o040755, ["a/b.py is a folder by its mode, but not by its name"]),
        (0o170000, ["a/b.py is of an unknown type, 0o170000"]),
        (0o100755, []),
        (0o000644, []),
        (0, []),
    ],
)
def test_no_links_refuses_links_and_devices(tmp_path: Path, mode: int, messages: list[str]) -> None:
    assert_refused(tmp_path, "no-links", SOUND.changed(0, entry=Header(attributes=mode << 16)), *messages)


def test_archive_size_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-size", SOUND) == []


def test_member_unique_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "member-unique", SOUND) == []


def test_archive_directory_complete_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-directory-complete", SOUND) == []


def test_archive_headers_agree_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-headers-agree", SOUND) == []


def test_archive_no_member_comments_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-no-member-comments", SOUND) == []


def test_archive_extra_fields_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-extra-fields", SOUND) == []


def test_archive_end_record_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-end-record", SOUND) == []


def test_archive_zip64_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-zip64", SOUND) == []


def test_archive_not_encrypted_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-not-encrypted", SOUND) == []


def test_archive_compression_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-compression", SOUND) == []


def test_archive_data_sound_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-data-sound", SOUND) == []


def test_archive_checksums_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-checksums", SOUND) == []


def test_archive_folders_empty_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-folders-empty", SOUND) == []


def test_name_printable_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "name-printable", SOUND) == []


def test_name_utf8_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "name-utf8", SOUND) == []


def test_name_relative_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "name-relative", SOUND) == []


def test_name_slashes_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "name-slashes", SOUND) == []


def test_name_portable_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "name-portable", SOUND) == []


def test_name_length_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "name-length", SOUND) == []


def test_name_distinct_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "name-distinct", SOUND) == []


def test_member_not_folder_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "member-not-folder", SOUND) == []


def test_no_links_accepts_a_sound_archive(tmp_path: Path) -> None:
    assert problems(tmp_path, "no-links", SOUND) == []


def test_findings_of_one_kind_are_not_endless(tmp_path: Path) -> None:
    told = problems(tmp_path, "name-slashes", named(*(f"a\\{number}" for number in range(60))))
    assert told == ["the name 'a\\\\0' has a backslash (and 59 more like this)"]


def test_the_wheel_of_the_factory_passes_all_of_them(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path))
    checks = [check for check in wheel_check if check.judge.__module__ == archive_checks.__name__]
    assert len(checks) == len(AnomalyKind) + 7
    assert [finding for check in checks for finding in check.results(wheel, wheel.name)] == []


def test_every_kind_of_anomaly_has_a_check() -> None:
    assert {kind.value for kind in AnomalyKind} <= {rule.name for rule in wheel_check.rules}


def test_archive_version_needed_accepts_the_newest_version_that_pythons_reader_opens(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-version-needed", SOUND.changed(1, entry=Header(version=63))) == []
    zipfile.ZipFile(tmp_path / LINUX_WHEEL).close()


def test_archive_entry_counts_accepts_both_forms_of_the_end_record(tmp_path: Path) -> None:
    assert problems(tmp_path, "archive-entry-counts", SOUND) == []
    assert problems(tmp_path, "archive-entry-counts", replace(SOUND, zip64=True)) == []
