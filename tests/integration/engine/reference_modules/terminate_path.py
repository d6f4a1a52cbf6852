"""Ends a subscription; what is taken down in a group fails at first."""

from pydantic_forms.types import State

from processes.subscription_workflows import terminate_workflow
from processes.workflow import StepList, begin, step, step_group

errors = [ConnectionError("node away")]


@step("Take down path")
def take_down() -> State:
    if errors:
        raise errors.pop()
    return {"down": True}


@step("Free ports")
def free_ports() -> State:
    return {"free": True}


@terminate_workflow("Terminate a path")
def terminate_path() -> StepList:
    return begin >> step_group("Clean up", free_ports >> take_down)
