"""A thread that does one thing again and again, whatever happens to the database."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connection

from processes import metrics

logger = logging.getLogger(__name__)

STOP_SECONDS = 2.0
"""How long ``stop`` waits for a turn that has begun."""

SLACK_SECONDS = 5.0
"""How late a turn may be before health says so."""


class PeriodicThread:
    """Calls ``turn`` at once and then after every pause of ``pause_seconds()``, until it is stopped.

    A turn that fails is logged, counted and tried again after the next pause. The thread keeps its database
    connection from turn to turn, and replaces it after a failure. Stopped, it calls ``finish`` and ends; it cannot
    be started a second time.
    """

    def __init__(
        self,
        name: str,
        turn: Callable[[], None],
        pause_seconds: Callable[[], float],
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self._turn = turn
        self._pause_seconds = pause_seconds
        self._finish = finish
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        # Why the last turn failed; None after a success.
        self._failure: str | None = None
        # Monotonic time at which the last turn ended, or at which this was made.
        self._turned_at = time.monotonic()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Let no further turn begin, and wait a little for the one that has begun. Idempotent, any thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def list_faults(self) -> list[str]:
        """Return what is wrong, nothing while turns succeed in time. Any thread."""
        if self._failure is not None:
            return [f"{self.name} fails ({self._failure})"]
        late_seconds = time.monotonic() - self._turned_at
        if late_seconds > self._pause_seconds() + SLACK_SECONDS:
            return [f"{self.name} is busy for {late_seconds:.0f} s"]
        return []

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._try(self._turn)
            self._stopping.wait(self._pause_seconds())
        self._try(self._finish)
        connection.close()

    def _try(self, action: Callable[[], None]) -> None:
        # The top of a thread that must outlive everything: without it processes would stay stuck.
        try:
            action()
            self._failure = None
        except Exception as error:
            self._failure = type(error).__name__
            metrics.THREAD_FAILURES.labels(self.name).inc()
            logger.warning("The %s failed", self.name, exc_info=True)
            connection.close()
        self._turned_at = time.monotonic()
