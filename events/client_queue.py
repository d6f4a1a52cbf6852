"""The frames that wait for one client: bounded, and each key once for a client that is behind."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import TypeAlias

from websockets.frames import CloseCode

from events import conf, metrics
from events.groups import Channel
from events.messages import CacheTag, Frame, coarse_frames

Write: TypeAlias = Callable[[bytes], bool]
"""Sends encoded frames to a client at once and returns True; or sends nothing: its socket is full, or closed."""

WRITE_EXTENSION = "orchestrator.websocket.write"
"""The ASGI extension by which ``orchestrator_ws.uvicorn_protocols`` takes encoded frames: ``{"write": Write}``."""

_LEAST_IN_BATCH = 2


class ClientQueue:
    """A queue between the WebSocketManager and the one task that writes to the client.

    A client that keeps up gets every frame in order. One with more than ``MERGE_ABOVE_FRAMES`` waiting is behind: a
    frame whose key is waiting already takes that one's place, so after any change of a key a frame for it follows.
    Beyond ``MAX_CLIENT_QUEUE_BYTES`` an ``events`` queue collapses to the coarse invalidations; a queue of a data
    channel, which has none, ends: its client must start afresh. Only the serving loop may use it.
    """

    def __init__(self, channel: Channel, write: Write | None = None) -> None:
        """Serve a client of the channel; without ``write`` nothing goes past the writer task."""
        self.channel = channel
        self._write = write
        # Lists, though they are emptied from the front: they are short, and an empty deque takes 700 bytes.
        self._frames: list[Frame] = []
        # What goes before all of _frames.
        self._answers: list[Frame] = []
        # Keys that are in _frames, kept only while the client is behind: one that keeps up pays nothing for it.
        self._keys: set[CacheTag] = set()
        # Bytes of text in _frames.
        self._size_bytes = 0
        # What the writer task waits for once it has sent all there was; None while it is busy.
        self._wake_up: asyncio.Future[None] | None = None
        # The code to close the client with once _frames is empty; None while it is served.
        self._close_code: int | None = None

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def size_bytes(self) -> int:
        """Encoded bytes that wait."""
        return self._size_bytes

    @property
    def close_code(self) -> int | None:
        """The code with which the client is to be closed after its last frame, or None."""
        return self._close_code

    def write(self, encoded: bytes) -> bool:
        """Send encoded frames at once, if nothing is on its way before them and the server can; return whether it did.

        Waking the writer task up would cost as much again as the sending.
        """
        is_idle = self._wake_up is not None and not self._wake_up.done()
        return is_idle and self._write is not None and self._write(encoded)

    def put(self, *frames: Frame) -> None:
        """Add frames, unless the queue has ended; never blocks."""
        if self._close_code is not None:
            return
        for frame in frames:
            if len(self._frames) < conf.MERGE_ABOVE_FRAMES:
                self._append(frame)
            else:
                self._merge(frame)
        if self._size_bytes > conf.MAX_CLIENT_QUEUE_BYTES and len(self._frames) > 1:
            self._collapse()

    def put_first(self, answer: Frame) -> None:
        """Add what must not wait behind events; of more than ``MAX_WAITING_ANSWERS`` the oldest are dropped."""
        self._answers.append(answer)
        del self._answers[: -conf.MAX_WAITING_ANSWERS]
        self._wake()

    def end(self, close_code: int) -> None:
        """Take no more frames; the client is closed with this code after those that wait."""
        self._close_code = close_code
        self._wake()

    async def get(self) -> Frame | None:
        """Wait for the next frame; None when the queue has ended. Cancelling loses no frame."""
        while True:
            while self._write_batch():
                pass
            if self._answers:
                return self._answers.pop(0)
            if self._frames:
                return self._take(1)[0]
            if self._close_code is not None:
                return None
            await self._wait()

    async def _wait(self) -> None:
        self._wake_up = asyncio.get_running_loop().create_future()
        try:
            await self._wake_up
        finally:
            self._wake_up = None

    def _write_batch(self) -> bool:
        """Send several frames that wait at once, if the server can; a client that comes back has missed many."""
        if self._write is None or self._answers:
            return False
        ends = list(accumulate(len(frame.encoded) for frame in self._frames))
        count = bisect_right(ends, conf.MAX_UNSENT_BYTES)
        if count < _LEAST_IN_BATCH or not self._write(b"".join(frame.encoded for frame in self._frames[:count])):
            return False
        self._take(count)
        metrics.FRAMES_SENT.labels(self.channel).inc(count)
        return True

    def _take(self, count: int) -> list[Frame]:
        """Remove that many frames from the front and return them."""
        taken = self._frames[:count]
        del self._frames[:count]
        self._size_bytes -= sum(frame.size_bytes for frame in taken)
        if len(self._frames) < conf.MERGE_ABOVE_FRAMES:
            self._keys.clear()
        # One may be there once more, from before the client was behind: then one frame is not merged.
        self._keys.difference_update(frame.key for frame in taken)
        return taken

    def _wake(self) -> None:
        wake_up, self._wake_up = self._wake_up, None
        if wake_up is not None and not wake_up.done():
            wake_up.set_result(None)

    def _append(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._size_bytes += frame.size_bytes
        self._wake()

    def _merge(self, frame: Frame) -> None:
        self._keys = self._keys or {waiting.key for waiting in self._frames}
        if frame.key in self._keys:
            self._replace(frame)
        else:
            self._keys.add(frame.key)
            self._append(frame)

    def _replace(self, frame: Frame) -> None:
        metrics.FRAMES_MERGED.labels(self.channel).inc()
        position = next(index for index, waiting in enumerate(self._frames) if waiting.key == frame.key)
        self._size_bytes += frame.size_bytes - self._frames[position].size_bytes
        self._frames[position] = frame

    def _collapse(self) -> None:
        metrics.QUEUES_COLLAPSED.labels(self.channel).inc()
        self._frames.clear()
        self._keys.clear()
        self._size_bytes = 0
        if self.channel is Channel.EVENTS:
            for frame in coarse_frames():
                self._append(frame)
        else:
            self.end(CloseCode.TRY_AGAIN_LATER)
