"""Step groups and callback steps: their sub-steps, what they keep in the state, where they go on."""

from datetime import timedelta
from typing import Any

import pytest

from processes.workflow import (
    Assignee,
    State,
    Step,
    StepList,
    begin,
    callback_step,
    conditional,
    done,
    init,
    inputstep,
    retrystep,
    step,
    step_group,
)
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.groups import is_inside, logged_names
from processes.workflow.results import AwaitingCallback, Complete, Failed, Result, Skipped, Success, Suspend, Waiting
from processes.workflow.runner import Executed, run

ERROR = ValueError("no")


def adds(key: str) -> Step:
    return step(f"Add {key}")(lambda: {key: True})


def raises(name: str, decorate: Any = step) -> Step:
    def fail() -> State:
        raise ERROR

    made: Step = decorate(name)(fail)
    return made


ask = inputstep("Ask", assignee=Assignee.NOC)(lambda: None)
ask_again = inputstep("Ask again", assignee=Assignee.NOC)(lambda: None)
two = step_group("Two", adds("a") >> adds("b"))


def inside(sub_step: str, group: str = "Two", **more: Any) -> State:
    return {"__step_group": group, "__sub_step": sub_step, **more}


def trace(steps: StepList, state: State) -> list[tuple[str, Result]]:
    """Run the steps and return what was reported of each part."""
    reported: list[tuple[str, Result]] = []

    def report(executed: Executed) -> Result:
        reported.append((executed.part.name, executed.result))
        return executed.result

    run(steps, state, report=report, may_go_on=lambda: True)
    return reported


class TestRunningAGroup:
    def test_it_is_entered_runs_its_steps_and_is_left(self) -> None:
        assert trace(two >> done, {}) == [
            ("Two - Enter", Success(inside("Two - Enter"))),
            ("Add a", Success(inside("Add a", a=True))),
            ("Add b", Success(inside("Add b", a=True, b=True))),
            ("Two - Exit", Success({"a": True, "b": True})),
            ("Done", Complete({"a": True, "b": True})),
        ]

    @pytest.mark.parametrize(
        ("sub_step", "left"),
        [
            pytest.param("Two - Enter", ["Add a", "Add b", "Two - Exit"], id="entered"),
            pytest.param("Add a", ["Add b", "Two - Exit"], id="first"),
            pytest.param("Add b", ["Two - Exit"], id="last"),
            pytest.param("Gone", ["Two - Enter", "Add a", "Add b", "Two - Exit"], id="one-that-the-code-lost"),
        ],
    )
    def test_it_goes_on_after_the_sub_step_that_the_state_names(self, sub_step: str, left: list[str]) -> None:
        assert [name for name, _ in trace(StepList([two]), inside(sub_step))] == left

    @pytest.mark.parametrize(
        ("state", "left"),
        [
            pytest.param({}, ["Two - Enter", "Add a", "Add b", "Two - Exit"], id="outside"),
            pytest.param(inside("Add b"), ["Add b", "Two - Exit"], id="inside"),
        ],
    )
    def test_what_is_left_with_the_sub_step_at_which_it_stands(self, state: State, left: list[str]) -> None:
        assert [part.name for part in two.parts_from(state)] == left

    def test_the_state_of_another_group_does_not_say_where_this_one_is(self) -> None:
        assert two.parts(inside("Add a", group="Other"))[0].name == "Two - Enter"

    @pytest.mark.parametrize(
        ("ending", "result"),
        [
            pytest.param(ask, Suspend(inside("Ask")), id="suspend"),
            pytest.param(raises("Raise"), Failed(ERROR), id="failed"),
            pytest.param(raises("Raise", retrystep), Waiting(ERROR), id="waiting"),
            pytest.param(Step(name="End", execute=lambda _: Failed(ERROR)), Failed(ERROR), id="ends-failed"),
        ],
    )
    def test_it_stops_where_one_of_its_steps_does(self, ending: Step, result: Result) -> None:
        group = step_group("Two", begin >> ending >> adds("b"))
        assert trace(group >> done, {})[1:] == [(ending.name, result)]

    def test_once_the_input_is_there_it_goes_on_behind_the_input_step(self) -> None:
        group = step_group("Two", ask >> adds("b"))
        steps = (group >> done).with_input({"number": 7})
        assert trace(steps, inside("Ask"))[:2] == [
            ("Two", Success(inside("Ask", number=7))),
            ("Add b", Success(inside("Add b", number=7, b=True))),
        ]

    def test_a_step_alone_may_be_a_group(self) -> None:
        assert [part.name for part in step_group("One", adds("a")).parts({})] == ["One - Enter", "Add a", "One - Exit"]


class TestConditions:
    def test_a_group_that_is_not_wanted_is_skipped_as_one_step(self) -> None:
        (never,) = conditional(lambda state: False)(two)
        assert trace(never >> adds("c"), {"x": 1})[:2] == [
            ("Two - Enter", Skipped({"x": 1})),
            ("Add c", Success({"x": 1, "c": True})),
        ]

    def test_a_group_is_asked_for_only_when_it_is_entered(self) -> None:
        (once,) = conditional(lambda state: pytest.fail("asked"))(two)
        assert [name for name, _ in trace(StepList([once]), inside("Add a"))] == ["Add b", "Two - Exit"]

    def test_a_step_that_is_skipped_inside_leaves_the_group_going(self) -> None:
        never = conditional(lambda state: False)
        group = step_group("Two", never(adds("a")) >> adds("b"))
        assert trace(StepList([group]), {})[1:3] == [
            ("Add a", Skipped(inside("Add a"))),
            ("Add b", Success(inside("Add b", b=True))),
        ]


