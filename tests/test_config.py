"""A broken configuration is an error that names file, table and key, and shows the value that was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import PACKAGE_PYPROJECT, ROOT_PYPROJECT, ReleaseFolder
from truewheel.builds import Build
from truewheel.config import find_config, load_config, load_package
from truewheel.errors import ReleaseError
from truewheel.findings import Acceptance
from truewheel.platforms import KNOWN_PLATFORMS, ZIG_TARGETS, GlibcVersion, Platform
from truewheel.toml_tables import load_toml

PACKAGE_FILE = "bindings/python/pyproject.toml"


def refusal(release: ReleaseFolder) -> ReleaseError:
    """The error raised when the configuration is read."""
    with pytest.raises(ReleaseError) as caught:
        load_config(release.root)
    return caught.value


def test_a_complete_configuration_is_read(release: ReleaseFolder) -> None:
    config = load_config(release.root)
    assert config.root == release.root
    assert config.workflow == Path(".github/workflows/publish.yml")
    assert config.environment == "pypi"
    assert config.platforms == (
        Platform("manylinux_x86_64", "ubuntu-latest", GlibcVersion(2, 28), builds("manylinux_x86_64")),
        Platform("win_amd64", "windows-latest", None, builds("win_amd64")),
    )
    assert config.package.directory == Path("bindings/python")
    assert config.package.pyproject == Path(PACKAGE_FILE)
    assert (config.package.name, config.package.version) == ("quiverdb", "0.5.0")
    assert config.package.settings["tool"]["cibuildwheel"]["test-requires"] == ["pytest>=8"]


def test_a_version_may_be_dynamic(release: ReleaseFolder) -> None:
    release.replace(PACKAGE_FILE, 'version = "0.5.0"', 'dynamic = ["version"]')
    release.replace("pyproject.toml", 'environment = "pypi"', 'environment = "pypi"\nversion = "dynamic"')
    config = load_config(release.root)
    assert (config.package.version, config.package.is_dynamic) == (None, True)
    known = config.with_version("0.5.0").package
    assert known.is_dynamic
    assert known.statement == "the build backend of quiverdb makes version 0.5.0"
    release.replace(PACKAGE_FILE, 'dynamic = ["version"]', 'version = "0.5.0"')
    assert refusal(release).message == (
        f'version in [tool.release] of pyproject.toml is "dynamic", but {PACKAGE_FILE} has a version in [project]'
    )
    release.replace("pyproject.toml", '"dynamic"', '"0.5.0"')
    assert refusal(release).message == (
        "version in [tool.release] of pyproject.toml must be \"dynamic\" or left out, not '0.5.0'"
    )


def builds(platform: str, *pythons: str) -> tuple[Build, ...]:
    return tuple(Build(python, platform) for python in pythons or ("cp310",))


def test_a_platform_may_name_its_own_builds(release: ReleaseFolder) -> None:
    release.replace(
        "pyproject.toml", 'windows-latest"', 'windows-latest"\nbuilds = ["cp312", "cp313t-win_amd64", "cp312"]'
    )
    linux, windows = load_config(release.root).platforms
    assert linux.builds == builds("manylinux_x86_64")
    assert windows.builds == builds("win_amd64", "cp312", "cp313t")


def test_the_newest_glibc_is_optional(release: ReleaseFolder) -> None:
    release.replace("pyproject.toml", 'newest-glibc = "2.28"\n', "")
    assert load_config(release.root).platforms[0].newest_glibc is None


@pytest.mark.parametrize("text", ["# nothing\n", "cp310-manylinux_x86_64\n"])
def test_builds_must_be_locked(release: ReleaseFolder, text: str) -> None:
    release.write("requirements/builds.txt", text)
    missing = "win_amd64" if "cp310" in text else "manylinux_x86_64"
    error = refusal(release)
    assert error.message == (
        f"requirements/builds.txt has no builds for {missing}, so its expected wheels are not known"
    )
    assert error.hint == (
        f"ask cibuildwheel for them: nox -s lock; or name them in builds of [tool.release.platforms.{missing}]"
    )
    assert not load_config(release.root, locked=False).builds


def test_a_missing_lock_file_is_like_an_empty_one(release: ReleaseFolder) -> None:
    (release.root / "requirements/builds.txt").unlink()
    assert refusal(release).message.startswith("requirements/builds.txt has no builds for manylinux_x86_64")


def test_a_lock_file_that_is_not_text_is_named(release: ReleaseFolder) -> None:
    release.write("requirements/builds.txt", b"\xff")
    assert refusal(release).message.startswith("requirements/builds.txt cannot be read: ")


def test_this_repository_has_a_complete_configuration() -> None:
    config = load_config(Path(__file__).parent.parent)
    assert (config.package.name, [platform.name for platform in config.platforms]) == (
        "quiverdb",
        ["manylinux_x86_64", "win_amd64"],
    )


def test_the_name_of_the_package_is_normalized(release: ReleaseFolder) -> None:
    release.replace(PACKAGE_FILE, '"quiverdb"', '"Quiver.DB"')
    assert load_config(release.root).package.normalized_name == "quiver-db"


def test_a_platform_is_found_by_its_name(release: ReleaseFolder) -> None:
    config = load_config(release.root)
    assert config.platform("win_amd64") is config.platforms[1]
    with pytest.raises(ReleaseError) as caught:
        config.platform("win_arm64")
    assert caught.value.message == (
        "the platform 'win_arm64' is not configured; [tool.release.platforms] has manylinux_x86_64, win_amd64"
    )
    assert caught.value.hint == (
        "use one of those, or add a table [tool.release.platforms.win_arm64] to pyproject.toml"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'environment = "pypi"\n',
            "",
            "environment in [tool.release] of pyproject.toml is missing",
        ),
        (
            'environment = "pypi"',
            'enviroment = "pypi"',
            (
                "enviroment in [tool.release] of pyproject.toml is not a known key; "
                "known are package, workflow, environment, platforms, exports, smoke-test, version, "
                "version-files, sources, accept"
            ),
        ),
        (
            'environment = "pypi"',
            'environment = "pypi"\nsources = ["bindings", "../other"]',
            "sources in [tool.release] of pyproject.toml must be a path inside the repository, not '../other'",
        ),
        (
            'environment = "pypi"',
            'environment = "pypi"\nsources = ["bindings", "coer"]',
            "sources in [tool.release] of pyproject.toml names coer, which does not exist",
        ),
        (
            'environment = "pypi"',
            "environment = 7",
            "environment in [tool.release] of pyproject.toml must be a non-empty string, not 7",
        ),
        (
            'environment = "pypi"',
            'environment = " "',
            "environment in [tool.release] of pyproject.toml must be a non-empty string, not ' '",
        ),
        (
            '"bindings/python"',
            '"../python"',
            "package in [tool.release] of pyproject.toml must be a path inside the repository, not '../python'",
        ),
        (
            '".github/workflows/publish.yml"',
            '"/publish.yml"',
            "workflow in [tool.release] of pyproject.toml must be a path inside the repository, not '/publish.yml'",
        ),
        (
            "[tool.release.platforms.win_amd64]",
            "[tool.release.platforms.win_amd46]",
            (
                "[tool.release.platforms.win_amd46] in pyproject.toml: win_amd46 is unknown; the known platforms are "
                + ", ".join(KNOWN_PLATFORMS)
                + ", or a whole platform tag such as macosx_14_0_arm64"
            ),
        ),
        (
            "[tool.release.platforms.win_amd64]",
            '[tool.release.platforms.macosx_arm64]\nbuilds = ["cp313"]\nbuilder = "zig"',
            (
                "builder in [tool.release.platforms.macosx_arm64] of pyproject.toml is zig, which does not build for "
                "macosx_arm64; it builds for " + ", ".join(ZIG_TARGETS)
            ),
        ),
        (
            'runner = "windows-latest"',
            "",
            "runner in [tool.release.platforms.win_amd64] of pyproject.toml is missing",
        ),
        (
            'runner = "windows-latest"',
            'runner = "windows-latest"\nnewest-glibc = "2.28"',
            (
                "newest-glibc in [tool.release.platforms.win_amd64] of pyproject.toml is not a known key; known are "
                "runner, builder, builds"
            ),
        ),
        (
            'runner = "windows-latest"',
            'runner = "windows-latest"\nbuilds = ["cp313-win32"]',
            (
                "builds in [tool.release.platforms.win_amd64] of pyproject.toml must have identifiers of builds such "
                'as "cp313-win_amd64" or "cp313", not \'cp313-win32\''
            ),
        ),
        (
            'runner = "windows-latest"',
            'runner = "windows-latest"\nbuilder = "msvc"',
            "builder in [tool.release.platforms.win_amd64] of pyproject.toml must be cibuildwheel or zig, not 'msvc'",
        ),
        (
            'newest-glibc = "2.28"',
            "newest-glibc = 2.28",
            (
                "newest-glibc in [tool.release.platforms.manylinux_x86_64] of pyproject.toml must be a non-empty "
                "string, not 2.28"
            ),
        ),
        (
            'newest-glibc = "2.28"',
            'newest-glibc = "2.28.1"',
            (
                "newest-glibc in [tool.release.platforms.manylinux_x86_64] of pyproject.toml must be a glibc version "
                "such as \"2.28\", not '2.28.1'"
            ),
        ),
        (
            'newest-glibc = "2.28"',
            'newest-glibc = "2.280"',
            (
                "newest-glibc in [tool.release.platforms.manylinux_x86_64] of pyproject.toml must be a glibc version "
                "such as \"2.28\", not '2.280'"
            ),
        ),
        (
            'newest-glibc = "2.28"',
            'newest-glibc = "2.٢٨"',
            (
                "newest-glibc in [tool.release.platforms.manylinux_x86_64] of pyproject.toml must be a glibc version "
                "such as \"2.28\", not '2.٢٨'"
            ),
        ),
        ("[tool.release]", "[tool.releases]", "package in [tool.release] of pyproject.toml is missing"),
    ],
)
def test_a_broken_release_table_is_named(release: ReleaseFolder, old: str, new: str, message: str) -> None:
    release.replace("pyproject.toml", old, new)
    assert refusal(release).message == message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('"aslr-and-dep:*" = ""', "aslr-and-dep:* in {} must be a non-empty string, not ''"),
        ('"aslr-and-dep:*" = true', "aslr-and-dep:* in {} must be a non-empty string, not True"),
        (
            'aslr-and-dep = "old"',
            '"aslr-and-dep" in {} must be "CHECK:PATTERN", the name of a check and the files or parts of the workflow',
        ),
        (
            '"tag-equals-version:*" = "old"',
            '"tag-equals-version:*" in {} can never be accepted: the tag must name the version',
        ),
    ],
)
def test_a_broken_acceptance_is_named(release: ReleaseFolder, line: str, message: str) -> None:
    release.replace(
        "pyproject.toml", "[tool.release.platforms.win", f"[tool.release.accept]\n{line}\n[tool.release.platforms.win"
    )
    assert refusal(release).message == message.format("[tool.release.accept] of pyproject.toml")


def test_acceptances_are_read_in_their_order(release: ReleaseFolder) -> None:
    lines = '"aslr-and-dep:*.dll" = "old"\n"smoke-test:a:b" = "colons"\n'
    release.replace(
        "pyproject.toml", "[tool.release.platforms.win", f"[tool.release.accept]\n{lines}[tool.release.platforms.win"
    )
    accept = load_config(release.root).accept
    assert accept == (Acceptance("aslr-and-dep", "*.dll", "old"), Acceptance("smoke-test", "a:b", "colons"))


def test_platforms_must_be_tables(release: ReleaseFolder) -> None:
    head = ROOT_PYPROJECT.partition("[tool.release.platforms")[0]
    release.write("pyproject.toml", head + 'platforms = ["win_amd64"]\n')
    message = "platforms in [tool.release] of pyproject.toml must be a table, not ['win_amd64']"
    assert refusal(release).message == message
    release.write("pyproject.toml", head + '[tool.release.platforms]\nwin_amd64 = "windows-latest"\n')
    message = "win_amd64 in [tool.release.platforms] of pyproject.toml must be a table, not 'windows-latest'"
    assert refusal(release).message == message


def test_an_empty_table_of_platforms_is_an_error(release: ReleaseFolder) -> None:
    head = ROOT_PYPROJECT.partition("[tool.release.platforms")[0]
    release.write("pyproject.toml", head + "[tool.release.platforms]\n")
    error = refusal(release)
    assert error.message == "[tool.release.platforms] in pyproject.toml is empty"
    assert error.hint == ("add a table for each platform, e.g. [tool.release.platforms.win_amd64] with its runner")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "pyproject.toml has no table [tool.release]"),
        ("tool = 5\n", "tool in pyproject.toml must be a table, not 5"),
        ("[tool]\nrelease = []\n", "tool.release in pyproject.toml must be a table, not []"),
    ],
)
def test_a_missing_release_table_is_named(release: ReleaseFolder, text: str, message: str) -> None:
    release.write("pyproject.toml", text)
    assert refusal(release).message == message


@pytest.mark.parametrize("text", [None, "", "[tool.other]\n", "[project]\n"])
def test_a_project_without_a_release_table_has_no_configuration_to_find(
    release: ReleaseFolder, text: str | None
) -> None:
    assert find_config(release.root) == load_config(release.root)
    (release.root / "pyproject.toml").unlink()
    if text is not None:
        release.write("pyproject.toml", text)
    assert find_config(release.root) is None


@pytest.mark.parametrize("text", ["tool = 5\n", "[tool]\nrelease = []\n", "[tool.release]\n", "[tool"])
def test_a_broken_release_table_is_never_taken_for_a_missing_one(release: ReleaseFolder, text: str) -> None:
    release.write("pyproject.toml", text)
    with pytest.raises(ReleaseError):
        find_config(release.root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[project]", "[projects]", "has no table [project]"),
        ('name = "quiverdb"\n', "", "name in [project] of FILE is missing"),
        ('"quiverdb"', "5", "name in [project] of FILE must be a non-empty string, not 5"),
        ('"0.5.0"', "0.5", "version in [project] of FILE must be a string, not 0.5"),
        (
            'version = "0.5.0"',
            "dynamic = 5",
            "dynamic in [project] of FILE must be a list of strings, not 5",
        ),
        (
            'version = "0.5.0"',
            "dynamic = [5]",
            "dynamic in [project] of FILE must be a list of strings, not [5]",
        ),
        (
            '">=3.10"',
            '"3.10"',
            "requires-python in [project] of FILE must be like \">=3.10\": Invalid specifier: '3.10'",
        ),
        ('">=3.10"', "3.10", "requires-python in [project] of FILE must be a non-empty string, not 3.1"),
        ("\nrequires = ", "\nrequire = ", "requires in [build-system] of FILE is missing"),
        (
            '["scikit-build-core"]',
            '["scikit-build-core >"]',
            (
                "requires in [build-system] of FILE has 'scikit-build-core >', which is not a requirement: "
                "Expected semicolon (after name with no version specifier) or end"
            ),
        ),
        (
            '["pytest>=8"]',
            "8",
            "test-requires in [tool.cibuildwheel] of FILE must be a string or a list of strings, not 8",
        ),
        (
            "[build-system]",
            "overrides = 1\n[build-system]",
            "overrides in [tool.cibuildwheel] of FILE must be a list of tables, not 1",
        ),
        (
            "[build-system]",
            '[[tool.cibuildwheel.overrides]]\nselect = "*"\nskip = 1\n[build-system]',
            "skip in [tool.cibuildwheel.overrides] of FILE must be a string or a list of strings, not 1",
        ),
        (
            "[build-system]",
            "linux.skip = 1\n[build-system]",
            "skip in [tool.cibuildwheel.linux] of FILE must be a string or a list of strings, not 1",
        ),
    ],
)
def test_a_broken_package_is_named(release: ReleaseFolder, old: str, new: str, message: str) -> None:
    release.replace(PACKAGE_FILE, old, new)
    expected = message.replace("FILE", PACKAGE_FILE) if "FILE" in message else f"{PACKAGE_FILE} {message}"
    assert refusal(release).message == expected


def test_a_dynamic_version_is_read_as_none(release: ReleaseFolder) -> None:
    release.replace(PACKAGE_FILE, 'version = "0.5.0"', 'dynamic = ["version"]')
    assert load_package(release.root, Path("bindings/python")).version is None


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("pyproject.toml", "run this in the repository's top folder"),
        (
            PACKAGE_FILE,
            "package in [tool.release] must be the folder of the package, relative to the root pyproject.toml",
        ),
    ],
)
def test_a_file_that_is_missing_is_named(release: ReleaseFolder, file: str, hint: str) -> None:
    (release.root / file).unlink()
    error = refusal(release)
    assert (error.message, error.hint) == (f"{file} is missing", hint)


@pytest.mark.parametrize("file", ["pyproject.toml", PACKAGE_FILE])
def test_a_file_that_is_not_toml_is_named_with_the_line(release: ReleaseFolder, file: str) -> None:
    release.write(file, "[project\n")
    message = refusal(release).message
    assert message.startswith(f"{file} is not valid TOML: ")
    assert "line 1" in message


@pytest.mark.parametrize("file", ["pyproject.toml", PACKAGE_FILE])
def test_a_file_that_is_not_utf8_is_named_with_the_byte(release: ReleaseFolder, file: str) -> None:
    release.write(file, b"# \xff\n")
    assert refusal(release).message == f"{file} is not UTF-8: byte 2"


def test_a_folder_instead_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(ReleaseError, match=r"^pyproject\.toml cannot be read: "):
        load_toml(tmp_path / "pyproject.toml")


def test_the_scratch_package_is_the_one_that_the_tests_describe() -> None:
    # The edits above replace what they name; this holds them to what is there.
    assert PACKAGE_PYPROJECT.startswith('[project]\nname = "quiverdb"\nversion = "0.5.0"\n')


def test_exports_may_be_left_out_or_be_patterns(release: ReleaseFolder) -> None:
    assert load_config(release.root).exports is None
    release.replace(
        "pyproject.toml", 'environment = "pypi"\n', 'environment = "pypi"\nexports = ["quiver_*", "qv_*"]\n'
    )
    assert load_config(release.root).exports == ("quiver_*", "qv_*")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('"quiver_*"', "'quiver_*'"),
        ("[]", "[]"),
        ("{}", "{}"),
        ('["quiver_*", 7]', "['quiver_*', 7]"),
        ('[""]', "['']"),
    ],
)
def test_exports_of_another_type_are_refused(release: ReleaseFolder, written: str, shown: str) -> None:
    release.replace("pyproject.toml", 'environment = "pypi"\n', f'environment = "pypi"\nexports = {written}\n')
    assert refusal(release).message == (
        f"exports in [tool.release] of pyproject.toml must be a list of one or more non-empty strings, not {shown}"
    )


def test_a_smoke_test_may_be_left_out_or_be_a_path(release: ReleaseFolder) -> None:
    assert load_config(release.root).smoke_test is None
    release.replace("pyproject.toml", 'environment = "pypi"\n', 'environment = "pypi"\nsmoke-test = "tests/smoke.py"\n')
    release.write("tests/smoke.py", "")
    assert load_config(release.root).smoke_test == Path("tests/smoke.py")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("5", "must be a non-empty string, not 5"),
        ('""', "must be a non-empty string, not ''"),
        ('"../smoke.py"', "must be a path inside the repository, not '../smoke.py'"),
        ('"tests/smoek.py"', "names tests/smoek.py, which does not exist"),
    ],
)
def test_a_smoke_test_of_another_type_is_refused(release: ReleaseFolder, written: str, message: str) -> None:
    release.replace("pyproject.toml", 'environment = "pypi"\n', f'environment = "pypi"\nsmoke-test = {written}\n')
    assert refusal(release).message == f"smoke-test in [tool.release] of pyproject.toml {message}"
