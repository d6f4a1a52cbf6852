"""The three websocket channels: how each is asked for a token, and what it sends and answers besides its frames."""

from websockets.frames import CloseCode

from access.authentication import (
    SUBPROTOCOL,
    MalformedSubprotocolError,
    authenticate_session_on_loop,
    read_subprotocol,
)
from access.callers import Caller
from events.channel_consumer import ChannelConsumer
from events.client_queue import ClientQueue
from events.groups import Channel
from events.websocket_manager import WebSocketManager


class EventsConsumer(ChannelConsumer):
    """``events``: invalidations without data, for the Orchestrator UI v2 (``docs/messages.md``, sections 2 and 3)."""

    channel = Channel.EVENTS
    refused_code = CloseCode.POLICY_VIOLATION

    @property
    def _header(self) -> str | None:
        values = self._header_values(b"sec-websocket-protocol")
        return ", ".join(values) if values else None

    @property
    def subprotocol(self) -> str | None:
        """Only the fixed name is echoed, never the token."""
        return None if self._header is None else SUBPROTOCOL

    def read_token(self) -> str:
        """Return the token that travels as second subprotocol."""
        return read_subprotocol(self._header)

    async def authenticate(self, token: str) -> Caller:
        """Without subprotocol return the caller whom the session cookie of a page names, whose origin was looked at."""
        if self._header is not None or not self._header_values(b"origin"):
            return await super().authenticate(token)
        return await authenticate_session_on_loop("; ".join(self._header_values(b"cookie")))

    def join(self, manager: WebSocketManager) -> ClientQueue:
        """Pass on the position that the client was told last, if it gives one in ``?since=``."""
        return manager.connect(self.channel, self._query_value("since"), self.write)

    def answer_position(self) -> bool:
        """Put the position behind all frames that wait."""
        if self._manager is not None and self._queue is not None:
            self._manager.send_position(self._queue)
        return True


class DeprecatedConsumer(ChannelConsumer):
    """What the two channels of the Orchestrator UI v1 share: the token is a mandatory query parameter."""

    refused_code = CloseCode.NORMAL_CLOSURE

    def read_token(self) -> str:
        """Return the value of ``?token=``, which may be empty but not absent."""
        token = self._query_value("token")
        if token is None:
            raise MalformedSubprotocolError("the query parameter token is missing")
        return token


class EngineSettingsConsumer(DeprecatedConsumer):
    """``engine-settings``: the engine's status, at once and at every update (``docs/messages.md``, section 5)."""

    channel = Channel.ENGINE_SETTINGS

    async def greet(self, manager: WebSocketManager) -> None:
        """Send the present status."""
        await self.send((await manager.read_engine_status()).text)


class ProcessesConsumer(DeprecatedConsumer):
    """``processes``: the whole process object, once per logged step (``docs/messages.md``, section 6)."""

    channel = Channel.PROCESSES
