"""Resuming all tasks: one request at a time across hosts, each task once, as a retry by the one who asked."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from processes import operations, resume_all
from processes.errors import ResumeAllInProgressError
from processes.models import Process, ProcessInput, ResumeRequest
from processes.resume_all import request_resume_all, resume_requested
from processes.statuses import FAILURES, ProcessStatus
from processes.workflow import Workflow
from processes.workflow.registry import WORKFLOWS
from settings.operations import EngineLockedError
from tests.integration.engine.stored_processes import lock_engine, settled, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.waiting import TIMEOUT_SECONDS

TAKEN = FAILURES | {ProcessStatus.WAITING}


@pytest.fixture
def definition() -> Workflow:
    """Return a task of one step."""
    return define("retried", adding("Work"), is_task=True)


@pytest.mark.parametrize("status", sorted(ProcessStatus))
def test_only_what_failed_or_waits_is_taken(status: ProcessStatus, definition: Workflow) -> None:
    store_in_status(definition, status)

    assert request_resume_all("jane") == (status in TAKEN)


def test_only_tasks_are_taken() -> None:
    store_in_status(define("no_task", adding("Work")), ProcessStatus.FAILED)

    assert request_resume_all("jane") == 0


def test_asking_sends_nothing_and_each_task_is_then_retried_for_the_one_who_asked(
    executor: str, definition: Workflow, recorded: Callable[[], str]
) -> None:
    task = store_in_status(definition, ProcessStatus.FAILED)

    request_resume_all("jane")
    asked = recorded()
    done = [resume_requested(), resume_requested()]

    settled(task.pk, ProcessStatus.COMPLETED)
    assert (asked, done) == ("", [1, 0])
    assert recorded() == "C L I L I L I"
    assert ProcessInput.objects.filter(process=task).latest("pk").created_by == "jane"


def test_a_second_request_is_refused_until_the_first_is_done(executor: str, definition: Workflow) -> None:
    store_in_status(definition, ProcessStatus.FAILED)
    request_resume_all("jane")

    with pytest.raises(ResumeAllInProgressError):
        request_resume_all("bob")

    resume_requested()
    assert request_resume_all("bob") == 0


def test_of_two_requests_at_once_one_is_accepted(definition: Workflow) -> None:
    store_in_status(definition, ProcessStatus.FAILED)
    barrier = threading.Barrier(2, timeout=TIMEOUT_SECONDS)
    answers: list[int | type[Exception]] = []

    def ask() -> None:
        try:
            barrier.wait()
            answers.append(request_resume_all("jane"))
        except ResumeAllInProgressError as error:
            answers.append(type(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers, key=str) == [1, ResumeAllInProgressError]


def test_hosts_that_do_it_at_once_resume_each_task_once(executor: str, definition: Workflow) -> None:
    tasks = [store_in_status(definition, ProcessStatus.FAILED) for _ in range(4)]
    request_resume_all("jane")
    done: list[int] = []

    def do() -> None:
        try:
            done.append(resume_requested())
        finally:
            connection.close()

    threads = [threading.Thread(target=do) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for task in tasks:
        settled(task.pk, ProcessStatus.COMPLETED)
        assert ProcessInput.objects.filter(process=task).count() == 2
    assert sum(done) == 4


def test_what_another_host_did_meanwhile_is_not_done_again(
    definition: Workflow, monkeypatch: pytest.MonkeyPatch, recorded: Callable[[], str]
) -> None:
    task = store_in_status(definition, ProcessStatus.FAILED)
    request_resume_all("jane")
    resume = operations.resume_process

    def resume_after_another(process_id: object, *arguments: object, **options: object) -> None:
        ResumeRequest.objects.all().delete()
        resume(task.pk, [], "jane")

    monkeypatch.setattr(resume_all, "resume_process", resume_after_another)
    monkeypatch.setattr("processes.resume_all.ResumeRequest.objects.filter", lambda **_: ResumeRequest.objects.none())

    assert resume_requested() == 0
    assert Process.objects.get().status is ProcessStatus.FAILED
    assert recorded() == ""


@pytest.mark.parametrize("status", [ProcessStatus.RUNNING, ProcessStatus.RESUMED, ProcessStatus.COMPLETED])
def test_what_has_gone_on_by_then_is_skipped(
    status: ProcessStatus, definition: Workflow, recorded: Callable[[], str]
) -> None:
    task = store_in_status(definition, ProcessStatus.FAILED)
    request_resume_all("jane")
    Process.objects.filter(pk=task.pk).update(last_status=status)

    assert resume_requested() == 0
    assert recorded() == ""
    assert not ResumeRequest.objects.exists()


def test_a_task_that_was_removed_from_the_code_is_skipped() -> None:
    definition = define("removed", adding("Work"), is_task=True)
    store_in_status(definition, ProcessStatus.FAILED)
    WORKFLOWS.remove(definition.name)
    request_resume_all("jane")

    assert resume_requested() == 0
    assert not ResumeRequest.objects.exists()


def test_a_deleted_task_takes_its_request_with_it(definition: Workflow) -> None:
    task = store_in_status(definition, ProcessStatus.FAILED)
    request_resume_all("jane")

    operations.delete_task(task.pk)

    assert request_resume_all("jane") == 0


def test_a_locked_engine_refuses_requests_and_keeps_those_it_has(executor: str, definition: Workflow) -> None:
    store_in_status(definition, ProcessStatus.FAILED)
    request_resume_all("jane")
    lock_engine()

    assert resume_requested() == 0

    assert ResumeRequest.objects.count() == 1
    with pytest.raises(EngineLockedError):
        request_resume_all("jane")
