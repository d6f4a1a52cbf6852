"""Steps, their decorators, and ``>>``, which joins them into the list that a workflow returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from processes.workflow.arguments import Arguments
from processes.workflow.authorization import Authorizer
from processes.workflow.enums import Assignee
from processes.workflow.forms import Form, form
from processes.workflow.idempotency import KEY
from processes.workflow.results import Abort, Complete, Result, Skipped, Success, Suspend
from processes.workflow.state import State, merge

STEP_GROUP, SUB_STEP = "__step_group", "__sub_step"
"""State keys while a process is inside a group: the group's name, and that of the sub-step that ran last."""

CALLBACK_TOKEN_KEY = "__callback_token"  # noqa: S105  a name, no token
"""State key of what the other system has to know to call back."""

CALLBACK_PROGRESS, REMOVE_KEYS = "callback_progress", "__remove_keys"
"""State keys while a process awaits a callback, if the other system told how far it is; gone when it goes on."""

Predicate: TypeAlias = Callable[[State], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One named function of a workflow, in the shape that the runner calls.

    A group has ``sub_steps``; its own ``execute`` enters it.
    """

    name: str
    execute: Callable[[State], Result]
    form: Form | None = None
    assignee: Assignee = Assignee.SYSTEM
    retryable: bool = False
    resume_auth_callback: Authorizer | None = None
    retry_auth_callback: Authorizer | None = None
    sub_steps: tuple[Step, ...] = ()
    position: int = field(default=0, compare=False)
    """Where it stands in its workflow."""

    def __rshift__(self, other: Step | StepList) -> StepList:
        return StepList([self]) >> other

    @property
    def entrance(self) -> Step:
        """The first thing that runs of a group."""
        return replace(self, name=f"{self.name} - Enter", sub_steps=())

    def parts(self, state: State) -> tuple[Step, ...]:
        """Return what is to run of it, one after the other: itself, or what a group has left after this state.

        A group that has lost the sub-step at which the state is begins anew.
        """
        at = self._part_at(state)
        return self._every_part[0 if at is None else at + 1 :]

    def parts_from(self, state: State) -> tuple[Step, ...]:
        """Return the same, with the sub-step at which the state is."""
        return self._every_part[self._part_at(state) or 0 :]

    @property
    def _every_part(self) -> tuple[Step, ...]:
        return (self.entrance, *self.sub_steps) if self.sub_steps else (self,)

    def _part_at(self, state: State) -> int | None:
        if state.get(STEP_GROUP) != self.name:
            return None
        names = [part.name for part in self._every_part]
        return names.index(state[SUB_STEP]) if state[SUB_STEP] in names else None

    def with_input(self, update: State) -> Step:
        """Return the step as it runs once what it waited for is there: it succeeds and merges the input.

        For a group that is the sub-step at which it stands, after which the group is to go on.
        """
        return replace(self, execute=lambda state: Success(received(state, update)), sub_steps=())


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

    def with_input(self, update: State) -> StepList:
        """Return the steps as they run once what the first of them waited for is there."""
        first = self[0]
        return StepList([first.with_input(update), *(self if first.sub_steps else self[1:])])


def received(state: State, update: State) -> State:
    """Return the state with what a process waited for, and without what told how far that was."""
    return merge({key: state[key] for key in state if key not in (CALLBACK_PROGRESS, REMOVE_KEYS)}, update)


def step(name: str, retry_auth_callback: Authorizer | None = None) -> Callable[[Callable[..., State | None]], Step]:
    """Make a function a step: it names the state keys it wants and returns a dict to merge, or None."""
    return lambda function: Step(name=name, execute=_merging(function), retry_auth_callback=retry_auth_callback)


def retrystep(
    name: str, retry_auth_callback: Authorizer | None = None
) -> Callable[[Callable[..., State | None]], Step]:
    """Make a function a step that waits to be retried when it raises, instead of failing."""
    return lambda function: Step(
        name=name, execute=_merging(function), retryable=True, retry_auth_callback=retry_auth_callback
    )


def inputstep(
    name: str,
    assignee: Assignee,
    resume_auth_callback: Authorizer | None = None,
    retry_auth_callback: Authorizer | None = None,
) -> Callable[[Callable[..., Any]], Step]:
    """Make a form function a step that suspends the process until the assignee has filled in the form."""
    return lambda function: Step(
        name=name,
        execute=Suspend,
        form=form(function),
        assignee=assignee,
        resume_auth_callback=resume_auth_callback,
        retry_auth_callback=retry_auth_callback,
    )


def as_steps(steps: Step | Iterable[Step]) -> StepList:
    """Return the steps as a list, also if there is just one."""
    return StepList([steps] if isinstance(steps, Step) else steps)


def conditional(predicate: Predicate) -> Callable[[Step | Iterable[Step]], StepList]:
    """Return a function that makes steps run only while the predicate, asked before each with the state, holds.

    A group is asked for once, when it is entered.
    """
    return lambda steps: StepList(_when(predicate, each) for each in as_steps(steps))


def _when(predicate: Predicate, step: Step) -> Step:
    return replace(step, execute=lambda state: step.execute(state) if predicate(state) else Skipped(state))


def _merging(function: Callable[..., State | None]) -> Callable[[State], Result]:
    arguments = Arguments(function)

    def execute(state: State) -> Result:
        update = function(**arguments.pick(state))
        if not isinstance(update, dict | None):
            raise TypeError(f"{function.__qualname__}() must return a dict or None, not {type(update).__name__}")
        return Success(merge(state, {key: value for key, value in (update or {}).items() if key != KEY}))

    return execute


begin = StepList()
"""The empty list, to start a chain with."""

init = Step(name="Start", execute=Success)
"""The first step of a workflow."""

done = Step(name="Done", execute=Complete)
"""The last step of a workflow."""

abort = Step(name="User Aborted", execute=Abort)
"""Ends the process for good."""
