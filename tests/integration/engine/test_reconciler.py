"""The reconciler: whatever stands still without a runner is picked up, once, and nothing else is touched."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY

from processes import executor_host, leases, operations, reconciler
from processes.executors import get_executor
from processes.models import Process
from processes.reconciler import Reconciler, submit_standing
from processes.statuses import RUNNABLE, ProcessStatus
from processes.workflow import Workflow, step
from processes.workflow.registry import WORKFLOWS
from settings import operations as engine_operations
from tests.integration.engine.stored_processes import (
    expire_lease,
    hold_elsewhere,
    lock_engine,
    settled,
    steps_of,
    store_in_status,
)
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.engine.waiting_executor import WaitingExecutor
from tests.waiting import eventually


@pytest.fixture
def definition() -> Workflow:
    """Return a workflow of one step."""
    return define("left", adding("Work"))


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> WaitingExecutor:
    """Let what is submitted wait in a queue that the test looks at."""
    waiting = WaitingExecutor(room=100)
    monkeypatch.setattr(reconciler, "get_executor", lambda: waiting)
    return waiting


@pytest.fixture
def watching(configure: Callable[..., None], executor: str) -> Iterator[None]:
    """Have a host that looks all the time."""
    configure(lease_seconds=0.4)
    executor_host.start(1)
    yield
    executor_host.stop()


@pytest.mark.parametrize("status", sorted(RUNNABLE))
def test_what_nobody_took_is_submitted_at_the_second_look_that_finds_it(
    status: ProcessStatus, definition: Workflow, queue: WaitingExecutor
) -> None:
    process = store_in_status(definition, status)
    looks = Reconciler()

    looks.look()
    at_first = list(queue.submitted)
    looks.look()

    assert (at_first, queue.submitted) == ([], [process.pk])


def test_what_a_runner_lost_is_submitted_at_once(definition: Workflow, queue: WaitingExecutor) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    hold_elsewhere(process, for_seconds=-1)

    Reconciler().look()

    assert queue.submitted == [process.pk]


@pytest.mark.parametrize("status", sorted(set(ProcessStatus) - RUNNABLE))
def test_what_does_not_run_is_left_alone(status: ProcessStatus, definition: Workflow, queue: WaitingExecutor) -> None:
    hold_elsewhere(store_in_status(definition, status), for_seconds=-1)
    looks = Reconciler()

    looks.look()
    looks.look()

    assert queue.submitted == []


def test_what_a_runner_holds_is_left_alone(definition: Workflow, queue: WaitingExecutor) -> None:
    hold_elsewhere(store_in_status(definition, ProcessStatus.RUNNING))
    looks = Reconciler()

    looks.look()
    looks.look()

    assert queue.submitted == []


def test_nothing_is_submitted_while_the_engine_is_locked(definition: Workflow, queue: WaitingExecutor) -> None:
    hold_elsewhere(store_in_status(definition, ProcessStatus.RUNNING), for_seconds=-1)
    lock_engine()

    Reconciler().look()

    assert queue.submitted == []


def test_a_process_whose_workflow_is_unknown_here_waits_for_a_host_that_knows_it(
    definition: Workflow, queue: WaitingExecutor
) -> None:
    hold_elsewhere(store_in_status(definition, ProcessStatus.RUNNING), for_seconds=-1)
    WORKFLOWS.remove(definition.name)

    Reconciler().look()

    assert queue.submitted == []


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_was_submitted_has_a_lease_period_to_begin(
    is_lost: bool, definition: Workflow, queue: WaitingExecutor, configure: Callable[..., None]
) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    if is_lost:
        hold_elsewhere(process, for_seconds=-1)
    looks = Reconciler()

    for _ in range(5):
        looks.look()
    at_first = list(queue.submitted)
    configure(lease_seconds=0.0)
    looks.look()

    assert (at_first, queue.submitted) == ([process.pk], [process.pk] * 2)


def test_what_was_submitted_and_is_lost_by_the_next_runner_is_submitted_at_once(
    definition: Workflow, queue: WaitingExecutor
) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    looks = Reconciler()

    for _ in range(3):
        hold_elsewhere(process, for_seconds=-1)
        looks.look()

    assert queue.submitted == [process.pk] * 3


def test_what_went_on_and_stands_still_again_is_submitted_at_the_second_look_that_finds_it(
    definition: Workflow, queue: WaitingExecutor
) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    looks = Reconciler()
    looks.look()
    looks.look()

    Process.objects.update(last_modified_at=timezone.now())
    looks.look()
    at_first = list(queue.submitted)
    looks.look()

    assert (at_first, queue.submitted) == ([process.pk], [process.pk] * 2)


def test_what_there_was_no_room_for_is_submitted_as_soon_as_there_is(
    definition: Workflow, queue: WaitingExecutor
) -> None:
    queue.room = 0
    lost, waiting = (store_in_status(definition, ProcessStatus.RUNNING) for _ in range(2))
    hold_elsewhere(lost, for_seconds=-1)
    looks = Reconciler()
    looks.look()
    looks.look()
    at_first = list(queue.submitted)

    queue.room = 100
    looks.look()

    assert (at_first, queue.submitted) == ([], [lost.pk, waiting.pk])


def test_what_runners_lost_comes_before_what_is_older(definition: Workflow, queue: WaitingExecutor) -> None:
    queue.room = 1
    waiting, lost = (store_in_status(definition, ProcessStatus.RUNNING) for _ in range(2))
    looks = Reconciler()
    looks.look()
    hold_elsewhere(lost, for_seconds=-1)

    looks.look()
    at_first = list(queue.submitted)
    looks.look()

    assert (at_first, queue.submitted) == ([lost.pk], [lost.pk, waiting.pk])


def test_the_oldest_come_first_and_no_more_than_there_is_room_for(definition: Workflow, queue: WaitingExecutor) -> None:
    queue.room = 2
    oldest, second, _ = (store_in_status(definition, ProcessStatus.CREATED) for _ in range(3))
    looks = Reconciler()
    looks.look()

    looks.look()

    assert queue.submitted == [oldest.pk, second.pk]


def test_a_look_that_finds_nothing_costs_one_query(definition: Workflow) -> None:
    store_in_status(definition, ProcessStatus.COMPLETED)

    with CaptureQueriesContext(connection) as captured:
        Reconciler().look()

    assert len(captured) == 1


def test_submitting_what_stands_still_says_how_much_it_was(definition: Workflow, queue: WaitingExecutor) -> None:
    assert submit_standing() == 0
    store_in_status(definition, ProcessStatus.CREATED)

    assert submit_standing() == 1


@pytest.mark.parametrize("status", sorted(RUNNABLE))
def test_a_host_runs_to_its_end_what_nobody_took(status: ProcessStatus, definition: Workflow, watching: None) -> None:
    process = store_in_status(definition, status)

    settled(process.pk, ProcessStatus.COMPLETED)


def test_taking_a_killed_runners_process_over_changes_nothing_that_a_browser_sees(
    definition: Workflow, watching: None, recorded: Callable[[], str]
) -> None:
    takeovers = REGISTRY.get_sample_value("orchestrator_engine_takeovers_total") or 0.0
    process = store_in_status(definition, ProcessStatus.RUNNING)
    hold_elsewhere(process, for_seconds=-1)

    settled(process.pk, ProcessStatus.COMPLETED)

    assert without_worker_status(recorded()) == "L I L I"
    assert REGISTRY.get_sample_value("orchestrator_engine_takeovers_total") == takeovers + 1


def test_several_hosts_that_look_at_once_run_each_step_once(executor: str) -> None:
    calls: list[str] = []

    @step("Count")
    def count(process_id: str) -> None:
        calls.append(process_id)

    definition = define("counted", count)
    process_ids = [store_in_status(definition, ProcessStatus.CREATED).pk for _ in range(4)]
    looks = [Reconciler() for _ in range(3)]

    for _ in range(3):
        for each in looks:
            each.look()

    for process_id in process_ids:
        settled(process_id, ProcessStatus.COMPLETED)
    assert sorted(calls) == sorted(map(str, process_ids))


def test_a_runner_whose_lease_ran_out_during_a_step_writes_nothing_and_the_step_runs_again(executor: str) -> None:
    turns: list[int] = []

    @step("Slow")
    def slow(process_id: str) -> dict[str, int]:
        turns.append(len(turns) + 1)
        turn = len(turns)
        if turn == 1:
            # The keeper is stopped in effect: the lease runs out, and the reconciler hands the process on.
            expire_lease(uuid.UUID(process_id))
            Reconciler().look()
            settled(uuid.UUID(process_id), ProcessStatus.COMPLETED)
        return {"turn": turn}

    define("overtaken", slow)

    process_id = operations.start_process("overtaken", [{}], "SYSTEM")

    process = settled(process_id, ProcessStatus.COMPLETED)
    eventually(lambda: get_executor().room_in("any", 100) > 0)
    assert steps_of(process_id) == [("Start", "success"), ("Slow", "success"), ("Done", "complete")]
    assert process.steps.get(name="Slow").state["turn"] == 2
    assert leases.count_live() == 0


def test_an_unlock_resumes_once_with_several_hosts_that_look(
    definition: Workflow, watching: None, recorded: Callable[[], str]
) -> None:
    process = store_in_status(definition, ProcessStatus.RUNNING)
    lock_engine()
    recorded()

    engine_operations.set_global_lock(False)

    settled(process.pk, ProcessStatus.COMPLETED)
    assert without_worker_status(recorded()) == "G L I L I L I"
    assert Process.objects.get().lease_token is None


def without_worker_status(letters: str) -> str:
    """Leave out what maintenance tells of workers, where there are any."""
    return " ".join(letter for letter in letters.split() if letter != "W")
