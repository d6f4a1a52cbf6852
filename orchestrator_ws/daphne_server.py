"""Daphne for development, with what the websocket channels need and it lacks: close codes and an orderly end.

python -m orchestrator_ws.daphne_server -b 127.0.0.1 -p 8000 orchestrator_ws.asgi:application
"""

import asyncio

from daphne.cli import CommandLineInterface
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor
from twisted.internet.defer import Deferred


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
        start_up()
        reactor.callWhenRunning(lambda: asyncio.ensure_future(listen()))
        super().run()

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
