"""A group with a step that waits to be retried; the key of a step is the same at each try."""

from pydantic_forms.types import State

from processes.workflow import StepList, Target, begin, done, init, retrystep, step, step_group, workflow

tries: list[str] = []


@step("Drain traffic")
def drain_traffic() -> State:
    return {"drained": True}


@retrystep("Reboot")
def reboot(idempotency_key: str) -> State:
    tries.append(idempotency_key)
    if len(tries) < 3:
        raise TimeoutError("router does not answer")
    return {"same_key": len(set(tries)) == 1}


@workflow("Reboot a router", target=Target.SYSTEM)
def reboot_router() -> StepList:
    return init >> step_group("Maintenance", begin >> drain_traffic >> reboot) >> done
