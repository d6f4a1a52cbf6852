"""Two servers on a Redis behind Sentinels: while the master is replaced all is heard in time, then at once again."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.functional.clusters import (
    AT_ONCE_SECONDS,
    HEALED_SECONDS,
    SLOW_LOG,
    all_are_degraded,
    all_are_healthy,
    assert_all_hear,
    cluster,
    listening,
    run_process,
    wait_until_redis_reaches,
)
from tests.functional.installations import Databases
from tests.sentinel import SentinelSet
from tests.servers import Server
from tests.waiting import eventually

pytestmark = pytest.mark.once


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Two servers, and the Sentinels that both are told of."""

    sentinels: SentinelSet
    servers: list[Server]


@pytest.fixture(scope="module")
def sentinels() -> Iterator[SentinelSet]:
    with SentinelSet() as running:
        yield running


@pytest.fixture(autouse=True)
def whole_again(sentinels: SentinelSet) -> Iterator[None]:
    """Bring back what a test killed."""
    yield
    sentinels.bring_back()


@pytest.fixture(scope="module")
def slow_log(databases: Databases, sentinels: SentinelSet) -> Iterator[Cluster]:
    """Two servers that read the change log once an hour; the second is told of a Sentinel that never answers, too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_first = sentinels.url.replace("://", f"://127.0.0.1:{silent.getsockname()[1]},")
        with cluster(databases, sentinels.url, SLOW_LOG, {**SLOW_LOG, "REDIS_URL": silent_first}) as servers:
            yield Cluster(sentinels=sentinels, servers=servers)


@pytest.fixture(scope="module")
def production(databases: Databases, sentinels: SentinelSet) -> Iterator[Cluster]:
    """Two servers as in production."""
    with cluster(databases, sentinels.url, {}, {}) as servers:
        yield Cluster(sentinels=sentinels, servers=servers)


def fail_over(sentinels: SentinelSet) -> None:
    """Kill the master and wait for the new one."""
    fallen = sentinels.master
    sentinels.kill_master()
    eventually(lambda: sentinels.master is not fallen)


@pytest.mark.parametrize("started_on", [0, 1], ids=["first", "second"])
def test_frames_come_at_once_through_the_master_and_after_a_fail_over_through_the_new_one(
    slow_log: Cluster, started_on: int
) -> None:
    os_processes = [server.process.pid for server in slow_log.servers]
    server = slow_log.servers[started_on]
    with listening(slow_log.servers) as clients:
        wait_until_redis_reaches(clients, server)
        assert_all_hear(clients, *run_process(server), within=AT_ONCE_SECONDS)

        fail_over(slow_log.sentinels)
        wait_until_redis_reaches(clients, server)

        assert_all_hear(clients, *run_process(server), within=AT_ONCE_SECONDS)
    assert [server.process.pid for server in slow_log.servers if server.process.poll() is None] == os_processes


def test_a_master_that_comes_back_as_a_replica_disturbs_nobody(slow_log: Cluster) -> None:
    with listening(slow_log.servers) as clients:
        fail_over(slow_log.sentinels)
        for server in slow_log.servers:
            wait_until_redis_reaches(clients, server)

        slow_log.sentinels.bring_back()

        assert_all_hear(clients, *run_process(slow_log.servers[1]), within=AT_ONCE_SECONDS)
        eventually(lambda: all_are_healthy(slow_log.servers))


def test_until_the_fail_over_nobody_waits_every_server_hears_in_time_and_health_says_degraded(
    production: Cluster,
) -> None:
    with listening(production.servers) as clients:
        wait_until_redis_reaches(clients, production.servers[0])
        production.sentinels.kill_master()
        before = time.monotonic()

        process_id, completed_at = run_process(production.servers[0])

        eventually(lambda: all_are_degraded(production.servers))
        assert completed_at - before < AT_ONCE_SECONDS
        assert_all_hear(clients, process_id, completed_at, within=HEALED_SECONDS)
        eventually(lambda: all_are_healthy(production.servers))
