"""The frames that wait for one client: bounded, and each key once for a client that is behind."""

import asyncio
from collections import deque

from events import conf
from events.groups import Channel
from events.messages import Frame, coarse_frames


class ClientQueue:
    """A queue between the WebSocketManager and the one task that writes to the client.

    A client that keeps up gets every frame in order. One with more than ``MERGE_ABOVE_FRAMES`` waiting is behind: a
    frame whose key is waiting already takes that one's place, so after any change of a key a frame for it follows.
    Beyond ``MAX_CLIENT_QUEUE_BYTES`` an ``events`` queue collapses to the coarse invalidations; a queue of a data
    channel, which has none, overflows: the client must be closed and starts afresh. Only the serving loop may use it.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._frames: deque[Frame] = deque()
        # Bytes of text in _frames.
        self._size_bytes = 0
        self._not_empty = asyncio.Event()
        self._overflowed = False

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def size_bytes(self) -> int:
        """Encoded bytes that wait."""
        return self._size_bytes

    def put(self, frame: Frame) -> None:
        """Add a frame; never blocks."""
        if len(self._frames) < conf.MERGE_ABOVE_FRAMES or not self._replace(frame):
            self._append(frame)
        if self._size_bytes > conf.MAX_CLIENT_QUEUE_BYTES and len(self._frames) > 1:
            self._collapse()

    async def get(self) -> Frame | None:
        """Wait for the next frame; None when the queue has overflowed. Cancelling loses no frame."""
        while not self._frames and not self._overflowed:
            self._not_empty.clear()
            await self._not_empty.wait()
        if self._overflowed:
            return None
        frame = self._frames.popleft()
        self._size_bytes -= frame.size_bytes
        return frame

    def _append(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._size_bytes += frame.size_bytes
        self._not_empty.set()

    def _replace(self, frame: Frame) -> bool:
        for position, waiting in enumerate(self._frames):
            if waiting.key == frame.key:
                self._frames[position] = frame
                self._size_bytes += frame.size_bytes - waiting.size_bytes
                return True
        return False

    def _collapse(self) -> None:
        self._frames.clear()
        self._size_bytes = 0
        if self.channel is Channel.EVENTS:
            for frame in coarse_frames():
                self._append(frame)
        else:
            self._overflowed = True
            self._not_empty.set()
