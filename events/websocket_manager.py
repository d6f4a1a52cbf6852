"""One per server OS process: receives each committed change once and hands its frames to every client."""

import asyncio
import logging
import math
import time
from contextlib import suppress
from functools import lru_cache, partial

from django.db import Error as DatabaseFailure
from websockets.frames import CloseCode

from events import change_log, conf, metrics
from events.admission import Admission
from events.change_log import ChangeLogReader
from events.changes import ChangeKind, LoggedChange
from events.client_queue import ClientQueue, Write
from events.data_frames import DataFrames
from events.database_thread import DatabaseThread
from events.fan_out import FanOut
from events.groups import Channel
from events.history import History
from events.messages import (
    Frame,
    cache_tags,
    coarse_frames,
    data_channel,
    invalidation_frame,
    position_frame,
)
from events.positions import Position
from events.server_loop import server_loop
from events.subscription import Subscription
from events.supervision import FAILURES, run_forever
from events.throttle import ListThrottle

logger = logging.getLogger(__name__)


class WebSocketManager:
    """Brings changes from the channel layer (at once) and from the change log (always) to the clients.

    Created, used and stopped on one event loop, the serving one. The log is read in a thread of its own, so that
    a data frame that is slow to build never holds it up.
    """

    def __init__(self) -> None:
        self._clients: dict[Channel, set[ClientQueue]] = {channel: set() for channel in Channel}
        self._fan_out = FanOut(partial(self._put, Channel.EVENTS))
        self._throttle = ListThrottle(self._fan_out.put)
        self._log_thread = DatabaseThread("events-log")
        self.admission = Admission(self._log_thread)
        self._starting = asyncio.Lock()
        # The running loops; empty while the manager is not started.
        self._tasks: list[asyncio.Task[None]] = []
        self._subscription = Subscription(self._deliver)
        # Reads the log; None until it could be read for the first time.
        self._reader: ChangeLogReader | None = None
        self._history = History()
        # Monotonic time from which on the history has every change; before it began, nobody is told that it has not.
        self._began_at = -math.inf
        # All that was visible at it has been put into the queues, or is held back by throttle or fan-out; None while
        # the log was not read.
        self._position: Position | None = None
        # Monotonic time of the last read of the log.
        self._read_at = time.monotonic()
        # Worked out once for all clients that come back with the same position, until there is more to tell.
        self._missed_frames = lru_cache(conf.MAX_KEPT_ANSWERS)(self._find_missed_frames)
        # Clients whose position is newer than ours: the next read shows whether it is one of this log.
        self._ahead: dict[ClientQueue, Position] = {}
        self._data_frames = DataFrames(self._put)
        self._is_draining = False
        # Set while there is no client.
        self._empty = asyncio.Event()
        self._empty.set()

    async def start(self) -> None:
        """Begin to read the log and subscribe; nothing committed from now on is missed. Idempotent.

        Waits a moment for the subscription, so that the first client too hears at once.
        """
        async with self._starting:
            if self._tasks:
                return
            try:
                await self._begin_reading()
                await self.admission.follow()
            except DatabaseFailure:
                logger.warning(FAILURES["log"], exc_info=True)
            server_loop.adopt()
            parts = {
                "receive": self._subscription.receive,
                "heartbeat": self._subscription.send_heartbeat,
                "log": self._read_log,
                "retention": self._delete_expired,
                "data": self._data_frames.send,
                "access": self.admission.follow,
                "sessions": self.admission.follow_sessions,
                "deadlines": self.admission.end_expired,
            }
            self._tasks = [asyncio.create_task(run_forever(part, work)) for part, work in parts.items()]
            with suppress(TimeoutError):
                await asyncio.wait_for(self._subscription.is_alive.wait(), conf.SUBSCRIBE_TIMEOUT_SECONDS)

    @property
    def position(self) -> str | None:
        """What ``send_position`` tells, as text; None while the log was not read. Any thread."""
        return None if self._position is None else str(self._position)

    async def drain(self, grace_seconds: float) -> None:
        """Send all clients away with 1012, spread evenly over the time; each gets what waits for it first.

        Those that are left are served meanwhile. Returns once all are gone, or did not read in time.
        """
        self._is_draining, begin = True, time.monotonic()
        waiting = [client for clients in self._clients.values() for client in clients]
        for number, client in enumerate(waiting):
            await asyncio.sleep(begin + grace_seconds * number / len(waiting) - time.monotonic())
            self._send_away(client)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), conf.LEAVE_SECONDS)

    async def stop(self) -> None:
        """End the loops and leave the channel layer; connected clients get nothing more."""
        server_loop.release()
        self._throttle.stop()
        self._fan_out.stop()
        running = set(self._tasks)
        while running:
            # More than once: the Redis client swallows a cancellation that reaches it while it connects.
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=conf.CANCEL_AGAIN_SECONDS)
        await self._log_thread.stop()
        await self._data_frames.stop()

    def connect(self, channel: Channel, since: str | None = None, write: Write | None = None) -> ClientQueue:
        """Return a queue that gets the frames of every change delivered from now on; ``write`` as it takes it.

        On ``events`` those of the last changes come first, or, for a client that says ``since`` which position it was
        told about everything, those that it missed; where that cannot be known, as by a server that has just started,
        the coarse ones.
        """
        client = ClientQueue(channel, write)
        self._clients[channel].add(client)
        self._empty.clear()
        metrics.CLIENTS.labels(channel).inc()
        if channel is Channel.EVENTS:
            client.put(*(self._recent_frames() if since is None else self._take_back(client, since)))
        if self._is_draining:
            self._send_away(client)
        return client

    def disconnect(self, client: ClientQueue) -> None:
        """Forget the client; idempotent."""
        if client in self._clients[client.channel]:
            self._clients[client.channel].remove(client)
            self._ahead.pop(client, None)
            metrics.CLIENTS.labels(client.channel).dec()
            if not any(self._clients.values()):
                self._empty.set()

    def send_position(self, client: ClientQueue) -> None:
        """Tell a client of ``events``, behind all that waits for it, up to which position it has been told."""
        self._put_held_back(client)
        client.put(position_frame(self._position))

    async def read_engine_status(self) -> Frame:
        """Read the frame that an ``engine-settings`` client gets first."""
        return await self._data_frames.read_engine_status()

    def list_faults(self) -> list[str]:
        """Return why changes come late to this server's clients, nothing when they come at once. Any thread."""
        faults = [] if self._subscription.is_alive.is_set() else ["channel layer brings nothing"]
        lag_seconds = time.monotonic() - self._read_at
        if lag_seconds > conf.log_interval_seconds() + conf.LOG_LAG_SECONDS:
            faults.append(f"change log not read for {lag_seconds:.0f} s")
        return faults

    def _recent_frames(self) -> list[Frame]:
        seconds = conf.replay_on_connect_seconds()
        if time.monotonic() - self._began_at < seconds:
            # The log says when a change was recorded, and not when it was committed.
            return coarse_frames()
        return [invalidation_frame(tag) for tag in self._history.list_recent(seconds)]

    def _take_back(self, client: ClientQueue, since: str) -> list[Frame]:
        """Return what a client missed that says up to where it was told."""
        frames, ahead = self._missed_frames(since)
        if ahead is not None:
            self._ahead[client] = ahead
        return frames

    def _find_missed_frames(self, since: str) -> tuple[list[Frame], Position | None]:
        """Return what was missed since the position that a text names, and that position if it is newer than ours."""
        try:
            position = Position.parse(since)
        except ValueError:
            return coarse_frames(), None
        tags = None if self._position is None else self._history.list_missed(position)
        if self._position is None or tags is None:
            return coarse_frames(), None
        frames = [invalidation_frame(tag) for tag in tags]
        if sum(frame.size_bytes for frame in frames) > conf.MAX_CLIENT_QUEUE_BYTES:
            return coarse_frames(), None
        return frames, position if position.xmax > self._position.xmax else None

    def _put_held_back(self, client: ClientQueue) -> None:
        if client.channel is Channel.EVENTS:
            client.put(*self._fan_out.list_waiting(), *self._throttle.list_waiting())

    def _send_away(self, client: ClientQueue) -> None:
        self._put_held_back(client)
        client.end(CloseCode.SERVICE_RESTART)

    async def _begin_reading(self) -> None:
        reader, logged = await self._log_thread.run(lambda: change_log.begin_reading(conf.MAX_HISTORY_CHANGES))
        self._reader, self._history, self._began_at = reader, History(logged, reader.position), time.monotonic()
        self._note_read(reader.position)
        # After the log, so that whatever comes later is told by it.
        self.admission.note_change()

    async def _read_log(self) -> None:
        if (reader := self._reader) is None:
            await self._begin_reading()
            self._invalidate_all()
        else:
            try:
                logged = await self._log_thread.run(reader.read)
            except change_log.LogReplacedError as error:
                logger.warning("Change log is read anew: %s", error)
                self._reader = None
                return
            metrics.LOG_DELIVERIES.inc(self._deliver(logged, reader.position))
            self._note_read(reader.position)
        # Not before it: a read that failed is tried again as soon as a failure allows.
        await asyncio.sleep(conf.log_interval_seconds())

    def _note_read(self, position: Position) -> None:
        self._position = position
        self._missed_frames.cache_clear()
        self._read_at = time.monotonic()
        metrics.LOG_READ_AT.set_to_current_time()
        for client, claimed in self._ahead.items():
            if claimed.xmax > position.xmax:
                client.put(*coarse_frames())
        self._ahead.clear()

    async def _delete_expired(self) -> None:
        if await self._log_thread.run(change_log.delete_expired) < conf.DELETE_BATCH_ROWS:
            await asyncio.sleep(conf.DELETE_INTERVAL_SECONDS)

    def _deliver(self, logged: list[LoggedChange], position: Position | None = None) -> int:
        """Hand the changes that were not delivered before to the clients; return how many there were.

        ``position`` is that of the read that brought them, None for what the channel layer brought.
        """
        new = [item.change for item in logged if self._history.add(item, position)]
        self._missed_frames.cache_clear()
        for change in new:
            if change.kind is ChangeKind.ACCESS:
                self.admission.note_change()
            channel = data_channel(change)
            if channel is not None and self._clients[channel]:
                self._data_frames.want(change)
        self._throttle.put(*(invalidation_frame(tag) for change in new for tag in cache_tags(change)))
        return len(new)

    def _invalidate_all(self) -> None:
        """Make every client right, whatever it missed until now; those of the data channels by starting afresh."""
        self._put(Channel.EVENTS, *coarse_frames())
        for client in (*self._clients[Channel.ENGINE_SETTINGS], *self._clients[Channel.PROCESSES]):
            client.end(CloseCode.TRY_AGAIN_LATER)

    def _put(self, channel: Channel, *frames: Frame) -> None:
        """Write the frames to every client that waits for some, encoded once for all; queue them for any other."""
        encoded = b"".join(frame.encoded for frame in frames)
        written = 0
        for client in self._clients[channel]:
            if client.write(encoded):
                written += 1
            else:
                client.put(*frames)
        metrics.FRAMES_SENT.labels(channel).inc(written * len(frames))
