"""The package is in the wheel, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, ReleaseFolder
from tests.support.wheel_judging import metadata, of_release, of_wheel

TYPED = metadata("Classifier: Typing :: Typed")
BUILT = "was created by running or building the package"
LEFT = "was left behind by an editor, a merge or an operating system"


def test_caches_absent_accepts_the_package(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "caches-absent", change={"quiverdb/cache.py": "", "quiverdb/pycache/x": ""}) == []


@pytest.mark.parametrize(
    "name",
    ["quiverdb/__pycache__/x", "quiverdb/x.pyc", ".pytest_cache/x", ".mypy_cache/3.12/x", "quiverdb/.coverage"],
)
def test_caches_absent_refuses_caches(tmp_path: Path, name: str) -> None:
    assert of_wheel(tmp_path, "caches-absent", change={name: ""}) == [f"{name} {BUILT}"]


def test_caches_absent_refuses_thousands_in_a_few_lines(tmp_path: Path) -> None:
    found = of_wheel(tmp_path, "caches-absent", change={f"quiverdb/{number:04}.pyc": "" for number in range(1000)})
    names = "quiverdb/0000.pyc, quiverdb/0001.pyc, quiverdb/0002.pyc and 997 more"
    assert found == [f"{names} were created by running or building the package"]


def test_vcs_absent_accepts_files_for_git_in_templates(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "vcs-absent", change={"quiverdb/template/.gitignore": ""}) == []


@pytest.mark.parametrize("name", [".git/config", "quiverdb/.hg/x", "quiverdb/CVS/Entries"])
def test_vcs_absent_refuses_repositories(tmp_path: Path, name: str) -> None:
    assert of_wheel(tmp_path, "vcs-absent", change={name: ""}) == [
        f"{name} was left behind by a version control system"
    ]


def test_editor_files_absent_accepts_the_package(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "editor-files-absent", change={"quiverdb/original.py": "", "quiverdb/swap": ""}) == []


@pytest.mark.parametrize("name", [".DS_Store", "THUMBS.DB", "x.py~", "x.orig", "x.rej", ".x.py.swp", ".idea/x", "._x"])
def test_editor_files_absent_refuses_files_left_behind(tmp_path: Path, name: str) -> None:
    assert of_wheel(tmp_path, "editor-files-absent", change={f"quiverdb/{name}": ""}) == [f"quiverdb/{name} {LEFT}"]


def test_names_uncommon_accepts_the_projects_own_name(tmp_path: Path) -> None:
    assert of_wheel(tmp_path / "a", "names-uncommon") == []
    assert of_wheel(tmp_path / "b", "names-uncommon", name="build") == []
    assert of_wheel(tmp_path / "c", "names-uncommon", change={"quiverdb/tests/x.py": "", "docs.txt": ""}) == []


@pytest.mark.parametrize(
    ("member", "top", "name"),
    [
        ("tests/test_x.py", "tests", "tests"),
        ("setup.py", "setup.py", "setup"),
        ("Docs/x.md", "Docs", "Docs"),
        ("quiverdb-0.5.0.data/purelib/src/x.py", "src", "src"),
    ],
)
def test_names_uncommon_refuses_common_names(tmp_path: Path, member: str, top: str, name: str) -> None:
    assert of_wheel(tmp_path, "names-uncommon", change={member: ""}) == [
        f"{top} would be installed as the top-level {name}, which other projects install too"
    ]


def test_names_not_stdlib_accepts_a_backport(tmp_path: Path) -> None:
    assert of_wheel(tmp_path / "a", "names-not-stdlib") == []
    assert of_wheel(tmp_path / "b", "names-not-stdlib", name="dataclasses") == []


def test_names_not_stdlib_refuses_the_name_of_a_standard_module(tmp_path: Path) -> None:
    change = {"json/__init__.py": "", "select.cpython-312-x86_64-linux-gnu.so": ""}
    assert of_wheel(tmp_path, "names-not-stdlib", change=change) == [
        "json would be installed as json, which is one of Python's own modules",
        "select.cpython-312-x86_64-linux-gnu.so would be installed as select, which is one of Python's own modules",
    ]


@pytest.mark.parametrize("member", ["quiverdb.libs/x.so", "quiverdb-0.5.0.data/scripts/run"])
def test_top_level_expected_accepts_the_package_and_bundled_libraries(release: ReleaseFolder, member: str) -> None:
    assert of_release(release, "top-level-expected", change={member: ""}) == []


def test_top_level_expected_accepts_the_names_of_the_project_table(release: ReleaseFolder) -> None:
    release.replace(
        "bindings/python/pyproject.toml", "version =", 'import-names = ["quiverdb", "q.x;private"]\nversion ='
    )
    assert of_release(release, "top-level-expected", change={"q/x.py": ""}) == []


@pytest.mark.parametrize(
    ("member", "top"), [("quiver/x.py", "quiver"), ("x.pth", "x.pth"), ("quiverdb-0.5.0.data/platlib/y/z.py", "y")]
)
def test_top_level_expected_refuses_anything_else(release: ReleaseFolder, member: str, top: str) -> None:
    assert of_release(release, "top-level-expected", change={member: ""}) == [
        f"{top} is at the top level ({member}), expected quiverdb"
    ]


TOP_LEVEL = f"{DIST_INFO}/top_level.txt"


@pytest.mark.parametrize("text", ["quiverdb\n", "", "_ffi\nquiverdb\n", "quiverdb/sub\n", "_quiverdb"])
def test_top_level_file_true_accepts_what_is_installed(release: ReleaseFolder, text: str) -> None:
    assert of_release(release, "top-level-file-true", change={TOP_LEVEL: text, "_quiverdb.abi3.so": ""}) == []


def test_top_level_file_true_refuses_another_package(release: ReleaseFolder) -> None:
    assert of_release(release, "top-level-file-true", change={TOP_LEVEL: "quiver\nother\n"}) == [
        "top_level.txt names quiver, other; the wheel installs quiverdb"
    ]


def test_typed_as_declared_accepts_a_marker(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "typed-as-declared", metadata=TYPED) == []


def test_typed_as_declared_accepts_stubs_and_packages_without_the_classifier(tmp_path: Path) -> None:
    without = {"quiverdb/py.typed": None}
    assert of_wheel(tmp_path / "a", "typed-as-declared", change=without) == []
    stubs = without | {"quiverdb-stubs/__init__.pyi": ""}
    assert of_wheel(tmp_path / "b", "typed-as-declared", metadata=TYPED, change=stubs) == []


def test_typed_as_declared_refuses_a_classifier_without_a_marker(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "typed-as-declared", metadata=TYPED, change={"quiverdb/py.typed": None}) == [
        "METADATA has the classifier Typing :: Typed, but there is no py.typed in quiverdb"
    ]


def test_typed_marker_accepts_one_or_a_package_without_stubs(release: ReleaseFolder) -> None:
    assert of_release(release, "typed-marker", change={"quiverdb/a.pyi": ""}) == []
    assert of_release(release, "typed-marker", change={"quiverdb/py.typed": None}) == []


def test_typed_marker_accepts_one_in_the_data_folder(release: ReleaseFolder) -> None:
    package = ("__init__.py", "__init__.pyi", "py.typed")
    change: dict[str, str | None] = dict.fromkeys((f"quiverdb/{name}" for name in package), None)
    change |= {f"quiverdb-0.5.0.data/platlib/quiverdb/{name}": "" for name in package}
    assert of_release(release, "typed-marker", change=change) == []


def test_typed_marker_accepts_an_absolute_name_which_other_checks_refuse(release: ReleaseFolder) -> None:
    assert of_release(release, "typed-marker", change={"/quiverdb/__init__.py": ""}) == []
    release.replace("bindings/python/pyproject.toml", "version =", 'import-names = [""]\nversion =')
    assert of_release(release, "typed-marker", change={"/quiverdb/__init__.py": ""}) == []


def test_typed_marker_notes_a_package_without(release: ReleaseFolder) -> None:
    change = {"quiverdb/py.typed": None, "quiverdb/sub/py.typed": "", "quiverdb/a.pyi": ""}
    assert of_release(release, "typed-marker", change=change) == [
        "quiverdb/py.typed is missing, so type checkers ignore quiverdb/a.pyi"
    ]


def test_package_present_accepts_the_package(release: ReleaseFolder) -> None:
    assert of_release(release, "package-present") == []


@pytest.mark.parametrize(
    ("stated", "change"),
    [
        ('import-names = ["quiverdb.core"]', {"quiverdb/__init__.py": None, "quiverdb/core/__init__.py": ""}),
        ('import-names = ["quiverdb", "_quiver"]', {"_quiver.cpython-312-darwin.so": ""}),
        ('import-names = ["quiverdb ; private"]', {}),
        ('import-namespaces = ["quiverdb"]', {"quiverdb/__init__.py": None, "quiverdb/core.py": ""}),
    ],
)
def test_package_present_accepts_what_the_project_states(
    release: ReleaseFolder, stated: str, change: dict[str, str | None]
) -> None:
    release.replace("bindings/python/pyproject.toml", "[project]", f"[project]\n{stated}")
    assert of_release(release, "package-present", change=change) == []


# The members of wheels whose import name is not the project's, each in the place of quiverdb's package.
NAMED_OTHERWISE: dict[str, dict[str, str | None]] = {
    "another name": {"yaml/__init__.py": "", "_yaml/__init__.py": ""},
    "a private module": {"yaml/__init__.py": "", "_yaml.cpython-312-x86_64-linux-gnu.so": ""},
    "a module": {"yaml.py": ""},
    "an extension module": {"yaml.abi3.so": ""},
    "in another case": {"QuiverDB/__init__.py": ""},
    "a namespace": {"google/quiver/__init__.py": "", "google/quiver/x.py": ""},
    "next to tests": {"yaml/__init__.py": "", "tests/__init__.py": ""},
}
WITHOUT_ITS_OWN = dict.fromkeys(("quiverdb/__init__.py", "quiverdb/py.typed", "quiverdb/_libs/libquiver.so"))


@pytest.mark.parametrize("change", NAMED_OTHERWISE.values(), ids=NAMED_OTHERWISE)
def test_package_present_accepts_the_only_name_in_the_wheel(
    release: ReleaseFolder, change: dict[str, str | None]
) -> None:
    assert of_release(release, "package-present", change=WITHOUT_ITS_OWN | change) == []


@pytest.mark.parametrize("change", list(NAMED_OTHERWISE.values())[:-1], ids=list(NAMED_OTHERWISE)[:-1])
def test_top_level_expected_accepts_the_only_name_in_the_wheel(
    release: ReleaseFolder, change: dict[str, str | None]
) -> None:
    assert of_release(release, "top-level-expected", change=WITHOUT_ITS_OWN | change) == []


def test_top_level_expected_refuses_what_is_not_imported_next_to_the_only_name(release: ReleaseFolder) -> None:
    change = WITHOUT_ITS_OWN | {"yaml/__init__.py": "", "tests/__init__.py": "", "data/x": "", "lib64/x": ""}
    # prefix-folders-absent reports lib64.
    assert of_release(release, "top-level-expected", change=change) == [
        "data is at the top level (data/x), expected yaml",
        "tests is at the top level (tests/__init__.py), expected yaml",
    ]


def test_package_present_refuses_names_of_which_none_is_the_projects(release: ReleaseFolder) -> None:
    change = WITHOUT_ITS_OWN | {"one/__init__.py": "", "two/__init__.py": ""}
    assert of_release(release, "package-present", change=change) == [
        "there is no quiverdb in the wheel; at its top level: one, two"
    ]
    release.replace("bindings/python/pyproject.toml", "[project]", '[project]\nimport-names = ["one", "two"]')
    assert of_release(release, "package-present", change=change) == []


def test_package_present_refuses_another_name_without_an_init(release: ReleaseFolder) -> None:
    assert of_release(release, "package-present", change=WITHOUT_ITS_OWN | {"yaml/loader.py": ""}) == [
        "yaml has no __init__.py, so there is nothing to import but its modules"
    ]


def test_package_present_refuses_a_wheel_with_only_metadata(release: ReleaseFolder) -> None:
    change = dict.fromkeys(("quiverdb/__init__.py", "quiverdb/py.typed", "quiverdb/_libs/libquiver.so"))
    assert of_release(release, "package-present", change=change) == [
        "there is no quiverdb in the wheel; at its top level: nothing"
    ]


def test_package_present_refuses_a_package_without_its_code(release: ReleaseFolder) -> None:
    message = "quiverdb has no __init__.py, so there is nothing to import but its modules"
    assert of_release(release, "package-present", change={"quiverdb/__init__.py": None}) == [message]
    change = {"quiverdb/__init__.py": None, "quiverdb/_libs/libquiver.so": None, "quiverdb/data/x.txt": ""}
    assert of_release(release, "package-present", change=change) == [message]


def test_package_present_refuses_a_namespace_without_modules(release: ReleaseFolder) -> None:
    release.replace("bindings/python/pyproject.toml", "[project]", '[project]\nimport-namespaces = ["quiverdb.x"]')
    assert of_release(release, "package-present") == ["there is no module in the namespace quiverdb.x"]


def test_module_names_unique_accepts_modules_and_packages_of_their_own_names(tmp_path: Path) -> None:
    change = dict.fromkeys(("quiverdb/a.py", "quiverdb/b/__init__.py", "quiverdb/b/a.py", "quiverdb/c/data.txt"), "")
    change["quiverdb/c.py"] = ""
    compiled = dict.fromkeys(("quiverdb/a.cpython-310-x86_64-linux-gnu.so", "quiverdb/a.cpython-311-darwin.so"), "")
    assert of_wheel(tmp_path, "module-names-unique", change=change | compiled) == []


@pytest.mark.parametrize(
    "module", ["quiverdb/cli.py", "quiverdb/cli.abi3.so", "quiverdb-0.5.0.data/purelib/quiverdb/cli.py"]
)
def test_module_names_unique_refuses_a_module_that_a_package_hides(tmp_path: Path, module: str) -> None:
    change = {"quiverdb/cli/__init__.py": "", module: ""}
    assert of_wheel(tmp_path, "module-names-unique", change=change) == [
        f"{module} is never imported: Python takes quiverdb/cli/__init__.py"
    ]
