"""A GitHub workflow as it is read: a model in which every expression is parsed and every name is known."""

from truewheel.workflow.matrix import Matrix
from truewheel.workflow.model import (
    ActionReference,
    Concurrency,
    Environment,
    Job,
    Permissions,
    PushTrigger,
    Step,
    Workflow,
)
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.reading import read_workflow
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import Condition, Template

__all__ = [
    "ActionReference",
    "Concurrency",
    "Condition",
    "Environment",
    "Job",
    "Matrix",
    "Permissions",
    "Place",
    "PushTrigger",
    "Scope",
    "Step",
    "Template",
    "Workflow",
    "WorkflowError",
    "read_workflow",
]
