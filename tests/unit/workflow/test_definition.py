"""``@workflow``: what it registers and what it refuses."""

from typing import Any

import pytest
from pydantic_forms.core import FormPage

from processes.workflow import (
    PredicateContext,
    RunPredicateFail,
    RunPredicatePass,
    StepList,
    Target,
    Workflow,
    abort,
    begin,
    done,
    init,
    step,
    step_group,
    workflow,
)
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.forms import empty_form, submit
from processes.workflow.registry import WORKFLOWS

pytestmark = pytest.mark.usefixtures("forget_workflows")


def define(**options: Any) -> Workflow:
    @workflow(**options)
    def unit_example() -> StepList:
        return init >> done

    return unit_example


def test_a_workflow_is_registered_under_its_functions_name() -> None:
    definition = define()
    assert (definition.name, WORKFLOWS.find("unit_example")) == ("unit_example", definition)


def test_without_options_it_is_a_system_workflow_with_an_empty_form() -> None:
    definition = define()
    assert (definition.description, definition.initial_form) == ("", empty_form)
    assert (definition.target, definition.is_task) == (Target.SYSTEM, False)


def test_options_are_kept() -> None:
    definition = define(description="Build it", target=Target.CREATE, is_task=True)
    assert (definition.description, definition.target, definition.is_task) == ("Build it", Target.CREATE, True)


def test_its_steps_are_those_that_the_function_returns() -> None:
    assert define().steps == init >> done


def test_its_form_gets_the_initial_state() -> None:
    def label_form(reporter: str) -> type[FormPage]:
        return type("Label", (FormPage,), {"__annotations__": {"label": str}, "label": reporter})

    definition = define(initial_input_form=label_form)
    assert submit(definition.initial_form, {"reporter": "me"}, [{}]) == {"reporter": "me", "label": "me"}


def test_it_may_end_with_an_abort() -> None:
    @workflow()
    def unit_refuses() -> StepList:
        return init >> abort

    assert unit_refuses.steps[-1] == abort


def test_a_second_workflow_of_the_same_name_is_refused_and_the_first_stays() -> None:
    first = define()
    with pytest.raises(WorkflowDefinitionError, match=r"^there are two workflows named 'unit_example'$"):
        define(description="second")
    assert WORKFLOWS.find("unit_example") is first


@pytest.mark.parametrize(
    "steps",
    [begin, init >> step("Last")(lambda: None), done >> init, done, None, [init, done]],
    ids=["empty", "open-end", "done-in-the-middle", "single-step", "nothing", "plain-list"],
)
def test_steps_that_do_not_end_are_refused_and_nothing_is_registered(steps: Any) -> None:
    def unit_wrong() -> StepList:
        return steps  # type: ignore[no-any-return]

    with pytest.raises(WorkflowDefinitionError, match=r"unit_wrong\(\) must return steps that end with done or abort$"):
        workflow()(unit_wrong)
    assert WORKFLOWS.find("unit_wrong") is None


def test_a_form_whose_parameters_name_no_key_is_refused() -> None:
    with pytest.raises(WorkflowDefinitionError, match="names no state key"):
        define(initial_input_form=lambda *anything: FormPage)
    assert WORKFLOWS.find("unit_example") is None


def test_a_run_predicate_is_kept() -> None:
    def never(context: PredicateContext) -> RunPredicateFail:
        return RunPredicateFail(context.workflow_key)

    assert define(run_predicate=never).run_predicate is never
    assert define_other().run_predicate is None


def define_other() -> Workflow:
    @workflow()
    def unit_other() -> StepList:
        return init >> done

    return unit_other


def test_what_a_run_predicate_answers_is_true_or_false() -> None:
    assert (bool(RunPredicatePass()), bool(RunPredicateFail("not now"))) == (True, False)


def test_steps_know_where_they_stand() -> None:
    assert [each.position for each in define().steps] == [0, 1]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(init >> step("n" * 256)(lambda: None) >> done, id="a step"),
        pytest.param(init >> step_group("n" * 250, step("One")(lambda: None)) >> done, id="the entrance of a group"),
    ],
)
def test_a_name_that_the_database_cannot_hold_is_refused(steps: StepList) -> None:
    def named_too_long() -> StepList:
        return steps

    with pytest.raises(WorkflowDefinitionError, match="a name is longer than 255 characters"):
        workflow()(named_too_long)
