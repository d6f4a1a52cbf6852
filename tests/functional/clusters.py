"""Several servers on one database, a client at each, and how soon all of them hear of a process."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from tests.functional.clients import WebSocketClient, in_letters, unlock
from tests.functional.installations import WORKFLOW_MODULES, Databases
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

SLACK = TIMEOUT_SECONDS / 10
AT_ONCE_SECONDS = 1.0 * SLACK
HEALED_SECONDS = 2.0 * SLACK

PAGES = [{"path_label": "Harbour-Airport"}]
# Created, taken, and five steps.
WHOLE_RUN = " ".join(["L I"] * 7)

SLOW_LOG = {"EVENTS_LOG_INTERVAL_SECONDS": "3600"}
"""A server that reads the change log once an hour: whatever comes came through Redis."""


@contextlib.contextmanager
def cluster(databases: Databases, redis_url: str, *variations: dict[str, str]) -> Iterator[list[Server]]:
    """Run one server per variation of the environment, all on a new database and on the Redis."""
    shared = {"DATABASE_URL": databases.fresh(), "REDIS_URL": redis_url, "WORKFLOW_MODULES": WORKFLOW_MODULES}
    with ExitStack() as stack:
        environments: list[dict[str, Any]] = [{**shared, **variation} for variation in variations]
        yield [stack.enter_context(run_server(**environment)) for environment in environments]


@contextlib.contextmanager
def listening(servers: list[Server]) -> Iterator[list[WebSocketClient]]:
    """Connect a client to each server."""
    with ExitStack() as stack:
        clients = [stack.enter_context(WebSocketClient(server.websocket_url())) for server in servers]
        for client in clients:
            client.ping()
        yield clients


def all_are_healthy(servers: list[Server]) -> bool:
    """Return whether the health of every server is ``OK``."""
    return all(server.http.get("/api/health").json() == "OK" for server in servers)


def all_are_degraded(servers: list[Server]) -> bool:
    """Return whether every server says that it is not at its best."""
    answers = [server.http.get("/api/health").json() for server in servers]
    return all(isinstance(answer, dict) and answer["status"] == "degraded" for answer in answers)


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


def wait_until_redis_reaches(clients: list[WebSocketClient], server: Server) -> None:
    """Wait until a change that the server commits comes to every client at once; forget all that came until then."""
    eventually(lambda: _reaches(clients, server))
    for client in clients:
        client.arrivals.clear()


def _reaches(clients: list[WebSocketClient], server: Server) -> bool:
    before = [len(client.frames) for client in clients]
    unlock(server)
    deadline = time.monotonic() + AT_ONCE_SECONDS / 2
    eventually(lambda: _all_heard(clients, before) or time.monotonic() > deadline)
    return _all_heard(clients, before)


def _all_heard(clients: list[WebSocketClient], before: list[int]) -> bool:
    return all(len(client.frames) > count for client, count in zip(clients, before, strict=True))
