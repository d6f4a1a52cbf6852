"""Leases: one runner per process, and none writes after it lost its lease."""

import logging
import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from processes import leases, operations
from processes.errors import LeaseLostError
from processes.held_row import write_held_row
from processes.leases import Lease, lease_keeper
from processes.models import Process
from processes.statuses import RUNNABLE, ProcessStatus
from processes.step_log import Run, log_step
from processes.workflow import Workflow, init, step
from processes.workflow.results import Success
from processes.workflow.runner import Executed
from tests.integration.engine.stored_processes import (
    UNKNOWN_ID,
    expire_lease,
    hold_elsewhere,
    lock_engine,
    settled,
    steps_of,
    store_in_status,
)
from tests.integration.engine.throwaway_workflows import adding, define
from tests.waiting import TIMEOUT_SECONDS, eventually


def start_done() -> Executed:
    """A step that a runner has just executed."""
    return Executed(step=init, part=init, state={}, result=Success({}), started_at=timezone.now())


@pytest.fixture
def definition() -> Workflow:
    """Return a workflow of one step."""
    return define("leased", adding("Work"))


def taken(process: Process) -> Lease:
    """Take the process, which must be free."""
    lease = leases.take(process.pk)
    assert lease is not None
    return lease


@pytest.mark.parametrize("status", list(ProcessStatus))
def test_only_a_runnable_process_can_be_taken(status: ProcessStatus, definition: Workflow) -> None:
    process = store_in_status(definition, status)

    assert (leases.take(process.pk) is not None) == (status in RUNNABLE)


def test_a_created_process_becomes_running_which_browsers_hear_of(
    definition: Workflow, recorded: Callable[[], str]
) -> None:
    process = store_in_status(definition, ProcessStatus.CREATED)

    taken(process)

    assert Process.objects.get().status is ProcessStatus.RUNNING
    assert recorded() == "L I"


@pytest.mark.parametrize("status", [ProcessStatus.RUNNING, ProcessStatus.RESUMED])
def test_taking_any_other_changes_nothing_that_a_browser_sees(
    status: ProcessStatus, definition: Workflow, recorded: Callable[[], str]
) -> None:
    process = store_in_status(definition, status)

    taken(process)

    assert Process.objects.get().status is status
    assert recorded() == ""


def test_a_lease_lasts_for_three_quarters_of_the_configured_time_by_the_clock_of_the_database(
    definition: Workflow, configure: Callable[..., None]
) -> None:
    configure(lease_seconds=100)
    process = store_in_status(definition, ProcessStatus.RUNNING)
    before = timezone.now()

    taken(process)

    expires_at = Process.objects.get().lease_expires_at
    assert expires_at is not None
    assert 70 < (expires_at - before).total_seconds() < 80


