"""Lenses: steps that see, and write, a part of the state."""

from uuid import UUID

import pytest

from processes.workflow import Assignee, State, StepList, conditional, focussteps, inputstep, step, step_group, steplens
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.results import Failed, Skipped, Success, Suspend
from processes.workflow.runner import execute

ID = UUID("5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01")


@step("Rename")
def rename(name: str) -> State:
    return {"name": name.upper()}


port = focussteps("port")


def test_a_step_sees_and_writes_the_part() -> None:
    (focused,) = port(rename)
    assert focused.execute({"name": "outer", "port": {"name": "a", "speed": 1}}) == Success(
        {"name": "outer", "port": {"name": "A", "speed": 1}}
    )


def test_a_part_that_is_not_there_begins_empty() -> None:
    (focused,) = port(step("Create")(lambda: {"name": "a"}))
    assert focused.execute({"x": 1}) == Success({"x": 1, "port": {"name": "a"}})


def test_steps_are_focused_together() -> None:
    focused = port(rename >> rename)
    assert (type(focused), [each.name for each in focused]) == (StepList, ["Rename", "Rename"])


def test_an_own_lens_may_put_the_part_anywhere_and_it_is_stored_as_json() -> None:
    lens = steplens(
        lambda state: {"name": state["label"]}, lambda state: lambda part: {**state, "label": part, "id": ID}
    )
    assert lens(rename).execute({"label": "a"}) == Success({"label": {"name": "A"}, "id": str(ID)})


def test_a_step_that_raises_fails_as_ever() -> None:
    (focused,) = port(rename)
    assert isinstance(execute(focused, {"port": {}}), Failed)


def test_a_failure_that_a_step_ends_with_passes_through() -> None:
    error = ValueError("no")
    ending = step("End")(lambda: None)
    (focused,) = port(type(ending)(name="End", execute=lambda state: Failed(error)))
    assert focused.execute({}) == Failed(error)


def test_a_condition_inside_sees_the_part_and_one_outside_the_whole() -> None:
    inner = port(conditional(lambda part: part["wanted"])(rename))
    outer = conditional(lambda state: state["wanted"])(port(rename))
    state: State = {"wanted": True, "port": {"name": "a", "wanted": False}}
    assert inner[0].execute(state) == Skipped(state)
    assert isinstance(outer[0].execute(state), Success)


def test_an_input_step_keeps_its_form_and_its_assignee() -> None:
    ask = inputstep("Ask", assignee=Assignee.NOC)(lambda: None)
    (focused,) = port(ask)
    assert (focused.form, focused.assignee) == (ask.form, Assignee.NOC)
    assert focused.execute({}) == Suspend({"port": {}})


def test_a_group_is_refused() -> None:
    with pytest.raises(WorkflowDefinitionError, match="'Group' cannot see a part"):
        port(step_group("Group", rename))
    (group,) = [step_group("Group", port(rename))]
    assert group.sub_steps[0].name == "Rename"
