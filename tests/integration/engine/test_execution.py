"""A process from start to end, on each executor: rows, states and statuses after every step."""

import threading
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext
from pydantic_forms.core import FormPage

from processes import operations
from processes.execution import run_process
from processes.executors import get_executor
from processes.executors.job import run_jobs
from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import Assignee, State, abort, begin, conditional, init, inputstep, step, workflow
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.stored_processes import UNKNOWN_ID, settled, steps_of, store_in_status, store_process
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define
from tests.waiting import TIMEOUT_SECONDS


@dataclass
class Port:
    name: str
    speed: int


def test_every_step_is_a_row_with_the_state_after_it(executor: str) -> None:
    define("path", adding("One", one=1), adding("Two", two=2))

    process_id = operations.start_process("path", [{}], "jane")

    settled(process_id, ProcessStatus.COMPLETED)
    initial = {
        "process_id": str(process_id),
        "reporter": "jane",
        "workflow_name": "path",
        "workflow_target": "MODIFY",
    }
    rows = ProcessStep.objects.filter(process_id=process_id)
    assert [(row.name, row.status, row.state, row.created_by) for row in rows] == [
        ("Start", "success", initial, "jane"),
        ("One", "success", {**initial, "one": 1}, "jane"),
        ("Two", "success", {**initial, "one": 1, "two": 2}, "jane"),
        ("Done", "complete", {**initial, "one": 1, "two": 2}, "jane"),
    ]


