"""Clients that mean harm, against both servers with the limits of production: each input has its answer.

The answers are those of ``docs/security.md``, section 9. After each test another client is served as before and the
log holds no traceback.
"""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.functional.clients import PING, PONG, WebSocketClient
from tests.functional.hostile_inputs import DROPPED, INPUTS
from tests.functional.installations import Databases, installation
from tests.functional.raw_frames import BINARY, CONTINUATION, HANDSHAKE, TEXT, frame
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]

LIMITS = {
    "WEBSOCKET_MESSAGES_PER_MINUTE": "60",
    "WEBSOCKET_CONNECTIONS_PER_ADDRESS": "1000",
    "WEBSOCKET_HANDSHAKES_PER_MINUTE": "100000",
}
FLOOD = 10_000
MAX_GROWTH_BYTES = 64 * 1024 * 1024


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def program(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def target(program: str, databases: Databases) -> Iterator[Server]:
    """Run a server with the limits of production."""
    with installation(databases) as environment, run_server(program=program, **environment, **LIMITS) as running:
        yield running


@pytest.fixture(autouse=True)
def nobody_is_harmed(target: Server) -> Iterator[None]:
    """Check after the test: the server lives, serves another client, logged no traceback and has not grown."""
    log_before, memory_before = target.log.stat().st_size, resident_bytes(target)
    with WebSocketClient(target.websocket_url()) as other:
        other.ping()
        yield
        other.ping()
    assert target.process.poll() is None
    assert "Traceback" not in target.log.read_bytes()[log_before:].decode(errors="replace")
    assert resident_bytes(target) - memory_before < MAX_GROWTH_BYTES


def resident_bytes(server: Server) -> int:
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * 4096


@contextlib.contextmanager
def connected(server: Server) -> Iterator[ClientConnection]:
    url = server.websocket_url()
    with connect(url, compression=None, proxy=None, ping_interval=None, close_timeout=1) as connection:
        yield connection


def send(connection: ClientConnection, data: bytes) -> None:
    """Send bytes as they are; the server need not read to the end."""
    with contextlib.suppress(OSError):
        connection.socket.sendall(data)


def read_end(connection: ClientConnection) -> tuple[list[str], int | None]:
    """Return the texts and the close code that come."""
    texts: list[str] = []
    try:
        while True:
            texts.append(str(connection.recv(TIMEOUT_SECONDS)))
    except ConnectionClosed as closed:
        return texts, DROPPED if closed.rcvd is None else closed.rcvd.code


@pytest.mark.parametrize(("data", "codes"), INPUTS.values(), ids=INPUTS.keys())
def test_what_breaks_the_protocol_ends_its_own_connection(target: Server, data: bytes, codes: set[int | None]) -> None:
    with connected(target) as connection:
        send(connection, data)

        assert read_end(connection)[1] in codes


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b""),
        frame(BINARY, os.urandom(4096)),
        frame(TEXT, b"_", final=False) + frame(0x9, b"in between") + frame(CONTINUATION, b"_"),
        frame(TEXT, b'{"token":' * 450),
        frame(TEXT, b"{" * 4096),
        frame(TEXT, b"[" * 4096),
        frame(TEXT, b'{"a":' * 800),
        frame(0xA, b"a pong that nobody asked for"),
    ],
    ids=["empty", "binary", "fragments", "tokens in tokens", "braces", "brackets", "nested JSON", "pong"],
)
def test_what_the_protocol_allows_is_ignored(target: Server, data: bytes) -> None:
    with connected(target) as connection:
        send(connection, data)
        connection.send(PING)

        assert connection.recv(TIMEOUT_SECONDS) == PONG


@pytest.mark.parametrize("message", [frame(TEXT, b""), frame(BINARY, b"x"), frame(TEXT, PING.encode())])
def test_ten_thousand_tiny_messages_end_their_connection(target: Server, message: bytes) -> None:
    with connected(target) as connection:
        send(connection, message * FLOOD)

        texts, code = read_end(connection)

    # A server that closes while more comes may have to reset the connection.
    assert code in (1008, DROPPED)
    errors = [json.loads(text)["error"] for text in texts if text != PONG]
    assert [(error["status_code"], error["detail"]) for error in errors] in (
        [(429, "More than 60 messages a minute on one connection")],
        [],
    )


