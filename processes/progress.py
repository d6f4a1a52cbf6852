"""How far a process has come, worked out of its logged steps and its workflow; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from processes.statuses import DONE_STEPS, ERROR_STEPS, StepStatus
from processes.workflow.forms import Form
from processes.workflow.state import State
from processes.workflow.steps import STEP_GROUP, Step, StepList


class LoggedStep(Protocol):
    """What progress needs to know of a step row."""

    status: str
    state: State
    group_state: State | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """The accumulated state and the steps still to run."""

    current_state: State
    passed: StepList
    """The steps that are behind the process."""
    pending: StepList
    """The steps still to run; a group that the process is inside of is the first of them."""
    inside: bool
    """Whether the last row is that of a group which goes on: its next sub-step updates the row."""
    stands: bool
    """Whether the process waits for input or a callback, in the sub-step that the state names if inside a group."""

    @property
    def shown_pending(self) -> StepList:
        """The steps that are shown as pending: a group whose row goes on is not, its row stands for it."""
        return StepList(self.pending[1:]) if self.inside else self.pending

    @property
    def entered(self) -> tuple[Step, ...]:
        """Every step that the process has come to, the next one last; before that, if it is a group, its sub-steps."""
        if not self.pending:
            return self.passed
        step, left = self.pending[0], self.next_parts
        return (*self.passed, *step.sub_steps[: 1 + len(step.sub_steps) - len(left)], step)

    @property
    def next_parts(self) -> tuple[Step, ...]:
        """The next step, or what a group has left, with the sub-step at which the process stands."""
        if not self.pending:
            return ()
        step = self.pending[0]
        return step.parts_from(self.current_state) if self.stands else step.parts(self.current_state)

    @property
    def form(self) -> Form | None:
        """The form of the next step; in a group the first that is left, if it has its forms extracted."""
        if not self.pending or self.pending[0].form is None:
            return None
        return next((part.form for part in self.next_parts if part.form is not None), None)


def is_open(row: LoggedStep) -> bool:
    """Return whether the row is that of a group of which sub-steps are left to run."""
    return StepStatus(row.status) in (StepStatus.SUCCESS, StepStatus.SKIPPED) and STEP_GROUP in row.state


def progress(steps: StepList, logged: Sequence[LoggedStep], initial_state: State) -> Progress:
    """Return where the process stands; ``logged`` are its rows in order, ``steps`` those of its workflow.

    A row that did not do its step (suspended, failed, waiting, a group that goes on) leaves it pending. An abort takes
    the place of the first pending step. The state is that of the last row that holds one, not an error: a group that
    failed goes on with the state of its last good sub-step, or anew with what was there before it.
    """
    state = outside = initial_state
    done = aborted = 0
    for row in logged:
        status = StepStatus(row.status)
        aborted += status is StepStatus.ABORT
        if status in ERROR_STEPS:
            state = outside if row.group_state is None else row.group_state
            continue
        state = row.state
        if status in DONE_STEPS and not is_open(row):
            done += 1
            outside = state
    last = StepStatus(logged[-1].status) if logged else None
    return Progress(
        current_state=state,
        passed=StepList(steps[:done]),
        pending=StepList(steps[done + aborted :]),
        inside=bool(logged) and is_open(logged[-1]),
        stands=last in (StepStatus.SUSPEND, StepStatus.AWAITING_CALLBACK),
    )


def state_deltas(logged: Sequence[LoggedStep]) -> list[State]:
    """Return for each row what its state adds to that of the last done step before it, the whole state of errors."""
    deltas: list[State] = []
    before: State = {}
    for row in logged:
        status = StepStatus(row.status)
        deltas.append(row.state if status in ERROR_STEPS else _difference(before, row.state))
        if status in DONE_STEPS:
            before = row.state
    return deltas


def _difference(before: State, after: State) -> State:
    delta: State = {}
    for key, value in after.items():
        if key not in before:
            delta[key] = value
        elif isinstance(value, dict) and isinstance(before[key], dict):
            if nested := _difference(before[key], value):
                delta[key] = nested
        elif value != before[key]:
            delta[key] = value
    return delta
