"""Bad input over HTTP and websocket: a clear answer, no traceback in the log, and nobody else is disturbed."""

import contextlib
import os
import socket
import struct
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.functional.clients import PING, PONG, WebSocketClient, fence, hears
from tests.functional.raw_frames import CONTINUATION, HANDSHAKE, TEXT, frame
from tests.servers import Server
from tests.waiting import TIMEOUT_SECONDS, eventually


@pytest.fixture(autouse=True)
def nobody_else_is_disturbed(server: Server, events: WebSocketClient) -> Iterator[None]:
    """Check after the test: the server lives, logged no traceback, and another client hears and is heard."""
    log_before = server.log.stat().st_size
    yield
    events.ping()
    fence(events, server)
    events.arrivals.clear()
    process_id = server.start("demo_task_compare_inventory")
    hears(events, server, "L I L I L I L I L I", process_id)
    assert server.process.poll() is None
    assert "Traceback" not in server.log.read_bytes()[log_before:].decode(errors="replace")


@contextlib.contextmanager
def connected(server: Server) -> Iterator[ClientConnection]:
    with connect(server.websocket_url(), compression=None, proxy=None, ping_interval=None) as connection:
        yield connection


@contextlib.contextmanager
def raw_socket(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), TIMEOUT_SECONDS) as raw:
        yield raw


def close_code(connection: ClientConnection) -> int | None:
    """Return the code with which the server closes the connection; None if it only drops it."""
    try:
        while True:
            connection.recv(TIMEOUT_SECONDS)
    except ConnectionClosed as closed:
        return None if closed.rcvd is None else closed.rcvd.code


def reset(raw: socket.socket) -> None:
    """Let the close of the socket be a reset, as when a machine vanishes."""
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b'{"', 422, id="cut-off"),
        pytest.param(b"\xff\xfe", 422, id="not-utf-8"),
        pytest.param(b'[{"a": NaN}]', 422, id="not-a-number"),
        pytest.param(b"[" * 100_000, 422, id="deeply-nested"),
        pytest.param(b'"text"', 422, id="wrong-type"),
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b'[{"path_label": "a\\u0000b"}]', 422, id="nul-character"),
        pytest.param(b'[{"path_label": "' + b"x" * 2_000_000 + b'"}]', 413, id="two-megabytes"),
    ],
)
def test_a_bad_body_gets_its_status_as_json(server: Server, body: bytes, status: int) -> None:
    answer = server.http.post("/api/processes/demo_create_path", content=body)

    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/api/processes/nope", 422, id="id-is-no-uuid"),
        pytest.param("GET", "/api/processes/%00", 422, id="nul-in-the-path"),
        pytest.param("GET", "/api/processes/%ff", 422, id="path-is-not-utf-8"),
        pytest.param("GET", "/api/processes/?range=a,b", 400, id="range-of-letters"),
        pytest.param("GET", "/api/processes/?filter=lastStatus,%00", 200, id="nul-in-a-filter"),
        pytest.param("GET", "/api/no-such-route", 404, id="unknown-route"),
        pytest.param("TRACE", "/api/processes/", 405, id="unknown-method"),
    ],
)
def test_a_bad_request_gets_its_status_as_json(server: Server, method: str, path: str, status: int) -> None:
    answer = server.http.request(method, path)

    assert answer.status_code == status, answer.text
    answer.json()


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("ping", id="other-word"),
        pytest.param("__PING__", id="upper-case"),
        pytest.param(" __ping__", id="leading-space"),
        pytest.param('"__ping__"', id="in-quotes"),
        pytest.param('{"type":"ping"}', id="json"),
        pytest.param("", id="empty-text"),
        pytest.param("\0", id="nul-character"),
        pytest.param(b"__ping__", id="binary-ping"),
        pytest.param(b"", id="empty-binary"),
        pytest.param(bytes(range(256)), id="binary"),
        pytest.param("x" * 4096, id="longest-text"),
    ],
)
def test_a_message_that_is_no_ping_is_ignored(server: Server, message: str | bytes) -> None:
    with connected(server) as connection:
        connection.send(message)
        connection.send(PING)

        assert connection.recv(TIMEOUT_SECONDS) == PONG
        with pytest.raises(TimeoutError):
            connection.recv(0.05)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("x" * 4097, id="one-character-too-long"),
        pytest.param(b"x" * 60_000, id="binary"),
        pytest.param("x" * 100_000, id="over-the-server-s-own-limit"),
    ],
)
def test_an_oversize_message_closes_the_socket_with_1009(server: Server, message: str | bytes) -> None:
    with connected(server) as connection:
        with contextlib.suppress(ConnectionClosed):  # the server need not read to the end
            connection.send(message)

        assert close_code(connection) == 1009


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(frame(TEXT, b"\xff\xfe"), 1007, id="text-that-is-not-utf-8"),
        pytest.param(frame(TEXT, b"x", masked=False), 1002, id="unmasked"),
        pytest.param(frame(0x3, b"x"), 1002, id="reserved-opcode"),
        pytest.param(frame(CONTINUATION, b"x"), 1002, id="continuation-of-nothing"),
        pytest.param(frame(0x9, b"x" * 126), 1002, id="control-frame-too-long"),
    ],
)
def test_a_frame_that_breaks_the_protocol_ends_the_connection(server: Server, data: bytes, code: int) -> None:
    with connected(server) as connection:
        connection.socket.sendall(data)

        # daphne's websocket library drops the connection without a close frame.
        assert close_code(connection) in (code, None)


