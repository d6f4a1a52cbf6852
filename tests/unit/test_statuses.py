"""Statuses: the values of the contract, and the status of a process after each result of a step."""

import pytest

from processes.statuses import (
    DONE_STEPS,
    ERROR_STEPS,
    FAILURES,
    RESUMABLE,
    RUNNABLE,
    TERMINAL,
    ProcessStatus,
    StepStatus,
    process_status_after,
)

AFTER = [
    ("success", "running"),
    ("skipped", "running"),
    ("suspend", "suspended"),
    ("waiting", "waiting"),
    ("awaiting_callback", "awaiting_callback"),
    ("failed", "failed"),
    ("abort", "aborted"),
    ("complete", "completed"),
]


def test_process_statuses_are_those_of_the_contract() -> None:
    names = "created running suspended waiting awaiting_callback aborted"
    names += " failed api_unavailable inconsistent_data completed resumed"
    assert " ".join(status.value for status in ProcessStatus) == names


def test_step_statuses_are_those_of_the_contract() -> None:
    assert {status.value for status in StepStatus} == {status for status, _ in AFTER} | {"pending"}


@pytest.mark.parametrize("is_task", [False, True], ids=["process", "task"])
@pytest.mark.parametrize(("step", "process"), AFTER, ids=[step for step, _ in AFTER])
def test_a_step_leaves_its_process_with_the_status_of_the_contract(step: str, process: str, is_task: bool) -> None:
    assert process_status_after(StepStatus(step), is_task=is_task) == process


@pytest.mark.parametrize(
    ("error_class", "of_task"),
    [
        ("InconsistentDataError", "inconsistent_data"),
        ("MaxRetryError", "api_unavailable"),
        ("ApiException", "api_unavailable"),
        ("AssertionError", "failed"),
        ("NotFoundApiException", "failed"),
        ("apiexception", "failed"),
        (None, "failed"),
    ],
)
def test_a_failed_task_is_told_apart_by_the_exact_class(error_class: str | None, of_task: str) -> None:
    failed = StepStatus.FAILED
    assert process_status_after(failed, is_task=True, error_class=error_class) == of_task
    assert process_status_after(failed, is_task=False, error_class=error_class) == ProcessStatus.FAILED


def test_a_task_that_waits_to_be_retried_waits_whatever_was_raised() -> None:
    assert process_status_after(StepStatus.WAITING, is_task=True, error_class="ApiException") == "waiting"


@pytest.mark.parametrize(
    ("members", "values"),
    [
        pytest.param(RUNNABLE, "created running resumed", id="runnable"),
        pytest.param(FAILURES, "failed api_unavailable inconsistent_data", id="failures"),
        pytest.param(TERMINAL, "completed failed inconsistent_data api_unavailable aborted", id="terminal"),
        pytest.param(
            RESUMABLE,
            "suspended waiting awaiting_callback failed api_unavailable inconsistent_data resumed",
            id="resumable",
        ),
        pytest.param(DONE_STEPS, "success skipped complete", id="done-steps"),
        pytest.param(ERROR_STEPS, "failed waiting", id="error-steps"),
    ],
)
def test_each_set_of_statuses_is_that_of_the_contract(members: frozenset[str], values: str) -> None:
    assert members == set(values.split())


def test_every_process_status_is_runnable_resumable_or_an_end() -> None:
    assert set(ProcessStatus) == RUNNABLE | RESUMABLE | TERMINAL
