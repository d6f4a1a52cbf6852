"""The workflow language: plain Python, no Django.

from processes.workflow import begin, done, init, inputstep, step, workflow
"""

from processes.statuses import ProcessStatus, StepStatus
from processes.workflow.authorization import AuthContext, Authorizer, allow
from processes.workflow.definition import (
    PredicateContext,
    RunPredicate,
    RunPredicateFail,
    RunPredicatePass,
    RunPredicateResult,
    Workflow,
    workflow,
)
from processes.workflow.enums import Assignee, Target
from processes.workflow.errors import ApiException, InconsistentDataError, ProcessFailureError
from processes.workflow.forms import FormPage, SubmitFormPage
from processes.workflow.groups import (
    DEFAULT_CALLBACK_ROUTE_KEY,
    callback_step,
    step_group,
)
from processes.workflow.lenses import focussteps, steplens
from processes.workflow.results import Abort, AwaitingCallback, Complete, Failed, Skipped, Success, Suspend, Waiting
from processes.workflow.state import State
from processes.workflow.steps import (
    CALLBACK_TOKEN_KEY,
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
    "CALLBACK_TOKEN_KEY",
    "DEFAULT_CALLBACK_ROUTE_KEY",
    "Abort",
    "ApiException",
    "Assignee",
    "AuthContext",
    "Authorizer",
    "AwaitingCallback",
    "Complete",
    "Failed",
    "FormPage",
    "InconsistentDataError",
    "PredicateContext",
    "ProcessFailureError",
    "ProcessStatus",
    "RunPredicate",
    "RunPredicateFail",
    "RunPredicatePass",
    "RunPredicateResult",
    "Skipped",
    "State",
    "Step",
    "StepList",
    "StepStatus",
    "SubmitFormPage",
    "Success",
    "Suspend",
    "Target",
    "Waiting",
    "Workflow",
    "abort",
    "allow",
    "begin",
    "callback_step",
    "conditional",
    "done",
    "focussteps",
    "init",
    "inputstep",
    "retrystep",
    "step",
    "step_group",
    "steplens",
    "workflow",
]