def test_a_message_of_two_megabytes_ends_the_connection(server: Server) -> None:
    with connected(server) as connection:
        with contextlib.suppress(ConnectionClosed):
            connection.send("x" * 2_000_000)

        # Over daphne's own limit its websocket library drops the connection without a close frame.
        assert close_code(connection) in (1009, None)


def test_fragments_that_are_too_long_together_close_the_socket_with_1009(server: Server) -> None:
    with connected(server) as connection:
        connection.socket.sendall(frame(TEXT, b"x" * 3000, final=False) + frame(CONTINUATION, b"x" * 3000))

        assert close_code(connection) == 1009


def test_two_hundred_garbage_messages_at_once_do_not_keep_a_pong_away(server: Server) -> None:
    with connected(server) as connection:
        for number in range(200):
            connection.send(os.urandom(100) if number % 2 else "garbage" * 10)
        connection.send(PING)

        assert connection.recv(TIMEOUT_SECONDS) == PONG


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HANDSHAKE[:60].encode(), id="half-a-handshake"),
        pytest.param(HANDSHAKE.encode(), id="whole-handshake"),
        pytest.param(HANDSHAKE.encode() + frame(TEXT, b"x" * 100)[:20], id="half-a-frame"),
        pytest.param(
            b"PUT /api/settings/status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{", id="half-a-body"
        ),
    ],
)
@pytest.mark.parametrize("leave", [reset, lambda raw: None], ids=["reset", "closed"])
def test_a_client_may_vanish_at_any_moment(server: Server, data: bytes, leave: Callable[[socket.socket], None]) -> None:
    with raw_socket(server) as raw:
        raw.sendall(data.replace(b"{port}", str(server.port).encode()))
        leave(raw)


def test_a_client_may_vanish_while_frames_are_sent_to_it(server: Server) -> None:
    with connected(server) as connection:
        process_id = server.start("demo_create_path", [{"path_label": "Harbour-Airport"}])
        reset(connection.socket)
        connection.socket.close()

    eventually(lambda: server.status_of(process_id) == "completed")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="tls"),
        pytest.param(b"what?\r\n\r\n", id="words"),
    ],
)
def test_what_is_not_http_is_answered_with_400_or_a_close(server: Server, data: bytes) -> None:
    with raw_socket(server) as raw:
        raw.sendall(data)
        raw.shutdown(socket.SHUT_WR)

        answer = raw.recv(4096)

    assert answer == b"" or b" 400 " in answer.splitlines()[0]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/api/ws/events/", id="events-with-a-slash"),
        pytest.param("/api/settings/ws-status?token=", id="engine-settings-without-its-slash"),
        pytest.param("/api/processes/all/", id="processes-without-token"),
        pytest.param("/nowhere", id="unknown"),
    ],
)
def test_a_handshake_on_a_wrong_path_is_refused_with_403(server: Server, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(server.websocket_url(path), proxy=None):
        pass

    assert refused.value.response.status_code == 403
