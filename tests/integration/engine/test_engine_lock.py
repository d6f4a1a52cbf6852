"""The engine lock: runners stop between steps, and go on once when it is lifted; on each executor."""

import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
from django.db import connection
from pydantic_forms.core import FormPage

from processes import leases, operations
from processes.executors import get_executor
from processes.leases import Lease
from processes.models import Process
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import Assignee, State, inputstep
from settings import operations as engine_operations
from settings.engine_status import EngineStatus, GlobalStatus
from settings.operations import EngineLockedError
from settings.queries import get_engine_status
from tests.integration.engine.stored_processes import (
    hold_elsewhere,
    lock_engine,
    settled,
    steps_of,
    store_in_status,
    store_process,
)
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, calling, define, ticket_form
from tests.waiting import TIMEOUT_SECONDS, eventually


def lock() -> EngineStatus:
    """Lock the engine as a browser does."""
    return engine_operations.set_global_lock(True)


def unlock() -> EngineStatus:
    """Unlock the engine as a browser does."""
    return engine_operations.set_global_lock(False)


def test_a_runner_stops_before_its_next_step_and_the_process_keeps_running(executor: str) -> None:
    define("locking", calling("Lock", lock), adding("After"))

    process_id = operations.start_process("locking", [{}], "SYSTEM")

    eventually(lambda: get_engine_status().global_status is GlobalStatus.PAUSED)
    process = settled(process_id, ProcessStatus.RUNNING)
    assert process.last_step == "Lock"
    assert steps_of(process_id) == [("Start", "success"), ("Lock", "success")]


def test_the_end_of_the_last_running_step_is_pushed_as_paused(executor: str, recorded: Callable[[], str]) -> None:
    seen: list[EngineStatus] = []
    define("locking", calling("Lock", lambda: seen.append(lock())), adding("After"))

    operations.start_process("locking", [{}], "SYSTEM")

    eventually(lambda: get_engine_status().global_status is GlobalStatus.PAUSED)
    created, running, start, step_while_pausing = "L I", "L I", "L I", "L I"
    assert seen == [EngineStatus(global_lock=True, running_processes=1)]
    assert seen[0].global_status is GlobalStatus.PAUSING
    assert recorded() == f"{created} {running} {start} G {step_while_pausing} G"


def test_a_step_that_fails_while_the_engine_pauses_pauses_it(executor: str, recorded: Callable[[], str]) -> None:
    def lock_and_fail() -> None:
        lock()
        raise ValueError("disk full")

    process = store_in_status(define("failing", calling("Lock", lock_and_fail)), ProcessStatus.FAILED)

    operations.resume_process(process.pk, [], "SYSTEM")

    eventually(lambda: get_engine_status().global_status is GlobalStatus.PAUSED)
    settled(process.pk, ProcessStatus.FAILED)
    assert recorded() == "C L I G L I C G"


def test_the_engine_pauses_only_when_the_last_of_several_runners_stops(
    executor: str, recorded: Callable[[], str]
) -> None:
    elsewhere = store_in_status(define("elsewhere", adding("Work"), is_task=True), ProcessStatus.RUNNING)
    hold_elsewhere(elsewhere)
    define("locking", calling("Lock", lock), adding("After"))
    process_id = operations.start_process("locking", [{}], "SYSTEM")
    settled(process_id, ProcessStatus.RUNNING)
    paused_too_early = recorded().endswith("L I G")

    operations.delete_task(elsewhere.pk)

    assert not paused_too_early
    assert recorded() == "C L I G"
    assert get_engine_status().global_status is GlobalStatus.PAUSED


def test_an_unlock_resumes_what_stood_still_from_its_next_step(executor: str, recorded: Callable[[], str]) -> None:
    define("locking", calling("Lock", lock), adding("After"))
    process_id = operations.start_process("locking", [{}], "SYSTEM")
    eventually(lambda: get_engine_status().global_status is GlobalStatus.PAUSED)
    recorded()

    status = unlock()

    settled(process_id, ProcessStatus.COMPLETED)
    assert status == EngineStatus(global_lock=False, running_processes=0)
    assert steps_of(process_id) == [
        ("Start", "success"),
        ("Lock", "success"),
        ("After", "success"),
        ("Done", "complete"),
    ]
    assert recorded() == "G L I L I L I"


def test_two_unlocks_resume_a_process_once(executor: str) -> None:
    calls: list[int] = []
    process = store_in_status(define("counting", calling("Count", lambda: calls.append(1))), ProcessStatus.RUNNING)
    lock_engine()

    unlock()
    unlock()

    settled(process.pk, ProcessStatus.COMPLETED)
    assert calls == [1]


