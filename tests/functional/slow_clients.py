"""A websocket client that does not read."""

import contextlib
import socket

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tests.functional.clients import PING
from tests.servers import Server
from tests.waiting import TIMEOUT_SECONDS

RECEIVE_BUFFER_BYTES = 4096
PING_PAYLOAD = bytes(125)


class SlowClient:
    """A websocket client that reads only when it is told to, over a socket with hardly a buffer."""

    def __init__(self, server: Server, *, token: str | None = None) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.settimeout(TIMEOUT_SECONDS)
        self._socket.connect(("127.0.0.1", server.port))
        names = None if token is None else [Subprotocol("base64.bearer.token"), Subprotocol(token)]
        self._protocol = ClientProtocol(parse_uri(server.websocket_url()), subprotocols=names)
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

    def flood_with_pings(self, count: int) -> None:
        """Send pings of the websocket protocol, and read no pong."""
        for _ in range(count):
            self._protocol.send_ping(PING_PAYLOAD)
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
