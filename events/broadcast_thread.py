"""The thread that takes committed changes to the channel layer, one per OS process."""

import asyncio
import atexit
import logging
import queue
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from channels.layers import InMemoryChannelLayer, get_channel_layer
from opentelemetry.trace import SpanContext

from events import conf, metrics
from events.changes import LoggedChange
from events.groups import CHANGES_GROUP
from events.messages import changes_message
from events.server_loop import server_loop
from orchestrator_ws.tracing import broadcast_span, current_span

logger = logging.getLogger(__name__)


class _Queued(NamedTuple):
    """A committed change."""

    at: float
    """Monotonic time at which it was queued."""
    logged: LoggedChange
    span: SpanContext
    """That of what changed it."""


class _Stop:
    """What ends the thread once everything queued before it is sent."""


class _Probe:
    """An empty message by which health learns whether the channel layer works."""

    def __init__(self) -> None:
        self.done = threading.Event()


Queue: TypeAlias = "queue.Queue[_Queued | _Probe | _Stop]"


class ProcessDataBroadcastThread:
    """Sends committed changes to the changes group, from any thread of this OS process, server or not.

    It starts with the first change, survives every failure and never blocks a caller. What it cannot send at once
    it drops: the change log delivers it. Its event loop lives as long as the thread.
    """

    def __init__(self) -> None:
        # Guards the next two, which change together.
        self._starting = threading.Lock()
        # The running thread; None before the first change and after stop().
        self._thread: threading.Thread | None = None
        # What that thread reads. Each thread has a queue of its own, so one that is slow to stop takes nothing away.
        self._queue: Queue = queue.Queue(conf.MAX_QUEUED_CHANGES)
        # Why the last attempt to send failed; None after a success.
        self._failure: str | None = None
        # Monotonic time at which the oldest change in the batch that is being sent was queued; None between batches.
        self._oldest_at: float | None = None

    @property
    def failure(self) -> str | None:
        """Why the fast path is broken, or None while it works."""
        return self._failure

    @property
    def queue_length(self) -> int:
        """How many changes wait to be sent."""
        return self._queue.qsize()

    @property
    def queue_age_seconds(self) -> float:
        """How long the change that is being sent has waited; 0 when none is."""
        oldest_at = self._oldest_at
        return 0.0 if oldest_at is None else time.monotonic() - oldest_at

    def put(self, logged: Sequence[LoggedChange]) -> None:
        """Queue committed changes, in order, and return at once. Any thread. Never raises."""
        now, span = time.monotonic(), current_span()
        try:
            waiting = self._running_queue()
            for item in logged:
                waiting.put_nowait(_Queued(now, item, span))
            metrics.BROADCAST_QUEUE_LENGTH.set(waiting.qsize())
        except queue.Full:
            self._failure = "broadcast queue full"
            metrics.FAILURES.labels("broadcast queue").inc()
            logger.warning("Broadcast queue is full, the change log delivers")
        except RuntimeError:
            self._failure = "broadcast thread cannot be started"
            logger.warning("Broadcast thread cannot be started, the change log delivers", exc_info=True)

    def probe(self, timeout_seconds: float) -> str | None:
        """Send an empty message through the channel layer and return why that failed, or None. Any other thread."""
        probe = _Probe()
        try:
            self._running_queue().put_nowait(probe)
        except queue.Full:
            return "broadcast queue full"
        except RuntimeError:
            return "broadcast thread cannot be started"
        return self._failure if probe.done.wait(timeout_seconds) else "broadcast thread is behind"

    def stop(self, timeout_seconds: float = 2.0) -> None:
        """Send what is queued, then end the thread; wait for it at most ``timeout_seconds``. Idempotent."""
        with self._starting:
            thread, self._thread = self._thread, None
            waiting = self._queue
        if thread is not None:
            try:
                waiting.put(_Stop(), timeout=timeout_seconds)
            except queue.Full:
                logger.warning("Broadcast thread did not drain its queue, the change log delivers")
                return
            thread.join(timeout_seconds)

    def _running_queue(self) -> Queue:
        """Return the queue of the running thread, started if there is none."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                waiting: Queue = queue.Queue(conf.MAX_QUEUED_CHANGES)
                thread = threading.Thread(
                    target=self._run, args=[waiting], name="ProcessDataBroadcastThread", daemon=True
                )
                thread.start()
                self._thread, self._queue = thread, waiting
            return self._queue

    def _run(self, waiting: Queue) -> None:
        loop = asyncio.new_event_loop()
        try:
            while True:
                batch, probes, stop = self._take_batch(waiting)
                metrics.BROADCAST_QUEUE_LENGTH.set(waiting.qsize())
                metrics.BROADCAST_QUEUE_AGE.set(self.queue_age_seconds)
                # A broadcast may fail in any way a network or a library can; the thread must outlive them all.
                try:
                    self._send(loop, batch)
                    self._failure = None
                    if batch:
                        metrics.COMMIT_TO_SEND.observe(self.queue_age_seconds)
                except Exception as error:
                    self._failure = f"channel layer unreachable ({type(error).__name__})"
                    metrics.FAILURES.labels("send").inc()
                    logger.warning("Broadcast of %d changes failed, the change log delivers", len(batch), exc_info=True)
                self._oldest_at = None
                for probe in probes:
                    probe.done.set()
                if stop:
                    return
        finally:
            loop.close()

    def _take_batch(self, waiting: Queue) -> tuple[list[_Queued], list[_Probe], bool]:
        """Wait for an item, then take what else is queued, up to one message's worth."""
        batch: list[_Queued] = []
        probes: list[_Probe] = []
        item = waiting.get()
        while True:
            match item:
                case _Stop():
                    return batch, probes, True
                case _Probe():
                    probes.append(item)
                case _Queued():
                    self._oldest_at = self._oldest_at or item.at
                    batch.append(item)
            if len(batch) >= conf.MAX_BROADCAST_BATCH:
                return batch, probes, False
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return batch, probes, False

    def _send(self, loop: asyncio.AbstractEventLoop, batch: list[_Queued]) -> None:
        with broadcast_span([item.span for item in batch]):
            self._send_message(loop, changes_message([item.logged for item in batch]))

    def _send_message(self, loop: asyncio.AbstractEventLoop, message: dict[str, Any]) -> None:
        layer = get_channel_layer()
        sending = layer.group_send(CHANGES_GROUP, message)
        if isinstance(layer, InMemoryChannelLayer):
            # Not thread-safe: it lives on the loop of its only subscriber, the WebSocketManager.
            server_loop.run(sending, conf.SEND_TIMEOUT_SECONDS)
        else:
            loop.run_until_complete(asyncio.wait_for(sending, conf.SEND_TIMEOUT_SECONDS))


broadcast_thread = ProcessDataBroadcastThread()
atexit.register(broadcast_thread.stop)
