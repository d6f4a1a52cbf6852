"""Workflows for the servers under test (``WORKFLOW_MODULES``): each step leaves a trace of having begun."""

import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

from pydantic_forms.core import FormPage

from orchestrator_ws.crash_points import crash_point
from processes.workflow import (
    Assignee,
    State,
    Step,
    StepList,
    begin,
    callback_step,
    done,
    init,
    inputstep,
    step,
    workflow,
)
from tests.functional.gates import Gates

CALL_SECONDS = 3
"""Time enough for the test to halt the server that would act when it is over."""


def folder_form() -> Generator[type[FormPage], Any, State]:
    class Folder(FormPage):
        folder: str

    page = yield Folder
    return dict(page.model_dump())


def read_trace(folder: Path) -> Counter[str]:
    """Return how often each step of the folder's process has begun."""
    file = folder / "trace"
    return Counter(file.read_text().splitlines() if file.exists() else [])


def read_pid(folder: Path) -> int:
    """Return which OS process is, or was last, in the middle of the step that is held."""
    return int((folder / "pid").read_text())


def _traced(name: str) -> Step:
    @step(name)
    def work(folder: str) -> State:
        _trace(folder, name)
        crash_point("in step")
        return {name: True}

    return work


def _trace(folder: str, name: str) -> None:
    with Path(folder, "trace").open("a") as trace:
        trace.write(f"{name}\n")


@step("Hold")
def hold(folder: str) -> State:
    _trace(folder, "Hold")
    Path(folder, "pid").write_text(str(os.getpid()))
    Gates(folder).wait_at(1)
    return {"held": True}


@step("Fail once")
def fail_once(folder: str) -> State:
    _trace(folder, "Fail once")
    if read_trace(Path(folder))["Fail once"] == 1:
        raise ValueError("the first time")
    return {"failed": True}


@inputstep("Ask", assignee=Assignee.NOC)
def ask() -> Generator[type[FormPage], Any, State]:
    class Answer(FormPage):
        answer: int

    page = yield Answer
    return dict(page.model_dump())


def _define(name: str, *middle: Step, is_task: bool = False) -> None:
    def build() -> StepList:
        return begin >> init >> _traced("One") >> StepList(middle) >> _traced("Two") >> done

    build.__name__ = name
    workflow("Traced", initial_input_form=folder_form, is_task=is_task)(build)


_define("traced")
_define("traced_asking", ask)
_define("traced_failing", fail_once)
_define("traced_calling", callback_step("Call", _traced("Order"), _traced("Validate")))
_define("traced_calling_in_time", callback_step("Call", _traced("Order"), _traced("Validate"), timeout=CALL_SECONDS))
_define("traced_held", hold)
_define("traced_held_task", hold, is_task=True)
