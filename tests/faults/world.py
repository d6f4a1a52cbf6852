"""What a run takes place in: PostgreSQL, Redis, the rows, the writer, and two servers."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.faults.history import History
from tests.faults.running_server import RunningServer
from tests.faults.sabotage import Sabotage, Saboteur
from tests.faults.writing import WriterProcess
from tests.restartable import RestartablePostgres, RestartableRedis
from tests.sentinel import SentinelSet
from tests.servers import manage

WRITTEN = 40
HELD = 2
PATCHED_PER_SERVER = 3
HANDS = 6

SERVER_ENVIRONMENT = {
    "DEBUG": "true",
    "EVENTS_LOG_INTERVAL_SECONDS": "1",
    "EVENTS_REPLAY_ON_CONNECT_SECONDS": "2",
    "EXECUTOR": "threadpool",
    "LEASE_SECONDS": "30",
    "LOG_LEVEL": "WARNING",
    "PYTHONASYNCIODEBUG": "",
    "SHUTDOWN_GRACE_SECONDS": "1",
}
SERVERS = ({"EVENTS_LIST_THROTTLE_MS": "250"}, {"EVENTS_LIST_THROTTLE_MS": "0"})
"""What distinguishes the servers; the first throttles its lists."""


@dataclass(frozen=True, kw_only=True)
class Processes:
    """The ids of the rows, by who changes them: nobody's changes overtake another one's of the same row."""

    written: list[str]
    held: list[str]
    patched: list[list[str]]


class World:
    """Private services and a writer, until its block ends; servers come and go within it (``serving``).

    ``hands`` are threads for what blocks; they outlive the runs, as the services that they start need.
    """

    def __init__(self, *, with_sentinels: bool = False) -> None:
        self._with_sentinels = with_sentinels
        self._stack = contextlib.ExitStack()
        self.history = History()
        self.servers: list[RunningServer] = []

    def __enter__(self) -> Self:
        with self._stack as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="t-faults-")))
            self.hands = stack.enter_context(ThreadPoolExecutor(HANDS, "hands"))
            self.postgres = stack.enter_context(RestartablePostgres())
            # Exactly one of the two is there.
            self.sentinels = stack.enter_context(SentinelSet()) if self._with_sentinels else None
            self.redis = None if self._with_sentinels else stack.enter_context(RestartableRedis())
            broker = self.sentinels or self.redis
            assert broker is not None
            self._environment = {
                **os.environ,
                **SERVER_ENVIRONMENT,
                "DATABASE_URL": self.postgres.url,
                "REDIS_URL": broker.url,
            }
            manage("migrate", "--verbosity", "0", **self._environment)
            self.writer = WriterProcess(self.folder / "writer", self._environment, self.history)
            stack.callback(self.writer.close)
            made = self.writer.make(WRITTEN + HELD + PATCHED_PER_SERVER * len(SERVERS))
            rest = made[WRITTEN + HELD :]
            self.processes = Processes(
                written=made[:WRITTEN],
                held=made[WRITTEN : WRITTEN + HELD],
                patched=[rest[number :: len(SERVERS)] for number in range(len(SERVERS))],
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def saboteurs(self) -> list[Saboteur]:
        """Who breaks the writer and the servers."""
        return [self.writer.saboteur, *(server.saboteur for server in self.servers)]

    @contextlib.contextmanager
    def serving(self, *sabotages: Sabotage, **environment: str) -> Iterator[None]:
        """Run the servers; ``sabotages`` are on in all of them from their start."""
        with contextlib.ExitStack() as stack:
            for number, own in enumerate(SERVERS):
                folder = self.folder / f"server-{number}"
                server = RunningServer(folder, {**self._environment, **own, **environment}, sabotages)
                stack.callback(server.close)
                self.servers.append(server)
            stack.callback(self.servers.clear)
            for server in self.servers:
                server.wait_until_ready()
            yield

    def read_database(self) -> dict[str, int]:
        """Return the revision of each process, from the rows themselves."""
        with psycopg.connect(self.postgres.url) as connection:
            rows = connection.execute("SELECT process_id::text, note::int FROM processes_process")
            return dict(rows.fetchall())