@pytest.mark.parametrize("program", ["uvicorn"], indirect=True, scope="module")
@pytest.mark.parametrize("data", [frame(0x9, b""), frame(CONTINUATION, b"", final=False)], ids=["pings", "fragments"])
def test_frames_that_no_application_sees_are_limited_too(target: Server, data: bytes) -> None:
    with connected(target) as connection:
        send(connection, frame(TEXT, b"", final=False) + data * FLOOD)

        assert read_end(connection)[1] in (1008, DROPPED)


def test_headers_of_a_megabyte_are_not_read(target: Server) -> None:
    with socket.create_connection(("127.0.0.1", target.port), TIMEOUT_SECONDS) as raw:
        with contextlib.suppress(OSError):
            head = HANDSHAKE.format(port=target.port).removesuffix("\r\n").encode()
            raw.sendall(head + b"X-Filler: " + b"x" * 1024 * 1024 + b"\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert raw.recv(4096)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 431", b"")


@pytest.mark.parametrize(
    "change",
    [
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 12"),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: short"),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
        ("GET ", "POST "),
        ("Connection: Upgrade", "Connection: keep-alive"),
        ("/api/ws/events", "/api/ws/évents"),
        ("Host: ", "X-Host: "),
    ],
    ids=["old version", "short key", "no key", "POST", "no upgrade", "no ASCII", "no host"],
)
def test_half_a_handshake_opens_nothing(target: Server, change: tuple[str, str]) -> None:
    with socket.create_connection(("127.0.0.1", target.port), TIMEOUT_SECONDS) as raw:
        raw.sendall(HANDSHAKE.replace(*change).format(port=target.port).encode())

        assert raw.recv(4096)[9:10] in (b"4", b"")


def test_two_hundred_sockets_that_never_read_cost_little(target: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", target.port), TIMEOUT_SECONDS))
            raw.sendall(HANDSHAKE.format(port=target.port).encode() + frame(TEXT, PING.encode()) * 20)
        with WebSocketClient(target.websocket_url()) as other:
            process_id = target.start("demo_create_path", [{"path_label": "Harbour-Airport"}])
            eventually(lambda: target.status_of(process_id) == "completed")
            eventually(lambda: len(other.frames) >= 2)


@given(st.lists(st.binary(max_size=200) | st.binary(max_size=50).map(lambda data: frame(TEXT, data)), max_size=8))
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_end_their_own_connection_at_most(target: Server, parts: list[bytes]) -> None:
    with connected(target) as connection:
        send(connection, b"".join(parts))


def test_addresses_that_a_trusted_proxy_names_are_counted_apart(program: str, databases: Databases) -> None:
    limits = {**LIMITS, "WEBSOCKET_CONNECTIONS_PER_ADDRESS": "1"}
    with installation(databases) as environment, run_server(program=program, **environment, **limits) as running:
        assert refusals(running, "192.0.2.1", "192.0.2.2", "192.0.2.1") == [None, None, 429]
    strangers = {**limits, "FORWARDED_ALLOW_IPS": "192.0.2.250"}
    with installation(databases) as environment, run_server(program=program, **environment, **strangers) as running:
        assert refusals(running, "192.0.2.1", "192.0.2.2") == [None, 429]


def refusals(server: Server, *addresses: str) -> list[int | None]:
    """Return the status with which clients that are there at the same time are refused, None for those let in."""
    statuses: list[int | None] = []
    with contextlib.ExitStack() as stack:
        for address in addresses:
            forwarded = {"X-Forwarded-For": address}
            connecting = connect(server.websocket_url(), additional_headers=forwarded, proxy=None, close_timeout=1)
            connection = stack.enter_context(connecting)
            with contextlib.suppress(ConnectionClosed):
                connection.send(PING)
            answer = str(connection.recv(TIMEOUT_SECONDS))
            statuses.append(None if answer == PONG else json.loads(answer)["error"]["status_code"])
    return statuses
