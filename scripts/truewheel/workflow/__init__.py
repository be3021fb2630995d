"""A GitHub workflow: a model in which every expression is parsed and every name is known."""

from truewheel.workflow.matrix import Matrix
from truewheel.workflow.model import Job, Permissions, PushTrigger, Step, Workflow
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.reading import read_workflow
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import Template

__all__ = ["Job", "Matrix", "Permissions", "Place", "PushTrigger", "Scope", "Step", "Template", "Workflow"]
__all__ += ["WorkflowError", "read_workflow"]
