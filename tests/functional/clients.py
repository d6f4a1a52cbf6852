"""A websocket client that records what it hears, and how a test reads the record."""

import json
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.servers import Server
from tests.waiting import TIMEOUT_SECONDS, eventually

PING = "__ping__"
PONG = "__pong__"
LETTERS = {
    '{"name":"invalidateCache","value":{"type":"processes","id":"LIST"}}': "L",
    '{"name":"invalidateCache","value":{"type":"processStatusCounts"}}': "C",
    '{"name":"invalidateCache","value":{"type":"engineStatus"}}': "G",
}

WORKER_STATUS = '{"name":"invalidateCache","value":{"type":"workerStatus"}}'


def process_invalidation(process_id: str) -> str:
    """Return the text of the frame that invalidates one process."""
    return f'{{"name":"invalidateCache","value":{{"type":"processes","id":"{process_id}"}}}}'


def in_letters(frames: Sequence[str], process_id: str | None = None) -> str:
    """Return ``events`` frames as the wire contract abbreviates them; one that is not expected stays as it is."""
    letters = LETTERS if process_id is None else {**LETTERS, process_invalidation(process_id): "I"}
    return " ".join(letters.get(frame, frame) for frame in frames)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame and the monotonic time, in seconds, at which it arrived."""

    at: float
    text: str


class WebSocketClient:
    """Connects, and until its block ends records each text frame in a thread of its own.

    Pongs are counted apart: they may overtake other frames. ``on_frame`` is called in that thread.
    """

    def __init__(
        self,
        url: str,
        *,
        subprotocols: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        on_frame: Callable[[str], None] | None = None,
    ) -> None:
        self.arrivals: list[Arrival] = []
        self.pongs = 0
        # The close code that the server sent; None while connected.
        self.close_code: int | None = None
        # Monotonic time, in seconds, of the close; infinite while connected.
        self.closed_at = math.inf
        names = None if subprotocols is None else [Subprotocol(name) for name in subprotocols]
        self._connecting = connect(
            url,
            subprotocols=names,
            additional_headers=headers,
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=TIMEOUT_SECONDS,
        )
        self._on_frame = on_frame
        self._thread = threading.Thread(target=self._record, daemon=True)

    def __enter__(self) -> Self:
        self.connection: ClientConnection = self._connecting.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connecting.__exit__(kind, error, traceback)
        self._thread.join(TIMEOUT_SECONDS)

    @property
    def frames(self) -> list[str]:
        """The texts of the recorded frames, in order."""
        return [arrival.text for arrival in self.arrivals]

    def json_frames(self) -> list[Any]:
        """Return the recorded frames, parsed."""
        return [json.loads(frame) for frame in self.frames]

    def wait_for_frames(self, count: int, *, within_seconds: float = TIMEOUT_SECONDS) -> list[str]:
        """Return the frames once there are ``count`` of them or time is up: the caller compares."""
        deadline = time.monotonic() + within_seconds
        eventually(
            lambda: len(self.arrivals) >= count or time.monotonic() > deadline, within_seconds=within_seconds + 1
        )
        return self.frames

    def wait_for_close(self) -> int:
        """Return the code with which the server closes the connection."""
        return eventually(lambda: self.close_code)  # type: ignore[return-value]  # never None: eventually saw to it

    def ping(self) -> None:
        """Send the contract's ping and wait for its pong."""
        before = self.pongs
        self.connection.send(PING)
        eventually(lambda: self.pongs > before)

    def _record(self) -> None:
        try:
            for text in self.connection:
                assert isinstance(text, str), "the server never sends binary frames"
                if text == PONG:
                    self.pongs += 1
                    continue
                self.arrivals.append(Arrival(time.monotonic(), text))
                if self._on_frame is not None:
                    self._on_frame(text)
        except ConnectionClosed:
            pass
        self.closed_at = time.monotonic()
        self.close_code = 1006 if self.connection.close_code is None else self.connection.close_code


def hears(client: WebSocketClient, server: Server, expected: str, process_id: str | None = None) -> None:
    """Fail unless the client has heard exactly ``expected``, in letters, since it connected or last heard.

    What may follow the last expected frame is waited for too: until the frame of an unlock of the engine comes.
    Worker status does not count: it comes when maintenance looks.
    """
    client.wait_for_frames(len(expected.split()))
    fence(client, server)
    heard = in_letters([frame for frame in client.frames if frame != WORKER_STATUS], process_id)
    client.arrivals.clear()
    assert heard == f"{expected} G".strip(), f"heard {heard!r} instead of {expected!r} and the last G"


def fence(client: WebSocketClient, server: Server) -> None:
    """Unlock the engine and wait for its frame: whatever was committed before has then been heard."""
    before = in_letters(client.frames).count("G")
    unlock(server)
    eventually(lambda: in_letters(client.frames).count("G") > before)


def lock(server: Server) -> dict[str, Any]:
    """Lock the engine and return its status."""
    return _put_lock(server, True)


def unlock(server: Server) -> dict[str, Any]:
    """Unlock the engine and return its status."""
    return _put_lock(server, False)


def _put_lock(server: Server, locked: bool) -> dict[str, Any]:
    answer = server.http.put("/api/settings/status", json={"global_lock": locked})
    assert answer.status_code == 200, answer.text
    status: dict[str, Any] = answer.json()
    return status
