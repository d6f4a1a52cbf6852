"""A Redis and a PostgreSQL that a test stops, kills, halts and brings back at the same address."""

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests import services
from tests.services import STOP_SECONDS, Service
from tests.waiting import eventually


class Restartable:
    """A server that ``start`` runs: at once, and again whenever it is brought back; closed by its ``with`` block."""

    def __init__(self, start: Callable[[], AbstractContextManager[Service]]) -> None:
        self._start = start
        self._running = ExitStack()
        self.url, self._os_process = self._running.enter_context(start())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port that it listens on whenever it runs."""
        port = urlsplit(self.url).port
        assert port is not None
        return port

    @property
    def is_running(self) -> bool:
        """Whether its OS process lives, be it halted."""
        return self._os_process.poll() is None

    def end(self, how: signal.Signals) -> None:
        """End it with a signal and wait for that."""
        self._os_process.send_signal(how)
        self._os_process.wait(STOP_SECONDS)

    def bring_back(self) -> None:
        """Start it again where it was; does nothing if it runs."""
        if not self.is_running:
            self._running.close()
            self.url, self._os_process = self._running.enter_context(self._start())

    def close(self) -> None:
        """Stop it for good; idempotent."""
        self._running.close()


class RestartableRedis(Restartable):
    """A Redis that forgets everything when it ends; ``options`` are its own, as in ``services.redis``."""

    def __init__(self, *options: str) -> None:
        port = services.free_port()
        super().__init__(lambda: services.redis(*options, port=port))

    def kill(self) -> None:
        """End it as a crash does."""
        self.end(signal.SIGKILL)

    def pause(self) -> None:
        """Halt it: its connections stay, nobody answers."""
        self._os_process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run after a pause; does nothing if it runs."""
        self._os_process.send_signal(signal.SIGCONT)

    def bring_back(self) -> None:
        """Start it again where it was, empty; let it go on if it is only halted."""
        self.go_on()
        super().bring_back()

    def close(self) -> None:
        """Stop it for good; idempotent."""
        self.go_on()
        super().close()


class RestartablePostgres(Restartable):
    """A PostgreSQL whose committed transactions survive whatever ends it; ``settings`` as in ``services.postgres``."""

    def __init__(self, *settings: str) -> None:
        with ExitStack() as stack:
            cluster = stack.enter_context(services.postgres_cluster())
            super().__init__(lambda: cluster.running("synchronous_commit=on", *settings))
            self._cluster = stack.pop_all()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT is its fast shutdown, SIGQUIT the immediate one, SIGKILL a power cut."""
        backends = _children_of(self._os_process.pid) if how == signal.SIGKILL else []
        self.end(how)
        # They notice that their parent is gone, but not at once, and a new server does not start beside them.
        for backend in backends:
            with suppress(ProcessLookupError):
                os.kill(backend, signal.SIGKILL)
        eventually(lambda: not any(_lives(backend) for backend in backends))

    def close(self) -> None:
        """Stop it for good and remove its data; idempotent."""
        super().close()
        self._cluster.close()


def _children_of(os_process: int) -> list[int]:
    """Return the children's pids; none where there is no ``/proc``."""
    children = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # State and parent follow the command's name, which may hold anything but ends with the last parenthesis.
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == os_process:
                children.append(int(entry.name))
    return children


def _lives(os_process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{os_process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False
