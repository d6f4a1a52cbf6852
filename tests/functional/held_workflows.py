"""A workflow for the servers under test (``WORKFLOW_MODULES``): its steps last until the test lets them end."""

from collections.abc import Generator
from typing import Any

from pydantic_forms.core import FormPage

from processes.workflow import State, StepList, done, init, step, workflow
from tests.functional.gates import Gates


def folder_form() -> Generator[type[FormPage], Any, State]:
    class Folder(FormPage):
        folder: str

    page = yield Folder
    return dict(page.model_dump())


@step("Hold 1")
def hold_1(folder: str) -> State:
    Gates(folder).wait_at(1)
    return {"held": 1}


@step("Hold 2")
def hold_2(folder: str) -> State:
    Gates(folder).wait_at(2)
    return {"held": 2}


@workflow("Wait at two gates", initial_input_form=folder_form)
def held() -> StepList:
    return init >> hold_1 >> hold_2 >> done


@step("Need gate 1")
def need_gate_1(folder: str) -> State:
    if not Gates(folder).is_open(1):
        raise ValueError("the gate is closed")
    return {}


@workflow("Fail unless the gate is open", initial_input_form=folder_form, is_task=True)
def gated_task() -> StepList:
    return init >> need_gate_1 >> done


def gate_form() -> Generator[type[FormPage], Any, State]:
    class Folder(FormPage):
        folder: str

    page = yield Folder
    Gates(page.folder).wait_at(1)
    return dict(page.model_dump())


@workflow("Wait at a gate before it starts", initial_input_form=gate_form)
def started_at_gate() -> StepList:
    return init >> done
