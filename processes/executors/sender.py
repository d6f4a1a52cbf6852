"""A thread that hands process ids on to what may be slow or away, so that nobody else waits for it."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import connection

from processes import metrics

logger = logging.getLogger(__name__)

MAX_WAITING = 10_000
"""Ids that may wait, at some 100 bytes each."""

MAX_BATCH = 100
"""Ids that are handed on together."""


class Sender:
    """Calls ``send`` with what was put, in order and in batches.

    What cannot be sent is dropped, with a warning: the database knows the process, and it is submitted again.
    """

    def __init__(self, send: Callable[[Sequence[UUID]], None]) -> None:
        self._send = send
        # None ends the thread.
        self._waiting: queue.Queue[UUID | None] = queue.Queue(MAX_WAITING)
        # Guards the next two.
        self._starting = threading.Lock()
        # None until something is put.
        self._thread: threading.Thread | None = None
        self._ended = False

    @property
    def length(self) -> int:
        """How many ids wait."""
        return self._waiting.qsize()

    def put(self, process_id: UUID) -> None:
        """Queue the id and return at once. Any thread. Never raises."""
        with self._starting:
            if self._ended:
                logger.warning("Process %s waits: this server shuts down", process_id)
                return
            try:
                self._waiting.put_nowait(process_id)
                if self._thread is None:
                    thread = threading.Thread(target=self._run, name="ProcessSender", daemon=True)
                    thread.start()
                    self._thread = thread
            except (queue.Full, RuntimeError) as error:
                _drop(1, error)

    def stop(self, timeout_seconds: float) -> None:
        """Send what waits, then end the thread; wait for it at most ``timeout_seconds``. Idempotent."""
        with self._starting:
            self._ended = True
        if self._thread is not None:
            try:
                self._waiting.put(None, timeout=timeout_seconds)
            except queue.Full as error:
                _drop(self.length, error)
                return
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        ended = False
        while not ended:
            batch = [self._waiting.get()]
            while len(batch) < MAX_BATCH and batch[-1] is not None and not self._waiting.empty():
                batch.append(self._waiting.get())
            ended = batch[-1] is None
            process_ids = [process_id for process_id in batch if process_id is not None]
            # A broker may fail in any way a network or a library can; the thread must outlive them all.
            try:
                self._send(process_ids)
            except Exception as error:
                _drop(len(process_ids), error)
            finally:
                connection.close()


def _drop(count: int, error: Exception) -> None:
    metrics.NOT_SENT.inc(count)
    logger.warning("%d processes could not be sent, they are submitted again later", count, exc_info=error)
