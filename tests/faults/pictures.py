"""What one client shows, and which parts of it frames have made stale."""

import json
import math
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

LIST: Final = "LIST"
EVERYTHING: Final = None
"""The id of a coarse frame."""

Rows = Mapping[str, int]
"""Process id → revision, as one answer of REST tells them."""


class IgnoredFrameError(Exception):
    """The frame is about something that no picture shows."""


@lru_cache(1024)
def read_frame(text: bytes) -> str | None:
    """Return the id that the frame makes stale: a process's, ``LIST`` or ``EVERYTHING``.

    Raises:
        IgnoredFrameError: it is about something else than processes.
    """
    frame = json.loads(text)
    if frame["name"] != "invalidateCache":
        raise ValueError(f"no client knows this frame: {text!r}")
    if frame["value"]["type"] != "processes":
        raise IgnoredFrameError
    found: str | None = frame["value"].get("id", EVERYTHING)
    return found


class Picture:
    """A list page and a detail page of each process.

    The list is refetched only because of ``LIST`` and coarse frames, a detail page only because of coarse frames and
    those with its id: what no frame made stale is never taken from an answer.
    """

    def __init__(self) -> None:
        self.list: Rows = {}
        self.details: dict[str, int] = {}
        # What frames made stale and no request has been sent for; then what the present request is for.
        self._waiting: set[str | None] = set()
        self._requested: set[str | None] = set()
        # Monotonic time at which that request, or the last one, began.
        self.requested_at = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be refetched."""
        return bool(self._waiting or self._requested)

    def invalidate(self, stale_id: str | None) -> None:
        """Note what a frame made stale."""
        self._waiting.add(stale_id)

    def begin_request(self) -> bool:
        """Note that a request begins now, and return whether anything waits for its answer."""
        self._requested, self._waiting = self._waiting, set()
        self.requested_at = time.monotonic()
        return bool(self._requested)

    def told_until(self, part: str) -> float:
        """Return up to when commits need no further frame for this part: a request sees them, or will; 0 for none."""
        if part in self._waiting or EVERYTHING in self._waiting:
            return math.inf
        return self.requested_at if part in self._requested or EVERYTHING in self._requested else 0.0

    def show(self, rows: Rows) -> None:
        """Take what was requested from the answer."""
        requested, self._requested = self._requested, set()
        if EVERYTHING in requested:
            self.list, self.details = rows, dict(rows)
            return
        if LIST in requested:
            self.list = rows
            requested.discard(LIST)
        for process_id in requested:
            assert process_id is not None
            self.details[process_id] = rows[process_id]

    def forget(self) -> None:
        """Show nothing."""
        self.list, self.details = {}, {}
        self._waiting.clear()
        self._requested.clear()

    def request_failed(self) -> None:
        """Wait for another request."""
        self._waiting |= self._requested
        self._requested = set()
