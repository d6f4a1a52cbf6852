"""Groups under conditions, one with an input step inside."""

from pydantic_forms.types import FormGenerator, State

from processes.workflow import (
    Assignee,
    FormPage,
    StepList,
    Target,
    begin,
    conditional,
    done,
    init,
    inputstep,
    step,
    step_group,
    workflow,
)


@step("Measure")
def measure() -> State:
    return {"loss": 3}


@inputstep("Judge", assignee=Assignee.NOC)
def judge(loss: int) -> FormGenerator:
    class Judge(FormPage):
        accepted: bool

    judged = yield Judge
    return judged.model_dump() | {"judged_at": loss}


@step("Label")
def label() -> State:
    return {"label": "ok"}


accepted = conditional(lambda state: state.get("accepted", False))
refused = conditional(lambda state: not state["accepted"])


@workflow("Accept a site", target=Target.VALIDATE)
def accept_site() -> StepList:
    acceptance = step_group("Acceptance", begin >> measure >> judge >> accepted(label))
    return init >> acceptance >> refused(step_group("Rework", measure >> label)) >> done
