"""hynek/build-and-inspect-python-package v2: `build` makes an sdist and a wheel from it, twine judges both."""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.artifacts import keep
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn
from truewheel.system.git import run_isolated as git
from truewheel.wheel.dist_info import HeaderFile, parse_header_file
from truewheel.workflow import action_names

_PYTHON = "Programming Language :: Python :: 3."


def build(call: ActionCall) -> ActionOutcome:
    """Build, judge and keep the distributions as the artifact `Packages`."""
    suffix = call.inputs.get("upload-name-suffix", "")
    folder = call.temp / f"baipp{suffix}" / "dist"
    source = call.workspace / call.text("path", ".")
    epoch = git(source, "log", "-1", "--pretty=%ct").strip()
    only = ["--sdist"] if call.flag("skip-wheel") else []
    environ = {**call.environ, "SOURCE_DATE_EPOCH": epoch}
    # Isolated, where nothing in the job's checkout is imported.
    run = [sys.executable, "-I", "-m"]
    call.run([*run, "build", *only, "--outdir", str(folder), "."], "build failed", source, environ)
    files = sorted(folder.iterdir())
    call.run([*run, "twine", "check", "--strict", *map(str, files)], "twine check failed", source, environ)
    keep(call, f"Packages{suffix}", files, folder)
    metadata = _metadata(next(file for file in files if file.name.endswith(".tar.gz")))
    pythons = [one.removeprefix(_PYTHON[:-2]) for one in metadata.all("Classifier") if one.startswith(_PYTHON)]
    return ActionOutcome(
        {
            "dist": str(folder),
            "artifact-name": f"Packages{suffix}",
            "package_name": metadata.one("Name") or "",
            "package_version": metadata.one("Version") or "",
            "supported_python_classifiers_json_array": json.dumps(pythons),
            "supported_python_classifiers_json_job_matrix_value": json.dumps({"python-version": pythons}),
        }
    )


def _metadata(sdist: Path) -> HeaderFile:
    """Return the metadata of an sdist, which twine has read before."""
    with tarfile.open(sdist) as archive:
        file = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/PKG-INFO")
        metadata = parse_header_file(file.read()) if file else None
    return metadata if isinstance(metadata, HeaderFile) else HeaderFile(b"", {}, "")


BUILD_AND_INSPECT = StandIn(
    action_names.BUILD_AND_INSPECT,
    "`build` makes an sdist and a wheel from it, twine judges them, and they are kept as the artifact Packages",
    inputs.known("path upload-name-suffix", "skip-wheel attest-build-provenance-github"),
    build,
)
