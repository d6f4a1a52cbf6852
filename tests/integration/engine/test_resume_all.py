"""Resuming all tasks: one request at a time across hosts, each task once, as a retry by the one who asked."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from access.callers import Caller
from processes import operations, resume_all
from processes.errors import ResumeAllInProgressError
from processes.models import Process, ProcessInput, ResumeRequest
from processes.resume_all import request_resume_all, resume_requested
from processes.statuses import FAILURES, ProcessStatus, StepStatus
from processes.workflow import AuthContext, Authorizer, Workflow, step_group
from processes.workflow.registry import WORKFLOWS
from settings.operations import EngineLockedError
from tests.integration.engine.stored_processes import lock_engine, settled, store_in_status, store_process
from tests.integration.engine.throwaway_workflows import adding, define
from tests.waiting import TIMEOUT_SECONDS

TAKEN = FAILURES | {ProcessStatus.WAITING}
NOBODY = Caller()
"""The caller while authentication is off."""


@pytest.fixture
def definition() -> Workflow:
    """Return a task of one step."""
    return define("retried", adding("Work"), is_task=True)


@pytest.mark.parametrize("status", sorted(ProcessStatus))
def test_only_what_failed_or_waits_is_taken(status: ProcessStatus, definition: Workflow) -> None:
    store_in_status(definition, status)

    assert request_resume_all(NOBODY, "jane") == (status in TAKEN)


def test_only_tasks_are_taken() -> None:
    store_in_status(define("no_task", adding("Work")), ProcessStatus.FAILED)

    assert request_resume_all(NOBODY, "jane") == 0


def test_asking_sends_nothing_and_each_task_is_then_retried_for_the_one_who_asked(
    executor: str, definition: Workflow, recorded: Callable[[], str]
) -> None:
    task = store_in_status(definition, ProcessStatus.FAILED)

    request_resume_all(NOBODY, "jane")
    asked = recorded()
    done = [resume_requested(), resume_requested()]

    settled(task.pk, ProcessStatus.COMPLETED)
    assert (asked, done) == ("", [1, 0])
    assert recorded() == "C L I L I L I"
    assert ProcessInput.objects.filter(process=task).latest("pk").created_by == "jane"


def test_a_second_request_is_refused_until_the_first_is_done(executor: str, definition: Workflow) -> None:
    store_in_status(definition, ProcessStatus.FAILED)
    request_resume_all(NOBODY, "jane")

    with pytest.raises(ResumeAllInProgressError):
        request_resume_all(NOBODY, "bob")

    resume_requested()
    assert request_resume_all(NOBODY, "bob") == 0


def test_of_two_requests_at_once_one_is_accepted(definition: Workflow) -> None:
    store_in_status(definition, ProcessStatus.FAILED)
    barrier = threading.Barrier(2, timeout=TIMEOUT_SECONDS)
    answers: list[int | type[Exception]] = []

    def ask() -> None:
        try:
            barrier.wait()
            answers.append(request_resume_all(NOBODY, "jane"))
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
    request_resume_all(NOBODY, "jane")
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
    request_resume_all(NOBODY, "jane")
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
    request_resume_all(NOBODY, "jane")
    Process.objects.filter(pk=task.pk).update(last_status=status)

    assert resume_requested() == 0
    assert recorded() == ""
    assert not ResumeRequest.objects.exists()


def test_a_task_that_was_removed_from_the_code_is_skipped() -> None:
    definition = define("removed", adding("Work"), is_task=True)
    store_in_status(definition, ProcessStatus.FAILED)
    WORKFLOWS.remove(definition.name)
    request_resume_all(NOBODY, "jane")

    assert resume_requested() == 0
    assert not ResumeRequest.objects.exists()


def test_a_deleted_task_takes_its_request_with_it(definition: Workflow) -> None:
    task = store_in_status(definition, ProcessStatus.FAILED)
    request_resume_all(NOBODY, "jane")

    operations.delete_task(task.pk)

    assert request_resume_all(NOBODY, "jane") == 0


def test_a_locked_engine_refuses_requests_and_keeps_those_it_has(executor: str, definition: Workflow) -> None:
    store_in_status(definition, ProcessStatus.FAILED)
    request_resume_all(NOBODY, "jane")
    lock_engine()

    assert resume_requested() == 0

    assert ResumeRequest.objects.count() == 1
    with pytest.raises(EngineLockedError):
        request_resume_all(NOBODY, "jane")


class TestAuthorizers:
    ADA, BOB = Caller(name="ada"), Caller(name="bob")

    @pytest.fixture
    def asked(self) -> list[tuple[str, str]]:
        """Return what authorizers of the test were asked about, so far: names of the user and the step."""
        return []

    @pytest.fixture
    def only_ada(self, asked: list[tuple[str, str]]) -> Callable[[AuthContext], bool]:
        def decide(context: AuthContext) -> bool:
            assert context.action == "retry_workflow"
            assert context.step is not None
            asked.append((context.user.name, context.step.name))
            return bool(context.user.name == "ada")

        return decide

    def test_each_step_is_asked_about_once_for_however_many_tasks(
        self, asked: list[tuple[str, str]], only_ada: Authorizer, django_assert_max_num_queries: Any
    ) -> None:
        definition = define("guarded", adding("Work"), is_task=True, authorize_callback=only_ada)
        for status in sorted(TAKEN) * 3:
            store_in_status(definition, status)

        with django_assert_max_num_queries(16):
            assert request_resume_all(self.BOB, "bob") == 0
        assert asked == [("bob", "Work")]
        with django_assert_max_num_queries(16):
            assert request_resume_all(self.ADA, "ada") == 3 * len(TAKEN)

    @pytest.mark.parametrize("place", ["workflow", "step", "step for resumes", "sub-step", "group"])
    def test_whoever_decides_on_a_retry_is_asked(self, place: str, only_ada: Authorizer) -> None:
        work = adding("Work")
        steps = {
            "workflow": work,
            "step": replace(work, retry_auth_callback=only_ada),
            "step for resumes": replace(work, resume_auth_callback=only_ada),
            "sub-step": step_group("Group", [replace(work, resume_auth_callback=only_ada)]),
            "group": step_group("Group", [work], retry_auth_callback=only_ada),
        }
        of_workflow: dict[str, Any] = {"retry_auth_callback": only_ada} if place == "workflow" else {}
        task = store_in_status(define("guarded", steps[place], is_task=True, **of_workflow), ProcessStatus.FAILED)
        if place == "sub-step":
            row = task.steps.latest("pk")
            row.group_state = {"__step_group": "Group", "__sub_step": "Work"}
            row.save()

        assert request_resume_all(None, "nobody") == 0
        assert request_resume_all(self.BOB, "bob") == 0
        assert request_resume_all(self.ADA, "ada") == 1

    def test_a_step_that_the_task_has_not_come_to_decides_nothing(self, only_ada: Authorizer) -> None:
        later = replace(adding("Later"), retry_auth_callback=only_ada)
        guarded = define("guarded", adding("Work"), later, is_task=True)
        error = {"class": "ValueError", "error": "disk full"}
        store_process(
            guarded, ProcessStatus.FAILED, ("Start", StepStatus.SUCCESS, {}), ("Work", StepStatus.FAILED, error)
        )

        assert request_resume_all(self.BOB, "bob") == 1

    def test_a_task_that_has_come_further_than_the_caller_was_authorized_for_is_skipped(
        self, definition: Workflow, recorded: Callable[[], str]
    ) -> None:
        task = store_in_status(definition, ProcessStatus.FAILED)
        request_resume_all(self.BOB, "bob")
        task.steps.create(
            name="Later", status=StepStatus.FAILED, state={"class": "E", "error": "e"}, completed_at=timezone.now()
        )

        assert resume_requested() == 0
        assert recorded() == ""
        assert not ResumeRequest.objects.exists()

    def test_a_request_of_an_earlier_version_which_asked_nobody_is_skipped(self, definition: Workflow) -> None:
        task = store_in_status(definition, ProcessStatus.FAILED)
        ResumeRequest.objects.create(process=task, created_by="bob")

        assert resume_requested() == 0
