"""Authorizers and a run predicate; a failure for a known reason."""

from pydantic_forms.types import FormGenerator, State

from processes.workflow import (
    Assignee,
    AuthContext,
    FormPage,
    PredicateContext,
    ProcessFailureError,
    RunPredicatePass,
    RunPredicateResult,
    StepList,
    Target,
    done,
    init,
    inputstep,
    step,
    workflow,
)

errors = [ProcessFailureError("No such node", {"node": 7})]


async def everybody(context: AuthContext) -> bool:
    return context.workflow.name == "guarded_change"


def any_time(context: PredicateContext) -> RunPredicateResult:
    return RunPredicatePass()


@inputstep("Approve", assignee=Assignee.CHANGES, resume_auth_callback=everybody)
def approve() -> FormGenerator:
    class Approve(FormPage):
        change: str

    approved = yield Approve
    return approved.model_dump()


@step("Apply", retry_auth_callback=everybody)
def apply() -> State:
    if errors:
        raise errors.pop()
    return {"applied": True}


@workflow("Change", target=Target.MODIFY, authorize_callback=everybody, run_predicate=any_time)
def guarded_change() -> StepList:
    return init >> approve >> apply >> done
