"""Progress: where a process stands after its logged steps, and what each of them added to the state."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from processes.progress import progress, state_deltas
from processes.workflow import State, StepList, done, init, step


def nothing() -> None: ...


STEPS = init >> step("One")(nothing) >> step("Two")(nothing) >> done


@dataclass
class Row:
    status: str
    state: State = field(default_factory=dict)


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
