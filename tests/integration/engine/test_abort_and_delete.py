"""Aborting and deleting what a runner works on right now: final, whatever the runner still does."""

import threading
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from processes import operations
from processes.errors import (
    ProcessNotDeletableError,
    ProcessNotFoundError,
    ProcessNotResumableError,
    TaskNotFoundError,
)
from processes.models import Process, ProcessInput, ProcessStep
from processes.statuses import ProcessStatus
from processes.workflow import State, step
from settings import operations as engine_operations
from settings.engine_status import GlobalStatus
from settings.queries import get_engine_status
from tests.executors import CONCURRENT_EXECUTORS
from tests.integration.engine.stored_processes import UNKNOWN_ID, settled, steps_of, store_in_status
from tests.integration.engine.throwaway_workflows import adding, calling, define
from tests.waiting import TIMEOUT_SECONDS, eventually

beside_the_caller = pytest.mark.parametrize("executor", CONCURRENT_EXECUTORS, indirect=True)


class Gate:
    """Holds a step in the middle of its work until the test opens it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.opened.wait(TIMEOUT_SECONDS)


@pytest.fixture
def gate(executor: str) -> Iterator[Gate]:
    """Return a gate; it is open at the end, so that no thread stays behind."""
    made = Gate()
    yield made
    made.opened.set()


def start_and_stop_at(gate: Gate, *, is_task: bool = False) -> UUID:
    """Start a process and return its id once its runner waits at the gate, in the middle of a step."""
    define("gated", calling("Wait", gate), adding("Never", never=True), is_task=is_task)
    process_id = operations.start_process("gated", [{}], "SYSTEM")
    assert gate.reached.wait(TIMEOUT_SECONDS)
    return process_id


@beside_the_caller
def test_an_abort_of_a_running_process_takes_effect_before_its_next_step(
    gate: Gate, recorded: Callable[[], str]
) -> None:
    process_id = start_and_stop_at(gate)
    recorded()

    operations.abort_process(process_id, "jane")

    gate.opened.set()
    settled(process_id, ProcessStatus.ABORTED)
    assert steps_of(process_id) == [("Start", "success"), ("User Aborted", "abort")]
    assert recorded() == "L I C"


@beside_the_caller
def test_an_aborted_process_counts_as_running_until_its_step_ends(gate: Gate) -> None:
    process_id = start_and_stop_at(gate)

    operations.abort_process(process_id, "jane")

    assert get_engine_status().running_processes == 1
    gate.opened.set()
    eventually(lambda: get_engine_status().running_processes == 0)


@beside_the_caller
def test_the_end_of_an_aborted_run_pauses_a_locked_engine(gate: Gate, recorded: Callable[[], str]) -> None:
    process_id = start_and_stop_at(gate)
    engine_operations.set_global_lock(True)
    operations.abort_process(process_id, "jane")
    recorded()

    gate.opened.set()

    eventually(lambda: get_engine_status().global_status is GlobalStatus.PAUSED)
    settled(process_id, ProcessStatus.ABORTED)
    assert recorded() == "G"


@beside_the_caller
def test_a_second_abort_while_the_step_still_runs_writes_nothing(gate: Gate, recorded: Callable[[], str]) -> None:
    process_id = start_and_stop_at(gate)
    operations.abort_process(process_id, "jane")
    recorded()

    operations.abort_process(process_id, "bob")

    assert recorded() == "C"
    assert steps_of(process_id).count(("User Aborted", "abort")) == 1


def test_a_process_that_aborts_itself_keeps_no_result_of_that_step(executor: str, recorded: Callable[[], str]) -> None:
    @step("Abort myself")
    def abort_myself(process_id: str) -> State:
        operations.abort_process(UUID(process_id), "jane")
        return {"kept": True}

    define("suicidal", abort_myself, adding("Never"))

    process_id = operations.start_process("suicidal", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.ABORTED)
    assert steps_of(process_id) == [("Start", "success"), ("User Aborted", "abort")]
    assert "kept" not in ProcessStep.objects.filter(process_id=process_id).latest("pk").state
    assert recorded() == "L I L I L I L I C"


@beside_the_caller
def test_a_deleted_running_task_leaves_nothing_behind(gate: Gate, recorded: Callable[[], str]) -> None:
    process_id = start_and_stop_at(gate, is_task=True)
    recorded()

    operations.delete_task(process_id)

    gate.opened.set()
    define("afterwards", adding("Work"))
    afterwards = [operations.start_process("afterwards", [{}], "SYSTEM") for _ in range(4)]
    for other in afterwards:
        settled(other, ProcessStatus.COMPLETED)
    assert not Process.objects.filter(pk=process_id).exists()
    assert not ProcessStep.objects.filter(process_id=process_id).exists()
    assert not ProcessInput.objects.filter(process_id=process_id).exists()
    assert recorded().startswith("C L I")


@beside_the_caller
def test_the_deletion_of_the_last_running_task_pauses_a_locked_engine(gate: Gate, recorded: Callable[[], str]) -> None:
    process_id = start_and_stop_at(gate, is_task=True)
    engine_operations.set_global_lock(True)
    recorded()

    operations.delete_task(process_id)

    assert get_engine_status().global_status is GlobalStatus.PAUSED
    assert recorded() == "C L I G"


@beside_the_caller
def test_a_running_process_cannot_be_resumed(gate: Gate) -> None:
    process_id = start_and_stop_at(gate)

    with pytest.raises(ProcessNotResumableError):
        operations.resume_process(process_id, [], "SYSTEM")


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (lambda process_id: operations.abort_process(process_id, "SYSTEM"), ProcessNotFoundError),
        (lambda process_id: operations.resume_process(process_id, [], "SYSTEM"), ProcessNotFoundError),
        (lambda process_id: operations.set_note(process_id, "x"), ProcessNotFoundError),
        (operations.delete_task, TaskNotFoundError),
    ],
    ids=["abort", "resume", "note", "delete"],
)
def test_what_does_not_exist_is_not_found(
    operation: Callable[[UUID], None], error: type[Exception], recorded: Callable[[], str]
) -> None:
    with pytest.raises(error):
        operation(UNKNOWN_ID)

    assert recorded() == ""


def test_only_tasks_can_be_deleted(recorded: Callable[[], str]) -> None:
    process = store_in_status(define("kept", adding("Work")), ProcessStatus.COMPLETED)

    with pytest.raises(ProcessNotDeletableError):
        operations.delete_task(process.pk)

    assert recorded() == ""
