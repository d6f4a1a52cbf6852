"""Hosts: each shows itself while it lives, its threads survive what happens to the database, and it ends at once."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from processes import executor_host
from processes.executor_host import Host
from processes.hosts import count_runners
from processes.models import ExecutorHost
from processes.periodic_thread import PeriodicThread
from tests.waiting import TIMEOUT_SECONDS, eventually


@pytest.fixture
def host(configure: Callable[..., None]) -> Iterator[Host]:
    """Return a host with short leases, stopped at the end."""
    configure(lease_seconds=0.4)
    made = Host()
    yield made
    made.stop()


def row() -> ExecutorHost | None:
    return ExecutorHost.objects.first()


def test_a_host_shows_itself_while_it_lives(host: Host) -> None:
    host.start(4)

    shown = eventually(row)
    assert shown is not None
    assert (shown.runner_count, shown.executor) == (4, "immediate")
    host.stop()
    assert row() is None


def test_its_row_is_kept_alive(host: Host) -> None:
    host.start(4)
    first = eventually(row)
    assert first is not None

    eventually(lambda: timezone.now() > first.expires_at)

    assert count_runners() == 4


def test_a_row_that_was_taken_for_dead_comes_back(host: Host) -> None:
    host.start(4)
    eventually(row)

    ExecutorHost.objects.all().delete()

    eventually(row)


def test_starting_and_stopping_twice_does_nothing(host: Host) -> None:
    host.start(4)
    host.start(4)
    eventually(row)
    host.stop()

    host.stop()

    assert ExecutorHost.objects.count() == 0


def test_a_stopped_host_can_be_started_again(host: Host) -> None:
    host.start(4)
    eventually(row)
    host.stop()

    host.start(2)

    assert eventually(count_runners) == 2


def test_runners_are_counted_on_all_living_hosts() -> None:
    now = timezone.now()
    for runner_count, seconds in ((4, 60), (3, 60), (5, -1)):
        ExecutorHost.objects.create(
            name="elsewhere",
            pid=1,
            executor="celery",
            runner_count=runner_count,
            expires_at=now + timedelta(seconds=seconds),
        )

    assert count_runners() == 7


def test_no_host_has_no_runners_and_no_faults() -> None:
    assert (count_runners(), executor_host.list_faults()) == (0, [])


class Turns:
    """A turn that fails the first times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.done = 0

    def __call__(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OperationalError("the database is away")
        self.done += 1


def test_a_thread_survives_failures_says_so_and_goes_on() -> None:
    turns = Turns(failures=3)
    thread = PeriodicThread("reconciler", turns, lambda: 0.01)

    thread.start()
    eventually(lambda: turns.done)

    thread.stop()
    assert thread.list_faults() == []


def test_a_thread_whose_last_turn_failed_is_a_fault() -> None:
    thread = PeriodicThread("reconciler", Turns(failures=1000), lambda: 0.01)

    thread.start()

    assert eventually(thread.list_faults) == ["reconciler fails (OperationalError)"]
    thread.stop()


def test_a_thread_whose_turn_takes_too_long_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processes.periodic_thread.SLACK_SECONDS", -1.0)

    (fault,) = PeriodicThread("reconciler", Turns(failures=0), lambda: 0.5).list_faults()

    assert fault.startswith("reconciler is busy for ")


def test_a_thread_ends_at_once_also_in_a_long_pause_and_finishes() -> None:
    finished: list[bool] = []
    thread = PeriodicThread("reconciler", Turns(failures=0), lambda: 3600.0, lambda: finished.append(True))
    thread.start()
    before = time.monotonic()

    thread.stop()

    assert time.monotonic() - before < TIMEOUT_SECONDS
    assert finished == [True]
