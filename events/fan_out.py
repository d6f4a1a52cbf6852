"""Leaves the serving loop to others between two rounds through all clients, however many changes come."""

import asyncio
import math
import time
from collections.abc import Callable

from events import conf, metrics
from events.messages import CacheTag, Frame


class FanOut:
    """Passes frames on at once, unless the round before took long: then once the loop has done what waited for it.

    What comes meanwhile goes in one round, each key once, where its last frame stands: that costs little more than a
    round with a single frame. So pings and handshakes get their share of the loop, and a server with more to send than
    it can sends more at a time. A rest lasts ``LONGEST_REST_SECONDS`` at most, however much there is to do: many frames
    make a long round, and a long rest makes many frames. Only the serving loop may use it.
    """

    def __init__(self, send: Callable[..., None]) -> None:
        """Pass frames on to ``send(*frames)``, one round through the clients."""
        self._send = send
        self._waiting: dict[CacheTag, Frame] = {}
        # Looks whether the rest is over; None where the next frame goes at once.
        self._look: asyncio.Handle | None = None

    def put(self, *frames: Frame) -> None:
        """Send the frames now, in one go, or at the end of the rest."""
        if self._look is None:
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
        if self._look is not None:
            self._look.cancel()
            self._look = None
        self._waiting.clear()

    def _send_round(self, *frames: Frame) -> None:
        begin = time.monotonic()
        self._send(*frames)
        if (end := time.monotonic()) - begin > conf.LONG_ROUND_SECONDS:
            metrics.LONG_ROUNDS.inc()
            # What the round kept waiting comes only after the first look.
            self._look_later(end + conf.LONGEST_REST_SECONDS, -math.inf)

    def _look_later(self, deadline: float, looked_at: float) -> None:
        self._look = asyncio.get_running_loop().call_soon(self._end_rest_when_idle, deadline, looked_at)

    def _end_rest_when_idle(self, deadline: float, looked_at: float) -> None:
        """End the rest if the loop had next to nothing to do since the last look, or after the longest rest."""
        now = time.monotonic()
        if now < deadline and now - looked_at > conf.IDLE_TURN_SECONDS:
            self._look_later(deadline, now)
            return
        self._look = None
        waiting, self._waiting = self._waiting, {}
        if waiting:
            self._send_round(*waiting.values())
