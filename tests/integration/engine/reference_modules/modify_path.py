"""Changes a subscription after somebody has approved."""

from pydantic_forms.types import FormGenerator

from processes.subscription_workflows import modify_workflow
from processes.workflow import Assignee, FormPage, StepList, begin, inputstep


@inputstep("Approve", assignee=Assignee.NOC)
def approve() -> FormGenerator:
    class Approve(FormPage):
        change: str

    approved = yield Approve
    return approved.model_dump()


@modify_workflow("Modify a path")
def modify_path() -> StepList:
    return begin >> approve
