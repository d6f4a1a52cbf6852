"""The pure loop over the steps of a process: no database, no clock but the wall's, no threads."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from processes.workflow.idempotency import idempotency_key, using
from processes.workflow.results import Failed, Result, Skipped, Success, Waiting
from processes.workflow.state import State
from processes.workflow.steps import CALLBACK_TOKEN_KEY, STEP_GROUP, Step


@dataclass(frozen=True, kw_only=True, slots=True)
class Executed:
    """A step that ran, or a part of one that is a group: what it found, what it ended with, and when it began."""

    step: Step
    part: Step
    state: State
    result: Result
    started_at: datetime


class Report(Protocol):
    """Where each result goes before the next step runs."""

    def __call__(self, executed: Executed) -> Result:
        """Keep the result and return what was really kept: a failure, if the result could not be."""
        ...


def execute(step: Step, state: State) -> Result:
    """Run one step; whatever it raises becomes its result."""
    # An author's code may raise anything, sys.exit() and a cancelled coroutine included; the process must show it and
    # the runner must go on. Ctrl-C is not the author's.
    try:
        return step.execute(state)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Waiting(error) if step.retryable else Failed(error)


def run(steps: Iterable[Step], state: State, *, report: Report, may_go_on: Callable[[], bool]) -> None:
    """Run the steps in order, each with the state that the one before left; a group sub-step by sub-step.

    A state that is inside a group lets the group go on after the sub-step that it names. Stops before a step when
    ``may_go_on`` says no, and after one that ends with anything but success or skipped. What ``report`` or
    ``may_go_on`` raise ends the run and is passed on.
    """
    process_id = str(state.get("process_id"))
    for step in steps:
        for part in step.parts(state):
            if not may_go_on():
                return
            started_at = datetime.now(UTC)
            # A callback step that begins anew after a time-out asks for something new: an answer to its new route.
            names = filter(None, (step.name, part.name, state.get(CALLBACK_TOKEN_KEY)))
            with using(idempotency_key(process_id, step.position, *names)):
                # A group that fails goes on with this state: its steps must not change it in place.
                result = execute(part, deepcopy(state) if step.sub_steps else state)
            kept = report(Executed(step=step, part=part, state=state, result=result, started_at=started_at))
            if not isinstance(kept, Success | Skipped):
                return
            state = kept.state
            if STEP_GROUP not in state:
                break  # a group that was left, or skipped as a whole
