"""Which first bytes of a connection go past the HTTP parser: one whole websocket handshake, and nothing else."""

import pytest

from orchestrator_ws.uvicorn_protocols import is_handshake

HANDSHAKE = (
    b"GET /api/ws/events HTTP/1.1\r\nHost: noc.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.mark.parametrize(
    "data",
    [
        HANDSHAKE,
        HANDSHAKE.replace(b"Upgrade: websocket", b"UPGRADE: WebSocket"),
        HANDSHAKE.replace(b"Host: noc.example", b"HOST:noc.example"),
    ],
)
def test_a_handshake_goes_straight_to_the_websocket(data: bytes) -> None:
    assert is_handshake(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HANDSHAKE[:-1],
        HANDSHAKE + b"\x81\x80",
        HANDSHAKE + HANDSHAKE,
        b"\r\n" + HANDSHAKE,
        HANDSHAKE.replace(b"GET", b"POST"),
        HANDSHAKE.replace(b"/api", "/äpi".encode()),
        HANDSHAKE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        HANDSHAKE.replace(b"Host: noc.example\r\n", b""),
        HANDSHAKE.replace(b"Host: noc.example\r\n", b"Host: noc.example\r\nHost: other.example\r\n"),
        HANDSHAKE.replace(b"Host: noc.example", b"Host: noc.example\n folded"),
        HANDSHAKE.replace(b"Connection: Upgrade", b"Connection: Upgrade,\r\n other"),
        HANDSHAKE.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        HANDSHAKE.replace(b"Upgrade: websocket\r\n", b""),
        HANDSHAKE.replace(b"Upgrade: websocket", b"X-Upgrade: websocket"),
        HANDSHAKE.replace(b"Upgrade: websocket", b"Upgrade: websocket, h2c"),
        b"GET / HTTP/1.1\r\nHost: noc.example\r\n\r\n",
    ],
)
def test_anything_else_is_for_the_http_parser(data: bytes) -> None:
    assert not is_handshake(data)
