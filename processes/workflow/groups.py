"""Steps made of steps: groups, and those that await a callback."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from processes.workflow.authorization import Authorizer
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.results import AwaitingCallback, Failed, Result, Skipped, Success, Waiting
from processes.workflow.state import State
from processes.workflow.steps import CALLBACK_TOKEN_KEY, STEP_GROUP, SUB_STEP, Step, StepList, as_steps, begin, step

DEFAULT_CALLBACK_ROUTE_KEY = "callback_route"
DEFAULT_CALLBACK_RESULT_KEY = "callback_result"
CALLBACK_RESULT_KEY = "__callback_result_key"

TOKEN_BYTES = 32


def step_group(
    name: str,
    steps: Step | Iterable[Step],
    extract_form: bool = True,
    retry_auth_callback: Authorizer | None = None,
) -> Step:
    """Make steps one step: one row, which each of them updates, and one entry in the list of what is to be done.

    A group that fails, waits or is suspended goes on after the last sub-step that succeeded. The form of its input
    steps is asked for on resume unless ``extract_form`` is off; then they are passed without input.

    Raises:
        WorkflowDefinitionError: a sub-step is a group, or two have the same name, so that nobody could say where a
            process stands that is inside.
    """
    inner = as_steps(steps)
    names = [each.name for each in inner]
    if any(each.sub_steps for each in inner):
        raise WorkflowDefinitionError(f"step group {name!r} has a group inside")
    if len(set(names)) < len(names):
        raise WorkflowDefinitionError(f"step group {name!r} has two steps of one name")
    leave = Step(name=f"{name} - Exit", execute=lambda state: Success(_outside(state)))
    return Step(
        name=name,
        execute=lambda state: Success(_inside(state, name, f"{name} - Enter")),
        form=next((each.form for each in inner if each.form), None) if extract_form else None,
        retry_auth_callback=retry_auth_callback,
        sub_steps=(*(_marking(name, each) for each in inner), leave),
    )


def callback_step(
    name: str,
    action_step: Step | StepList,
    validate_step: Step | StepList,
    result_key: str | None = None,
    callback_route_key: str = DEFAULT_CALLBACK_ROUTE_KEY,
    timeout: int | None = None,
) -> Step:
    """Make a step that has another system do something, and goes on when that system calls back.

    The action finds the route to call under ``callback_route_key``; what is posted there is in the state, under
    ``result_key`` or else ``callback_result``, when the validation runs. After ``timeout`` seconds without a call
    the process fails; a retry begins the step anew, with another route.

    Raises:
        WorkflowDefinitionError: as ``step_group``.
    """

    @step(f"{name} - Create endpoint")
    def create_endpoint(process_id: str) -> State:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        return {callback_route_key: f"/api/processes/{process_id}/callback/{token}", CALLBACK_TOKEN_KEY: token}

    key = {} if result_key is None else {CALLBACK_RESULT_KEY: result_key}
    limit = None if timeout is None else timedelta(seconds=timeout)

    def await_callback(state: State) -> Result:
        # What another callback step was told must not pass for the answer to this one.
        asking = {kept: state[kept] for kept in state if kept != (result_key or DEFAULT_CALLBACK_RESULT_KEY)}
        return AwaitingCallback({**asking, **key}, limit)

    wait = Step(name=f"{name} - Await callback", execute=await_callback)
    clean_up = Step(name=f"{name} - Cleanup callback step", execute=lambda state: Success(_without_callback(state)))
    return step_group(name, begin >> create_endpoint >> action_step >> wait >> validate_step >> clean_up)


def is_inside(result: Result) -> bool:
    """Return whether the run goes on inside a group after this result."""
    return isinstance(result, Success | Skipped) and STEP_GROUP in result.state


def logged_names(step: Step, part: Step, result: Result) -> tuple[str, ...]:
    """Return the names under which a part of a step counts as logged, one pair of frames each.

    Whatever ends a group, for now or for good, is logged as the sub-step and as the group.
    """
    if is_inside(result):
        return (part.name,)
    if part.name in (step.name, step.entrance.name):
        return (step.name,)
    return (part.name, step.name)


def _marking(group: str, step: Step) -> Step:
    def execute(state: State) -> Result:
        result = step.execute(state)
        if isinstance(result, Failed | Waiting):
            return result
        return replace(result, state=_inside(result.state, group, step.name))

    return replace(step, execute=execute)


def _inside(state: State, group: str, sub_step: str) -> State:
    return {**state, STEP_GROUP: group, SUB_STEP: sub_step}


def _outside(state: State) -> State:
    return {key: value for key, value in state.items() if key not in (STEP_GROUP, SUB_STEP)}


def _without_callback(state: State) -> State:
    return {key: value for key, value in state.items() if key not in (CALLBACK_TOKEN_KEY, CALLBACK_RESULT_KEY)}
