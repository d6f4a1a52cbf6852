"""Two servers on one Redis and one PostgreSQL: everything committed on one is heard on both, whatever Redis does."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests import services
from tests.functional.clients import WebSocketClient, in_letters, unlock
from tests.functional.installations import WORKFLOW_MODULES, Databases
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.once

SLACK = TIMEOUT_SECONDS / 10
AT_ONCE_SECONDS = 1.0 * SLACK
HEALED_SECONDS = 2.0 * SLACK

PAGES = [{"path_label": "Harbour-Airport"}]
# Created, taken, and five steps.
WHOLE_RUN = " ".join(["L I"] * 7)


class Redis:
    """A private Redis that a test may kill and bring back on the same port."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.url, self._os_process = self._stack.enter_context(services.redis())

    def kill(self) -> None:
        """End it as a crash does."""
        self._os_process.kill()
        self._os_process.wait()

    def bring_back(self) -> None:
        """Start it again where it was; does nothing if it runs."""
        if self._os_process.poll() is not None:
            port = urlsplit(self.url).port
            self.url, self._os_process = self._stack.enter_context(services.redis(port=port))

    def close(self) -> None:
        self._stack.close()


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Servers on one database; the first two share a Redis."""

    redis: Redis
    servers: list[Server]

    def all_say(self, health: str) -> bool:
        """Return whether every server says so of its health."""
        return all(server.http.get("/api/health").json() == health for server in self.servers)


def _run_cluster(databases: Databases, *variations: dict[str, str]) -> Iterator[Cluster]:
    """Run one server per variation of the environment, all on a new database and a new Redis."""
    with ExitStack() as stack:
        redis = Redis()
        stack.callback(redis.close)
        shared = {"DATABASE_URL": databases.fresh(), "REDIS_URL": redis.url, "WORKFLOW_MODULES": WORKFLOW_MODULES}
        servers = [stack.enter_context(run_server(**{**shared, **variation})) for variation in variations]
        yield Cluster(redis=redis, servers=servers)


@pytest.fixture(scope="module")
def slow_log(databases: Databases) -> Iterator[Cluster]:
    """Two servers that read the change log once a minute: what comes at once came through Redis."""
    slow = {"EVENTS_LOG_INTERVAL_SECONDS": "60"}
    yield from _run_cluster(databases, slow, slow)


@pytest.fixture(scope="module")
def production(databases: Databases) -> Iterator[Cluster]:
    """Two servers as in production and, on the same database, one without Redis."""
    yield from _run_cluster(databases, {}, {}, {"REDIS_URL": ""})


@contextlib.contextmanager
def listening(servers: list[Server]) -> Iterator[list[WebSocketClient]]:
    """Connect a client to each server."""
    with ExitStack() as stack:
        clients = [stack.enter_context(WebSocketClient(server.websocket_url())) for server in servers]
        for client in clients:
            client.ping()
        yield clients


def run_process(server: Server) -> tuple[str, float]:
    """Run a process to its end and return its id and the monotonic time at which that was seen."""
    process_id = server.start("demo_create_path", PAGES)
    eventually(lambda: server.status_of(process_id) == "completed")
    return process_id, time.monotonic()


def assert_all_hear(clients: list[WebSocketClient], process_id: str, completed_at: float, *, within: float) -> None:
    """Fail unless each client hears the whole run, each frame once, and the last one in time."""
    for client in clients:
        client.wait_for_frames(len(WHOLE_RUN.split()), within_seconds=within + 1)
        assert in_letters(client.frames, process_id) == WHOLE_RUN
        assert client.arrivals[-1].at - completed_at < within


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
        health = [server.http.get("/api/health").json() for server in production.servers]
        assert [answer["status"] for answer in health[:2]] == ["degraded", "degraded"]
        assert health[2] == "OK"


def test_when_redis_is_back_frames_come_at_once_again_and_nothing_was_restarted(slow_log: Cluster) -> None:
    os_processes = [server.process.pid for server in slow_log.servers]
    with listening(slow_log.servers) as clients:
        slow_log.redis.kill()
        run_process(slow_log.servers[0])
        assert not any(client.frames for client in clients), "with a slow log and no Redis nothing can come"

        slow_log.redis.bring_back()
        eventually(lambda: slow_log.all_say("OK"))
        eventually(lambda: _reaches(slow_log.servers[0], clients))
        for client in clients:
            client.arrivals.clear()
        process_id, completed_at = run_process(slow_log.servers[1])

        assert_all_hear(clients, process_id, completed_at, within=AT_ONCE_SECONDS)
    assert [server.process.pid for server in slow_log.servers if server.process.poll() is None] == os_processes


def _reaches(server: Server, clients: list[WebSocketClient]) -> bool:
    """Return whether a change that is committed now comes to every client at once."""
    before = [len(client.frames) for client in clients]
    unlock(server)
    deadline = time.monotonic() + AT_ONCE_SECONDS / 2
    eventually(lambda: _all_heard(clients, before) or time.monotonic() > deadline)
    return _all_heard(clients, before)


def _all_heard(clients: list[WebSocketClient], before: list[int]) -> bool:
    return all(len(client.frames) > count for client, count in zip(clients, before, strict=True))


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
