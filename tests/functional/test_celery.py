"""Celery: servers that run nothing themselves and workers as OS processes, whatever happens to worker and broker."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from tests.functional.clients import WORKER_STATUS, WebSocketClient, fence, hears, lock, unlock
from tests.functional.gates import Gates
from tests.functional.installations import WORKFLOW_MODULES, Databases
from tests.restartable import RestartableRedis
from tests.servers import Program, Server, running, worker
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.once

SLACK = TIMEOUT_SECONDS / 10
AT_ONCE_SECONDS = 0.5 * SLACK
STATUS_SECONDS = 0.2 * SLACK
LEASE_SECONDS = 3

CHANGE_PAGES = [{"change_number": "CHG0042"}]


@pytest.fixture(scope="module")
def broker() -> Iterator[RestartableRedis]:
    """Run a Redis for this module."""
    with RestartableRedis() as made:
        yield made


@pytest.fixture
def environment(databases: Databases, broker: RestartableRedis) -> dict[str, str]:
    """Return the environment of a new installation on that Redis, for its server and its workers."""
    return {
        "DATABASE_URL": databases.fresh(),
        "REDIS_URL": broker.url,
        "WORKFLOW_MODULES": WORKFLOW_MODULES,
        "EXECUTOR": "celery",
        "LEASE_SECONDS": str(LEASE_SECONDS),
        "MAX_WORKERS": "2",
    }


@pytest.fixture
def server(environment: dict[str, str]) -> Iterator[Server]:
    """Run the server of the installation."""
    with run_server(**environment) as started:
        yield started


@pytest.fixture
def first_worker(environment: dict[str, str]) -> Iterator[Program]:
    """Run a worker of the installation."""
    with worker(**environment) as started:
        yield started


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[Gates]:
    """Hold the steps of one process; it goes on to its end when the test ends."""
    held = Gates(tmp_path)
    yield held
    held.open(1)
    held.open(2)


def status(server: Server) -> tuple[int, int, int]:
    """Return how many workers are online, and how many jobs are queued and running."""
    body = server.http.get("/api/settings/worker-status").json()
    assert body["executor_type"] == "celery"
    return body["number_of_workers_online"], body["number_of_queued_jobs"], body["number_of_running_jobs"]


def completes(server: Server, process_id: str) -> None:
    """Wait until the process is completed, and fail if a step of it is there twice."""
    eventually(lambda: server.status_of(process_id) == "completed")
    names = [step["name"] for step in server.http.get(f"/api/processes/{process_id}").json()["steps"]]
    assert len(names) == len(set(names))


def took(act: Callable[[], object]) -> float:
    """Return how many seconds it took."""
    before = time.monotonic()
    act()
    return time.monotonic() - before


@pytest.mark.usefixtures("first_worker")
def test_browsers_hear_every_step_that_a_worker_runs(server: Server) -> None:
    with WebSocketClient(server.websocket_url()) as events:
        fence(events, server)
        events.arrivals.clear()

        process_id = server.start("demo_confirm_change")
        eventually(lambda: server.status_of(process_id) == "suspended")
        hears(events, server, "L I L I L I L I L I", process_id)

        server.http.put(f"/api/processes/{process_id}/resume", json=CHANGE_PAGES)
        eventually(lambda: server.status_of(process_id) == "completed")
        hears(events, server, "C L I L I L I L I", process_id)

        aborted = server.start("demo_confirm_change")
        eventually(lambda: server.status_of(aborted) == "suspended")
        hears(events, server, "L I L I L I L I L I", aborted)
        server.http.put(f"/api/processes/{aborted}/abort")
        hears(events, server, "L I C", aborted)


@pytest.mark.usefixtures("first_worker")
def test_the_lock_stops_a_worker_before_the_next_step_and_the_unlock_lets_it_go_on(
    server: Server, gates: Gates
) -> None:
    process_id = server.start("held", gates.pages)
    gates.wait_until_reached(1)
    assert lock(server)["global_status"] == "PAUSING"

    gates.open(1)

    eventually(lambda: server.http.get("/api/settings/status").json()["global_status"] == "PAUSED")
    assert not gates.was_reached(2)
    unlock(server)
    gates.wait_until_reached(2)
    gates.open(2)
    completes(server, process_id)


def test_a_worker_that_is_stopped_hands_its_process_over_after_the_step(
    environment: dict[str, str], gates: Gates
) -> None:
    # With so long a lease nobody would look in time for what was not handed over.
    environment["LEASE_SECONDS"] = "600"
    with run_server(**environment) as server, worker(**environment) as first:
        process_id = server.start("held", gates.pages)
        gates.wait_until_reached(1)
        with worker(**environment):
            first.stop()
            eventually(lambda: "runners stop before their next step" in first.log.read_text())
            assert not first.has_ended(), "it waits for the running step"

            gates.open(1)

            eventually(first.has_ended)
            gates.wait_until_reached(2)
            gates.open(2)
            completes(server, process_id)


def test_a_worker_that_is_killed_is_replaced_by_another(
    environment: dict[str, str], server: Server, first_worker: Program, gates: Gates
) -> None:
    process_id = server.start("held", gates.pages)
    gates.wait_until_reached(1)
    gates.forget(1)
    with worker(**environment):
        eventually(lambda: status(server)[0] == 4)

        first_worker.kill()

        gates.wait_until_reached(1)
        eventually(lambda: status(server)[0] == 2)
        gates.open(1)
        gates.open(2)
        completes(server, process_id)


def test_each_process_waits_in_its_queue_and_a_worker_serves_them_all(
    environment: dict[str, str], broker: RestartableRedis
) -> None:
    environment["CELERY_TARGET_QUEUES"] = "CREATE=create_queue"
    queues = redis.Redis.from_url(broker.url, decode_responses=True)
    with run_server(**environment) as server:
        started = [
            server.start("demo_create_path", [{"path_label": "Harbour-Airport"}]),
            server.start("demo_slow_migration"),
            server.start("demo_task_compare_inventory"),
        ]

        eventually(lambda: _waiting(queues) == {"create_queue": 1, "new_workflows": 1, "new_tasks": 1})
        assert status(server) == (0, 3, 0)
        with worker(**environment):
            for process_id in started:
                completes(server, process_id)
        assert _waiting(queues) == {}
    queues.close()


def _waiting(queues: "redis.Redis") -> dict[str, int]:
    """Return the length of each queue, by the end of its key."""
    names = [str(key) for key in queues.keys("*") if queues.type(key) == "list"]
    return {name.rpartition("-")[2]: int(queues.llen(name)) for name in names}


def test_an_idle_runner_takes_the_next_process_at_once(environment: dict[str, str]) -> None:
    # One a second would be too slow by half.
    waiting = int(2 * TIMEOUT_SECONDS)
    environment |= {"LEASE_SECONDS": "600", "MAX_WORKERS": "1"}
    with run_server(**environment) as server:
        for _ in range(waiting):
            server.start("task_clean_up_tasks")
        with worker(**environment):
            eventually(lambda: status(server) == (1, 0, 0))


@pytest.mark.alone
@pytest.mark.parametrize("fault", ["kill", "pause"])
def test_while_the_broker_is_away_nobody_waits_and_afterwards_everything_runs(
    fault: str, server: Server, first_worker: Program, broker: RestartableRedis
) -> None:
    suspended = server.start("demo_confirm_change")
    eventually(lambda: server.status_of(suspended) == "suspended")
    with ExitStack() as afterwards:
        afterwards.callback(broker.bring_back)
        getattr(broker, fault)()

        started: list[str] = []
        starting = took(lambda: started.append(server.start("demo_create_path", [{"path_label": "Harbour"}])))
        resuming = took(lambda: server.http.put(f"/api/processes/{suspended}/resume", json=CHANGE_PAGES))
        asking = took(lambda: status(server))

        assert (server.status_of(started[0]), server.status_of(suspended)) == ("created", "resumed")
        assert status(server) == (2, 2, 0)
    assert max(starting, resuming) < AT_ONCE_SECONDS
    assert asking < STATUS_SECONDS
    completes(server, started[0])
    eventually(lambda: server.status_of(suspended) == "completed")
    assert first_worker.process.poll() is None


def test_browsers_hear_when_workers_come_and_jobs_are_taken_at_most_once_a_second(
    environment: dict[str, str], server: Server, gates: Gates
) -> None:
    with WebSocketClient(server.websocket_url()) as events:
        told = [0]

        def is_told_again() -> bool:
            told.append(events.frames.count(WORKER_STATUS))
            return told[-1] > told[-2]

        process_id = server.start("held", gates.pages)
        eventually(is_told_again)
        with worker(**environment):
            eventually(lambda: status(server) == (2, 0, 1))
            eventually(is_told_again)
            gates.open(1)
            gates.open(2)
            completes(server, process_id)
            eventually(lambda: status(server) == (2, 0, 0))
            eventually(is_told_again)
        times = [arrival.at for arrival in events.arrivals if arrival.text == WORKER_STATUS]
    assert all(later - earlier > 0.5 for earlier, later in pairwise(times))


def test_a_worker_waits_for_a_broker_that_is_down_at_its_start(
    environment: dict[str, str], server: Server, broker: RestartableRedis
) -> None:
    with ExitStack() as stack:
        stack.callback(broker.bring_back)
        broker.kill()
        process_id = server.start("demo_slow_migration")
        waiting = stack.enter_context(running([sys.executable, "-m", "orchestrator_ws.celery_worker"], **environment))
        eventually(lambda: "Cannot connect to" in waiting.log.read_text())

        broker.bring_back()

        completes(server, process_id)
        waiting.stop()
        eventually(waiting.has_ended)


def test_a_worker_logs_as_a_server_does(first_worker: Program) -> None:
    text = first_worker.log.read_text()

    assert "Takes processes from new_tasks, new_workflows, resume_tasks, resume_workflows" in text
    assert "arning" not in text


def test_a_worker_for_another_executor_is_refused_with_one_sentence(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "orchestrator_ws.celery_worker"]
    with running(command, **{**environment, "EXECUTOR": "threadpool"}) as refused:
        eventually(lambda: refused.process.poll() == 1)
        assert refused.log.read_text().splitlines() == [
            "EXECUTOR is not celery: set it to celery, here and for the servers, to use workers."
        ]
