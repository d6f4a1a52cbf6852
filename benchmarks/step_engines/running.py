"""Run an engine as an OS process and read what its turns cost."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from benchmarks.machine import child_pids, cpu_seconds
from benchmarks.step_engines.turns import READY

ROOT = Path(__file__).resolve().parent.parent.parent
THREADS = 5
POLL_SECONDS = 0.01
TIME_LIMIT_SECONDS = 300
OBSERVER = "observer"  # the database user whose statements are not counted

Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Contender:
    """An engine to measure: its program, and how it is told and asked about its database."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    database_variable: str
    database_scheme: str
    completed: LiteralString
    """Counts the completed processes."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What clocks and counters say at one moment or, as the difference of two, what happened between them."""

    seconds: float
    engine_cpu_seconds: float
    postgres_cpu_seconds: float
    statements: int
    begin_commit: int

    def __sub__(self, earlier: "Reading") -> "Reading":
        before = asdict(earlier)
        return Reading(**{name: value - before[name] for name, value in asdict(self).items()})

    def per_step(self, steps: int) -> Figures:
        """Return the figures of a turn of so many steps, times in milliseconds."""
        return {
            "steps_per_second": steps / self.seconds,
            "engine_cpu_ms": 1000 * self.engine_cpu_seconds / steps,
            "postgres_cpu_ms": 1000 * self.postgres_cpu_seconds / steps,
            "statements": self.statements / steps,
            "begin_commit": self.begin_commit / steps,
        }


class Engine:
    """A contender's running program and what an onlooker sees of it."""

    def __init__(
        self, contender: Contender, program: "subprocess.Popen[str]", observer: psycopg.Connection, postmaster: int
    ) -> None:
        self.name = contender.name
        self._completed = contender.completed
        self._program = program
        self._observer = observer
        self._postmaster = postmaster

    def take_turn(self, process_count: int) -> Reading:
        """Start processes, wait until they are completed, and return what that took."""
        assert self._program.stdin is not None
        wanted = self._ask(self._completed)[0] + process_count
        before = self._read()
        print(process_count, file=self._program.stdin, flush=True)
        while self._ask(self._completed)[0] < wanted:
            if self._program.poll() is not None or time.monotonic() > before.seconds + TIME_LIMIT_SECONDS:
                raise RuntimeError(f"{self.name} did not complete its processes")
            time.sleep(POLL_SECONDS)
        return self._read() - before

    def _read(self) -> Reading:
        seconds = time.monotonic()
        begin_commit, statements = self._ask(
            "SELECT coalesce(sum(calls) FILTER (WHERE query ~* '^(begin|commit|rollback)'), 0)::int,"
            " coalesce(sum(calls) FILTER (WHERE query !~* '^(begin|commit|rollback)'), 0)::int"
            " FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid"
            " WHERE datname = current_database() AND userid <> current_user::regrole"
            # A deferred foreign key checks itself by a statement that nobody sent.
            " AND query NOT LIKE 'SELECT % FROM ONLY %'"
        )
        return Reading(
            seconds=seconds,
            engine_cpu_seconds=cpu_seconds(self._program.pid),
            # The server last: it has the time of those of its children that ended.
            postgres_cpu_seconds=sum(map(cpu_seconds, [*child_pids(self._postmaster), self._postmaster])),
            statements=statements,
            begin_commit=begin_commit,
        )

    def _ask(self, query: LiteralString) -> tuple[int, ...]:
        row = self._observer.execute(query).fetchone()
        assert row is not None
        return row


@contextlib.contextmanager
def run(contender: Contender, server: str, postmaster: int, step_count: int) -> Iterator[Engine]:
    """Run a contender on a new database until the block ends."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{contender.name}"')
    address = server.rsplit("/", 1)[0] + f"/{contender.name}"
    environment = {
        **os.environ,
        "LOG_LEVEL": "WARNING",
        "EXECUTOR": "threadpool",
        "MAX_WORKERS": str(THREADS),
        **contender.environment,
        contender.database_variable: address.replace("postgresql", contender.database_scheme, 1),
    }
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(tempfile.NamedTemporaryFile("w"))
        program = stack.enter_context(
            subprocess.Popen(
                [*contender.command, str(step_count)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        while READY not in (said := Path(log.name).read_text()):
            if program.poll() is not None:
                raise RuntimeError(f"{contender.name} did not start: {said}")
            time.sleep(POLL_SECONDS)
        with psycopg.connect(address, user=OBSERVER, autocommit=True) as observer:
            observer.execute("CREATE EXTENSION pg_stat_statements")
            yield Engine(contender, program, observer, postmaster)