def test_unlocks_at_once_resume_a_process_once(executor: str) -> None:
    calls: list[int] = []
    process = store_in_status(define("counting", calling("Count", lambda: calls.append(1))), ProcessStatus.RUNNING)
    lock_engine()
    barrier = threading.Barrier(3, timeout=TIMEOUT_SECONDS)

    def unlock_with_others() -> None:
        try:
            barrier.wait()
            unlock()
        finally:
            connection.close()

    threads = [threading.Thread(target=unlock_with_others) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    settled(process.pk, ProcessStatus.COMPLETED)
    assert calls == [1]
    assert [name for name, _ in steps_of(process.pk)].count("Count") == 1


def test_an_unlock_while_a_runner_gives_back_what_the_lock_stopped_lets_it_go_on(
    executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = leases.release

    def unlock_and_release(lease: Lease) -> None:
        unlock()
        release(lease)

    define("locking", calling("Lock", lock), adding("After"))
    monkeypatch.setattr(leases, "release", unlock_and_release)

    process_id = operations.start_process("locking", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)


def test_an_unlock_leaves_alone_what_a_runner_holds(executor: str, recorded: Callable[[], str]) -> None:
    process = store_in_status(define("held", adding("Work")), ProcessStatus.RUNNING)
    hold_elsewhere(process)
    lock_engine()

    unlock()

    assert Process.objects.get().status is ProcessStatus.RUNNING
    assert recorded() == "G"


@pytest.mark.parametrize(
    "status",
    [
        ProcessStatus.SUSPENDED,
        ProcessStatus.WAITING,
        ProcessStatus.AWAITING_CALLBACK,
        ProcessStatus.FAILED,
        ProcessStatus.COMPLETED,
        ProcessStatus.ABORTED,
    ],
)
def test_an_unlock_leaves_alone_what_does_not_run(status: ProcessStatus, recorded: Callable[[], str]) -> None:
    process = store_in_status(define("still", adding("Work")), status)
    lock_engine()

    unlock()

    assert Process.objects.get(pk=process.pk).status is status
    assert recorded() == "G"


@pytest.mark.parametrize("status", [ProcessStatus.CREATED, ProcessStatus.RESUMED])
def test_an_unlock_runs_what_the_lock_kept_in_the_queue(status: ProcessStatus, executor: str) -> None:
    process = store_in_status(define("queued", adding("Work")), status)
    lock_engine()

    unlock()

    settled(process.pk, ProcessStatus.COMPLETED)


def test_a_start_that_the_lock_overtakes_waits_and_runs_after_the_unlock(
    executor: str, recorded: Callable[[], str]
) -> None:
    define("overtaken", adding("Work"), form=locking_form)

    process_id = operations.start_process("overtaken", [{}], "SYSTEM")

    assert settled(process_id, ProcessStatus.CREATED)
    assert recorded() == "G L I"
    unlock()
    settled(process_id, ProcessStatus.COMPLETED)
    assert recorded() == "G L I L I L I L I"


def locking_form() -> Generator[type[FormPage], Any, State]:
    """Lock the engine after the operation has seen it unlocked."""
    lock()
    yield FormPage
    return {}


def test_a_lock_before_the_start_refuses_it() -> None:
    define("refused", adding("Work"))
    lock()

    with pytest.raises(EngineLockedError):
        operations.start_process("refused", [{}], "SYSTEM")

    assert not Process.objects.exists()


def test_a_process_can_be_aborted_while_the_engine_is_locked_and_stays_so_after_the_unlock(executor: str) -> None:
    define("locking", calling("Lock", lock), adding("After"))
    process_id = operations.start_process("locking", [{}], "SYSTEM")
    settled(process_id, ProcessStatus.RUNNING)

    operations.abort_process(process_id, "SYSTEM")
    unlock()

    settled(process_id, ProcessStatus.ABORTED)
    assert steps_of(process_id)[-1] == ("User Aborted", "abort")


def test_the_lock_survives_when_its_row_is_missing() -> None:
    assert lock().global_lock is True
    assert get_engine_status().global_lock is True


def test_an_input_is_used_by_one_step_also_if_the_lock_interrupts_the_run(executor: str) -> None:
    definition = define("asking_twice", ask_ticket, calling("Lock", lock), ask_ticket)
    process = store_process(
        definition, ProcessStatus.SUSPENDED, ("Start", StepStatus.SUCCESS, {}), ("Ask", StepStatus.SUSPEND, {})
    )
    operations.resume_process(process.pk, [{"number": 7}], "SYSTEM")
    eventually(lambda: get_engine_status().global_status is GlobalStatus.PAUSED)

    unlock()

    settled(process.pk, ProcessStatus.SUSPENDED)
    assert steps_of(process.pk)[2:] == [("Ask", "success"), ("Lock", "success"), ("Ask", "suspend")]


def test_a_resume_that_the_lock_overtakes_keeps_its_input_for_after_the_unlock(executor: str) -> None:
    def locking_ticket_form() -> Generator[type[FormPage], Any, State]:
        lock()
        return (yield from ticket_form())

    ask = inputstep("Ask", assignee=Assignee.NOC)(locking_ticket_form)
    process = store_in_status(define("overtaken", ask), ProcessStatus.SUSPENDED)
    operations.resume_process(process.pk, [{"number": 7}], "jane")
    settled(process.pk, get_executor().status_when_resumed)

    unlock()

    settled(process.pk, ProcessStatus.COMPLETED)
    row = process.steps.get(name="Ask", status="success")
    assert (row.state["number"], row.created_by) == (7, "jane")