def test_a_step_that_runs_sees_the_row_as_the_step_before_it_left_it(executor: str) -> None:
    seen: list[tuple[str, str | None, int]] = []

    @step("Look")
    def look(process_id: str) -> None:
        row = Process.objects.get(pk=process_id)
        seen.append((row.last_status, row.last_step, row.steps.count()))

    define("looking", look, adding("Between"), look)

    process_id = operations.start_process("looking", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert seen == [("running", "Start", 1), ("running", "Between", 3)]


def test_a_completed_process_has_no_error_and_no_lease(executor: str) -> None:
    define("path", adding("Work"))

    process_id = operations.start_process("path", [{}], "SYSTEM")

    process = settled(process_id, ProcessStatus.COMPLETED)
    assert (process.last_step, process.failed_reason, process.traceback) == ("Done", None, None)
    assert (process.lease_token, process.lease_expires_at) == (None, None)


def test_a_success_sends_a_pair_for_created_for_running_and_per_step(
    executor: str, recorded: Callable[[], str]
) -> None:
    define("path", adding("Work"))

    process_id = operations.start_process("path", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert recorded() == "L I L I L I L I L I"


def test_steps_are_timed_one_after_the_other(executor: str) -> None:
    define("path", adding("Work"))

    process_id = operations.start_process("path", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    rows = list(ProcessStep.objects.filter(process_id=process_id))
    times = [time for row in rows for time in (row.started_at, row.completed_at) if time is not None]
    assert len(times) == 6
    assert times == sorted(times)


def test_values_are_stored_as_json_and_read_back_as_what_the_next_step_asks_for(executor: str) -> None:
    subscription_id = uuid.uuid4()
    received: list[Any] = []

    @step("Receive")
    def receive(subscription_id: uuid.UUID, port: Port, absent: str | None, default: int = 5) -> None:
        received.extend([subscription_id, port, absent, default])

    define("typed", adding("Make", subscription_id=subscription_id, port=Port("1/1", 10)), receive)

    process_id = operations.start_process("typed", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert received == [subscription_id, Port("1/1", 10), None, 5]
    state = ProcessStep.objects.filter(process_id=process_id).last()
    assert state is not None
    assert state.state["subscription_id"] == str(subscription_id)
    assert state.state["port"] == {"name": "1/1", "speed": 10}


def test_a_skipped_step_is_logged_and_the_process_goes_on(executor: str) -> None:
    (skipped,) = conditional(lambda state: "flag" in state)(adding("Maybe", done=True))
    (taken,) = conditional(lambda state: "flag" in state)(adding("Surely", sure=True))
    define("branching", skipped, adding("Flag", flag=1), taken)

    process_id = operations.start_process("branching", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert steps_of(process_id) == [
        ("Start", "success"),
        ("Maybe", "skipped"),
        ("Flag", "success"),
        ("Surely", "success"),
        ("Done", "complete"),
    ]


def test_a_workflow_that_ends_with_abort_ends_aborted(executor: str, recorded: Callable[[], str]) -> None:
    workflow()(_ending_with_abort)

    process_id = operations.start_process("_ending_with_abort", [{}], "SYSTEM")

    process = settled(process_id, ProcessStatus.ABORTED)
    assert process.last_step == "User Aborted"
    assert recorded() == "L I L I L I L I"


def _ending_with_abort() -> Any:
    return begin >> init >> abort


def test_an_input_step_suspends_for_its_assignee(executor: str, recorded: Callable[[], str]) -> None:
    define("asking", ask_ticket)

    process_id = operations.start_process("asking", [{}], "SYSTEM")

    process = settled(process_id, ProcessStatus.SUSPENDED)
    assert (process.last_step, process.assignee) == ("Ask", "NOC")
    assert steps_of(process_id) == [("Start", "success"), ("Ask", "suspend")]
    assert recorded() == "L I L I L I L I"


def test_the_input_step_is_logged_as_success_with_its_input_before_the_next(
    executor: str, recorded: Callable[[], str]
) -> None:
    definition = define("asking", ask_ticket, adding("After"))
    process = store_process(
        definition,
        ProcessStatus.SUSPENDED,
        ("Start", StepStatus.SUCCESS, {}),
        ("Ask", StepStatus.SUSPEND, {}),
    )

    operations.resume_process(process.pk, [{"number": 7}], "jane")

    settled(process.pk, ProcessStatus.COMPLETED)
    rows = list(ProcessStep.objects.filter(process=process))[2:]
    assert [(row.name, row.status, row.state.get("number"), row.created_by) for row in rows] == [
        ("Ask", "success", 7, "jane"),
        ("After", "success", 7, "jane"),
        ("Done", "complete", 7, "jane"),
    ]
    assert recorded() == "C L I L I L I L I"


def test_two_input_steps_each_get_their_own_input(executor: str) -> None:
    def second_form() -> Generator[type[FormPage], Any, State]:
        class Second(FormPage):
            word: str

        page = yield Second
        return dict(page.model_dump())

    define("asking_twice", ask_ticket, inputstep("Ask again", assignee=Assignee.CHANGES)(second_form))
    process_id = operations.start_process("asking_twice", [{}], "SYSTEM")
    settled(process_id, ProcessStatus.SUSPENDED)
    operations.resume_process(process_id, [{"number": 7}], "SYSTEM")
    assert settled(process_id, ProcessStatus.SUSPENDED).last_step == "Ask again"

    operations.resume_process(process_id, [{"word": "go"}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    state = ProcessStep.objects.filter(process_id=process_id).latest("pk").state
    assert (state["number"], state["word"]) == (7, "go")


@pytest.mark.parametrize(
    "status", [ProcessStatus.SUSPENDED, ProcessStatus.FAILED, ProcessStatus.COMPLETED, ProcessStatus.ABORTED]
)
def test_a_process_that_is_not_runnable_is_left_alone(status: ProcessStatus, recorded: Callable[[], str]) -> None:
    process = store_in_status(define("still", adding("Work")), status)
    before = steps_of(process.pk)

    run_process(process.pk)

    assert steps_of(process.pk) == before
    assert recorded() == ""


def test_a_process_that_does_not_exist_is_left_alone(recorded: Callable[[], str]) -> None:
    run_process(UNKNOWN_ID)

    assert recorded() == ""


def test_a_process_whose_workflow_is_unknown_here_is_given_back(recorded: Callable[[], str]) -> None:
    process = store_in_status(define("elsewhere", adding("Work")), ProcessStatus.RUNNING)
    WORKFLOWS.remove("elsewhere")

    run_process(process.pk)

    assert settled(process.pk, ProcessStatus.RUNNING).last_step == "Start"
    assert recorded() == ""


def test_a_successful_step_costs_three_statements() -> None:
    define("short", adding("Only"))
    define("long", *[adding(f"Step {number}") for number in range(11)])

    def statements(key: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            operations.start_process(key, [{}], "SYSTEM")
        words = [query["sql"].split()[0] for query in captured]
        return sum(word not in ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE") for word in words)

    statements("short")  # the first process ever also inserts the engine's row and its workflow's
    short = statements("short")
    statements("long")
    assert statements("long") - short == 10 * 3


def test_a_process_that_is_run_twice_at_once_runs_each_step_once(executor: str) -> None:
    calls: list[int] = []

    @step("Count")
    def count() -> None:
        calls.append(1)

    process = store_in_status(define("counted", count), ProcessStatus.RUNNING)

    for _ in range(5):
        get_executor().submit(process.pk)

    settled(process.pk, ProcessStatus.COMPLETED)
    assert calls == [1]


def test_processes_that_wait_for_one_thread_share_its_connection() -> None:
    processes = [store_in_status(define(f"waits {number}", adding("Work")), ProcessStatus.RUNNING) for number in "12"]
    connections: list[BaseDatabaseWrapper] = []

    def note(connection: BaseDatabaseWrapper, **signal_arguments: object) -> None:
        if threading.current_thread().name == "jobs":
            connections.append(connection)

    connection_created.connect(note)
    thread = threading.Thread(target=run_jobs, args=[[process.pk for process in processes]], name="jobs")
    thread.start()
    thread.join(TIMEOUT_SECONDS)
    connection_created.disconnect(note)

    assert [settled(process.pk, ProcessStatus.COMPLETED).last_step for process in processes] == ["Done", "Done"]
    assert len(connections) == 1
    assert connections[0].connection is None
