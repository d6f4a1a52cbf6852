"""Conditional steps: run while the predicate holds, skipped while it does not, each asked anew."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from processes.workflow import Assignee, State, StepList, conditional, inputstep, retrystep, step
from processes.workflow.results import Skipped, Success
from processes.workflow.steps import Step

wanted = conditional(lambda state: state["wanted"])


@step("Count")
def count(counted: int = 0) -> State:
    return {"counted": counted + 1}


def test_a_step_runs_while_the_predicate_holds() -> None:
    (guarded,) = wanted(count)
    assert guarded.execute({"wanted": True}) == Success({"wanted": True, "counted": 1})


def test_a_step_is_skipped_while_it_does_not_and_the_state_stays() -> None:
    (guarded,) = wanted(count)
    assert guarded.execute({"wanted": False}) == Skipped({"wanted": False})


def test_each_step_asks_with_the_state_that_it_is_given() -> None:
    asked: list[State] = []

    def note(state: State) -> bool:
        asked.append(state)
        return True

    one, other = conditional(note)(count >> count)
    one.execute({"turn": 1})
    other.execute({"turn": 2})
    assert asked == [{"turn": 1}, {"turn": 2}]


@pytest.mark.parametrize(
    "make",
    [lambda: count >> count, lambda: [count, count], lambda: iter([count, count])],
    ids=["step-list", "list", "iterator"],
)
def test_several_steps_are_guarded_together(make: Callable[[], Iterable[Step]]) -> None:
    guarded = wanted(make())
    results = [each.execute({"wanted": False}) for each in guarded]
    assert (type(guarded), results) == (StepList, [Skipped({"wanted": False})] * 2)


def test_a_step_keeps_everything_but_what_it_does() -> None:
    ask = inputstep("Ask", assignee=Assignee.CHANGES)(lambda: None)
    again = retrystep("Again")(lambda: None)
    kept = [(each.name, each.form, each.assignee, each.retryable) for each in wanted([ask, again])]
    assert kept == [("Ask", ask.form, Assignee.CHANGES, False), ("Again", None, Assignee.SYSTEM, True)]


def test_a_guarded_list_joins_as_any_other() -> None:
    steps = count >> wanted(count) >> count
    assert [each.execute({"wanted": False}).status.value for each in steps] == ["success", "skipped", "success"]


def test_conditions_nest() -> None:
    (guarded,) = conditional(lambda state: state["outer"])(wanted(count))
    states: list[dict[str, Any]] = [{"outer": outer, "wanted": inner} for outer in (0, 1) for inner in (0, 1)]
    assert [type(guarded.execute(state)) for state in states] == [Skipped, Skipped, Skipped, Success]


def test_what_the_predicate_raises_is_raised_to_the_runner() -> None:
    (guarded,) = wanted(count)
    with pytest.raises(KeyError, match="wanted"):
        guarded.execute({})
