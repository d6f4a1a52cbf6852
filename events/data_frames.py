"""Builds the frames of the data-carrying channels from the database, one at a time and in order."""

import asyncio
from collections import deque
from collections.abc import Callable

from django.db import Error as DatabaseFailure

from events import conf, sources
from events.changes import Change, ChangeKind
from events.database_thread import DatabaseThread
from events.groups import Channel
from events.messages import Frame


class DataFrames:
    """Changes whose frame is to be built, and the thread that reads for them. Only the serving loop may use it."""

    def __init__(self, put: Callable[[Channel, Frame], None]) -> None:
        """Hand what is built to ``put``."""
        self._put = put
        self._thread = DatabaseThread("events-data")
        # Oldest first.
        self._wanted: deque[Change] = deque()
        self._has_wanted = asyncio.Event()

    def want(self, change: Change) -> None:
        """Have the change's frame built; when many wait, an object that waits already is built once."""
        if len(self._wanted) < conf.MAX_WAITING_READS or change not in self._wanted:
            self._wanted.append(change)
            self._has_wanted.set()

    async def send(self) -> None:
        """Build all frames that are wanted, once there are any. A failing database loses none of them."""
        await self._has_wanted.wait()
        while self._wanted:
            change = self._wanted[0]
            try:
                channel, frame = await self._read(change)
            except DatabaseFailure:
                # It stays first in line: nothing is lost while the database is away.
                raise
            except Exception:
                self._wanted.popleft()
                raise
            self._wanted.popleft()
            self._put(channel, frame)
        self._has_wanted.clear()

    async def read_engine_status(self) -> Frame:
        """Read the frame of ``engine-settings``."""
        return await self._thread.run(sources.read_engine_status_frame)

    async def stop(self) -> None:
        """End the thread."""
        await self._thread.stop()

    async def _read(self, change: Change) -> tuple[Channel, Frame]:
        if change.kind is ChangeKind.ENGINE_STATUS or change.id is None:
            return Channel.ENGINE_SETTINGS, await self.read_engine_status()
        process_id = change.id
        return Channel.PROCESSES, await self._thread.run(lambda: sources.read_process_frame(process_id))
