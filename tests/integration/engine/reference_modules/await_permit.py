"""A callback that does not come in time, and comes after a retry."""

from pydantic_forms.types import State

from processes.workflow import StepList, Target, callback_step, done, init, step, workflow


@step("Request permit")
def request_permit() -> State:
    return {"requested": True}


@step("File permit")
def file_permit(callback_result: dict[str, str]) -> State:
    return {"permit": callback_result["number"]}


@workflow("Get a permit", target=Target.MODIFY)
def await_permit() -> StepList:
    return init >> callback_step("Permit", request_permit, file_permit, timeout=3600) >> done
