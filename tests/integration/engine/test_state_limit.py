"""A state that is too large fails the step that made it; the process keeps what it had and is never stuck."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from processes import operations
from processes.models import Process
from processes.statuses import ProcessStatus
from processes.workflow import Step, retrystep, step_group
from tests.integration.engine.stored_processes import settled, steps_of
from tests.integration.engine.throwaway_workflows import adding, define, raising

LARGE = "x" * 3000


@pytest.fixture(autouse=True)
def small_states(configure: Callable[..., None], forget_workflows: None) -> None:
    configure(max_state_bytes=2000)


def started(*steps: Step) -> UUID:
    define("growing", *steps)
    return operations.start_process("growing", [{}], "SYSTEM")


def state_of(process: Process) -> Any:
    return process.steps.latest("pk").state


@pytest.mark.parametrize("decorate", [adding, lambda name, **update: retrystep(name)(lambda: update)])
def test_a_step_that_makes_the_state_too_large_fails_and_says_why(
    decorate: Callable[..., Step], executor: str, configure: Callable[..., None]
) -> None:
    process_id = started(adding("Small", kept=1), decorate("Grow", much=LARGE), adding("After"))

    process = settled(process_id, ProcessStatus.FAILED)
    assert steps_of(process_id) == [("Start", "success"), ("Small", "success"), ("Grow", "failed")]
    assert state_of(process)["class"] == "StateTooLargeError"
    assert process.failed_reason == state_of(process)["error"]
    assert str(process.failed_reason).endswith(" bytes, 2000 are allowed")

    configure(max_state_bytes=5000)
    operations.resume_process(process_id, [{}], "SYSTEM")
    completed = settled(process_id, ProcessStatus.COMPLETED)
    assert (state_of(completed)["kept"], state_of(completed)["much"]) == (1, LARGE)


def test_each_step_may_add_until_all_is_too_much_together(executor: str) -> None:
    process_id = started(*(adding(f"Add {number}", **{f"key_{number}": "x" * 700}) for number in range(5)))

    settled(process_id, ProcessStatus.FAILED)
    assert steps_of(process_id)[1:] == [("Add 0", "success"), ("Add 1", "success"), ("Add 2", "failed")]


def test_a_group_that_grows_too_much_goes_on_at_the_same_sub_step(
    executor: str, configure: Callable[..., None]
) -> None:
    process_id = started(step_group("Group", [adding("Small", kept=1), adding("Grow", much=LARGE)]))

    settled(process_id, ProcessStatus.FAILED)
    configure(max_state_bytes=5000)
    operations.resume_process(process_id, [{}], "SYSTEM")

    assert state_of(settled(process_id, ProcessStatus.COMPLETED))["much"] == LARGE


def test_an_error_with_too_much_to_say_is_kept_as_too_large(executor: str) -> None:
    process_id = started(raising("Work", lambda: ValueError(LARGE)))

    process = settled(process_id, ProcessStatus.FAILED)
    assert state_of(process)["class"] == "StateTooLargeError"


def test_a_process_that_is_larger_than_a_lowered_limit_can_still_be_aborted(
    executor: str, configure: Callable[..., None]
) -> None:
    configure(max_state_bytes=5000)
    process_id = started(adding("Grow", much=LARGE), raising("Fail", lambda: ValueError("no")))
    settled(process_id, ProcessStatus.FAILED)
    configure(max_state_bytes=2000)

    operations.abort_process(process_id, "SYSTEM")

    assert state_of(settled(process_id, ProcessStatus.ABORTED))["much"] == LARGE


def test_a_group_that_is_larger_than_a_lowered_limit_fails_with_a_reason(
    executor: str, configure: Callable[..., None]
) -> None:
    def lower() -> ValueError:
        configure(max_state_bytes=2000)
        return ValueError("no")

    configure(max_state_bytes=5000)
    process_id = started(step_group("Group", [adding("Grow", much=LARGE), raising("Fail", lower)]))

    assert settled(process_id, ProcessStatus.FAILED).failed_reason == "no"
