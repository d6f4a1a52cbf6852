"""Leaves the serving loop to others between two rounds through all clients, however many changes come."""

import asyncio
import time
from collections.abc import Callable

from events import conf, metrics
from events.messages import CacheTag, Frame


class FanOut:
    """Passes frames on at once, unless the round before took long: then after a rest of the same length.

    What comes meanwhile goes in one round, each key once, where its last frame stands: that costs little more than a
    round with a single frame. So pings and handshakes get their share of the loop, and a server with more to send than
    it can sends more at a time. A rest lasts ``LONGEST_REST_SECONDS`` at most, else many frames would make a long
    round, and a long rest even more frames. Only the serving loop may use it.
    """

    def __init__(self, send: Callable[..., None]) -> None:
        """Pass frames on to ``send(*frames)``, one round through the clients."""
        self._send = send
        self._waiting: dict[CacheTag, Frame] = {}
        # Ends the rest; None where the next frame goes at once.
        self._timer: asyncio.TimerHandle | None = None

    def put(self, *frames: Frame) -> None:
        """Send the frames now, in one go, or at the end of the rest."""
        if self._timer is None:
            self._send_round(*frames)
            return
        for frame in frames:
            self._waiting.pop(frame.key, None)
            self._waiting[frame.key] = frame

    def list_waiting(self) -> list[Frame]:
        """Return the frames that will be sent at the end of the rest."""
        return list(self._waiting.values())

    def stop(self) -> None:
        """End the rest; what waits must have been sent by other means, as ``list_waiting`` gives it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waiting.clear()

    def _send_round(self, *frames: Frame) -> None:
        begin = time.monotonic()
        self._send(*frames)
        if (spent_seconds := time.monotonic() - begin) > conf.LONG_ROUND_SECONDS:
            metrics.LONG_ROUNDS.inc()
            rest_seconds = min(spent_seconds, conf.LONGEST_REST_SECONDS)
            self._timer = asyncio.get_running_loop().call_later(rest_seconds, self._end_rest)

    def _end_rest(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, {}
        if waiting:
            self._send_round(*waiting.values())
