"""The engine's status when runners were killed, and when operators toggle at once: exact, and each pause told once."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from processes import leases, operations
from processes.models import Process
from processes.statuses import ProcessStatus
from processes.workflow import Workflow
from settings import operations as engine_operations
from settings.engine_status import GlobalStatus
from settings.queries import get_engine_status
from tests.integration.engine.stored_processes import expire_lease, hold_elsewhere, settled, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.waiting import TIMEOUT_SECONDS


@pytest.fixture
def definition() -> Workflow:
    """Return a task of one step."""
    return define("killed", adding("Work"), is_task=True)


@pytest.fixture
def held(definition: Workflow) -> Process:
    """Return a process whose runner works elsewhere."""
    process = store_in_status(definition, ProcessStatus.RUNNING)
    hold_elsewhere(process)
    return process


def pausing() -> None:
    """Lock the engine while something runs."""
    assert engine_operations.set_global_lock(True).global_status is GlobalStatus.PAUSING


def test_the_lease_of_a_killed_runner_that_expires_pauses_the_engine_and_is_told_once(
    held: Process, recorded: Callable[[], str]
) -> None:
    pausing()
    recorded()
    expire_lease(held.pk)

    ended = [leases.end_expired() for _ in range(3)]

    assert ended == [1, 0, 0]
    assert recorded() == "G"
    assert get_engine_status().global_status is GlobalStatus.PAUSED


def test_several_hosts_that_see_it_at_once_tell_it_once(held: Process, recorded: Callable[[], str]) -> None:
    pausing()
    recorded()
    expire_lease(held.pk)

    at_once(*[leases.end_expired] * 3)

    assert recorded() == "G"


def test_a_killed_runner_of_an_aborted_process_pauses_the_engine_too(
    held: Process, recorded: Callable[[], str]
) -> None:
    pausing()
    operations.abort_process(held.pk, "SYSTEM")
    recorded()
    expire_lease(held.pk)

    leases.end_expired()

    assert recorded() == "G"


def test_while_another_runner_lives_the_engine_is_pausing(
    held: Process, definition: Workflow, recorded: Callable[[], str]
) -> None:
    living = store_in_status(definition, ProcessStatus.RUNNING)
    hold_elsewhere(living)
    pausing()
    recorded()
    expire_lease(held.pk)

    leases.end_expired()

    assert recorded() == ""
    operations.delete_task(living.pk)
    leases.end_expired()
    assert recorded() == "C L I G"


def test_an_unlocked_engine_has_nothing_to_tell(held: Process, recorded: Callable[[], str]) -> None:
    expire_lease(held.pk)

    assert leases.end_expired() == 0
    assert recorded() == ""


def test_a_lock_after_the_last_lease_expired_pauses_at_once_and_is_told_once(
    held: Process, recorded: Callable[[], str]
) -> None:
    expire_lease(held.pk)

    status = engine_operations.set_global_lock(True)

    leases.end_expired()
    assert status.global_status is GlobalStatus.PAUSED
    assert recorded() == "G"


def test_what_a_killed_runner_left_goes_on_after_the_unlock(executor: str, held: Process) -> None:
    pausing()
    expire_lease(held.pk)
    leases.end_expired()

    engine_operations.set_global_lock(False)

    settled(held.pk, ProcessStatus.COMPLETED)


def test_operators_who_toggle_at_once_leave_a_legal_status_and_each_is_told(
    executor: str, definition: Workflow, recorded: Callable[[], str]
) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)

    at_once(*[lambda locked=locked: engine_operations.set_global_lock(locked) for locked in (True, False) * 3])

    status = get_engine_status()
    assert recorded().split().count("G") >= 6
    if status.global_lock:
        assert status.global_status in (GlobalStatus.PAUSING, GlobalStatus.PAUSED)
        engine_operations.set_global_lock(False)
    settled(process.pk, ProcessStatus.COMPLETED)
    assert [step.name for step in process.steps.all()] == ["Start", "Work", "Done"]


def at_once(*actions: Callable[[], object]) -> None:
    """Do all of it at the same time, each in a thread of its own."""
    barrier = threading.Barrier(len(actions), timeout=TIMEOUT_SECONDS)

    def act(action: Callable[[], object]) -> None:
        try:
            barrier.wait()
            action()
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
