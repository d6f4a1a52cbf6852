"""Workers are killed one after another while processes run: all of these complete, and no committed step runs twice."""

import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.counted_workflows import STEPS
from tests.restartable import RestartablePostgres, RestartableRedis
from tests.servers import WORKER_IS_READY, manage, running, worker
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

WORKERS = 4
"""Two hosts with two each."""
MAX_WORKERS = 5
LEASE_SECONDS = 3

STATUSES = "SELECT last_status, count(*) FROM processes_process WHERE process_id = ANY(%s::uuid[]) GROUP BY 1"
TWICE = """
SELECT process_id, name FROM processes_processstep WHERE process_id = ANY(%s::uuid[])
GROUP BY process_id, name HAVING count(*) > 1
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of the processes."""

    statuses: dict[str, int]
    # Steps that have more than one row.
    twice: list[tuple[Any, ...]]
    # How often the function of each step of each process ran.
    runs: Counter[tuple[str, str]]
    kills: int
    seconds: float

    @property
    def runs_again(self) -> int:
        """How many runs of steps there were beyond the first of each."""
        return self.runs.total() - len(self.runs)

    def __str__(self) -> str:
        return (
            f"{self.statuses} in {self.seconds:.1f} s, {self.kills} workers killed,"
            f" {len(self.runs)} steps, {self.runs_again} runs repeated"
        )


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Run PostgreSQL and Redis, and return the environment of servers and workers on them."""
    with RestartablePostgres() as postgres, RestartableRedis() as redis:
        variables = {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            "WORKFLOW_MODULES": "tests.faults.counted_workflows",
            "EXECUTOR": "celery",
            "LEASE_SECONDS": str(LEASE_SECONDS),
            "MAX_WORKERS": str(MAX_WORKERS),
            "PYTHONASYNCIODEBUG": "",
        }
        manage("migrate", "--verbosity", "0", **variables)
        yield variables


class Run:
    """Starts processes and kills the oldest worker now and then, putting a new one in its place."""

    def __init__(self, stack: ExitStack, environment: dict[str, str], folder: Path) -> None:
        self._stack, self._environment, self._folder = stack, environment, folder
        self._server = stack.enter_context(run_server(**environment))
        self._database = stack.enter_context(psycopg.connect(environment["DATABASE_URL"], autocommit=True))
        self._workers = deque(stack.enter_context(worker(**environment)) for _ in range(WORKERS))
        self._ids: list[str] = []
        self._kills = 0

    def until_all_complete(self, processes: int, kill_seconds: float) -> Outcome:
        """Run so many processes to their end; kill a worker each ``kill_seconds``, once the last new one works."""
        begun = killed_at = time.monotonic()

        def advance() -> bool:
            nonlocal killed_at
            if time.monotonic() - killed_at > kill_seconds and self._workers[-1].is_ready(WORKER_IS_READY):
                self._replace_worker()
                killed_at = time.monotonic()
            if len(self._ids) < processes:
                self._ids.append(self._server.start("counted_in_files", [{"folder": str(self._folder)}]))
                return False
            return self._statuses() == {"completed": processes}

        eventually(advance, within_seconds=(60 + processes) * TIMEOUT_SECONDS / 10)
        seconds = time.monotonic() - begun
        twice = self._database.execute(TWICE, [self._ids]).fetchall()
        runs = Counter((path.name, line) for path in self._folder.iterdir() for line in path.read_text().splitlines())
        return Outcome(statuses=self._statuses(), twice=twice, runs=runs, kills=self._kills, seconds=seconds)

    def _replace_worker(self) -> None:
        self._workers.popleft().kill()
        command = [sys.executable, "-m", "orchestrator_ws.celery_worker"]
        self._workers.append(self._stack.enter_context(running(command, **self._environment)))
        self._kills += 1

    def _statuses(self) -> dict[str, int]:
        return dict(self._database.execute(STATUSES, [self._ids]).fetchall())


def run(environment: dict[str, str], folder: Path, processes: int, kill_seconds: float) -> Outcome:
    with ExitStack() as stack:
        return Run(stack, environment, folder).until_all_complete(processes, kill_seconds)


def assert_each_step_was_done_once(outcome: Outcome, processes: int) -> None:
    """Fail unless every step is committed once, and ran again only where a kill cut it off."""
    assert outcome.statuses == {"completed": processes}
    assert outcome.twice == []
    assert len(outcome.runs) == processes * STEPS
    assert outcome.kills > 0
    assert outcome.runs_again <= outcome.kills * MAX_WORKERS, str(outcome)


@pytest.mark.timeout(400)
def test_all_processes_complete_while_workers_are_killed(environment: dict[str, str], tmp_path: Path) -> None:
    outcome = run(environment, tmp_path, 80, kill_seconds=3.0)

    assert_each_step_was_done_once(outcome, 80)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_thousand_processes_complete_while_a_worker_is_killed_every_five_seconds(
    environment: dict[str, str], tmp_path: Path
) -> None:
    outcome = run(environment, tmp_path, 1000, kill_seconds=5.0)

    print(outcome)  # the figures are what the run is for
    assert_each_step_was_done_once(outcome, 1000)
