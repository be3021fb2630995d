"""METADATA against [project], and the texts that PyPI shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import METADATA, ReleaseFolder
from tests.support.wheel_judging import metadata, of_release, of_wheel

PYPROJECT = "bindings/python/pyproject.toml"
EXTRAS = """
[project.optional-dependencies]
Fast_Path = ["numpy>=2; python_version < '3.14' or sys_platform == 'linux'", "quiverdb[all]"]

[project.urls]
Source = "https://example.org/s"
"""


def described(body: str, *fields: str, without: str = "\0") -> str:
    """METADATA with another description."""
    return metadata(*fields, without=without).partition("\n\n")[0] + f"\n\n{body}"


def test_metadata_matches_project_accepts_what_a_backend_makes_of_it(release: ReleaseFolder) -> None:
    release.replace(PYPROJECT, "[project]", '[project]\nreadme = "gone.md"\nlicense-files = ["GONE"]')
    assert of_release(release, "metadata-matches-project") == []


def test_metadata_matches_project_accepts_other_spellings(release: ReleaseFolder) -> None:
    release.replace(PYPROJECT, 'dependencies = ["cffi>=1.16"]', f'dependencies = ["CFFI >= 1.16"]{EXTRAS}')
    text = metadata(
        *("Provides-Extra: fast-path", "Project-URL: Source, https://example.org/s"),
        'Requires-Dist: numpy>=2; (python_version < "3.14" or sys_platform == "linux") and extra == "fast-path"',
        "Requires-Dist: QuiverDB[all] ; extra == 'fast-path'",
    )
    assert of_release(release, "metadata-matches-project", metadata=text) == []


@pytest.mark.parametrize("key", ["description", "license", "dependencies"])
def test_metadata_matches_project_accepts_anything_in_dynamic_fields(release: ReleaseFolder, key: str) -> None:
    text = (release.root / PYPROJECT).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(f"{key} =")]
    release.write(PYPROJECT, "\n".join(lines).replace("[project]", f'[project]\ndynamic = ["{key}"]'))
    assert of_release(release, "metadata-matches-project") == []


def test_metadata_matches_project_refuses_every_field_that_differs(release: ReleaseFolder) -> None:
    release.replace(PYPROJECT, 'dependencies = ["cffi>=1.16"]', f'dependencies = ["cffi>=2"]{EXTRAS}')
    release.replace(PYPROJECT, 'license = "MIT"', 'license = "Apache-2.0"\nclassifiers = ["Topic :: Database"]')
    marker = '(python_version < "3.14" or sys_platform == "linux") and extra == "fast-path"'
    requirements = ["cffi>=2", f"numpy>=2; {marker}", 'quiverdb[all]; extra == "fast-path"']
    assert of_release(release, "metadata-matches-project", metadata=metadata(without="Summary")) == [
        f"METADATA lacks Summary A dict-like persistent store in one file, which {PYPROJECT} states",
        f"METADATA has Requires-Dist cffi>=1.16, but {PYPROJECT} states {', '.join(requirements)}",
        f"METADATA lacks Provides-Extra fast-path, which {PYPROJECT} states",
        f"METADATA has License-Expression MIT, but {PYPROJECT} states APACHE-2.0",
        f"METADATA lacks Classifier Topic :: Database, which {PYPROJECT} states",
        f"METADATA lacks Project-URL Source, https://example.org/s, which {PYPROJECT} states",
    ]


PEOPLE = """[project]
keywords = ["embedded store", "C"]
authors = [{name = "Ana Doe, Jr.", email = "ana@example.org"}, {name = "Ben"}]
maintainers = [{email = "team@example.org"}]
"""


@pytest.mark.parametrize(
    "fields",
    [
        ("Author: Ben", 'Author-Email: "Ana Doe, Jr." <ana@example.org>', "Maintainer-Email: team@example.org"),
        ("Author: Ana Doe, Jr., Ben", "Author-Email: ana@example.org", "Maintainer-Email: Unknown <team@example.org>"),
    ],
)
def test_metadata_matches_project_accepts_people_in_any_field(release: ReleaseFolder, fields: tuple[str, ...]) -> None:
    release.replace(PYPROJECT, "[project]\n", PEOPLE)
    text = metadata("Keywords: C, embedded store", *fields)
    assert of_release(release, "metadata-matches-project", metadata=text) == []


def test_metadata_matches_project_refuses_other_people_and_keywords(release: ReleaseFolder) -> None:
    release.replace(PYPROJECT, "[project]\n", PEOPLE)
    fields = ("Author: Ben, Eve", "Author-Email: Ana Doe, Jr. <ana@example.org>", "Maintainer-Email: me@example.org")
    assert of_release(release, "metadata-matches-project", metadata=metadata("Keywords: C", *fields)) == [
        f"METADATA lacks Keywords embedded store, which {PYPROJECT} states",
        f"METADATA has Author Eve, which {PYPROJECT} does not state",
        f"METADATA has Maintainer me@example.org, but {PYPROJECT} states team@example.org",
    ]


def test_metadata_matches_project_refuses_a_project_table_that_is_not_valid(release: ReleaseFolder) -> None:
    release.replace(PYPROJECT, 'dependencies = ["cffi>=1.16"]', 'dependencies = ["cffi>>1"]')
    (message,) = of_release(release, "metadata-matches-project")
    assert message.startswith(f"[project] of {PYPROJECT} is not valid: ")
    assert "cffi>>1" in message


@pytest.mark.parametrize(
    "requirement",
    [
        *("numpy>=1,!=1.5,<2", "numpy", "numpy==1.*", "quiverdb[fast]; extra == 'all'", "numpy @ https://x.org/n.whl"),
        "not a requirement >>",
    ],
)
def test_dependencies_possible_accepts_other_projects(tmp_path: Path, requirement: str) -> None:
    text = metadata(f"Requires-Dist: {requirement}")
    assert of_wheel(tmp_path, "dependencies-possible", metadata=text) == []


def test_dependencies_possible_refuses_what_no_installer_can_meet(tmp_path: Path) -> None:
    text = metadata("Requires-Dist: numpy>=2,<1.5", "Requires-Dist: a==1,==2", "Requires-Dist: Quiverdb>=0.1")
    assert of_wheel(tmp_path, "dependencies-possible", metadata=text) == [
        "METADATA has Requires-Dist: numpy>=2,<1.5, which no version satisfies",
        "METADATA has Requires-Dist: a==1,==2, which no version satisfies",
        "METADATA has Requires-Dist: Quiverdb>=0.1, which is the project itself",
    ]


@pytest.mark.parametrize("body", ["A store.", "# quiverdb\n\nTODO lists, stored in a file.", "", "UNKNOWN"])
def test_description_written_accepts_a_description(release: ReleaseFolder, body: str) -> None:
    assert of_release(release, "description-written", metadata=described(body)) == []


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("TODO: write this\n", "'TODO: write this'"),
        ("# quiverdb\n\nAdd your description here.\n", "'Add your description here'"),
        ("quiverdb\n========\n\nA short description of the project\n", "'A short description of the project'"),
        ("# README", "'README'"),
    ],
)
def test_description_written_refuses_what_templates_write(release: ReleaseFolder, body: str, shown: str) -> None:
    message = f"the description is {shown}, a placeholder"
    assert of_release(release, "description-written", metadata=described(body)) == [message]
    text = described("# quiverdb\n", "Summary: Add your description here", without="Summary")
    assert of_release(release, "description-written", metadata=text) == [
        "the summary is 'Add your description here', a placeholder",
        "the description is a heading with nothing after it",
    ]


@pytest.mark.parametrize(
    "body",
    [
        METADATA,
        "[a](https://x.org/a.md) [b](#part) ![c](//x.org/c.png) [d](mailto:a@example.org) <img src='https://x.org/e'>",
        "`[a](b.md)`\n```\n![c](d.png)\n```\n.. image:: https://x.org/f.png",
    ],
)
def test_description_links_absolute_accepts_addresses(release: ReleaseFolder, body: str) -> None:
    assert of_release(release, "description-links-absolute", metadata=described(body)) == []


def test_description_links_absolute_notes_paths_of_the_repository(release: ReleaseFolder) -> None:
    body = (
        '![logo](docs/logo.png) [a](LICENSE "title")\n<p><img width=9 src="a.png"></p>\n.. image:: b.png\n[a](LICENSE)'
    )
    assert of_release(release, "description-links-absolute", metadata=described(body)) == [
        "the description refers to docs/logo.png, LICENSE, a.png and 1 more, which PyPI does not have"
    ]
