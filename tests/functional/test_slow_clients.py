"""A client that does not read costs little, delays nobody, and is told all it needs once it reads again."""

import contextlib
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from events.messages import coarse_frames
from tests.functional.clients import PONG, WebSocketClient, process_invalidation
from tests.functional.committing import commit_changes
from tests.functional.installations import Databases, installation
from tests.functional.slow_clients import PING_PAYLOAD, SlowClient
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = [pytest.mark.alone, pytest.mark.once]

MANY = 1200
"""Changes whose frames, some 200 KB, fit into no buffer."""
AT_ONCE_SECONDS = 2.0 * TIMEOUT_SECONDS / 10
CLIENT_BYTES = 64 * 1024
SLOW_CLIENTS = 100
TRY_AGAIN_LATER = 1013
PINGS = 50_000


@pytest.fixture(scope="module")
def environment(databases: Databases) -> Iterator[dict[str, str]]:
    with installation(databases) as variables:
        yield variables


@pytest.fixture(scope="module")
def running(environment: dict[str, str]) -> Iterator[Server]:
    with run_server(**environment) as server:
        yield server


@pytest.fixture
def slow(running: Server) -> Iterator[SlowClient]:
    client = SlowClient(running)
    yield client
    client.close()


def frame_of(number: int) -> str:
    return process_invalidation(str(uuid.UUID(int=number)))


def resident_bytes(server: Server) -> int:
    """Return how much memory the server's OS process holds."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * 4096


def test_clients_that_do_not_read_cost_at_most_64_kb_each_and_delay_nobody(
    running: Server, environment: dict[str, str]
) -> None:
    commit_changes(environment, MANY)
    with ExitStack() as stack:
        slow = [SlowClient(running) for _ in range(SLOW_CLIENTS)]
        for client in slow:
            stack.callback(client.close)
        quick = stack.enter_context(WebSocketClient(running.websocket_url()))
        quick.ping()
        before = resident_bytes(running)

        commit_changes(environment, MANY, first=10_000)

        eventually(lambda: frame_of(10_000 + MANY - 1) in quick.frames, within_seconds=AT_ONCE_SECONDS)
        quick.ping()
        assert (resident_bytes(running) - before) / SLOW_CLIENTS <= CLIENT_BYTES


@pytest.fixture
def behind(running: Server, environment: dict[str, str], slow: SlowClient) -> Iterator[WebSocketClient]:
    """Let more wait for the slow client than may; the value is a client that keeps up."""
    with WebSocketClient(running.websocket_url()) as quick:
        quick.ping()
        commit_changes(environment, MANY, first=20_000)
        eventually(lambda: frame_of(20_000 + MANY - 1) in quick.frames)
        yield quick


@pytest.mark.usefixtures("behind")
def test_one_that_reads_again_is_told_that_everything_is_stale(slow: SlowClient) -> None:
    coarse = [frame.text for frame in coarse_frames()]

    texts = slow.read_until(coarse[-1])

    assert texts[-len(coarse) :] == coarse


def test_a_pong_waits_behind_what_is_on_its_way_and_not_behind_the_queue(
    behind: WebSocketClient, slow: SlowClient
) -> None:
    slow.ping()
    # By then the server has seen the ping.
    for _ in range(3):
        behind.ping()

    assert coarse_frames()[0].text not in slow.read_until(PONG)


def test_one_that_pings_and_reads_no_pong_costs_no_more_and_is_closed(running: Server, slow: SlowClient) -> None:
    with WebSocketClient(running.websocket_url()) as quick:
        quick.ping()
        before = resident_bytes(running)

        with pytest.raises(ConnectionError):
            slow.flood_with_pings(PINGS)

        quick.ping()
        assert resident_bytes(running) - before < PINGS * len(PING_PAYLOAD) / 2


@pytest.mark.parametrize("reads_at_last", [True, False])
def test_one_that_does_not_read_for_long_is_closed_with_1013(environment: dict[str, str], reads_at_last: bool) -> None:
    close_seconds = str(TIMEOUT_SECONDS if reads_at_last else 0.1)
    quick_pings = {**environment, "CLOSE_SECONDS": close_seconds}
    with (
        run_server(program="tests.functional.quick_pings_server", **quick_pings) as server,
        WebSocketClient(server.websocket_url()) as quick,
        ThreadPoolExecutor(1) as committer,
        contextlib.ExitStack() as stack,
    ):
        commits = committer.submit(commit_changes, environment, MANY, first=40_000)
        # Changes come already: what the client does not read fills all buffers before the first ping is due.
        eventually(lambda: frame_of(40_000) in quick.frames)
        slow = stack.enter_context(contextlib.closing(SlowClient(server)))
        commits.result()
        eventually(lambda: "did not read" in server.log.read_text())
        if not reads_at_last:
            eventually(lambda: not is_connected(server, slow))
        assert slow.read_close() == (TRY_AGAIN_LATER if reads_at_last else None)
        quick.ping()


def is_connected(server: Server, client: SlowClient) -> bool:
    """Return whether the kernel still holds the server's side of the connection."""
    local, remote = f"0100007F:{server.port:04X}", f"0100007F:{client.port:04X}"
    return any(line.split()[1:3] == [local, remote] for line in Path("/proc/net/tcp").read_text().splitlines())
