"""Workflows to try the product with; each shows another thing that a process can do."""

import time
from collections.abc import Generator
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from processes.workflow import (
    Assignee,
    State,
    StepList,
    SubmitFormPage,
    Target,
    begin,
    conditional,
    done,
    init,
    inputstep,
    step,
    workflow,
)

SLOW_STEP_SECONDS = 1.0


def order_form() -> Generator[type[SubmitFormPage], Any, State]:
    """Ask what to build."""

    class OrderPath(SubmitFormPage):
        model_config = ConfigDict(title="Order path")

        path_label: Annotated[str, Field(min_length=3, max_length=60)]
        gbit: Annotated[int, Field(ge=1, le=400)] = 10

    page = yield OrderPath
    return dict(page.model_dump())


@step("Reserve capacity")
def reserve_capacity(path_label: str, gbit: int) -> State:
    """Pretend to book bandwidth."""
    return {"reservation": f"{path_label} {gbit}G"}


@step("Order optics")
def order_optics(gbit: int) -> State:
    """Only fast paths need new optics."""
    return {"optics": f"{gbit}GBASE-LR4"}


@step("Configure nodes")
def configure_nodes(reservation: str) -> State:
    """Pretend to configure the network."""
    return {"configured": reservation}


fast_only = conditional(lambda state: state["gbit"] >= 100)


@workflow("Create a path from a form", initial_input_form=order_form, target=Target.CREATE)
def demo_create_path() -> StepList:
    """Show a form at the start and a step that is skipped for slow paths."""
    return init >> reserve_capacity >> fast_only(order_optics) >> configure_nodes >> done


@step("Prepare change")
def prepare_change() -> State:
    """Collect what the person who confirms wants to see."""
    return {"impact": "none expected"}


@inputstep("Confirm change", assignee=Assignee.NOC)
def confirm_change(impact: str) -> Generator[type[SubmitFormPage], Any, State]:
    """Ask for a change number."""

    class ConfirmChange(SubmitFormPage):
        model_config = ConfigDict(title="Confirm change")

        change_number: Annotated[str, Field(pattern=r"^CHG\d{4}$")]

    page = yield ConfirmChange
    return dict(page.model_dump())


@step("Apply change")
def apply_change(change_number: str) -> State:
    """Pretend to apply the change."""
    return {"applied": change_number}


@workflow("Change a path after a confirmation", target=Target.MODIFY)
def demo_confirm_change() -> StepList:
    """Show a process that is suspended until a person has filled in a form."""
    return init >> prepare_change >> confirm_change >> apply_change >> done


@step("Find device")
def find_device(state: State) -> State:
    """Remember that nobody has tried yet."""
    return {"device": "edge-7"}


@step("Reach device")
def reach_device(process_id: str, device: str) -> State:
    """Fail at the first try of each process, succeed at the next."""
    tried = Path(gettempdir(), f"demo-retry-{process_id}")
    if not tried.exists():
        tried.touch()
        raise ConnectionError(f"{device} does not answer, try again")
    tried.unlink()
    return {"reached": True}


@workflow("Reach a device that answers only at the second try")
def demo_retry() -> StepList:
    """Show a failure with its traceback, and a retry."""
    return init >> find_device >> reach_device >> done


def _slow_step(number: int) -> Any:
    @step(f"Migrate part {number}")
    def migrate_part(state: State) -> State:
        time.sleep(SLOW_STEP_SECONDS)
        return {"migrated_parts": number}

    return migrate_part


@workflow("Migrate a service in eight slow parts", target=Target.MODIFY)
def demo_slow_migration() -> StepList:
    """Long enough to watch, to pause the engine, and to abort."""
    steps = begin >> init
    for number in range(1, 9):
        steps = steps >> _slow_step(number)
    return steps >> done


@step("Compare inventory")
def compare_inventory() -> State:
    """Pretend to compare two systems."""
    return {"differences": 0}


@workflow("Compare the inventory with the network", target=Target.SYSTEM, is_task=True)
def demo_task_compare_inventory() -> StepList:
    """Show a task: maintenance, listed apart from other processes, and deletable."""
    return init >> compare_inventory >> done
