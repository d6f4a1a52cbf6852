"""Servers, and workers, on one database and one Redis; most of them may die in a trap, and others take their places."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests import services
from tests.faults.crashing import TRAP_VARIABLE, Trap
from tests.servers import Program, Server, manage, server, worker
from tests.waiting import eventually

LEASE_SECONDS = 3
WORKERS = 2

ENVIRONMENT = {
    "DEBUG": "true",
    "EVENTS_LOG_INTERVAL_SECONDS": "1",
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "LOG_LEVEL": "INFO",
    "PYTHONASYNCIODEBUG": "",
    "WORKFLOW_MODULES": "tests.faults.traced_workflows",
}


class CrashCluster:
    """A server that survives, and others that may die: a server and, for Celery, two workers; until the block ends.

    A spare server is always being started, so that a test need not wait for it. One thread uses it.
    """

    def __init__(self, folder: Path, executor: str) -> None:
        self.executor = executor
        self._folder = folder
        self._stack = ExitStack()
        # Those that live, or have died since somebody looked.
        self._workers: list[Program] = []
        self._victim: Server | None = None
        self.trap = Trap(folder / "trap")

    def __enter__(self) -> Self:
        with self._stack as stack:
            addresses = {
                "DATABASE_URL": stack.enter_context(services.postgres())[0],
                "REDIS_URL": stack.enter_context(services.redis())[0],
            }
            trap = {TRAP_VARIABLE: str(self._folder / "trap")}
            self._environment = {**ENVIRONMENT, **addresses, **trap, "EXECUTOR": self.executor}
            manage("migrate", "--verbosity", "0", **self._environment)
            self._starter = stack.enter_context(ThreadPoolExecutor(1, "starter"))
            self.survivor = stack.enter_context(server(**self._environment))
            self._stack = stack.pop_all()
        self._spare = self._begin_spare()
        self.replace_dead()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.wait_for_spare()
        self._stack.close()

    @property
    def victim(self) -> Server:
        """The server that may die."""
        assert self._victim is not None
        return self._victim

    def replace_dead(self) -> None:
        """See that there is a server that may die and, for Celery, enough workers."""
        while self._victim is None or _is_dead(self._victim):
            self._victim, self._spare = self._spare.result(), self._begin_spare()
        self._workers = [each for each in self._workers if not _is_dead(each)]
        while self.executor == "celery" and len(self._workers) < WORKERS:
            program = worker(program="tests.faults.crashing_worker", **self._environment)
            self._workers.append(self._stack.enter_context(program))

    def wait_for_death(self) -> None:
        """Wait until somebody has died in the trap."""
        eventually(lambda: not self.trap.is_set)
        eventually(lambda: any(_is_dead(each) for each in [self.victim, *self._workers, *self._started_spare()]))

    def wait_for_spare(self) -> None:
        """Wait until the spare server runs."""
        self._spare.result()

    def with_pid(self, pid: int) -> Program:
        """Return the server or worker with this process id."""
        return next(each for each in [self.victim, *self._workers] if each.process.pid == pid)

    def _started_spare(self) -> list[Server]:
        return [self._spare.result()] if self._spare.done() else []

    def _begin_spare(self) -> "Future[Server]":
        program = server(program="tests.faults.crashing_server", **self._environment)
        return self._starter.submit(self._stack.enter_context, program)


def _is_dead(program: Program) -> bool:
    return program.process.poll() is not None
