"""The idempotency key: the same for the same step of the same process, and never stored."""

from collections.abc import Callable

import pytest

from processes.workflow import State, StepList, Workflow, done, focussteps, init, step, step_group, workflow
from processes.workflow.idempotency import virtual_keys
from processes.workflow.results import Result
from processes.workflow.runner import Executed, run

pytestmark = pytest.mark.usefixtures("forget_workflows")

Keys = list[str]


@pytest.fixture
def keys() -> Keys:
    return []


@pytest.fixture
def definition(keys: Keys) -> Workflow:
    """A workflow whose steps, all of one name, note their keys."""

    @step("Note")
    def note(idempotency_key: str) -> None:
        keys.append(idempotency_key)

    @workflow()
    def unit_noting() -> StepList:
        return init >> note >> note >> step_group("Group", note) >> focussteps("part")(note) >> done

    return unit_noting


def states(steps: StepList, state: State) -> list[State]:
    """Run the steps and return the state after each."""
    seen: list[State] = []

    def report(executed: Executed) -> Result:
        seen.append(executed.result.state)  # type: ignore[union-attr]  # none of them fails
        return executed.result

    run(steps, state, report=report, may_go_on=lambda: True)
    return seen


def test_each_step_has_another_key(definition: Workflow, keys: Keys) -> None:
    states(definition.steps, {"process_id": "one"})
    assert len(keys) == len(set(keys)) == 4


def test_a_step_that_runs_again_has_the_same_key(definition: Workflow, keys: Keys) -> None:
    states(definition.steps, {"process_id": "one"})
    first = keys.copy()
    states(StepList(definition.steps[1:]), {"process_id": "one"})
    assert keys == first * 2


def test_each_process_has_other_keys(definition: Workflow, keys: Keys) -> None:
    states(definition.steps, {"process_id": "one"})
    states(definition.steps, {"process_id": "other"})
    assert len(set(keys)) == 8


@pytest.mark.parametrize(
    "function",
    [lambda state: state, lambda state: {"copy": 1, "idempotency_key": state["idempotency_key"]}],
    ids=["whole-state", "named"],
)
def test_it_is_in_the_state_of_a_step_and_never_stored(function: Callable[[State], State]) -> None:
    (state,) = states(StepList([step("Copy")(function)]), {"process_id": "one"})
    assert "idempotency_key" not in state


def test_outside_of_a_step_there_is_none() -> None:
    assert virtual_keys() == {}
