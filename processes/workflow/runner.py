"""The pure loop over the steps of a process: no database, no clock but the wall's, no threads."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol

from processes.workflow.results import Failed, Result, Skipped, Success, Waiting
from processes.workflow.state import State
from processes.workflow.steps import Step


class Report(Protocol):
    """Where each result goes before the next step runs."""

    def __call__(self, step: Step, result: Result, started_at: datetime) -> Result:
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
    """Run the steps in order, each with the state that the one before left.

    Stops before a step when ``may_go_on`` says no, and after one that ends with anything but success or skipped.
    What ``report`` or ``may_go_on`` raise ends the run and is passed on.
    """
    for step in steps:
        if not may_go_on():
            return
        started_at = datetime.now(UTC)
        match report(step, execute(step, state), started_at):
            case Success(state=next_state) | Skipped(state=next_state):
                state = next_state
            case _:
                return
