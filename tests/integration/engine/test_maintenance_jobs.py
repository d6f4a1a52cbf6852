"""What maintenance does: retries that are due, old tasks, and each of its jobs as a task that is started by hand."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from processes import operations
from processes.clean_up import delete_old_tasks
from processes.models import Process, ProcessInput
from processes.reconciler import submit_standing
from processes.retries import retry_due, retry_waiting
from processes.statuses import ProcessStatus
from processes.workflow import Workflow
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.stored_processes import hold_elsewhere, lock_engine, settled, store_in_status
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define


@pytest.fixture
def definition() -> Workflow:
    """Return a task of one step."""
    return define("maintained", adding("Work"), is_task=True)


def waiting(definition: Workflow, *, due_in_seconds: float | None) -> Process:
    """Store a process that waits for its retry."""
    process = store_in_status(definition, ProcessStatus.WAITING)
    due_at = None if due_in_seconds is None else timezone.now() + timedelta(seconds=due_in_seconds)
    Process.objects.filter(pk=process.pk).update(due_at=due_at)
    return process


def completed(definition: Workflow, *, days_ago: float) -> Process:
    """Store a task that completed some time ago."""
    process = store_in_status(definition, ProcessStatus.COMPLETED)
    Process.objects.filter(pk=process.pk).update(last_modified_at=timezone.now() - timedelta(days=days_ago))
    return process


def test_a_process_whose_time_has_come_is_retried_as_a_person_would(
    executor: str, definition: Workflow, recorded: Callable[[], str]
) -> None:
    process = waiting(definition, due_in_seconds=-1)

    assert retry_due() == 1

    settled(process.pk, ProcessStatus.COMPLETED)
    assert recorded() == "C L I L I L I"
    assert ProcessInput.objects.filter(process=process).latest("pk").created_by == "SYSTEM"


@pytest.mark.parametrize("due_in_seconds", [60, None], ids=["later", "never"])
def test_one_whose_time_has_not_come_waits(due_in_seconds: float | None, definition: Workflow) -> None:
    waiting(definition, due_in_seconds=due_in_seconds)

    assert retry_due() == 0


def test_retries_wait_while_the_engine_is_locked(definition: Workflow) -> None:
    waiting(definition, due_in_seconds=-1)
    lock_engine()

    assert (retry_due(), retry_waiting()) == (0, 0)
    assert Process.objects.get().due_at is not None


def test_what_a_runner_holds_is_not_retried(definition: Workflow) -> None:
    hold_elsewhere(waiting(definition, due_in_seconds=-1))

    assert retry_due() == 0


def test_a_process_whose_workflow_is_unknown_here_is_left_to_a_host_that_knows_it(definition: Workflow) -> None:
    waiting(definition, due_in_seconds=-1)
    WORKFLOWS.remove(definition.name)

    assert retry_due() == 0
    assert Process.objects.get().due_at is not None


def test_an_input_step_whose_condition_raised_asks_once_it_is_retried() -> None:
    process = waiting(define("asking", ask_ticket), due_in_seconds=-1)

    assert (retry_due(), retry_due()) == (1, 0)

    assert settled(process.pk, ProcessStatus.SUSPENDED).due_at is None


def test_old_completed_tasks_are_deleted_as_a_person_would(
    definition: Workflow, recorded: Callable[[], str], configure: Callable[..., None]
) -> None:
    configure(task_log_retention_days=3)
    completed(definition, days_ago=4)
    young = completed(definition, days_ago=2)

    assert delete_old_tasks() == 1

    assert Process.objects.get().pk == young.pk
    assert recorded() == "C L I"


@pytest.mark.parametrize("status", [ProcessStatus.FAILED, ProcessStatus.ABORTED, ProcessStatus.SUSPENDED])
def test_old_tasks_that_did_not_complete_are_kept(status: ProcessStatus, definition: Workflow) -> None:
    store_in_status(definition, status)
    Process.objects.update(last_modified_at=timezone.now() - timedelta(days=400))

    assert delete_old_tasks() == 0


def test_old_processes_that_are_no_tasks_are_kept() -> None:
    completed(define("kept", adding("Work")), days_ago=400)

    assert delete_old_tasks() == 0


def test_a_clean_up_goes_on_while_the_engine_is_locked_and_deletes_a_batch_at_a_time(
    definition: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processes.clean_up.BATCH_TASKS", 2)
    for _ in range(3):
        completed(definition, days_ago=4)
    lock_engine()

    assert [delete_old_tasks() for _ in range(3)] == [2, 1, 0]


def test_a_task_that_a_person_deletes_meanwhile_is_not_counted(
    definition: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    completed(definition, days_ago=4)

    def delete_elsewhere_first(process_id: uuid.UUID) -> None:
        operations.delete_task(process_id)
        operations.delete_task(process_id)

    monkeypatch.setattr("processes.clean_up.delete_task", delete_elsewhere_first)

    assert delete_old_tasks() == 0


def state_after(task: str) -> dict[str, Any]:
    """Run the task and return its last state."""
    process_id = operations.start_process(task, [{}], "jane")
    process = settled(process_id, ProcessStatus.COMPLETED)
    assert process.is_task
    return dict(process.steps.latest("pk").state)


def test_the_task_that_resumes_retries_what_waits_due_or_not_and_runs_what_nobody_took(
    executor: str, definition: Workflow
) -> None:
    processes = [waiting(definition, due_in_seconds=3600), store_in_status(definition, ProcessStatus.CREATED)]

    state = state_after("task_resume_workflows")

    settled(processes[0].pk, ProcessStatus.COMPLETED)
    # The task may have submitted that one twice, the older one, and counted it for both: the next look tells.
    submit_standing()
    settled(processes[1].pk, ProcessStatus.COMPLETED)
    assert state["number_of_resumed_processes"] == 1
    assert state["number_of_submitted_processes"] >= 1


def test_the_task_that_cleans_up_deletes_all_batches(
    executor: str, definition: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processes.clean_up.BATCH_TASKS", 2)
    for _ in range(5):
        completed(definition, days_ago=4)

    assert state_after("task_clean_up_tasks")["tasks_removed"] == 5


def test_the_task_that_resumes_all_says_how_many_and_leaves_itself_out(executor: str, definition: Workflow) -> None:
    tasks = [store_in_status(definition, status) for status in (ProcessStatus.FAILED, ProcessStatus.API_UNAVAILABLE)]

    state = state_after("task_resume_all")

    assert state["number_of_resumed_tasks"] == 2
    for task in tasks:
        settled(task.pk, ProcessStatus.COMPLETED)
