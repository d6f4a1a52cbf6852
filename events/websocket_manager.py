"""One per server OS process: receives each committed change once and hands its frames to every client."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from channels.layers import get_channel_layer
from django.db import Error as DatabaseFailure

from events import change_log, conf, sources
from events.changes import Change, ChangeKind, LoggedChange
from events.client_queue import ClientQueue
from events.database_thread import DatabaseThread
from events.groups import CHANGES_GROUP, Channel
from events.messages import (
    CacheTag,
    Frame,
    cache_tags,
    coarse_frames,
    data_channel,
    invalidation_frame,
    read_changes_message,
)
from events.server_loop import server_loop
from events.throttle import ListThrottle

T = TypeVar("T")

logger = logging.getLogger(__name__)


class WebSocketManager:
    """Brings changes from the channel layer (at once) and from the change log (always) to the clients.

    Created, used and stopped on one event loop, the serving one. Its database work runs in two threads of its own,
    so that a data frame that is slow to build never holds up the log.
    """

    def __init__(self) -> None:
        self._clients: dict[Channel, set[ClientQueue]] = {channel: set() for channel in Channel}
        self._throttle = ListThrottle(lambda frame: self._put(Channel.EVENTS, frame))
        self._log_thread = DatabaseThread("events-log")
        self._data_thread = DatabaseThread("events-data")
        self._reader = change_log.new_reader()
        self._starting = asyncio.Lock()
        # The running loops; empty while the manager is not started.
        self._tasks: list[asyncio.Task[None]] = []
        # Set while the channel layer brings changes.
        self._subscribed = asyncio.Event()
        # Whether changes may be missing, because the log could not be read when the first client came.
        self._gap = False
        # Log id → monotonic time of delivery, oldest first: what must not be delivered again.
        self._delivered: dict[int, float] = {}
        # Tag → monotonic time of its last change, oldest first: what a new client of events gets.
        self._recent: dict[CacheTag, float] = {}
        # Changes whose data frame is still to be built, oldest first.
        self._waiting_reads: deque[Change] = deque()
        self._reads_wanted = asyncio.Event()

    async def start(self) -> None:
        """Begin to read the log and subscribe; nothing committed from now on is missed. Idempotent.

        Waits a moment for the subscription, so that the first client too hears at once.
        """
        async with self._starting:
            if self._tasks:
                return
            try:
                await self._log_thread.run(self._reader.read)
                for item in await self._log_thread.run(
                    lambda: change_log.list_recent(conf.replay_on_connect_seconds())
                ):
                    self._remember(cache_tags(item.change))
            except DatabaseFailure:
                logger.warning("Change log cannot be read, trying again", exc_info=True)
                self._gap = True
            server_loop.adopt()
            self._tasks = [
                asyncio.create_task(self._forever(self._receive, "Channel layer failed, the change log delivers")),
                asyncio.create_task(self._forever(self._read_log, "Change log cannot be read, trying again")),
                asyncio.create_task(self._forever(self._delete_expired, "Expired changes cannot be deleted")),
                asyncio.create_task(self._forever(self._send_data, "Data frame cannot be built")),
            ]
            with suppress(TimeoutError):
                await asyncio.wait_for(self._subscribed.wait(), conf.SUBSCRIBE_TIMEOUT_SECONDS)

    async def stop(self) -> None:
        """End the loops and leave the channel layer; connected clients get nothing more."""
        server_loop.release()
        self._throttle.flush()
        running = set(self._tasks)
        while running:
            # More than once: the Redis client swallows a cancellation that reaches it while it connects.
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=conf.CANCEL_AGAIN_SECONDS)
        await self._log_thread.stop()
        await self._data_thread.stop()

    def connect(self, channel: Channel) -> ClientQueue:
        """Return a queue that gets the frames of every change delivered from now on; ``events`` has recent ones too."""
        client = ClientQueue(channel)
        self._clients[channel].add(client)
        if channel is Channel.EVENTS:
            self._forget_old()
            for tag in self._recent:
                client.put(invalidation_frame(tag))
        return client

    def disconnect(self, client: ClientQueue) -> None:
        """Forget the client; idempotent."""
        self._clients[client.channel].discard(client)

    async def read_engine_status(self) -> Frame:
        """Read the frame that an ``engine-settings`` client gets first."""
        return await self._data_thread.run(sources.read_engine_status_frame)

    async def _forever(self, work: Callable[[], Awaitable[None]], failure: str) -> None:
        while True:
            # Broker, database and their libraries may fail in any way; delivery must still be there afterwards.
            try:
                await work()
            except Exception:
                logger.warning(failure, exc_info=True)
                await asyncio.sleep(conf.RETRY_SECONDS)

    async def _receive(self) -> None:
        layer = get_channel_layer()
        try:
            channel_name = await layer.new_channel()
            await layer.group_add(CHANGES_GROUP, channel_name)
            self._subscribed.set()
            while True:
                # Bytes that are no message at all fail in receive(); they end nothing either.
                try:
                    self._deliver(read_changes_message(await layer.receive(channel_name)))
                except ValueError as error:
                    logger.warning("Message ignored: %s", error)
        finally:
            self._subscribed.clear()
            await layer.flush()

    async def _read_log(self) -> None:
        await asyncio.sleep(conf.log_interval_seconds())
        logged = await self._log_thread.run(self._reader.read)
        if self._gap:
            self._gap = False
            for frame in coarse_frames():
                self._put(Channel.EVENTS, frame)
        self._deliver(logged)

    async def _delete_expired(self) -> None:
        if await self._log_thread.run(change_log.delete_expired) < conf.DELETE_BATCH_ROWS:
            await asyncio.sleep(conf.DELETE_INTERVAL_SECONDS)

    async def _send_data(self) -> None:
        await self._reads_wanted.wait()
        while self._waiting_reads:
            change = self._waiting_reads[0]
            try:
                channel, frame = await self._read_data(change)
            except DatabaseFailure:
                # It stays first in line: nothing is lost while the database is away.
                raise
            except Exception:
                self._waiting_reads.popleft()
                raise
            self._waiting_reads.popleft()
            self._put(channel, frame)
        self._reads_wanted.clear()

    async def _read_data(self, change: Change) -> tuple[Channel, Frame]:
        if change.kind is ChangeKind.ENGINE_STATUS or change.id is None:
            return Channel.ENGINE_SETTINGS, await self.read_engine_status()
        process_id = change.id
        return Channel.PROCESSES, await self._data_thread.run(lambda: sources.read_process_frame(process_id))

    def _deliver(self, logged: list[LoggedChange]) -> None:
        now = time.monotonic()
        for item in logged:
            if item.log_id not in self._delivered:
                self._delivered[item.log_id] = now
                self._want_data(item.change)
                tags = cache_tags(item.change)
                self._remember(tags)
                for tag in tags:
                    self._throttle.put(invalidation_frame(tag))
        self._forget_old()

    def _remember(self, tags: tuple[CacheTag, ...]) -> None:
        for tag in tags:
            self._recent.pop(tag, None)
            self._recent[tag] = time.monotonic()

    def _forget_old(self) -> None:
        _drop_before(self._delivered, time.monotonic() - conf.delivered_memory_seconds())
        _drop_before(self._recent, time.monotonic() - conf.replay_on_connect_seconds())

    def _put(self, channel: Channel, frame: Frame) -> None:
        for client in self._clients[channel]:
            client.put(frame)

    def _want_data(self, change: Change) -> None:
        channel = data_channel(change)
        if channel is None or not self._clients[channel]:
            return
        if len(self._waiting_reads) >= conf.MAX_WAITING_READS and change in self._waiting_reads:
            return
        self._waiting_reads.append(change)
        self._reads_wanted.set()


def _drop_before(times: dict[T, float], limit: float) -> None:
    """Drop the keys whose time is at or before the limit; times ascend."""
    while times and next(iter(times.values())) <= limit:
        del times[next(iter(times))]


# The manager of this OS process; None until the first client, and after stop_manager().
_manager: WebSocketManager | None = None


async def running_manager() -> WebSocketManager:
    """Return this OS process's manager, started on the calling loop by whoever comes first."""
    global _manager
    if _manager is None:
        _manager = WebSocketManager()
    manager = _manager
    await manager.start()
    return manager


async def stop_manager() -> None:
    """Stop this OS process's manager, if there is one; the next client starts a new one."""
    global _manager
    manager, _manager = _manager, None
    if manager is not None:
        await manager.stop()
