"""More requests at once than a server works on: the next is refused with the limit, all else goes on."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.functional.clients import WebSocketClient, fence
from tests.functional.gates import Gates
from tests.functional.installations import Databases, installation
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

PLACES = 3
REFUSED = {
    "detail": f"The server works on {PLACES} requests already, try again",
    "status": 503,
    "title": "Service Unavailable",
}


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def small_server(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Server]:
    """Run a server that works on few requests at a time."""
    few = {"MAX_CONCURRENT_REQUESTS": str(PLACES)}
    with installation(databases) as environment, run_server(program=request.param, **environment, **few) as running:
        yield running


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[list[Gates]]:
    """Make a gate for each request; all open when the test ends."""
    folders = [tmp_path / str(number) for number in range(PLACES)]
    for folder in folders:
        folder.mkdir()
    made = [Gates(folder) for folder in folders]
    yield made
    for gate in made:
        gate.open(1)


def start_at(server: Server, gate: Gates) -> int:
    # A client of its own: one that is shared would share its connections.
    url = f"{server.http.base_url}/api/processes/started_at_gate"
    return httpx.post(url, json=gate.pages, timeout=6 * TIMEOUT_SECONDS).status_code


def test_the_next_request_is_refused_and_health_files_and_websockets_go_on(
    small_server: Server, gates: list[Gates]
) -> None:
    with ThreadPoolExecutor(PLACES) as people, WebSocketClient(small_server.websocket_url()) as listener:
        fence(listener, small_server)
        waiting = [people.submit(start_at, small_server, gate) for gate in gates]
        for gate in gates:
            gate.wait_until_reached(1)

        refused = [small_server.http.get("/api/processes/") for _ in range(3)]

        assert [(answer.status_code, answer.json()) for answer in refused] == [(503, REFUSED)] * 3
        assert refused[0].headers["Retry-After"] == "1"
        assert refused[0].headers["Cache-Control"] == "private, no-cache"
        assert [small_server.http.get("/api/health").json() for _ in range(5)] == ["OK"] * 5
        assert small_server.http.get("/static/events/client.js").status_code == 200
        listener.ping()
        with WebSocketClient(small_server.websocket_url()) as another:
            another.ping()
        for gate in gates:
            gate.open(1)
        assert [answer.result() for answer in waiting] == [201] * PLACES
        assert small_server.http.get("/api/processes/").status_code == 200
        eventually(listener.frames.__len__)
    assert small_server.log.read_text().count("Requests are answered 503") == 1


@pytest.mark.parametrize("small_server", ["uvicorn"], indirect=True)  # daphne reads a request to its end first
def test_requests_that_never_end_keep_nobody_out(small_server: Server) -> None:
    head = b"POST /api/processes/demo_retry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n["
    open_ones = [socket.create_connection(("127.0.0.1", small_server.port)) for _ in range(10 * PLACES)]
    for connection in open_ones:
        connection.sendall(head)

    answers = [small_server.http.get("/api/processes/").status_code for _ in range(5)]

    assert answers == [200] * 5
    for connection in open_ones:
        connection.close()


def test_a_client_that_leaves_keeps_its_place_until_its_work_ends(small_server: Server, gates: list[Gates]) -> None:
    for gate in gates:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{small_server.http.base_url}/api/processes/started_at_gate", json=gate.pages, timeout=1)
        gate.wait_until_reached(1)

    assert small_server.http.get("/api/processes/").status_code == 503
    for gate in gates:
        gate.open(1)
    eventually(lambda: small_server.http.get("/api/processes/").status_code == 200)
