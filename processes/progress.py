"""How far a process has come, worked out of its logged steps and its workflow; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from processes.statuses import DONE_STEPS, ERROR_STEPS, StepStatus
from processes.workflow.state import State
from processes.workflow.steps import StepList


class LoggedStep(Protocol):
    """What progress needs to know of a step row."""

    status: str
    state: State


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """The accumulated state and the steps still to run."""

    current_state: State
    pending: StepList


def progress(steps: StepList, logged: Sequence[LoggedStep], initial_state: State) -> Progress:
    """Return where the process stands; ``logged`` are its rows in order, ``steps`` those of its workflow.

    A row that did not do its step (suspended, failed, waiting) leaves it pending. An abort takes the place of the
    first pending step. The state is that of the last row that holds one, not an error.
    """
    state, done, aborted = initial_state, 0, 0
    for row in logged:
        status = StepStatus(row.status)
        done += status in DONE_STEPS
        aborted += status is StepStatus.ABORT
        if status not in ERROR_STEPS:
            state = row.state
    return Progress(current_state=state, pending=StepList(steps[done + aborted :]))


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
