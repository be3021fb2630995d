"""Is the licence stated once, and are its files there?"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.versions import try_version
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel

_PEP_639 = "Core Metadata specification (PEP 639)"


@wheel_check(
    "license-files-present",
    "every License-File of METADATA lies in dist-info/licenses",
    by=By.PYPI,
    source=f"{_PEP_639}; PyPI's upload rules",
    hint="mend license-files in the package's pyproject.toml, or update the build backend, and build again",
)
@of_metadata
def license_files_present(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    # Before 2.4 the field was some backends' own, and the files lay elsewhere.
    written = try_version(metadata.one("Metadata-Version") or "")
    if written is None or written < Version("2.4"):
        return
    present = {member.name for member in wheel.members}
    paths = ((file, f"{wheel.dist_info}/licenses/{file}") for file in metadata.all("License-File"))
    yield from (
        f"METADATA names the License-File {abbreviate(file)}, but {abbreviate(path)} is missing"
        for file, path in paths
        if path not in present
    )


@release_wheel_check(
    "license-stated",
    "METADATA has a License-Expression and at least one License-File",
    by=By.CARE,
    source=f"{_PEP_639}; spec: licence files are in the wheel",
    hint='write license = "…" (an SPDX expression) and license-files = ["LICENSE*"] into [project]',
)
@of_metadata
def license_stated(_: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    for field in ("License-Expression", "License-File"):
        if not metadata.all(field):
            yield f"METADATA has no {field}"


@release_wheel_check.note(
    "license-once",
    "beside a License-Expression there is no License field and no License classifier",
    by=By.SPECIFICATION,
    source=f"{_PEP_639}: both are deprecated, and may contradict the expression",
    hint="delete the License :: classifiers from the package's pyproject.toml",
)
@of_metadata
def license_once(_: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    if not metadata.all("License-Expression"):
        return
    expression = abbreviate(metadata.all("License-Expression")[0])
    if metadata.all("License"):
        text = abbreviate(metadata.all("License")[0])
        yield f"METADATA has the License {text!r} beside the License-Expression {expression!r}"
    for classifier in metadata.all("Classifier"):
        if classifier.startswith("License ::"):
            yield f"METADATA has the classifier {abbreviate(classifier)!r} beside the License-Expression {expression!r}"
