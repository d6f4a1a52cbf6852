"""Workflows that a test defines for itself; the ``forget_workflows`` fixture takes them out of the registry again."""

from collections.abc import Callable, Generator
from typing import Any

from pydantic_forms.core import FormPage

from processes.workflow import Assignee, State, Step, StepList, Target, Workflow, done, init, inputstep, step, workflow


def define(
    name: str,
    *steps: Step,
    form: Callable[..., Any] | None = None,
    target: Target = Target.MODIFY,
    **options: Any,
) -> Workflow:
    """Define the workflow ``init >> steps >> done``; ``options`` are those of ``workflow()``."""

    def build() -> StepList:
        return StepList([init, *steps, done])

    build.__name__ = build.__qualname__ = name
    return workflow(f"About {name}", initial_input_form=form, target=target, **options)(build)


def adding(name: str, **update: Any) -> Step:
    """Return a step that adds the keys to the state."""

    @step(name)
    def add() -> State:
        return update

    return add


def calling(name: str, function: Callable[[], object]) -> Step:
    """Return a step that calls the function and adds nothing."""

    @step(name)
    def call() -> None:
        function()

    return call


def raising(name: str, make_error: Callable[[], BaseException]) -> Step:
    """Return a step that raises what the function makes."""

    @step(name)
    def fail() -> None:
        raise make_error()

    return fail


# Without a docstring, which would become part of its schema.
class Ticket(FormPage):
    number: int


def ticket_form() -> Generator[type[FormPage], Any, State]:
    """Ask for a ticket number."""
    page = yield Ticket
    return dict(page.model_dump())


ask_ticket = inputstep("Ask", assignee=Assignee.NOC)(ticket_form)
"""An input step that suspends until a ticket number is there."""
