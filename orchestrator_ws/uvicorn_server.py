"""The production server: uvicorn with our protocols, which takes connections a few at a time and ends without loss.

python -m orchestrator_ws.uvicorn_server
"""

import asyncio
import logging
import os
import socket
import sys
import tempfile
from functools import cached_property

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import multiprocess

from events import conf
from orchestrator_ws.environment import METRICS_FOLDER, load_environment
from orchestrator_ws.uvicorn_protocols import BoundedProtocol, ShortWayProtocol

MAX_MESSAGE_BYTES = 64 * 1024
"""Longest client message that is read at all; the consumers allow far less."""

POLL_SECONDS = 0.1

ANSWER_SECONDS = 30
"""How long an OS process may take until it serves, or answers the supervisor: on a busy host a start takes a while."""

ACCEPTED_AT_A_TIME = 32
"""Connections that asyncio takes before it looks at anything else: its ``backlog``, which it gives the kernel too."""

WAITING_CONNECTIONS = 2048
"""Connections that the kernel keeps until they are taken; when all clients come back at once it refuses none."""

logger = logging.getLogger(__name__)


class DrainingServer(uvicorn.Server):
    """Takes connections a few at a time; sends its clients away before it ends (``orchestrator_ws.lifespan.drain``)."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, with more room in the kernel than what is taken at a time."""
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(WAITING_CONNECTIONS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new connections nor requests, drain, and end as uvicorn does; a second interrupt ends at once."""
        # Importable only now that the application, and with it Django, is set up.
        from orchestrator_ws.lifespan import drain  # noqa: PLC0415

        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            if not isinstance(connection, BoundedProtocol):
                connection.shutdown()
        draining = asyncio.create_task(drain())
        while not (draining.done() or self.force_exit):
            await asyncio.wait([draining], timeout=POLL_SECONDS)
        if not draining.cancel() and (error := draining.exception()):
            logger.error("Clients could not be sent away one after another", exc_info=error)
        await super().shutdown(sockets)


class DrainingProcess(multiprocess.Process):
    """One of several OS processes that serve the same sockets."""

    @cached_property
    def server(self) -> uvicorn.Server:
        """The server that runs in it."""
        return DrainingServer(self.config)


class Supervisor(multiprocess.Multiprocess):
    """Starts the OS processes anew when they die, and ends them on a signal; what they count is in one folder."""

    # Those of the last look; a signal may have replaced them since.
    _served: set[int | None]

    def run(self) -> None:
        """Run until a signal comes."""
        with tempfile.TemporaryDirectory(prefix="orchestrator-metrics-") as folder:
            # prometheus_client reads it when an OS process of ours imports it.
            os.environ[METRICS_FOLDER] = folder
            self._served = set()
            super().run()

    def keep_subprocess_alive(self) -> None:
        """Replace those that died; what an OS process that is gone counted last, as its clients, is forgotten."""
        super().keep_subprocess_alive()
        serving = {process.pid for process in self.processes}
        for pid in self._served - serving:
            mark_process_dead(pid, os.environ[METRICS_FOLDER])  # type: ignore[no-untyped-call]
        self._served = serving

    def terminate_all(self) -> None:
        """Close the sockets here too: a connection must be refused, not wait in a backlog that nobody serves."""
        super().terminate_all()
        for listener in self.sockets:
            listener.close()


def listen(config: uvicorn.Config) -> socket.socket:
    """Return the socket that all OS processes take connections from.

    What it is told goes for each connection. asyncio itself tells none of a socket that it has not bound (its protocol
    number is 0) to send small frames at once, instead of when the client has confirmed those before, 40 ms later.
    """
    listener = config.bind_socket()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def main() -> None:
    """Serve until a signal comes, in as many OS processes as ``WEB_WORKERS`` says."""
    environment = load_environment()
    config = uvicorn.Config(
        "orchestrator_ws.asgi:application",
        host=environment.host,
        port=environment.port,
        workers=environment.web_workers,
        http=ShortWayProtocol,
        ws=BoundedProtocol,
        # permessage-deflate costs 64 KiB per connection, for frames of 80 bytes.
        ws_per_message_deflate=False,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=conf.CLIENT_PING_SECONDS,
        ws_ping_timeout=conf.CLIENT_PONG_SECONDS,
        timeout_worker_healthcheck=ANSWER_SECONDS,
        timeout_graceful_shutdown=max(1, round(environment.shutdown_grace_seconds)),
        server_header=False,
        backlog=ACCEPTED_AT_A_TIME,
        # The application looks at them (orchestrator_ws.asgi), whichever server runs it.
        proxy_headers=False,
        log_level=environment.log_level.lower(),
        # Django's configuration writes its records too.
        log_config=None,
    )
    # What is configured wrongly stops the start here, and not again and again in each OS process.
    config.load_app()
    listeners = [listen(config)]
    if environment.web_workers > 1:
        # The supervisor takes no argument for it.
        multiprocess.Process = DrainingProcess  # type: ignore[misc]
        Supervisor(config, listeners).run()
        return
    server = DrainingServer(config)
    server.run(listeners)
    if not server.started:
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
