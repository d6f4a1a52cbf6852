"""The two protocols of the production server: HTTP, and websockets with a bound on what one client costs."""

import asyncio
import logging
import re
import socket
import struct
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from events import conf, metrics
from events.client_queue import WRITE_EXTENSION
from events.limits import MinuteCounter

MAX_SILENT_FRAMES = 1000
"""Pings of the websocket protocol and fragments of messages that a client may send in a minute."""

WHOLE_HEAD = re.compile(rb"GET [\x21-\x7e]+ HTTP/1\.1\r\n(?:[^\s][^\r\n]*\r\n)+\r\n")
"""One request without a body, whose target and lines look as RFC 9112 wants them."""

BETWEEN_REQUESTS = {h11.CLIENT: h11.IDLE, h11.SERVER: h11.IDLE}

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""The value of SO_LINGER that makes the kernel forget what it has not sent."""

logger = logging.getLogger(__name__)


class ShortWayProtocol(H11Protocol):
    """HTTP; hands a websocket handshake on as it came, where uvicorn parses it, writes it anew and has it parsed."""

    def data_received(self, data: bytes) -> None:
        """Parse a request, or leave it to the websocket if it is a handshake that came whole."""
        is_between_requests = self.conn.states == BETWEEN_REQUESTS and self.conn.trailing_data == (b"", False)
        if is_between_requests and is_handshake(data):
            self._unset_keepalive_if_required()
            self.connections.discard(self)
            websocket = BoundedProtocol(self.config, self.server_state, self.app_state, self.loop)
            websocket.connection_made(self.transport)
            self.transport.set_protocol(websocket)
            websocket.data_received(data)
        else:
            super().data_received(data)


class BoundedProtocol(WebSocketsSansIOProtocol, asyncio.BufferedProtocol):
    """One websocket, of which little is buffered and which ends when its client does not read."""

    # One for all: what is read into it has been parsed before anybody else's is.
    _read = bytearray(conf.READ_BYTES)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where the transport reads to; it reads no more at a time, for all of it is parsed at one go."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Deal with what came."""
        self.data_received(bytes(self._read[:nbytes]))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Bound what the event loop and the kernel hold for the client: the rest waits, merged, in its queue."""
        super().connection_made(transport)
        self._silent_frames = MinuteCounter()
        self.transport.set_write_buffer_limits(high=conf.MAX_UNSENT_BYTES)
        self._set_socket_option(socket.SO_SNDBUF, conf.SOCKET_BUFFER_BYTES)
        self._set_socket_option(socket.SO_RCVBUF, conf.RECEIVE_BUFFER_BYTES)

    def handle_connect(self, event: Request) -> None:
        """Name headers as ASGI does, in lower case, and offer the application to write frames that are encoded."""
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self.scope["headers"] = [(name.lower(), value) for name, value in self.scope["headers"]]
            self.scope["extensions"] = {**self.scope["extensions"], WRITE_EXTENSION: {"write": self.write_encoded}}

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the connection, and of the scope, which knows it: a circle would stay until it is looked for."""
        super().connection_lost(exc)
        # What parses knows the protocol that it is part of, as long as it has not ended.
        self.conn.parser.close()
        if hasattr(self, "scope"):
            del self.scope["extensions"]

    def write_encoded(self, frames: bytes) -> bool:
        """Send frames at once and return True; nothing, if that would be more than may wait for the client."""
        unsent = self.transport.get_write_buffer_size()
        if self.close_sent or self.transport.is_closing() or unsent + len(frames) > conf.MAX_UNSENT_BYTES:
            return False
        self.transport.write(frames)
        return True

    def handle_ping(self) -> None:
        """Answer a ping, unless what was sent before is unread: the next one will do (RFC 6455, 5.5.3)."""
        if self._count_silent_frame() and self.transport.get_write_buffer_size() <= conf.MAX_UNSENT_BYTES:
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        """Collect a fragment; empty ones make a message no longer, and so never end."""
        if self._count_silent_frame():
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Pass a message on. One that is not UTF-8 closes the connection, unless a close came in the same packet."""
        with suppress(InvalidState):
            super().send_receive_event_to_app()

    def keepalive_timeout(self) -> None:
        """Close with 1013: the ping, and so all that was sent before it, was not read in time (RFC 6455, 5.5.2)."""
        self.pong_timer = self.pending_ping_payload = None
        if self.close_sent or self.transport.is_closing():
            return
        metrics.SLOW_CLOSES.inc()
        logger.warning("A client did not read for too long and is closed")
        self._fail(CloseCode.TRY_AGAIN_LATER, "too slow", conf.CLOSE_SECONDS)

    def shutdown(self) -> None:
        """Close with 1012; a client that has not read until now learns by a reset that its server is gone."""
        had_its_turn = self.close_sent
        super().shutdown()
        if self.transport.get_write_buffer_size() and not had_its_turn:
            self._cut()

    async def send(self, message: Any) -> None:
        """Send a message of the application."""
        if self.transport.is_closing():
            raise ClientDisconnected
        if message["type"] == "websocket.close" and not self.writable.is_set():
            # Else it would wait for the client to read.
            self._fail(message["code"], "", conf.CUT_SECONDS)
            return
        is_handshake = not self.handshake_complete
        try:
            await super().send(message)
        except RuntimeError as error:
            # While it waited for the client to read, the client was closed.
            if self.close_sent:
                raise ClientDisconnected from error
            raise
        if is_handshake and self.handshake_complete:
            # The scope has what the application may ask for; kept, they would take 2.5 KB of each client.
            del self.request, self.response
        if message["type"] == "websocket.close":
            self._cut_later(conf.CLOSE_SECONDS)

    def _count_silent_frame(self) -> bool:
        """Count a frame that the application never sees; return whether it is to be dealt with."""
        if self._silent_frames.add() <= MAX_SILENT_FRAMES:
            return True
        if not (self.close_sent or self.transport.is_closing()):
            self._fail(CloseCode.POLICY_VIOLATION, "too many frames", conf.CUT_SECONDS)
        return False

    def _fail(self, code: int, reason: str, cut_seconds: float) -> None:
        """Close without waiting for the client (RFC 6455, 7.1.7)."""
        self.conn.fail(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
        self._cut_later(cut_seconds)

    def _cut_later(self, seconds: float) -> None:
        self.loop.call_later(seconds, self._cut)

    def _cut(self) -> None:
        """Drop the connection, if it is still there, and what the kernel holds for it."""
        if not self.disconnected:
            self._set_socket_option(socket.SO_LINGER, RESET_ON_CLOSE)
            self.transport.abort()

    def _set_socket_option(self, option: int, value: int | bytes) -> None:
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, option, value)


def is_handshake(data: bytes) -> bool:
    """Return whether this is one whole request for a websocket; anything else is for HTTP's parser to judge."""
    head = data.lower()
    is_asked_for = b"\r\nupgrade: websocket\r\n" in head and head.count(b"\r\nhost:") == 1
    return is_asked_for and WHOLE_HEAD.fullmatch(data) is not None
