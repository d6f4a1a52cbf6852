"""A client that does not read costs little, delays nobody, and is told all it needs once it reads again."""

import contextlib
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from events.messages import coarse_frames
from tests.functional.clients import PING, PONG, WebSocketClient, process_invalidation
from tests.functional.committing import commit_changes
from tests.functional.installations import Databases, installation
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.once

MANY = 1200
"""Changes whose frames, some 200 KB, fit into no buffer."""
AT_ONCE_SECONDS = 2.0 * TIMEOUT_SECONDS / 10
CLIENT_BYTES = 64 * 1024
SLOW_CLIENTS = 100
TRY_AGAIN_LATER = 1013
RECEIVE_BUFFER_BYTES = 4096


class SlowClient:
    """A websocket client that reads only when it is told to, over a socket with hardly a buffer."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.settimeout(TIMEOUT_SECONDS)
        self._socket.connect(("127.0.0.1", server.port))
        self._protocol = ClientProtocol(parse_uri(server.websocket_url()))
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        self._protocol.receive_data(self._socket.recv(RECEIVE_BUFFER_BYTES))
        self._protocol.events_received()

    @property
    def port(self) -> int:
        """Its end of the connection."""
        return int(self._socket.getsockname()[1])

    def ping(self) -> None:
        """Send the contract's ping; do not read the pong."""
        self._protocol.send_text(PING.encode())
        self._flush()

    def read_until(self, last: str) -> list[str]:
        """Read, and return all texts up to and including ``last``."""
        texts: list[str] = []
        while last not in texts:
            texts += self._read()
        return texts[: texts.index(last) + 1]

    def read_close(self) -> int | None:
        """Read to the end and return the close code, None where the connection was cut."""
        with contextlib.suppress(EOFError, ConnectionResetError):
            while self._protocol.close_rcvd is None:
                self._read()
        return None if self._protocol.close_rcvd is None else self._protocol.close_rcvd.code

    def close(self) -> None:
        """Vanish."""
        self._socket.close()

    def _read(self) -> list[str]:
        data = self._socket.recv(RECEIVE_BUFFER_BYTES)
        if not data:
            raise EOFError
        self._protocol.receive_data(data)
        frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        return [bytes(frame.data).decode() for frame in frames if frame.opcode is Opcode.TEXT]

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self._socket.sendall(data)


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


def test_one_that_reads_again_is_told_that_everything_is_stale(
    running: Server, environment: dict[str, str], slow: SlowClient
) -> None:
    with WebSocketClient(running.websocket_url()) as quick:
        quick.ping()
        commit_changes(environment, MANY, first=20_000)
        eventually(lambda: frame_of(20_000 + MANY - 1) in quick.frames)

        coarse = [frame.text for frame in coarse_frames()]
        texts = slow.read_until(coarse[-1])

    assert texts[-len(coarse) :] == coarse


def test_a_pong_waits_behind_what_is_on_its_way_and_not_behind_the_queue(
    running: Server, environment: dict[str, str], slow: SlowClient
) -> None:
    with WebSocketClient(running.websocket_url()) as quick:
        quick.ping()
        commit_changes(environment, MANY, first=30_000)
        eventually(lambda: frame_of(30_000 + MANY - 1) in quick.frames)

        slow.ping()
        # By then the server has seen the ping.
        for _ in range(3):
            quick.ping()

        coarse = coarse_frames()[0].text
        assert coarse not in slow.read_until(PONG)


@pytest.mark.parametrize("reads_at_last", [True, False])
def test_one_that_does_not_read_for_long_is_closed_with_1013(environment: dict[str, str], reads_at_last: bool) -> None:
    close_seconds = str(TIMEOUT_SECONDS if reads_at_last else 0.1)
    quick_pings = {**environment, "CLOSE_SECONDS": close_seconds}
    with (
        run_server(program="tests.functional.quick_pings_server", **quick_pings) as server,
        WebSocketClient(server.websocket_url()) as quick,
        contextlib.closing(SlowClient(server)) as slow,
    ):
        commit_changes(environment, MANY, first=40_000)
        eventually(lambda: "did not read" in server.log.read_text())
        if not reads_at_last:
            eventually(lambda: not is_connected(server, slow))
        assert slow.read_close() == (TRY_AGAIN_LATER if reads_at_last else None)
        quick.ping()


def is_connected(server: Server, client: SlowClient) -> bool:
    """Return whether the kernel still holds the server's side of the connection."""
    local, remote = f"0100007F:{server.port:04X}", f"0100007F:{client.port:04X}"
    return any(line.split()[1:3] == [local, remote] for line in Path("/proc/net/tcp").read_text().splitlines())
