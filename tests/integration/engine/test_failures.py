"""Steps that raise: what is kept of the error, the process's status, and retries; on each executor."""

from collections.abc import Callable

import pytest

from processes import operations
from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus
from processes.workflow import ApiException, InconsistentDataError, ProcessFailureError, retrystep, step
from tests.integration.engine.stored_processes import settled, steps_of
from tests.integration.engine.throwaway_workflows import adding, define, raising


class MaxRetryError(Exception):
    """Named as the error of a well-known HTTP library."""


class MoreInconsistentDataError(InconsistentDataError):
    """A subclass, which decides nothing."""


def start(key: str, reporter: str = "SYSTEM") -> Process:
    """Start the workflow, wait until it has failed, and return the process."""
    return settled(operations.start_process(key, [{}], reporter), ProcessStatus.FAILED)


def retry(process: Process, reporter: str = "SYSTEM", status: ProcessStatus = ProcessStatus.FAILED) -> Process:
    """Resume the process and wait until it has ended in the status with another time of change."""
    operations.resume_process(process.pk, [], reporter)
    return settled(process.pk, status)


def test_a_missing_state_key_fails_the_step_with_the_keys_name(executor: str) -> None:
    @step("Needs a key")
    def needs(subscription_id: str) -> None:
        raise AssertionError("it must not be called")

    define("keyless", needs)

    process = start("keyless")

    assert process.failed_reason is not None
    assert "subscription_id" in process.failed_reason
    assert steps_of(process.pk) == [("Start", "success"), ("Needs a key", "failed")]


def test_class_message_and_traceback_are_kept(executor: str) -> None:
    define("failing", raising("Break", lambda: ValueError("disk full")))

    process = start("failing")

    row = process.steps.latest("pk")
    assert row.state == {"class": "ValueError", "error": "disk full"}
    assert row.started_at is None
    assert process.failed_reason == "disk full"
    assert process.traceback is not None
    assert process.traceback.startswith("ValueError: disk full\n")
    assert "throwaway_workflows.py" in process.traceback


def test_a_failure_sends_the_pair_of_its_step_and_the_counts(executor: str, recorded: Callable[[], str]) -> None:
    define("failing", raising("Break", lambda: ValueError("disk full")), adding("Never"))

    start("failing")

    assert recorded() == "L I L I L I L I C"


def test_a_long_reason_keeps_its_beginning_and_a_long_traceback_its_end(executor: str) -> None:
    message = "".join(f"{number:09d} " for number in range(10_000))
    define("verbose", raising("Break", lambda: ValueError(message)))

    process = start("verbose")

    assert process.failed_reason == message[:10_000]
    assert process.traceback is not None
    assert len(process.traceback) == 50_000
    assert process.traceback.rstrip().endswith("raise make_error()")


@pytest.mark.parametrize(
    ("make_error", "more"),
    [
        pytest.param(
            lambda: ProcessFailureError("no port", {"node": 7}), {"details": {"node": 7}}, id="process failure"
        ),
        pytest.param(
            lambda: ApiException(503, "away", '{"a":1}', {"Retry-After": "5"}),
            {"status_code": 503, "body": '{"a":1}', "headers": {"Retry-After": "5"}},
            id="API exception",
        ),
    ],
)
def test_an_error_that_says_more_is_kept_with_it(
    make_error: Callable[[], Exception], more: dict[str, object], executor: str
) -> None:
    define("explaining", raising("Break", make_error))

    process = start("explaining")

    error = make_error()
    assert process.steps.latest("pk").state == {"class": type(error).__name__, "error": str(error), **more}


