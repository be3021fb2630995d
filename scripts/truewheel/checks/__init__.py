"""What may stop a release: one module per subject, and the registers in which the modules declare their checks.

A new module of checks is added to `MODULES`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

# What a program judges, and the modules with the checks of it, in the order of `--list` and docs/checks.md. Each group
# needs other libraries, so a program loads only its own.
MODULES: Mapping[str, tuple[str, ...]] = {
    "release": (
        *(
            "release",
            "workflow",
            "workflow_gates",
            "workflow_actions",
            "workflow_keys",
            "workflow_jobs",
            "workflow_wheels",
            "python_tags",
        ),
    ),
    "build": ("build",),
    "index": ("index",),
    "dist": ("dist",),
    "wheels": (
        *("archive", "record", "dist_info", "wheel_file", "metadata", "project_metadata", "pypi_metadata", "licenses"),
        *("entry_points", "installation", "native", "native_names", "native_systems", "native_needs"),
        *("contents", "ballast", "secrets", "python_files", "python_tags", "wheel_set", "source_files"),
    ),
}


def load_checks(*groups: str) -> tuple[ModuleType, ...]:
    """Import the modules of some groups of `MODULES`, which declares their checks."""
    names = dict.fromkeys(name for group in groups for name in MODULES[group])
    return tuple(import_module(f"{__name__}.{name}") for name in names)
