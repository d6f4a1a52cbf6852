"""Steps: what each decorator makes of a function, and how ``>>`` joins them."""

import operator
from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID

import pytest
from pydantic_forms.core import FormPage

from processes.workflow import Assignee, State, StepList, abort, begin, done, init, inputstep, retrystep, step
from processes.workflow.errors import MissingStateKeyError, WorkflowDefinitionError
from processes.workflow.results import Abort, Complete, Success, Suspend
from processes.workflow.steps import Step

ID = UUID("5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01")


@step("First")
def first() -> State:
    return {"first": 1}


@step("Second")
def second() -> State:
    return {"second": 2}


@inputstep("Ask", assignee=Assignee.NOC)
def ask(label: str) -> Generator[type[FormPage], Any, State]:
    page = yield FormPage
    return dict(page.model_dump())


def names(steps: StepList) -> list[str]:
    return [each.name for each in steps]


class TestStep:
    def test_its_dict_is_merged_into_the_state(self) -> None:
        assert first.execute({"before": 0}) == Success({"before": 0, "first": 1})

    def test_its_function_gets_the_keys_that_it_names(self) -> None:
        @step("Add")
        def add(a: int, b: int) -> State:
            return {"sum": a + b}

        assert add.execute({"a": 1, "b": 2}) == Success({"a": 1, "b": 2, "sum": 3})

    def test_returning_nothing_leaves_the_state_as_it_is(self) -> None:
        @step("Look")
        def look() -> None: ...

        assert look.execute({"before": 0}) == Success({"before": 0})

    def test_changing_its_copy_of_the_state_changes_nothing(self) -> None:
        @step("Clear")
        def clear(state: State) -> None:
            state.clear()

        assert clear.execute({"before": 0}) == Success({"before": 0})

    def test_what_it_returns_is_stored_as_json(self) -> None:
        @step("Identify")
        def identify() -> State:
            return {"id": ID}

        assert identify.execute({}) == Success({"id": str(ID)})

    @pytest.mark.parametrize("value", ["text", 0, False, [("a", 1)], ()], ids=repr)
    def test_returning_anything_else_is_refused(self, value: Any) -> None:
        wrong = step("Wrong")(lambda: value)
        with pytest.raises(TypeError, match=rf"must return a dict or None, not {type(value).__name__}$"):
            wrong.execute({})

    def test_a_missing_key_is_raised_to_the_runner(self) -> None:
        needy = step("Needy")(lambda label: {})
        with pytest.raises(MissingStateKeyError, match="'label'"):
            needy.execute({})

    def test_it_is_the_systems_has_no_form_and_is_not_retried(self) -> None:
        assert (first.name, first.assignee, first.form, first.retryable) == ("First", Assignee.SYSTEM, None, False)

    def test_a_function_that_cannot_be_a_step_is_refused_when_it_is_defined(self) -> None:
        with pytest.raises(WorkflowDefinitionError):
            step("Wrong")(lambda *anything: {})


class TestRetrystep:
    def test_it_is_retryable(self) -> None:
        assert retrystep("Again")(lambda: None).retryable

    def test_it_merges_as_a_step_does(self) -> None:
        assert retrystep("Again")(lambda a: {"b": a}).execute({"a": 1}) == Success({"a": 1, "b": 1})


class TestInputstep:
    def test_it_suspends_with_the_state_as_it_is(self) -> None:
        assert ask.execute({"label": "x"}) == Suspend({"label": "x"})

    def test_it_has_a_form_and_belongs_to_its_assignee(self) -> None:
        assert (ask.name, ask.form is not None, ask.assignee) == ("Ask", True, Assignee.NOC)

    def test_with_its_input_it_succeeds_and_merges_it(self) -> None:
        assert ask.with_input({"id": ID}).execute({"label": "x"}) == Success({"label": "x", "id": str(ID)})

    def test_with_its_input_it_is_the_same_step_otherwise(self) -> None:
        ready = ask.with_input({})
        assert (ready.name, ready.form, ready.assignee) == (ask.name, ask.form, ask.assignee)


@pytest.mark.parametrize(
    ("ending", "name", "result"),
    [(init, "Start", Success), (done, "Done", Complete), (abort, "User Aborted", Abort)],
    ids=["init", "done", "abort"],
)
def test_the_steps_at_both_ends_keep_the_state(ending: Step, name: str, result: Callable[[State], object]) -> None:
    assert (ending.name, ending.execute({"a": 1})) == (name, result({"a": 1}))


class TestJoining:
    @pytest.mark.parametrize(
        ("joined", "expected"),
        [
            pytest.param(first >> second, ["First", "Second"], id="step-step"),
            pytest.param(first >> (second >> done), ["First", "Second", "Done"], id="step-list"),
            pytest.param((first >> second) >> done, ["First", "Second", "Done"], id="list-step"),
            pytest.param((init >> first) >> (second >> done), ["Start", "First", "Second", "Done"], id="list-list"),
            pytest.param(begin >> first, ["First"], id="begin-step"),
            pytest.param(first >> begin, ["First"], id="step-begin"),
            pytest.param(begin >> begin, [], id="begin-begin"),
        ],
    )
    def test_steps_run_in_the_order_in_which_they_are_joined(self, joined: StepList, expected: list[str]) -> None:
        assert (type(joined), names(joined)) == (StepList, expected)

    def test_joining_leaves_the_operands_as_they_are(self) -> None:
        start = init >> first
        _ = start >> second
        assert (names(start), names(begin)) == (["Start", "First"], [])

    @pytest.mark.parametrize("left", [first, begin], ids=["step", "list"])
    @pytest.mark.parametrize("other", [None, "Second", repr, [second]], ids=["none", "text", "function", "plain"])
    def test_anything_but_steps_is_refused(self, left: Any, other: Any) -> None:
        with pytest.raises(TypeError, match=">>"):
            operator.rshift(left, other)
