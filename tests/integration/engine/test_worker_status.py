"""Browsers hear of workers and queues when the numbers have changed, and only where the executor is Celery."""

import time
from collections.abc import Callable, Iterator

import pytest

from processes.executors import get_executor
from processes.models import Process
from processes.statuses import ProcessStatus
from processes.worker_status import FORGET_SECONDS, WorkerStatusWatch, get_worker_status
from tests.integration.engine.stored_processes import hold_elsewhere, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define


@pytest.fixture
def watch(configure: Callable[..., None]) -> Iterator[WorkerStatusWatch]:
    """Return the watch of a host whose executor is Celery and that has told browsers of an idle installation."""
    configure(executor="celery", redis_url="redis://127.0.0.1:1/0")
    get_executor.cache_clear()
    made = WorkerStatusWatch()
    made.record_if_changed()
    yield made
    get_executor.cache_clear()


@pytest.fixture
def process() -> Process:
    """Store a process that waits for a runner."""
    return store_in_status(define("watched", adding("Work")), ProcessStatus.RESUMED)


def test_the_first_look_always_tells(watch: WorkerStatusWatch, recorded: Callable[[], str]) -> None:
    assert (WorkerStatusWatch().record_if_changed(), recorded()) == (1, "W")


def test_numbers_that_stay_the_same_are_told_once(watch: WorkerStatusWatch, recorded: Callable[[], str]) -> None:
    assert (watch.record_if_changed(), watch.record_if_changed(), recorded()) == (0, 0, "")


def test_a_process_that_waits_or_is_taken_is_told(
    watch: WorkerStatusWatch, process: Process, recorded: Callable[[], str]
) -> None:
    assert (watch.record_if_changed(), recorded()) == (1, "W")

    hold_elsewhere(process)

    assert (watch.record_if_changed(), recorded()) == (1, "W")
    assert (get_worker_status().number_of_queued_jobs, get_worker_status().number_of_running_jobs) == (0, 1)


def test_after_a_pause_in_which_another_host_may_have_told_others_they_are_told_again(
    watch: WorkerStatusWatch, monkeypatch: pytest.MonkeyPatch, recorded: Callable[[], str]
) -> None:
    later = time.monotonic() + FORGET_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert (watch.record_if_changed(), recorded()) == (1, "W")


def test_other_executors_tell_nothing(process: Process, recorded: Callable[[], str]) -> None:
    assert (WorkerStatusWatch().record_if_changed(), recorded()) == (0, "")
