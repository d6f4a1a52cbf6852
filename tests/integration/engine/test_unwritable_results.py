"""Results that the database refuses: the process shows it, no thread dies, no lease stays held."""

import logging
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test import Client

from processes import execution, operations
from processes.executors import get_executor
from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus
from processes.step_log import Run, log_step
from processes.workflow import step
from processes.workflow.runner import Executed
from tests.integration.engine.stored_processes import settled, steps_of
from tests.integration.engine.throwaway_workflows import adding, define, raising
from tests.waiting import eventually


class FlakyLog:
    """Stands in for ``log_step``: raises the first times that a step named ``Work`` is logged, then writes."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def __call__(self, run: Run, executed: Executed) -> None:
        if executed.step.name == "Work" and self.failures:
            self.failures -= 1
            raise OSError("disk full")
        log_step(run, executed)


class LosingConnection:
    """Stands in for ``log_step``: loses the connection the first time that a step named ``Work`` is logged."""

    def __init__(self, *, after_commit: bool) -> None:
        self._after_commit = after_commit
        self.lost = False

    def __call__(self, run: Run, executed: Executed) -> None:
        loses = executed.step.name == "Work" and not self.lost
        if not loses or self._after_commit:
            log_step(run, executed)
        if loses:
            self.lost = True
            connection.close()
            raise OperationalError("the connection is lost")


@pytest.mark.parametrize("after_commit", [False, True], ids=["before the commit", "after the commit"])
def test_a_lost_connection_fails_no_step_and_runs_no_written_one_again(
    after_commit: bool, executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    losing = LosingConnection(after_commit=after_commit)
    monkeypatch.setattr(execution, "log_step", losing)
    define("cut_off", adding("Work"))
    process_id = operations.start_process("cut_off", [{}], "SYSTEM")
    eventually(lambda: losing.lost)
    settled(process_id, ProcessStatus.RUNNING)

    get_executor().submit(process_id)

    settled(process_id, ProcessStatus.COMPLETED)
    assert steps_of(process_id) == [("Start", "success"), ("Work", "success"), ("Done", "complete")]


def test_a_result_that_cannot_be_written_is_logged_as_failed(
    executor: str, monkeypatch: pytest.MonkeyPatch, recorded: Callable[[], str]
) -> None:
    monkeypatch.setattr(execution, "log_step", FlakyLog(failures=1))
    define("flaky", adding("Work"), adding("Never"))

    process_id = operations.start_process("flaky", [{}], "SYSTEM")

    process = settled(process_id, ProcessStatus.FAILED)
    assert steps_of(process_id) == [("Start", "success"), ("Work", "failed")]
    assert process.failed_reason == "disk full"
    assert process.steps.latest("pk").state == {"class": "OSError", "error": "disk full"}
    assert recorded() == "L I L I L I L I C"


def test_what_cannot_be_written_even_as_failed_is_logged_and_given_up(
    executor: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(execution, "log_step", FlakyLog(failures=2))
    define("flaky", adding("Work"), adding("Never"))

    process_id = operations.start_process("flaky", [{}], "SYSTEM")

    eventually(lambda: any(record.levelno == logging.ERROR for record in caplog.records))
    settled(process_id, ProcessStatus.RUNNING)
    assert steps_of(process_id) == [("Start", "success")]
    assert any(str(process_id) in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("failures", [1, 2])
def test_the_executor_runs_the_next_process_as_ever(
    failures: int, executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "log_step", FlakyLog(failures=failures * 8))
    define("flaky", adding("Work"))
    define("sound", adding("Other"))
    for _ in range(8):
        operations.start_process("flaky", [{}], "SYSTEM")

    process_id = operations.start_process("sound", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    eventually(lambda: not Process.objects.exclude(lease_token=None).exists())


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(float("nan"), id="NaN"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param({"deep": ["\ud800"]}, id="lone surrogate further down"),
    ],
)
def test_a_state_that_no_frame_and_no_answer_can_hold_fails_its_step(
    value: object, executor: str, client: Client
) -> None:
    define("odd", adding("Work", value=value), adding("Never"))

    process_id = operations.start_process("odd", [{}], "SYSTEM")

    ended(process_id)
    assert client.get(f"/api/processes/{process_id}").status_code == 200
    assert steps_of(process_id) == [("Start", "success"), ("Work", "failed")]


def ended(process_id: UUID) -> Process:
    """Wait until the process is failed or completed."""
    rows = Process.objects.filter(pk=process_id, last_status__in=["failed", "completed"])
    process = eventually(rows.first)
    assert process is not None
    return process


@pytest.mark.parametrize("message", [pytest.param("a\0b", id="NUL"), pytest.param("\ud800", id="lone surrogate")])
def test_an_error_whose_text_cannot_be_stored_ends_failed_and_stays_readable(
    message: str, executor: str, client: Client
) -> None:
    define("odd", raising("Work", lambda: ValueError(message)))

    process_id = operations.start_process("odd", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.FAILED)
    assert client.get(f"/api/processes/{process_id}").status_code == 200
    assert client.get("/api/processes/").status_code == 200


def test_a_step_that_leaves_a_broken_transaction_behind_harms_nothing(executor: str) -> None:
    @step("Break the connection")
    def break_connection() -> None:
        connection.close()

    define("rude", break_connection, adding("After"))

    process_id = operations.start_process("rude", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert ProcessStep.objects.filter(process_id=process_id).count() == 4
