"""Is the licence stated, with its files?"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import PEP_639, PYPI_UPLOAD, abbreviate
from truewheel.findings import By, Problem
from truewheel.versions import try_version
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.reader import Wheel


@wheel_check(
    By.PYPI,
    source=f"{PEP_639}; {PYPI_UPLOAD}",
    hint="fix license-files in the package's pyproject.toml, or update the build backend, and build again",
)
@of_metadata
def license_files_present(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """every License-File of METADATA is in the licenses folder of dist-info"""
    # Before 2.4 some build backends wrote this field too, but put the files elsewhere.
    version = try_version(metadata.one("Metadata-Version") or "")
    if version is None or version < Version("2.4"):
        return
    present = {member.name for member in wheel.members}
    for file in metadata.all("License-File"):
        path = f"{wheel.dist_info}/licenses/{file}"
        if path not in present:
            yield f"METADATA names the License-File {abbreviate(file)}, but {abbreviate(path)} is missing"


@wheel_check(
    By.CARE,
    source=f"{PEP_639}; an empty file grants nothing",
    hint="write the licence into the file and build again: nox -s wheels",
)
def license_text_present(wheel: Wheel) -> Iterator[Problem]:
    """no licence file is empty"""
    for member in wheel.members:
        if member.size == 0 and member.name.startswith(f"{wheel.dist_info}/licenses/"):
            yield Problem(f"{abbreviate(member.name)} is empty", subject=member.name)


@release_wheel_check.note(
    By.CARE,
    source=f"{PEP_639}; without a licence nobody may use the package",
    hint='write license = "…" (an SPDX expression) and license-files = ["LICENSE*"] in [project]',
)
@of_metadata
def license_stated(_: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    """METADATA states a licence and has its text"""
    classified = any(text.startswith("License ::") for text in metadata.all("Classifier"))
    stated = classified or metadata.all("License-Expression") or metadata.all("License")
    lacking = [
        *([] if stated else ["states no licence"]),
        *([] if metadata.all("License-File") else ["has no License-File"]),
    ]
    if lacking:
        yield f"METADATA {' and '.join(lacking)}"


@release_wheel_check(
    By.SPECIFICATION,
    source=f"{PEP_639}: both are deprecated and may contradict the expression; PyPI refuses the field",
    hint="delete the license text and the License :: classifiers from the package's pyproject.toml",
)
@of_metadata
def license_once(_: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    """there is no License field and no License classifier next to a License-Expression"""
    if not metadata.all("License-Expression"):
        return
    deprecated = [f"License {abbreviate(text)!r}" for text in metadata.all("License")[:1]]
    classifiers = [text for text in metadata.all("Classifier") if text.startswith("License ::")]
    for found in (*deprecated, *(f"classifier {abbreviate(text)!r}" for text in classifiers)):
        yield f"METADATA has the {found} next to a License-Expression"