class TestForm:
    def test_it_has_the_first_form_of_its_steps(self) -> None:
        assert step_group("Two", adds("a") >> ask >> ask_again).form is ask.form

    def test_or_none_if_that_is_not_wanted(self) -> None:
        assert step_group("Two", ask, extract_form=False).form is None

    def test_or_none_if_they_have_none(self) -> None:
        assert two.form is None


class TestRefused:
    def test_a_group_inside_a_group(self) -> None:
        with pytest.raises(WorkflowDefinitionError, match="'Outer' has a group inside"):
            step_group("Outer", init >> two)

    def test_two_steps_of_one_name(self) -> None:
        with pytest.raises(WorkflowDefinitionError, match="'Twice' has two steps of one name"):
            step_group("Twice", adds("a") >> adds("a"))


@pytest.mark.parametrize(
    ("part", "result", "names"),
    [
        pytest.param(two.entrance, Success(inside("Two - Enter")), ("Two - Enter",), id="entered"),
        pytest.param(two.entrance, Skipped({}), ("Two",), id="skipped"),
        pytest.param(two.entrance, Failed(ERROR), ("Two",), id="predicate-raised"),
        pytest.param(two.sub_steps[0], Success(inside("Add a")), ("Add a",), id="sub-step"),
        pytest.param(two.sub_steps[0], Skipped(inside("Add a")), ("Add a",), id="sub-step-skipped"),
        pytest.param(two.sub_steps[0], Failed(ERROR), ("Add a", "Two"), id="sub-step-failed"),
        pytest.param(two.sub_steps[0], Suspend(inside("Add a")), ("Add a", "Two"), id="sub-step-suspended"),
        pytest.param(two.sub_steps[2], Success({}), ("Two - Exit", "Two"), id="left"),
        pytest.param(two.with_input({}), Success(inside("Ask")), ("Two",), id="input"),
    ],
)
def test_what_ends_a_group_is_logged_as_the_sub_step_and_as_the_group(
    part: Step, result: Result, names: tuple[str, ...]
) -> None:
    assert logged_names(two, part, result) == names


def test_a_step_of_its_own_is_logged_once() -> None:
    assert logged_names(done, done, Complete({})) == ("Done",)
    assert logged_names(done, done, Failed(ERROR)) == ("Done",)


@pytest.mark.parametrize(
    ("result", "expected"),
    [(Success(inside("Add a")), True), (Success({}), False), (Suspend(inside("Ask")), False), (Failed(ERROR), False)],
    ids=["inside", "outside", "stands-inside", "failed"],
)
def test_a_run_goes_on_inside_after_a_success_in_a_group(result: Result, expected: bool) -> None:
    assert is_inside(result) is expected


class TestCallbackStep:
    def call(self, **options: Any) -> Step:
        seen = step("Act")(lambda state: {"seen": sorted(state)})
        return callback_step("Call", seen, adds("valid"), **options)

    def test_it_makes_a_route_acts_and_waits(self) -> None:
        reported = trace(StepList([self.call()]), {"process_id": "pid"})
        result = reported[-1][1]
        assert [name for name, _ in reported] == [
            "Call - Enter",
            "Call - Create endpoint",
            "Act",
            "Call - Await callback",
        ]
        assert isinstance(result, AwaitingCallback)
        state = result.state
        assert state["callback_route"] == f"/api/processes/pid/callback/{state['__callback_token']}"
        assert {"callback_route", "process_id"} <= set(state["seen"])
        assert (state["__step_group"], state["__sub_step"]) == ("Call", "Call - Await callback")
        assert result.timeout is None
        assert "__callback_result_key" not in state

    def test_a_token_has_256_bits_and_is_never_the_same(self) -> None:
        tokens = set()
        for _ in range(100):
            (_, _, _, (_, result)) = trace(StepList([self.call()]), {"process_id": "pid"})
            assert isinstance(result, AwaitingCallback)
            tokens.add(result.state["__callback_token"])
        assert len(tokens) == 100
        assert {len(token) for token in tokens} == {43}  # 32 bytes in base64

    def test_names_of_route_and_result_and_the_timeout_may_be_chosen(self) -> None:
        options = {"callback_route_key": "answer_to", "result_key": "answer", "timeout": 90}
        (_, _, _, (_, result)) = trace(StepList([self.call(**options)]), {"process_id": "pid"})
        assert isinstance(result, AwaitingCallback)
        assert result.timeout == timedelta(seconds=90)
        assert result.state["__callback_result_key"] == "answer"
        assert result.state["answer_to"].startswith("/api/processes/pid/callback/")

    def test_after_the_callback_it_validates_and_forgets_the_token(self) -> None:
        awaiting = inside(
            "Call - Await callback",
            "Call",
            callback_route="/r",
            __callback_token="t",
            __callback_result_key="answer",
            callback_progress="half",
            __remove_keys=["callback_progress"],
        )
        steps = StepList([self.call()]).with_input({"answer": {"ok": 1}})
        reported = trace(steps, awaiting)
        assert [name for name, _ in reported] == ["Call", "Add valid", "Call - Cleanup callback step", "Call - Exit"]
        assert reported[-1][1] == Success({"callback_route": "/r", "answer": {"ok": 1}, "valid": True})
