"""Daphne for development, with what it lacks: close codes, an orderly end, and a bound on what it keeps of a request.

python -m orchestrator_ws.daphne_server -b 127.0.0.1 -p 8000 orchestrator_ws.asgi:application
"""

import asyncio
from typing import Any

import daphne.server
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings as django_settings
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.web.http import HTTPChannel

from orchestrator_ws.redaction import redact


class BoundedRequest(WebRequest):
    """Keeps of a body what the application reads, and one byte more, which tells that it is too long."""

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  twisted's name
        """Keep what came of the body; daphne hands it over only once all has come."""
        room = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1 - self.content.tell()
        super().handleContentChunk(data[:room])


class BoundedRequests(HTTPFactory):
    """Makes such requests."""

    def buildProtocol(self, address: object) -> HTTPChannel:  # noqa: N802  twisted's name
        """Return the HTTP side of a new connection."""
        protocol: HTTPChannel = super().buildProtocol(address)
        protocol.requestFactory = BoundedRequest
        return protocol


class ChannelProtocol(WebSocketProtocol):
    """Closes with any code of RFC 6455; autobahn lets applications use 1000 and 3000 to 4999 only."""

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802  daphne's name
        """Close the websocket."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=1000 if code is None else code)
        else:
            super().serverClose(code)


class ChannelServer(Server):
    """Runs what servers with the ASGI lifespan protocol run at their start and end; daphne does not know it."""

    def run(self) -> None:
        """Serve until a signal comes."""
        # Importable only now that the application, and with it Django, is set up.
        from orchestrator_ws.lifespan import listen, start_up  # noqa: PLC0415

        WebSocketFactory.protocol = ChannelProtocol
        daphne.server.HTTPFactory = BoundedRequests
        start_up()
        reactor.callWhenRunning(lambda: asyncio.ensure_future(listen()))
        super().run()

    def log_action(self, protocol: str, action: str, details: dict[str, Any]) -> None:
        """Write the line about a request, which does not pass ``logging``, without tokens."""
        super().log_action(protocol, action, details | {"path": redact(details["path"])})

    def kill_all_applications(self) -> Deferred[None]:
        """Send the clients away, then end; the reactor waits for it.

        In place of what daphne does before its end: cancel everything at once, which no client hears of.
        """
        return Deferred.fromFuture(asyncio.ensure_future(_end()))


async def _end() -> None:
    from orchestrator_ws.lifespan import drain, shut_down  # noqa: PLC0415

    await drain()
    await shut_down()


class ChannelCommandLine(CommandLineInterface):
    """Daphne's own command line, for this server."""

    server_class = ChannelServer


if __name__ == "__main__":
    ChannelCommandLine.entrypoint()