@pytest.mark.parametrize(
    ("make_error", "of_a_task"),
    [
        (lambda: InconsistentDataError("differs"), "inconsistent_data"),
        (lambda: MaxRetryError("no answer"), "api_unavailable"),
        (lambda: ApiException(500, "broken"), "api_unavailable"),
        (lambda: MoreInconsistentDataError("differs"), "failed"),
        (lambda: ProcessFailureError("no port"), "failed"),
        (lambda: AssertionError("wrong"), "failed"),
        (lambda: ValueError("wrong"), "failed"),
        (lambda: SystemExit(1), "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value()).__name__,
)
@pytest.mark.parametrize("is_task", [True, False], ids=["task", "no task"])
def test_the_class_of_the_error_decides_the_status_of_a_task_only(
    make_error: Callable[[], BaseException], of_a_task: str, is_task: bool, recorded: Callable[[], str]
) -> None:
    define("judged", raising("Break", make_error), is_task=is_task)

    process_id = operations.start_process("judged", [{}], "SYSTEM")

    settled(process_id, ProcessStatus(of_a_task if is_task else "failed"))
    assert steps_of(process_id)[-1] == ("Break", "failed")
    assert recorded() == "L I L I L I L I C"


def test_a_retrystep_that_raises_waits_with_its_error(executor: str, recorded: Callable[[], str]) -> None:
    @retrystep("Poll")
    def poll() -> None:
        raise ValueError("not yet")

    define("polling", poll)

    process_id = operations.start_process("polling", [{}], "SYSTEM")

    process = settled(process_id, ProcessStatus.WAITING)
    assert (process.failed_reason, steps_of(process_id)[-1]) == ("not yet", ("Poll", "waiting"))
    assert process.traceback is not None
    assert recorded() == "L I L I L I L I"


@pytest.mark.parametrize("decorate", [step, retrystep], ids=["failed", "waiting"])
def test_a_retry_that_succeeds_appends_a_row_and_clears_the_error(
    decorate: Callable[..., Callable[..., object]], executor: str, recorded: Callable[[], str]
) -> None:
    errors = [ValueError("not yet")]

    def work() -> dict[str, int]:
        if errors:
            raise errors.pop()
        return {"worked": 1}

    define("second_try", decorate("Work")(work))  # type: ignore[arg-type]  # both make a Step
    process_id = operations.start_process("second_try", [{}], "SYSTEM")
    status = ProcessStatus.FAILED if decorate is step else ProcessStatus.WAITING
    settled(process_id, status)
    recorded()

    operations.resume_process(process_id, [], "SYSTEM")

    process = settled(process_id, ProcessStatus.COMPLETED)
    assert steps_of(process_id) == [
        ("Start", "success"),
        ("Work", status.value),
        ("Work", "success"),
        ("Done", "complete"),
    ]
    assert (process.failed_reason, process.traceback) == (None, None)
    assert process.steps.latest("pk").state["worked"] == 1
    assert recorded() == "C L I L I L I"


def test_a_retry_that_fails_again_the_same_way_updates_the_row_in_place(
    executor: str, recorded: Callable[[], str]
) -> None:
    define("stubborn", raising("Break", lambda: ValueError("disk full")))
    process = start("stubborn")
    first = process.steps.latest("pk")
    recorded()

    retry(process)

    again = process.steps.latest("pk")
    assert steps_of(process.pk) == [("Start", "success"), ("Break", "failed")]
    assert again.step_id == first.step_id
    assert again.completed_at > first.completed_at
    assert again.state == {
        "class": "ValueError",
        "error": "disk full",
        "retries": 1,
        "completed_at": [str(first.completed_at)],
    }
    assert recorded() == "C L I L I C"


def test_each_further_retry_adds_its_time(executor: str) -> None:
    define("stubborn", raising("Break", lambda: ValueError("disk full")))
    process = start("stubborn")
    times = [str(process.steps.latest("pk").completed_at)]

    for _ in range(2):
        retry(process)
        times.append(str(process.steps.latest("pk").completed_at))

    row = process.steps.latest("pk")
    assert (row.state["retries"], row.state["completed_at"]) == (2, times[:2])


def test_a_retry_that_fails_in_another_way_appends_a_row(executor: str) -> None:
    messages = ["first", "second"]
    define("moody", raising("Break", lambda: ValueError(messages.pop(0))))
    process = start("moody")

    process = retry(process)

    assert steps_of(process.pk) == [("Start", "success"), ("Break", "failed"), ("Break", "failed")]
    assert process.failed_reason == "second"
    assert "retries" not in process.steps.latest("pk").state


def test_a_retry_by_another_user_that_fails_the_same_way_appends_a_row(executor: str) -> None:
    define("stubborn", raising("Break", lambda: ValueError("disk full")))
    process = start("stubborn", reporter="jane")

    retry(process, reporter="bob")

    rows = ProcessStep.objects.filter(process=process, name="Break")
    assert [(row.created_by, "retries" in row.state) for row in rows] == [("jane", False), ("bob", False)]


@pytest.mark.parametrize(
    "returned",
    [
        pytest.param(["a", "list"], id="no dict"),
        pytest.param({"value": object()}, id="a value without JSON form"),
    ],
)
def test_a_step_that_returns_something_else_fails(returned: object, executor: str) -> None:
    @step("Return")
    def give() -> dict[str, object]:
        return returned  # type: ignore[return-value]  # that is the point

    define("returning", give)

    process = start("returning")

    assert steps_of(process.pk)[-1] == ("Return", "failed")
    assert process.failed_reason
