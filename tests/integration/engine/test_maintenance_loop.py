"""The maintenance loop: one host does it, another takes over, and a job that fails stops neither jobs nor loop."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from prometheus_client import REGISTRY

from processes import hosts, maintenance_lease, maintenance_loop
from processes.executor_host import Host
from processes.maintenance import JOBS, Job
from processes.maintenance_loop import MaintenanceLoop
from processes.models import ExecutorHost, MaintenanceJob, MaintenanceLease
from tests.waiting import TIMEOUT_SECONDS, eventually


class Work:
    """A job's work: returns what the test sets, or raises it."""

    def __init__(self) -> None:
        self.done = 0
        self.result: int | Exception = 0

    def __call__(self) -> int:
        self.done += 1
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def job(self, name: str = "do the work", every_seconds: float = 0.0) -> Job:
        return Job(name=name, every_seconds=every_seconds, run=self, unit="things done")


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def loop(work: Work) -> MaintenanceLoop:
    """Return the loop of a host that has this one job."""
    return MaintenanceLoop("first:1", [work.job()])


@pytest.fixture
def other_work() -> Work:
    return Work()


@pytest.fixture
def other(other_work: Work) -> MaintenanceLoop:
    """Return the loop of another host."""
    return MaintenanceLoop("second:2", [other_work.job()])


def expire() -> None:
    """Let the lease run out."""
    MaintenanceLease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_the_first_host_that_asks_does_it_and_the_others_wait(
    loop: MaintenanceLoop, work: Work, other: MaintenanceLoop, other_work: Work
) -> None:
    for each in (loop, other, loop, other):
        each.turn()

    assert (work.done, other_work.done) == (2, 0)
    assert MaintenanceLease.objects.get().holder == "first:1"


def test_another_takes_over_once_the_lease_of_a_killed_host_has_expired(
    loop: MaintenanceLoop, other: MaintenanceLoop, other_work: Work
) -> None:
    loop.turn()
    expire()

    other.turn()

    assert other_work.done == 1
    assert MaintenanceLease.objects.get().holder == "second:2"


def test_a_host_that_was_halted_does_nothing_after_another_took_over(
    loop: MaintenanceLoop, work: Work, other: MaintenanceLoop, configure: Callable[..., None]
) -> None:
    loop.turn()
    expire()
    other.turn()
    configure(lease_seconds=0)

    loop.turn()

    assert work.done == 1


def test_a_host_that_leaves_lets_another_take_over_at_once(
    loop: MaintenanceLoop, other: MaintenanceLoop, other_work: Work
) -> None:
    loop.turn()

    loop.leave()
    loop.leave()
    other.turn()

    assert other_work.done == 1


def test_a_lease_is_renewed_while_its_holder_works(
    loop: MaintenanceLoop, other: MaintenanceLoop, other_work: Work, configure: Callable[..., None]
) -> None:
    configure(lease_seconds=0.4)
    loop.turn()
    first = MaintenanceLease.objects.get().expires_at
    assert first is not None

    def turns() -> bool:
        loop.turn()
        return timezone.now() > first

    eventually(turns)
    other.turn()

    assert other_work.done == 0


def test_of_several_hosts_that_ask_at_once_one_gets_it() -> None:
    tokens: list[UUID | None] = []
    barrier = threading.Barrier(3, timeout=TIMEOUT_SECONDS)

    def ask() -> None:
        try:
            barrier.wait()
            tokens.append(maintenance_lease.take("somebody"))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tokens) == 3
    assert sum(token is not None for token in tokens) == 1


def test_a_lost_token_neither_renews_nor_releases() -> None:
    token = maintenance_lease.take("first:1")
    assert token is not None
    expire()
    maintenance_lease.take("second:2")

    assert maintenance_lease.renew(token) is False
    maintenance_lease.release(token)
    assert MaintenanceLease.objects.get().holder == "second:2"


def test_a_job_waits_for_its_next_time(work: Work) -> None:
    loop = MaintenanceLoop("first:1", [work.job(every_seconds=3600.0)])

    loop.turn()
    loop.turn()

    assert work.done == 1


def test_a_job_that_fails_stops_neither_the_others_nor_the_loop(work: Work, other_work: Work) -> None:
    failures = REGISTRY.get_sample_value("orchestrator_engine_maintenance_failures_total", {"job": "fail"}) or 0.0
    work.result = ValueError("disk full")
    loop = MaintenanceLoop("first:1", [work.job("fail"), other_work.job("work")])

    loop.turn()
    loop.turn()

    assert (work.done, other_work.done) == (2, 2)
    assert MaintenanceJob.objects.get(name="fail").last_failure == "ValueError: disk full"
    assert REGISTRY.get_sample_value("orchestrator_engine_maintenance_failures_total", {"job": "fail"}) == failures + 2


def test_what_a_job_did_is_noted_and_kept_while_it_has_nothing_to_do(
    loop: MaintenanceLoop, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance_loop, "IDLE_NOTE_SECONDS", 0.0)
    work.result = 3
    loop.turn()
    noted = MaintenanceJob.objects.get()
    work.result = 0

    loop.turn()

    row = MaintenanceJob.objects.get()
    assert (row.last_result, row.last_result_at) == ("3 things done", noted.last_result_at)
    assert row.last_ran_at > noted.last_ran_at


def test_having_nothing_to_do_is_noted_once_a_minute(loop: MaintenanceLoop, work: Work) -> None:
    loop.turn()
    noted = MaintenanceJob.objects.get().last_ran_at

    loop.turn()

    assert work.done == 2
    assert MaintenanceJob.objects.get().last_ran_at == noted


def test_every_job_runs_with_nothing_to_do() -> None:
    MaintenanceLoop("first:1").turn()

    assert set(MaintenanceJob.objects.values_list("name", "last_failure")) == {(job.name, "") for job in JOBS}


def test_rows_of_dead_hosts_are_deleted() -> None:
    now = timezone.now()
    for name, seconds in (("dead", -1), ("alive", 60)):
        ExecutorHost.objects.create(
            name=name, pid=1, executor="threadpool", runner_count=1, expires_at=now + timedelta(seconds=seconds)
        )

    assert hosts.delete_expired() == 1
    assert ExecutorHost.objects.get().name == "alive"


@pytest.fixture
def two_hosts(configure: Callable[..., None]) -> Iterator[tuple[Host, Host]]:
    """Return two hosts of which only the first is started."""
    configure(lease_seconds=0.8)
    hosts = (Host(), Host())
    yield hosts
    for host in hosts:
        host.stop()


def test_a_host_without_runners_does_maintenance_too_and_hands_it_on_when_it_stops(
    two_hosts: tuple[Host, Host],
) -> None:
    first, second = two_hosts
    first.start(0)
    held = eventually(lambda: MaintenanceLease.objects.exclude(token=None).first())
    assert held is not None
    second.start(4)

    first.stop()

    eventually(lambda: MaintenanceLease.objects.exclude(token__in=[held.token]).exclude(token=None).exists())
