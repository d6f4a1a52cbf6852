"""Two servers on one Redis and one PostgreSQL: everything committed on one is heard on both, whatever Redis does."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.functional.clients import in_letters, unlock
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
from tests.restartable import RestartableRedis
from tests.servers import Server
from tests.waiting import eventually

pytestmark = pytest.mark.once


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Servers on one database; the first two share a Redis."""

    redis: RestartableRedis
    servers: list[Server]


@pytest.fixture(scope="module")
def slow_log(databases: Databases) -> Iterator[Cluster]:
    """Two servers that read the change log once an hour: whatever comes came through Redis."""
    with RestartableRedis() as redis, cluster(databases, redis.url, SLOW_LOG, SLOW_LOG) as servers:
        yield Cluster(redis=redis, servers=servers)


@pytest.fixture(scope="module")
def production(databases: Databases) -> Iterator[Cluster]:
    """Two servers as in production and, on the same database, one without Redis."""
    with RestartableRedis() as redis, cluster(databases, redis.url, {}, {}, {"REDIS_URL": ""}) as servers:
        yield Cluster(redis=redis, servers=servers)


@pytest.mark.parametrize("started_on", [0, 1], ids=["first", "second"])
def test_a_process_started_on_one_server_is_heard_at_once_on_both_through_redis(
    slow_log: Cluster, started_on: int
) -> None:
    with listening(slow_log.servers) as clients:
        process_id, completed_at = run_process(slow_log.servers[started_on])

        assert_all_hear(clients, process_id, completed_at, within=AT_ONCE_SECONDS)


def test_a_server_without_redis_hears_through_the_change_log_of_what_the_others_commit(production: Cluster) -> None:
    with listening(production.servers) as clients:
        process_id, completed_at = run_process(production.servers[0])

        assert_all_hear(clients, process_id, completed_at, within=HEALED_SECONDS)


def test_the_others_hear_of_what_a_server_without_redis_commits(production: Cluster) -> None:
    with listening(production.servers) as clients:
        process_id, completed_at = run_process(production.servers[2])

        assert_all_hear(clients, process_id, completed_at, within=HEALED_SECONDS)


def test_while_redis_is_dead_nobody_waits_every_server_hears_in_time_and_health_says_degraded(
    production: Cluster,
) -> None:
    with listening(production.servers) as clients, ExitStack() as afterwards:
        afterwards.callback(production.redis.bring_back)
        production.redis.kill()
        before = time.monotonic()

        process_id, completed_at = run_process(production.servers[0])

        assert completed_at - before < AT_ONCE_SECONDS
        assert_all_hear(clients, process_id, completed_at, within=HEALED_SECONDS)
        eventually(lambda: all_are_degraded(production.servers[:2]))
        assert all_are_healthy(production.servers[2:])


def test_when_redis_is_back_frames_come_at_once_again_and_nothing_was_restarted(slow_log: Cluster) -> None:
    os_processes = [server.process.pid for server in slow_log.servers]
    with listening(slow_log.servers) as clients:
        slow_log.redis.kill()
        run_process(slow_log.servers[0])
        assert not any(client.frames for client in clients), "with a slow log and no Redis nothing can come"

        slow_log.redis.bring_back()
        eventually(lambda: all_are_healthy(slow_log.servers))
        # Health may be a second old, and each server has a connection of its own that broke.
        for server in slow_log.servers:
            wait_until_redis_reaches(clients, server)
        process_id, completed_at = run_process(slow_log.servers[1])

        assert_all_hear(clients, process_id, completed_at, within=AT_ONCE_SECONDS)
    assert [server.process.pid for server in slow_log.servers if server.process.poll() is None] == os_processes


def test_no_frame_is_lost_or_doubled_while_redis_dies_and_comes_back(production: Cluster) -> None:
    with listening(production.servers) as clients:
        commands = 0
        for moment in (production.redis.kill, production.redis.bring_back, lambda: None):
            for _ in range(3):
                unlock(production.servers[0])
                commands += 1
            moment()
        for client in clients:
            client.wait_for_frames(commands, within_seconds=HEALED_SECONDS)
            assert in_letters(client.frames) == " ".join("G" * commands)
