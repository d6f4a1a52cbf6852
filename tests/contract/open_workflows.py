"""A workflow and a form for the server under test (``WORKFLOW_MODULES``), so that every operation can succeed."""

from collections.abc import Generator
from typing import Any

from pydantic import Field
from pydantic_forms.core import FormPage, register_form

from processes.workflow import State, StepList, begin, callback_step, done, step, workflow


@step("Ask")
def ask() -> None:
    """Pretend to call another system."""


@step("Check")
def check() -> None:
    """Pretend to look at its answer."""


@workflow("Wait for another system")
def awaiting() -> StepList:
    return begin >> callback_step("Call", ask, check) >> done


@step("Fail")
def fail() -> None:
    raise ValueError("no")


@workflow("Fail for ever", is_task=True)
def failing_task() -> StepList:
    return begin >> fail >> done


def ticket_form(state: State) -> Generator[type[FormPage], Any, State]:
    class Ticket(FormPage):
        number: int = Field(ge=1)

    page = yield Ticket
    return dict(page.model_dump())


register_form("ticket", ticket_form)
