"""Progress: where a process stands after its logged steps, and what each of them added to the state."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from processes.progress import progress, state_deltas
from processes.workflow import Assignee, State, StepList, done, init, inputstep, step, step_group


def nothing() -> None: ...


ask = inputstep("Ask", assignee=Assignee.NOC)(nothing)
STEPS = init >> step("One")(nothing) >> step("Two")(nothing) >> done


@dataclass
class Row:
    status: str
    state: State = field(default_factory=dict)
    group_state: State | None = None


def names(steps: StepList) -> list[str]:
    return [each.name for each in steps]


@pytest.mark.parametrize(
    ("statuses", "pending"),
    [
        pytest.param([], ["Start", "One", "Two", "Done"], id="not-begun"),
        pytest.param(["success"], ["One", "Two", "Done"], id="success"),
        pytest.param(["success", "skipped"], ["Two", "Done"], id="skipped"),
        pytest.param(["success", "suspend"], ["One", "Two", "Done"], id="suspended"),
        pytest.param(["success", "failed"], ["One", "Two", "Done"], id="failed"),
        pytest.param(["success", "waiting"], ["One", "Two", "Done"], id="waiting"),
        pytest.param(["success", "awaiting_callback"], ["One", "Two", "Done"], id="awaiting-callback"),
        pytest.param(["success", "suspend", "success"], ["Two", "Done"], id="resumed"),
        pytest.param(["success", "failed", "failed", "success"], ["Two", "Done"], id="retried-twice"),
        pytest.param(["success", "abort"], ["Two", "Done"], id="abort-takes-the-first-place"),
        pytest.param(["success", "failed", "abort"], ["Two", "Done"], id="abort-after-failure"),
        pytest.param(["success", "success", "success", "complete"], [], id="complete"),
    ],
)
def test_the_steps_that_are_not_done_are_pending(statuses: list[str], pending: list[str]) -> None:
    at = progress(STEPS, [Row(status) for status in statuses], {})
    assert (type(at.pending), names(at.pending)) == (StepList, pending)


ERROR = {"class": "ValueError", "error": "no"}


@pytest.mark.parametrize(
    ("logged", "state"),
    [
        pytest.param([], {"initial": 1}, id="not-begun"),
        pytest.param([Row("success", {"a": 1})], {"a": 1}, id="success"),
        pytest.param([Row("success", {"a": 1}), Row("suspend", {"a": 2})], {"a": 2}, id="suspended"),
        pytest.param([Row("success", {"a": 1}), Row("failed", ERROR)], {"a": 1}, id="failed"),
        pytest.param([Row("success", {"a": 1}), Row("waiting", ERROR)], {"a": 1}, id="waiting"),
        pytest.param([Row("failed", ERROR)], {"initial": 1}, id="failed-at-once"),
        pytest.param([Row("failed", ERROR), Row("success", {"b": 1})], {"b": 1}, id="retried"),
        pytest.param([Row("success", {"a": 1}), Row("abort", {"a": 1})], {"a": 1}, id="aborted"),
    ],
)
def test_the_state_is_that_of_the_last_row_without_error(logged: list[Row], state: State) -> None:
    assert progress(STEPS, logged, {"initial": 1}).current_state == state


def test_a_process_whose_workflow_lost_steps_has_none_pending() -> None:
    assert progress(StepList([init]), [Row("success"), Row("success")], {}).pending == ()


@pytest.mark.parametrize(
    ("logged", "last_delta"),
    [
        pytest.param([Row("success", {"a": 1})], {"a": 1}, id="first-is-whole"),
        pytest.param([Row("success", {"a": 1}), Row("success", {"a": 1, "b": 2})], {"b": 2}, id="new-key"),
        pytest.param([Row("success", {"a": 1, "b": 1}), Row("success", {"a": 2, "b": 1})], {"a": 2}, id="changed"),
        pytest.param([Row("success", {"a": 1}), Row("suspend", {"a": 1})], {}, id="unchanged"),
        pytest.param([Row("success", {"a": 1, "b": 1}), Row("success", {"a": 1})], {}, id="removed-key"),
        pytest.param([Row("success", {"a": 1}), Row("failed", ERROR)], ERROR, id="failed-is-whole"),
        pytest.param([Row("success", {"a": 1}), Row("waiting", ERROR)], ERROR, id="waiting-is-whole"),
        pytest.param(
            [Row("success", {"a": 1}), Row("failed", ERROR), Row("success", {"a": 1, "b": 1})],
            {"b": 1},
            id="against-the-last-done-step-not-the-failed-one",
        ),
        pytest.param(
            [Row("success", {"a": 1}), Row("suspend", {"a": 1, "b": 1}), Row("success", {"a": 1, "b": 1})],
            {"b": 1},
            id="against-the-last-done-step-not-the-suspended-one",
        ),
        pytest.param([Row("skipped", {"a": 1}), Row("complete", {"a": 1, "b": 1})], {"b": 1}, id="against-skipped"),
        pytest.param(
            [Row("success", {"n": {"x": 1, "y": 1}}), Row("success", {"n": {"x": 1, "y": 2}})],
            {"n": {"y": 2}},
            id="nested-only-what-differs",
        ),
        pytest.param([Row("success", {"n": {"x": 1}}), Row("success", {"n": {"x": 1}})], {}, id="nested-unchanged"),
        pytest.param([Row("success", {"n": {"x": 1}}), Row("success", {"n": 1})], {"n": 1}, id="object-to-number"),
        pytest.param([Row("success", {"n": 1}), Row("success", {"n": {"x": 1}})], {"n": {"x": 1}}, id="to-object"),
        pytest.param([Row("success", {"l": [1]}), Row("success", {"l": [1, 2]})], {"l": [1, 2]}, id="list-is-whole"),
        pytest.param([Row("success", {"a": 1}), Row("success", {"a": None})], {"a": None}, id="to-null"),
    ],
)
def test_the_delta_is_what_differs_from_the_last_done_step(logged: list[Row], last_delta: Any) -> None:
    assert state_deltas(logged)[-1] == last_delta


def test_there_is_one_delta_per_row() -> None:
    logged = [Row("success", {"a": 1}), Row("failed", ERROR), Row("success", {"a": 1, "b": 1})]
    assert state_deltas(logged) == [{"a": 1}, ERROR, {"b": 1}]


GROUPED = init >> step_group("Group", step("One")(nothing) >> ask >> step("Two")(nothing)) >> done


def inside(sub_step: str) -> State:
    return {"__step_group": "Group", "__sub_step": sub_step}


START = Row("success", {"a": 1})


@pytest.mark.parametrize(
    ("rows", "left", "shown", "form"),
    [
        pytest.param([], ["Start"], ["Start", "Group", "Done"], False, id="not-begun"),
        pytest.param(
            [START],
            ["Group - Enter", "One", "Ask", "Two", "Group - Exit"],
            ["Group", "Done"],
            True,
            id="before",
        ),
        pytest.param(
            [START, Row("success", inside("One"))], ["Ask", "Two", "Group - Exit"], ["Done"], True, id="inside"
        ),
        pytest.param(
            [START, Row("skipped", inside("One"))], ["Ask", "Two", "Group - Exit"], ["Done"], True, id="inside-skipped"
        ),
        pytest.param(
            [START, Row("suspend", inside("Ask"))],
            ["Ask", "Two", "Group - Exit"],
            ["Group", "Done"],
            True,
            id="suspended",
        ),
        pytest.param(
            [START, Row("suspend", inside("Ask")), Row("success", inside("Ask"))],
            ["Two", "Group - Exit"],
            ["Done"],
            False,
            id="resumed",
        ),
        pytest.param(
            [START, Row("failed", {"class": "E", "error": "no"}, inside("Ask"))],
            ["Two", "Group - Exit"],
            ["Group", "Done"],
            False,
            id="failed-inside",
        ),
        pytest.param(
            [START, Row("failed", {"class": "E", "error": "no"}, inside("One")), Row("failed", {}, None)],
            ["Group - Enter", "One", "Ask", "Two", "Group - Exit"],
            ["Group", "Done"],
            True,
            id="to-begin-anew",
        ),
        pytest.param([START, Row("success", {"b": 1})], ["Done"], ["Done"], False, id="left"),
        pytest.param([START, Row("success", inside("One")), Row("abort", {})], ["Done"], ["Done"], False, id="aborted"),
        pytest.param([START, Row("success"), Row("complete")], [], [], False, id="completed"),
    ],
)
def test_a_group_goes_on_after_its_last_good_sub_step(
    rows: list[Row], left: list[str], shown: list[str], form: bool
) -> None:
    at = progress(GROUPED, rows, {})
    assert [part.name for part in at.next_parts] == left
    assert names(at.shown_pending) == shown
    assert (at.form is not None) == form


@pytest.mark.parametrize(
    ("rows", "entered"),
    [
        pytest.param([START], ["Start", "Group"], id="before"),
        pytest.param([START, Row("success", inside("One"))], ["Start", "One", "Ask", "Group"], id="inside"),
        pytest.param([START, Row("suspend", inside("Ask"))], ["Start", "One", "Ask", "Group"], id="suspended"),
        pytest.param([START, Row("success", {})], ["Start", "Group", "Done"], id="behind"),
        pytest.param([START, Row("success", {}), Row("complete")], ["Start", "Group", "Done"], id="completed"),
    ],
)
def test_it_has_entered_every_step_up_to_the_next(rows: list[Row], entered: list[str]) -> None:
    assert [each.name for each in progress(GROUPED, rows, {}).entered] == entered
