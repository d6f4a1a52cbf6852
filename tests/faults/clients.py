"""Browsers: each has a picture, refetches what frames tell, and connects again by itself when its socket closes."""

import asyncio
import contextlib
import json
import random
import time
from urllib.parse import quote

from tests.faults.connections import Connection
from tests.faults.fetching import Fetcher
from tests.faults.pictures import EVERYTHING, IgnoredFrameError, Picture, read_frame
from tests.waiting import aeventually

PATH = "/api/ws/events"
REPLAY_SECONDS = 1.5
"""How old what an unmodified client fetched may be when it is let in: the replay's 2 s, less a reserve."""
OPEN_AFTER_SECONDS = 0.5
BACK_OFF_SECONDS = 0.3
POSITION_INTERVAL_SECONDS = 1.0
GETS_THROUGH_SECONDS = 30.0


class Client:
    """What both kinds of client share.

    Since ``guaranteed_from`` (monotonic) it must be told in time: since it connected, or the last fault that befell it
    healed. While ``exemptions`` is above 0 it lives through such a fault.
    """

    def __init__(self, port: int, fetcher: Fetcher, *, chance: random.Random, over_a_wire: bool = False) -> None:
        self.port = port
        self.frames = 0
        self.exemptions = 0
        self.guaranteed_from = time.monotonic()
        self.picture = Picture()
        self._fetcher = fetcher
        self._chance = chance
        self._over_a_wire = over_a_wire
        # Of the last ping.
        self._pong = asyncio.Event()
        # None while there is none that is open.
        self.connection: Connection | None = None

    def __str__(self) -> str:
        return f"{type(self).__name__} of port {self.port}"

    async def live(self) -> None:
        """Stay connected until cancelled."""
        self._fetcher.pictures.add(self.picture)
        try:
            while True:
                with contextlib.suppress(OSError):
                    await self.attend()
                await asyncio.sleep(self._chance.uniform(0, BACK_OFF_SECONDS))
        finally:
            self.hang_up()
            self._fetcher.pictures.discard(self.picture)

    async def attend(self) -> None:
        """Connect, and return when the connection has ended, or raise OSError."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """End the connection without a closing handshake."""
        if self.connection is not None:
            self.connection.abort()

    def vanish(self) -> Connection | None:
        """Let a new client, which knows nothing, take its place; return the connection that is left behind."""
        self.picture.forget()
        left = self.connection
        if left is not None:
            left.abandon()
        return left

    async def read_again(self) -> None:
        """Read on, and return when the server gets through: that is when the fault has healed.

        What the kernel threw away while nobody read, TCP sends again only when its back-off is over, which is as long
        as the client did not read. A pong waits behind nothing else.
        """
        connection, self._pong = self.connection, asyncio.Event()
        if connection is not None:
            connection.read_on()
            connection.send("__ping__")
            await aeventually(
                lambda: self._pong.is_set() or connection.closed.is_set(), within_seconds=GETS_THROUGH_SECONDS
            )

    async def open(self, query: str = "") -> Connection:
        """Return a new connection."""
        url = f"ws://127.0.0.1:{self.port}{PATH}{query}"
        connection = Connection(url, self.on_text, over_a_wire=self._over_a_wire)
        await connection.open()
        self.guaranteed_from = time.monotonic()
        self.connection = connection
        return connection

    def on_text(self, text: bytes) -> None:
        """Take a frame or a pong."""
        if text == b"__pong__":
            self._pong.set()
            return
        self.frames += 1
        with contextlib.suppress(IgnoredFrameError):
            self.picture.invalidate(read_frame(text))


class UnmodifiedClient(Client):
    """As the Orchestrator UI after a reload: it fetches everything, then opens the socket, and knows no position."""

    async def attend(self) -> None:
        """See ``Client``."""
        await self._fetcher.refetch(self.picture)
        await asyncio.sleep(self._chance.uniform(0, OPEN_AFTER_SECONDS))
        connection = await self.open()
        if time.monotonic() - self.picture.requested_at > REPLAY_SECONDS:
            # On a machine that is too busy to answer in time people load the page again.
            self.picture.invalidate(EVERYTHING)
        await connection.closed.wait()
        self.connection = None


class ResumingClient(Client):
    """Keeps its picture over a reconnect and asks for what it missed since its position."""

    def __init__(self, port: int, fetcher: Fetcher, *, chance: random.Random, over_a_wire: bool = False) -> None:
        super().__init__(port, fetcher, chance=chance, over_a_wire=over_a_wire)
        # What the server last answered; empty before.
        self._position = ""

    async def attend(self) -> None:
        """See ``Client``."""
        connection = await self.open(f"?since={quote(self._position, safe='')}")
        while not connection.closed.is_set():
            connection.send("__position__")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(connection.closed.wait(), POSITION_INTERVAL_SECONDS)
        self.connection = None

    def vanish(self) -> Connection | None:
        """See ``Client``."""
        self._position = ""
        return super().vanish()

    def on_text(self, text: bytes) -> None:
        """Take a frame or the answer to ``__position__``."""
        if text.startswith(b'{"position":'):
            self._position = json.loads(text)["position"] or ""
        else:
            super().on_text(text)
