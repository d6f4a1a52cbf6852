"""Thousands of websocket clients at once: each only notes when it was let in and what came."""

import asyncio
import time
from collections.abc import Callable

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri


class Member(asyncio.Protocol):
    """One client."""

    def __init__(self, url: str, on_text: Callable[["Member", str], None]) -> None:
        self._protocol = ClientProtocol(parse_uri(url))
        self._on_text = on_text
        self.is_open = asyncio.get_running_loop().create_future()
        self.has_left = asyncio.Event()
        # Monotonic time, in seconds, of each first arrival of a text.
        self.arrivals: dict[str, float] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        now = time.monotonic()
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                assert self._protocol.state is State.OPEN, event.status_code
                self.is_open.set_result(now)
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                text = bytes(event.data).decode()
                self.arrivals.setdefault(text, now)
                self._on_text(self, text)
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        self.has_left.set()
        if not self.is_open.done():
            self.is_open.set_exception(error or ConnectionError("the server closed the connection"))

    def send(self, text: str) -> None:
        """Send a text frame."""
        self._protocol.send_text(text.encode())
        self._flush()

    async def leave(self, *, orderly: bool = True) -> None:
        """Close the connection, with a close frame or as one that vanishes."""
        if orderly:
            self._protocol.send_close(1000)
            self._flush()
        else:
            self._transport.abort()
        await self.has_left.wait()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()


def ignore(member: Member, text: str) -> None:
    """Take no notice of a text."""


async def join(port: int, query: str = "", on_text: Callable[[Member, str], None] = ignore) -> Member:
    """Connect to ``events`` and return once the server has accepted."""
    url = f"ws://127.0.0.1:{port}/api/ws/events{query}"
    _, member = await asyncio.get_running_loop().create_connection(lambda: Member(url, on_text), "127.0.0.1", port)
    await member.is_open
    return member
