"""Merges the frames of list tags that follow each other quickly; the first goes at once, the last is never lost."""

import asyncio
from collections.abc import Callable

from events import conf
from events.messages import LIST, CacheTag, Frame


class ListThrottle:
    """Passes frames on; those of a list tag at most once per window (``EVENTS_LIST_THROTTLE_MS``).

    The first frame of a tag goes at once and opens a window. What comes within it is sent as one frame at its end,
    which opens the next. Frames of other tags are never delayed. Only the serving loop may use it.
    """

    def __init__(self, send: Callable[..., None]) -> None:
        """Pass frames on to ``send(*frames)``."""
        self._send = send
        # Tag of each open window → the frame that is sent at its end, None while there is nothing to send.
        self._waiting: dict[CacheTag, Frame | None] = {}
        # Tag of each open window → the timer that ends it.
        self._timers: dict[CacheTag, asyncio.TimerHandle] = {}

    def put(self, *frames: Frame) -> None:
        """Send the frames now, in one go, or at the end of their tags' windows."""
        if now := [frame for frame in frames if not self._holds_back(frame)]:
            self._send(*now)

    def list_waiting(self) -> list[Frame]:
        """Return the frames that will be sent at the end of a window."""
        return [frame for frame in self._waiting.values() if frame is not None]

    def stop(self) -> None:
        """End all windows; what waits must have been sent by other means, as ``list_waiting`` gives it."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._waiting.clear()

    def _holds_back(self, frame: Frame) -> bool:
        if frame.key[1] != LIST:
            return False
        if frame.key in self._waiting:
            self._waiting[frame.key] = frame
            return True
        self._open_window(frame.key)
        return False

    def _open_window(self, tag: CacheTag) -> None:
        if window_seconds := conf.list_throttle_seconds():
            self._waiting[tag] = None
            loop = asyncio.get_running_loop()
            self._timers[tag] = loop.call_later(window_seconds, self._close_window, tag)

    def _close_window(self, tag: CacheTag) -> None:
        del self._timers[tag]
        if (frame := self._waiting.pop(tag)) is not None:
            self._open_window(tag)
            self._send(frame)
