"""A workflow whose every step leaves a line outside of the database, so that runs of a step can be counted."""

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from pydantic_forms.core import FormPage

from processes.workflow import State, Step, StepList, done, init, step, workflow

STEPS = 4
STEP_SECONDS = 0.25


def folder_form() -> Generator[type[FormPage], Any, State]:
    class Folder(FormPage):
        folder: str

    page = yield Folder
    return dict(page.model_dump())


def counted_step(number: int) -> Step:
    @step(f"Count {number}")
    def count(process_id: str, folder: str) -> State:
        # One line in one write: what a killed worker began is there or not.
        with Path(folder, process_id).open("a") as lines:
            lines.write(f"{number}\n")
        time.sleep(STEP_SECONDS)
        return {f"counted_{number}": True}

    return count


@workflow("Leave a line per step", initial_input_form=folder_form)
def counted_in_files() -> StepList:
    return StepList([init, *[counted_step(number) for number in range(1, STEPS + 1)], done])
