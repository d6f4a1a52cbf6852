"""Steps, their decorators, and ``>>``, which joins them into the list that a workflow returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from processes.workflow.arguments import Arguments
from processes.workflow.enums import Assignee
from processes.workflow.forms import Form, form
from processes.workflow.results import Abort, Complete, Result, Skipped, Success, Suspend
from processes.workflow.state import State, merge

Predicate: TypeAlias = Callable[[State], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One named function of a workflow, in the shape that the runner calls."""

    name: str
    execute: Callable[[State], Result]
    form: Form | None = None
    assignee: Assignee = Assignee.SYSTEM
    retryable: bool = False

    def __rshift__(self, other: Step | StepList) -> StepList:
        return StepList([self]) >> other

    def with_input(self, update: State) -> Step:
        """Return the step as it runs once its user input is there: it succeeds and merges the input."""
        return replace(self, execute=lambda state: Success(merge(state, update)))


class StepList(tuple[Step, ...]):
    """Steps in the order in which they run."""

    __slots__ = ()

    def __rshift__(self, other: Step | StepList) -> StepList:
        match other:
            case Step():
                return StepList([*self, other])
            case StepList():
                return StepList([*self, *other])
            case _:
                return NotImplemented


def step(name: str) -> Callable[[Callable[..., State | None]], Step]:
    """Make a function a step: it names the state keys it wants and returns a dict to merge, or None."""
    return lambda function: Step(name=name, execute=_merging(function))


def retrystep(name: str) -> Callable[[Callable[..., State | None]], Step]:
    """Make a function a step that waits to be retried when it raises, instead of failing."""
    return lambda function: Step(name=name, execute=_merging(function), retryable=True)


def inputstep(name: str, assignee: Assignee) -> Callable[[Callable[..., Any]], Step]:
    """Make a form function a step that suspends the process until the assignee has filled in the form."""
    return lambda function: Step(name=name, execute=Suspend, form=form(function), assignee=assignee)


def conditional(predicate: Predicate) -> Callable[[Step | StepList | Iterable[Step]], StepList]:
    """Return a function that makes steps run only while the predicate, asked before each with the state, holds."""

    def apply(steps: Step | StepList | Iterable[Step]) -> StepList:
        return StepList(_when(predicate, each) for each in ([steps] if isinstance(steps, Step) else steps))

    return apply


def _when(predicate: Predicate, step: Step) -> Step:
    return replace(step, execute=lambda state: step.execute(state) if predicate(state) else Skipped(state))


def _merging(function: Callable[..., State | None]) -> Callable[[State], Result]:
    arguments = Arguments(function)

    def execute(state: State) -> Result:
        update = function(**arguments.pick(state))
        if not isinstance(update, dict | None):
            raise TypeError(f"{function.__qualname__}() must return a dict or None, not {type(update).__name__}")
        return Success(merge(state, update or {}))

    return execute


begin = StepList()
"""The empty list, to start a chain with."""

init = Step(name="Start", execute=Success)
"""The first step of a workflow."""

done = Step(name="Done", execute=Complete)
"""The last step of a workflow."""

abort = Step(name="User Aborted", execute=Abort)
"""Ends the process for good."""
