"""A server that ends in some way and comes back on the same port, as after a crash or an update."""

import signal
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from tests.servers import Server
from tests.servers import server as run_server
from tests.services import free_port


class RestartableServer:
    """Runs from ``start`` on; what it runs with stays the same. Its ``with`` block ends it for good."""

    def __init__(self, port: int | None = None, /, **environment: str) -> None:
        self._environment = environment
        self._port = port or free_port()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def server(self) -> Server:
        """The server that runs."""
        return self._server

    def start(self) -> Server:
        """Start it, which must not run, and wait until it answers."""
        self._server = self._running.enter_context(run_server(port=self._port, **self._environment))
        return self._server

    def stop(self) -> None:
        """End it as an update does (SIGTERM) and wait for that; idempotent."""
        self._running.close()

    def kill(self) -> None:
        """End it as a crash does."""
        self._server.process.kill()
        self._server.process.wait()
        self._running.close()

    def pause(self) -> None:
        """Halt it: its connections stay, nobody answers."""
        self._server.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run after a pause."""
        self._server.process.send_signal(signal.SIGCONT)
