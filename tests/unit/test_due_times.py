"""Due times: when maintenance acts on a process that waits or awaits."""

from datetime import UTC, datetime, timedelta

import pytest

from processes.due_times import due_at, retry_delay
from processes.workflow.results import (
    Abort,
    AwaitingCallback,
    Complete,
    Failed,
    Result,
    Skipped,
    Success,
    Suspend,
    Waiting,
)

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
ERROR = ValueError("no")


@pytest.mark.parametrize(
    ("retries", "seconds"),
    [(0, 10), (1, 20), (2, 40), (8, 2560), (9, 3600), (10, 3600), (100_000, 3600)],
)
def test_a_retry_waits_twice_as_long_each_time_up_to_an_hour(retries: int, seconds: int) -> None:
    assert retry_delay(retries) == timedelta(seconds=seconds)
    assert due_at(Waiting(ERROR), retries, NOW) == NOW + timedelta(seconds=seconds)


def test_a_callback_is_due_after_its_timeout() -> None:
    assert due_at(AwaitingCallback({}, timedelta(seconds=90)), 0, NOW) == NOW + timedelta(seconds=90)


@pytest.mark.parametrize(
    "result",
    [AwaitingCallback({}), Success({}), Skipped({}), Suspend({}), Complete({}), Abort({}), Failed(ERROR)],
    ids=lambda result: type(result).__name__,
)
def test_nothing_else_is_ever_due(result: Result) -> None:
    assert due_at(result, 0, NOW) is None
