"""One run's clients in a world, the load on it, and what faults need to do to both."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

import httpx

from tests.faults.clients import Client, ResumingClient, UnmodifiedClient
from tests.faults.connections import Connection
from tests.faults.fetching import FETCH_INTERVAL_SECONDS, Fetcher
from tests.faults.oracle import BOUND_SECONDS, Oracle
from tests.faults.running_server import RunningServer
from tests.faults.world import World
from tests.waiting import TIMEOUT_SECONDS, aeventually

T = TypeVar("T")

CLIENTS = 50
SLOW_CLIENTS = 5
VICTIMS = 5
SERVER_OF_CLIENT = (0, 1, 0, 1, 0)
"""Which server a client connects to, in turn: the one that throttles has more, since its clients cost less."""
SAMPLE_SECONDS = 0.25
PATCH_INTERVAL_SECONDS = 0.5
MIN_CHANGES_PER_SECOND = 200
CATCH_UP_SECONDS = 8.0
CATCH_UP_TO = 1.02 * MIN_CHANGES_PER_SECOND
"""A little more: the load goes on for a moment after this was reached."""


class Scene:
    """Clients that are connected to the world's servers, until the ``async with`` block ends.

    The first five clients are slow whenever there is load; faults of clients befall the next five.
    """

    def __init__(self, world: World, *, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.oracle = Oracle(world.history)
        # How long there was load; then when the present one began, and how many changes there had been.
        self.load_seconds = 0.0
        self._load_begun_at = 0.0
        self._changes_before = 0
        self.clients: list[Client] = []
        self._fetchers = [Fetcher(server.base_url) for server in world.servers]
        # Connections whose clients have vanished.
        self.ghosts: list[Connection] = []

    async def __aenter__(self) -> Self:
        self._group = await asyncio.TaskGroup().__aenter__()
        self._work = [self._group.create_task(fetcher.run()) for fetcher in self._fetchers]
        self._work.append(self._group.create_task(self._sample_forever()))
        for number in range(CLIENTS):
            client = self._make_client(number)
            self.clients.append(client)
            self._work.append(self._group.create_task(client.live()))
        await aeventually(lambda: all(client.connection is not None for client in self.clients))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._work:
            task.cancel()
        for ghost in self.ghosts:
            ghost.abort()
        await self._group.__aexit__(kind, error, traceback)

    @property
    def slow(self) -> list[Client]:
        """The clients that are slow under load."""
        return self.clients[:SLOW_CLIENTS]

    @property
    def victims(self) -> list[Client]:
        """The clients whom faults of clients befall."""
        return self.clients[SLOW_CLIENTS : SLOW_CLIENTS + VICTIMS]

    @property
    def frames(self) -> int:
        """How many frames all clients have received."""
        return sum(client.frames for client in self.clients)

    @property
    def slowest_fetch_seconds(self) -> float:
        """How long the slowest answer of REST took; as long may a picture be stale that was told at once."""
        return max(fetcher.slowest_seconds for fetcher in self._fetchers)

    def clients_of(self, server: RunningServer) -> list[Client]:
        """Return the clients of one server."""
        return [client for client in self.clients if client.port == server.port]

    async def do(self, block: Callable[[], T]) -> T:
        """Run what blocks in one of the world's threads."""
        return await asyncio.get_running_loop().run_in_executor(self.world.hands, block)

    @contextlib.contextmanager
    def exempt(self, clients: Iterable[Client]) -> Iterator[None]:
        """Hold nothing against the clients until the block ends; then they have two seconds to be right again."""
        exempted = list(clients)
        for client in exempted:
            client.exemptions += 1
        try:
            yield
        finally:
            for client in exempted:
                client.exemptions -= 1
                client.guaranteed_from = time.monotonic()

    @contextlib.asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Change processes, by the writer and by REST on both servers, while some clients read nothing or little."""
        self._load_begun_at, self._changes_before = time.monotonic(), self.world.history.changes
        await self.do(lambda: self.world.writer.write(self.world.processes.written))
        stop = asyncio.Event()
        patching = [self._group.create_task(self._patch(number, stop)) for number in range(len(self.world.servers))]
        with self.exempt(self.slow):
            for number, client in enumerate(self.slow):
                if client.connection is not None:
                    client.connection.read_slowly() if number % 2 else client.connection.stop_reading()
            yield
            await self._catch_up()
            await self.do(self.world.writer.pause)
            self.load_seconds += time.monotonic() - self._load_begun_at
            stop.set()
            await asyncio.wait(patching)
            await asyncio.gather(*(client.read_again() for client in self.slow))

    async def settle(self) -> int:
        """Wait until each picture equals the database, and return how many clients are stale or lost when time is up.

        Time is the bound, and what a client needs to fetch after it was told at the last moment.
        """
        within_seconds = BOUND_SECONDS + FETCH_INTERVAL_SECONDS + self.slowest_fetch_seconds
        deadline = time.monotonic() + within_seconds
        database = await self.do(self.world.read_database)
        for process_id, revision in database.items():
            # What a server committed whose answer was lost with it.
            self.world.history.add(process_id, revision, time.monotonic())

        def is_over() -> bool:
            return not self.oracle.count_stale(self.clients, database) or time.monotonic() > deadline

        await aeventually(is_over, within_seconds=within_seconds + TIMEOUT_SECONDS)
        return self.oracle.count_stale(self.clients, database)

    async def _catch_up(self) -> None:
        """Let the load go on until it has had its rate on average, whatever held the writer up; not for ever."""
        deadline = time.monotonic() + CATCH_UP_SECONDS

        def is_over() -> bool:
            now = time.monotonic()
            changes = self.world.history.changes - self._changes_before
            return now > deadline or changes / (now - self._load_begun_at) > CATCH_UP_TO

        await aeventually(is_over)

    def _make_client(self, number: int) -> Client:
        """Return a client; both servers get both kinds."""
        server = SERVER_OF_CLIENT[number % len(SERVER_OF_CLIENT)]
        kind = ResumingClient if number % 2 else UnmodifiedClient
        return kind(
            self.world.servers[server].port,
            self._fetchers[server],
            chance=random.Random(self.chance.random()),
            over_a_wire=number < SLOW_CLIENTS + VICTIMS,
        )

    async def _sample_forever(self) -> None:
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            self.oracle.sample(self.clients)

    async def _patch(self, number: int, stop: asyncio.Event) -> None:
        """Set notes by REST on one server, so that its own broadcast thread has work."""
        history, own = self.world.history, self.world.processes.patched[number]
        async with httpx.AsyncClient(base_url=self.world.servers[number].base_url, timeout=TIMEOUT_SECONDS) as http:
            while not stop.is_set():
                process_id, revision = self.chance.choice(own), history.newest + 1
                with contextlib.suppress(httpx.TransportError):
                    answer = await http.patch(f"/api/processes/{process_id}", json={"note": str(revision)})
                    if answer.status_code == httpx.codes.OK:
                        history.add(process_id, revision, time.monotonic())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PATCH_INTERVAL_SECONDS)
