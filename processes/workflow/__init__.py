"""The workflow language: plain Python, no Django.

from processes.workflow import begin, done, init, inputstep, step, workflow
"""

from processes.workflow.definition import Workflow, workflow
from processes.workflow.enums import Assignee, Target
from processes.workflow.errors import ApiException, InconsistentDataError, ProcessFailureError
from processes.workflow.state import State
from processes.workflow.steps import (
    Step,
    StepList,
    abort,
    begin,
    conditional,
    done,
    init,
    inputstep,
    retrystep,
    step,
)

__all__ = [
    "ApiException",
    "Assignee",
    "InconsistentDataError",
    "ProcessFailureError",
    "State",
    "Step",
    "StepList",
    "Target",
    "Workflow",
    "abort",
    "begin",
    "conditional",
    "done",
    "init",
    "inputstep",
    "retrystep",
    "step",
    "workflow",
]
