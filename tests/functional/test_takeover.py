"""A server is killed in the middle of a step: another one finishes its processes, within one lease period."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.clients import WebSocketClient, fence, hears, in_letters, lock
from tests.functional.gates import Gates
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

LEASE_SECONDS = 3
WITHIN_SECONDS = LEASE_SECONDS * TIMEOUT_SECONDS / 10
"""On a machine that is slower by ``TEST_TIME_FACTOR`` everything takes so much longer."""


@pytest.fixture
def two_servers(environment: dict[str, str]) -> Iterator[tuple[Server, Server]]:
    """Run two servers on one database."""
    variables = {**environment, "LEASE_SECONDS": str(LEASE_SECONDS)}
    with run_server(**variables) as first, run_server(**variables) as second:
        yield first, second


def kill(server: Server) -> float:
    """Kill the server and return the monotonic time of that."""
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    return time.monotonic()


def test_a_process_whose_server_is_killed_goes_on_elsewhere_from_its_last_step_within_one_lease_period(
    two_servers: tuple[Server, Server], tmp_path: Path
) -> None:
    first, second = two_servers
    gates = Gates(tmp_path)
    process_id = first.start("held", gates.pages)
    gates.wait_until_reached(1)
    gates.open(1)
    gates.wait_until_reached(2)
    gates.forget(2)
    with WebSocketClient(second.websocket_url()) as client:
        fence(client, first)
        client.arrivals.clear()

        killed_at = kill(first)

        gates.wait_until_reached(2)
        assert time.monotonic() - killed_at <= WITHIN_SECONDS
        assert not client.arrivals, "a takeover changes nothing that a browser sees"
        gates.open(2)
        hears(client, second, "L I L I", process_id)
    steps = second.http.get(f"/api/processes/{process_id}").json()["steps"]
    assert [step["name"] for step in steps] == ["Start", "Hold 1", "Hold 2", "Done"]


def test_maintenance_goes_on_elsewhere_within_one_lease_period(
    two_servers: tuple[Server, Server], tmp_path: Path
) -> None:
    first, second = two_servers
    gates = Gates(tmp_path)
    process_id = second.start("gated_task", gates.pages)
    eventually(lambda: second.status_of(process_id) == "failed")
    gates.open(1)

    # The server that was there first does maintenance.
    killed_at = kill(first)

    assert second.http.put("/api/processes/resume-all").json() == {"count": 1}
    assert second.http.put("/api/processes/resume-all").status_code == 409
    eventually(lambda: second.status_of(process_id) == "completed")
    assert time.monotonic() - killed_at <= WITHIN_SECONDS
    assert second.http.put("/api/processes/resume-all").json() == {"count": 0}


def test_a_locked_engine_whose_last_runner_is_killed_is_told_to_be_paused(
    two_servers: tuple[Server, Server], tmp_path: Path
) -> None:
    first, second = two_servers
    gates = Gates(tmp_path)
    first.start("held", gates.pages)
    gates.wait_until_reached(1)
    with WebSocketClient(second.websocket_url()) as client:
        fence(client, first)
        assert lock(second)["global_status"] == "PAUSING"
        client.wait_for_frames(1)
        client.arrivals.clear()

        killed_at = kill(first)

        eventually(lambda: second.http.get("/api/settings/status").json()["global_status"] == "PAUSED")
        client.wait_for_frames(1)
        assert time.monotonic() - killed_at <= WITHIN_SECONDS
        assert in_letters(client.frames) == "G"
        gates.open(1)
        gates.open(2)


def test_a_server_that_is_killed_no_longer_counts(two_servers: tuple[Server, Server], tmp_path: Path) -> None:
    first, second = two_servers
    gates = Gates(tmp_path)
    first.start("held", gates.pages)
    gates.wait_until_reached(1)
    gates.forget(1)

    kill(first)

    gates.wait_until_reached(1)
    running = second.http.get("/api/settings/status").json()["running_processes"]
    gates.open(1)
    gates.open(2)
    assert running == 1
    eventually(lambda: second.http.get("/api/settings/status").json()["running_processes"] == 0)
