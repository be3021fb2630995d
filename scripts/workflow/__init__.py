"""A GitHub workflow as it is read: a model in which every expression is parsed and every name is known."""

from scripts.workflow.matrix import Matrix
from scripts.workflow.model import (
    ActionReference,
    Concurrency,
    Environment,
    Job,
    Permissions,
    PushTrigger,
    Step,
    Workflow,
)
from scripts.workflow.place import Place, WorkflowError
from scripts.workflow.reading import read_workflow
from scripts.workflow.scope import Scope
from scripts.workflow.templates import Condition, Template

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
