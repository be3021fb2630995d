"""Read a GitHub workflow file; anything that GitHub would refuse is an error with its position."""

from __future__ import annotations

from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.workflow import availability as spots
from truewheel.workflow.fields import fields
from truewheel.workflow.interfaces import call_interface, dispatch_interface
from truewheel.workflow.jobs import jobs
from truewheel.workflow.model import Workflow
from truewheel.workflow.shared_keys import concurrency, permissions, run_defaults
from truewheel.workflow.triggers import events, push_trigger, release_types
from truewheel.workflow.yaml_nodes import YamlMapping, read_yaml

_KEYS = ("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs")


def read_workflow(root: Path, path: Path) -> Workflow:
    """Read the workflow `path` of the repository at `root`.

    ReleaseError if it is missing, unreadable, not YAML or not a workflow; if a part of it is wrong, a WorkflowError.
    """
    shown = path.as_posix()
    document = read_yaml(root / path, shown)
    if not isinstance(document, YamlMapping) or all(key.text != "on" for key, _ in document.entries):
        raise ReleaseError(f"{shown} is not a workflow: the key `on` is missing")
    found = fields(document, "the workflow", _KEYS)
    started_by = events(found.nodes["on"])
    shell, folder = run_defaults(found, spots.NOWHERE)
    listed = found.node("jobs")
    return Workflow(
        path=path,
        push=push_trigger(started_by),
        name=found.text("name") or shown,
        events=frozenset(started_by),
        permissions=permissions(found),
        env=found.templates("env", spots.ENV),
        default_shell=shell,
        default_working_directory=folder,
        concurrency=concurrency(found, spots.CONCURRENCY),
        # Checks judge the trigger even of a workflow without jobs.
        jobs={} if listed is None else jobs(listed),
        run_name=found.template("run-name", spots.RUN_NAME),
        dispatch=dispatch_interface(started_by["workflow_dispatch"]) if "workflow_dispatch" in started_by else None,
        call=call_interface(started_by["workflow_call"]) if "workflow_call" in started_by else None,
        release_types=release_types(started_by),
    )