def test_of_two_takers_at_once_one_gets_it(definition: Workflow) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    barrier = threading.Barrier(2, timeout=TIMEOUT_SECONDS)
    got: list[Lease | None] = []

    def take() -> None:
        try:
            barrier.wait()
            got.append(leases.take(process.pk))
        finally:
            connection.close()

    takers = [threading.Thread(target=take) for _ in range(2)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()

    assert [lease is None for lease in got].count(False) == 1
    assert leases.count_live() == 1


def test_a_held_process_cannot_be_taken(definition: Workflow) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    token = hold_elsewhere(process)

    assert leases.take(process.pk) is None
    assert Process.objects.get().lease_token == token


def test_a_locked_engine_lets_nobody_take(definition: Workflow) -> None:
    process = store_in_status(definition, ProcessStatus.CREATED)
    lock_engine()

    assert leases.take(process.pk) is None
    assert Process.objects.get().status is ProcessStatus.CREATED


def test_a_process_that_does_not_exist_cannot_be_taken() -> None:
    assert leases.take(UNKNOWN_ID) is None


def test_an_expired_lease_can_be_taken_and_its_holder_writes_nothing_more(
    definition: Workflow, recorded: Callable[[], str]
) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    first = taken(process)
    expire_lease(process.pk)
    second = taken(process)

    with pytest.raises(LeaseLostError):
        log_step(Run(lease=first, is_task=False, created_by="first"), start_done())

    assert second.token != first.token
    assert steps_of(process.pk) == [("Start", "success")]
    assert Process.objects.get().lease_token == second.token
    assert recorded() == ""


@pytest.mark.parametrize("end", ["abort", "delete"])
def test_the_holder_writes_nothing_after_an_abort_or_a_delete(end: str, recorded: Callable[[], str]) -> None:
    process = store_in_status(define("ended", adding("Work"), is_task=True), ProcessStatus.RUNNING)
    lease = taken(process)
    if end == "abort":
        operations.abort_process(process.pk, "SYSTEM")
    else:
        operations.delete_task(process.pk)
    before = steps_of(process.pk)
    recorded()

    with pytest.raises(LeaseLostError):
        log_step(Run(lease=lease, is_task=True, created_by="late"), start_done())

    assert steps_of(process.pk) == before
    assert recorded() == ""


def test_a_runner_that_is_overtaken_while_it_runs_a_step_stops_and_leaves_no_trace(
    executor: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "processes.execution")
    ran: list[str] = []

    @step("Slow")
    def slow(process_id: str) -> None:
        expire_lease(UUID(process_id))
        leases.take(UUID(process_id))
        ran.append("slow")

    @step("Next")
    def following() -> None:
        ran.append("next")

    define("overtaken", slow, following)

    process_id = operations.start_process("overtaken", [{}], "SYSTEM")

    eventually(lambda: f"Process {process_id} was aborted, deleted or taken over" in caplog.text)
    assert ran == ["slow"]
    assert steps_of(process_id) == [("Start", "success")]
    assert Process.objects.get().lease_token is not None


def test_a_lease_that_is_kept_outlives_its_period(definition: Workflow, configure: Callable[..., None]) -> None:
    configure(lease_seconds=0.15)
    process = store_in_status(definition, ProcessStatus.RUNNING)
    lease = taken(process)
    first = Process.objects.get().lease_expires_at
    assert first is not None

    with lease_keeper.keeping(lease):
        eventually(lambda: timezone.now() > first)
        kept = leases.take(process.pk) is None

    assert kept


def test_the_keeper_renews_only_what_is_still_held(definition: Workflow, configure: Callable[..., None]) -> None:
    configure(lease_seconds=0.15)
    process, other = (store_in_status(definition, ProcessStatus.RUNNING) for _ in range(2))
    lease = taken(process)
    lost = taken(other)

    with lease_keeper.keeping(lease), lease_keeper.keeping(lost):
        token = hold_elsewhere(other, for_seconds=-60)
        before = Process.objects.get(pk=process.pk).lease_expires_at
        eventually(lambda: Process.objects.get(pk=process.pk).lease_expires_at != before)

    row = Process.objects.get(pk=other.pk)
    assert row.lease_token == token
    assert row.lease_expires_at is not None
    assert row.lease_expires_at < timezone.now()


def test_a_released_lease_is_free_and_releasing_it_again_does_nothing(definition: Workflow) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    lease = taken(process)

    leases.release(lease)
    leases.release(lease)

    assert settled(process.pk, ProcessStatus.RUNNING)
    taken(process)


def test_releasing_a_lost_lease_leaves_the_new_one(definition: Workflow) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    lease = taken(process)
    token = hold_elsewhere(process)

    leases.release(lease)

    assert Process.objects.get().lease_token == token


@pytest.mark.parametrize("locked", [False, True], ids=["unlocked", "locked"])
def test_writing_a_held_row_tells_whether_the_engine_is_locked(locked: bool, definition: Workflow) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    lease = taken(process)
    if locked:
        lock_engine()

    assert write_held_row(lease, last_step="Work", failed_reason=None) is locked

    assert Process.objects.get().last_step == "Work"


def test_the_row_of_an_aborted_process_is_not_written(definition: Workflow) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    lease = taken(process)
    operations.abort_process(process.pk, "SYSTEM")

    with pytest.raises(LeaseLostError):
        write_held_row(lease, last_step="Work")

    assert Process.objects.get().last_step == "User Aborted"


def test_a_run_that_ends_gives_its_lease_back_with_the_row(definition: Workflow) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    lease = taken(process)

    write_held_row(lease, last_step="Work", **leases.NO_LEASE)

    assert Process.objects.get().lease_token is None
