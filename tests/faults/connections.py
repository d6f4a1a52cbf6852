"""A websocket whose reading a test controls: at full speed, a byte per second, not at all."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

READ_BYTES = 65_536
TRICKLE_SECONDS = 1.0

# A wire instead of loopback, whose buffers would hide for long that nobody reads. With a receive buffer of 4 KB the
# kernel would be slow to catch up: it drops segments and sends each again only 200 ms later.
WIRE_SEGMENT_BYTES = 1400
WIRE_RECEIVE_BUFFER_BYTES = 32_768


class Connection:
    """One websocket on the running loop; ``on_text`` gets each text frame.

    ``over_a_wire`` gives it the small buffers that it would have across a network.
    """

    def __init__(self, url: str, on_text: Callable[[bytes], None], *, over_a_wire: bool = False) -> None:
        self._uri = parse_uri(url)
        self._on_text = on_text
        self._loop = asyncio.get_running_loop()
        self._protocol = ClientProtocol(self._uri)
        self._accepted: asyncio.Future[None] = self._loop.create_future()
        self._trickle: asyncio.TimerHandle | None = None
        # Whether it reads at full speed.
        self.is_reading = False
        # Set once no frame can come any more.
        self.closed = asyncio.Event()
        self._socket = socket.socket()
        self._socket.setblocking(False)
        if over_a_wire:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WIRE_RECEIVE_BUFFER_BYTES)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, WIRE_SEGMENT_BYTES)

    @property
    def close_code(self) -> int | None:
        """The code with which the server closed it; None while open, and after an abrupt end."""
        close = self._protocol.close_rcvd
        return None if close is None else close.code

    async def open(self) -> None:
        """Connect.

        Raises:
            OSError: there is no server, or it refuses.
        """
        try:
            await self._loop.sock_connect(self._socket, (self._uri.host, self._uri.port))
            self.read_on()
            self._protocol.send_request(self._protocol.connect())
            self._flush()
            await self._accepted
        except BaseException:
            self.abort()
            raise

    def send(self, text: str) -> None:
        """Send a text, if it is open."""
        if not self.closed.is_set():
            self._protocol.send_text(text.encode())
            self._flush()

    def read_on(self) -> None:
        """Read at full speed."""
        self.stop_reading()
        if not self.closed.is_set():
            self.is_reading = True
            self._loop.add_reader(self._socket, self._read, READ_BYTES)

    def read_slowly(self) -> None:
        """Read one byte per second."""
        self.stop_reading()
        if not self.closed.is_set():
            self._read(1)
            self._trickle = self._loop.call_later(TRICKLE_SECONDS, self.read_slowly)

    def stop_reading(self) -> None:
        """Read nothing, and notice nothing, until told otherwise."""
        if self._trickle is not None:
            self._trickle.cancel()
            self._trickle = None
        self.is_reading = False
        if not self.closed.is_set():
            self._loop.remove_reader(self._socket)

    def abandon(self) -> None:
        """Leave it as it is, for ever unread; the server cannot tell that nobody is there."""
        self.stop_reading()
        self.closed.set()

    def abort(self) -> None:
        """End it without a closing handshake, also after it was abandoned; idempotent."""
        self.abandon()
        self._socket.close()
        if not self._accepted.done():
            self._accepted.set_exception(ConnectionAbortedError("the handshake failed"))
            self._accepted.exception()

    def _read(self, limit: int) -> None:
        try:
            data = self._socket.recv(limit)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.abort()
            return
        self._protocol.receive_data(data)
        self._flush()
        for event in self._protocol.events_received():
            match event:
                case Frame(opcode=Opcode.TEXT):
                    self._on_text(bytes(event.data))
                case Response() if self._protocol.handshake_exc is None:
                    self._accepted.set_result(None)
        if self._protocol.close_expected():
            self.abort()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            with contextlib.suppress(OSError):
                self._socket.send(data)
