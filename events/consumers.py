"""The three websocket channels: who is let in, ping and pong, and the task that writes the queue to the client."""

import asyncio
import logging
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseFailure

from access.authentication import (
    SUBPROTOCOL,
    MalformedSubprotocolError,
    authenticate_on_loop,
    authenticate_session_on_loop,
    read_subprotocol,
)
from access.callers import Caller
from access.refusals import AuthenticationRefusedError, IdentityProviderUnreachableError
from access.roles import Role
from events import conf, metrics
from events.client_queue import ClientQueue
from events.groups import Channel
from events.messages import ASK_POSITION, PING, PONG_FRAME, error_frame, problem_frame
from events.websocket_manager import WebSocketManager, running_manager

logger = logging.getLogger(__name__)

PROTOCOL_ERROR = 1002
POLICY_VIOLATION = 1008
NORMAL_CLOSURE = 1000
MESSAGE_TOO_BIG = 1009
INTERNAL_ERROR = 1011


class ChannelConsumer(AsyncWebsocketConsumer):
    """What the three channels share (``docs/messages.md``, section 1).

    It has no channel of its own on the channel layer: that would be one Redis subscription per client. The
    WebSocketManager subscribes once and fills the queue that the writer task empties.
    """

    channel: Channel
    refused_code: int
    channel_layer_alias = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Set once the client is let in, None before.
        self._manager: WebSocketManager | None = None
        self._queue: ClientQueue | None = None
        self._writer: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """Serve one client until it leaves; whatever ends that, the client is forgotten."""
        try:
            return await super().__call__(scope, receive, send)
        finally:
            self._stop_writing()
            if self._manager is not None and self._queue is not None:
                self._manager.disconnect(self._queue)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle a message at once.

        Channels would first close old database connections in the one thread that all sockets share; there are
        none here, and a pong must not wait for that thread.
        """
        await getattr(self, get_handler_name(message))(message)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """Let go of the client; as in ``dispatch``, without a visit to the shared thread."""
        await self.disconnect(message["code"])
        raise StopConsumer

    async def connect(self) -> None:
        """Let the client in, or refuse it as ``docs/messages.md``, section 1, says."""
        try:
            token = self.read_token()
        except ValueError:
            await self.close(PROTOCOL_ERROR)
            return
        try:
            caller = await self.authenticate(token)
        except AuthenticationRefusedError as error:
            await self._refuse(error_frame(401, str(error), {"WWW-Authenticate": "Bearer"}))
            return
        except IdentityProviderUnreachableError as error:
            await self._refuse(problem_frame(HTTPStatus.SERVICE_UNAVAILABLE, str(error)))
            return
        except DatabaseFailure:
            logger.warning("The session of a client of %s cannot be read", self.channel, exc_info=True)
            await self.accept(self.subprotocol)
            await self.close(INTERNAL_ERROR)
            return
        if not caller.may(Role.VIEW):
            await self._refuse(problem_frame(HTTPStatus.FORBIDDEN, "Not authorized"))
            return
        self._manager = await running_manager()
        self._queue = self.join(self._manager)
        await self.accept(self.subprotocol)
        logger.info("Client connected to %s", self.channel)
        try:
            await self.greet(self._manager)
        except DatabaseFailure:
            logger.warning("Client of %s cannot be greeted and is closed", self.channel, exc_info=True)
            await self.close(INTERNAL_ERROR)
            return
        self._writer = asyncio.create_task(self._write(self._queue))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a ping, past all waiting events; close on an oversize message; ignore what no channel knows."""
        if len(bytes_data or (text_data or "").encode()) > conf.MAX_INCOMING_BYTES:
            self._stop_writing()
            await self.close(MESSAGE_TOO_BIG)
        elif text_data == PING and self._queue is not None:
            self._queue.put_first(PONG_FRAME)
        elif text_data == ASK_POSITION:
            self.answer_position()

    async def disconnect(self, code: int) -> None:
        """Note that the client left."""
        logger.info("Client left %s with code %s", self.channel, code)

    async def _refuse(self, frame: str) -> None:
        await self.accept(self.subprotocol)
        await self.send(frame)
        await self.close(self.refused_code)

    async def _write(self, queue: ClientQueue) -> None:
        sent = metrics.FRAMES_SENT.labels(self.channel)
        # A server raises OSError when the client has gone; its disconnect message is on the way.
        with suppress(OSError):
            while (frame := await queue.get()) is not None:
                await self.send(frame.text)
                sent.inc()
            logger.info("Client of %s is closed with code %s", self.channel, queue.close_code)
            await self.close(queue.close_code)

    def _query_value(self, name: str) -> str | None:
        query: dict[str, list[str]] = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return query[name][-1] if name in query else None

    def _stop_writing(self) -> None:
        if self._writer is not None:
            self._writer.cancel()

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol to select at the accept."""
        return None

    def read_token(self) -> str:
        """Return the token of the handshake, perhaps empty; raise ValueError if the handshake is malformed."""
        raise NotImplementedError

    async def authenticate(self, token: str) -> Caller:
        """Return the caller; raise as ``authenticate_on_loop`` does."""
        return await authenticate_on_loop(token)

    def join(self, manager: WebSocketManager) -> ClientQueue:
        """Return the queue that gets this client's frames."""
        return manager.connect(self.channel)

    async def greet(self, manager: WebSocketManager) -> None:
        """Send what this channel sends right after the accept, before any pong."""

    def answer_position(self) -> None:
        """Answer ``__position__``, where the channel knows such a thing."""


class EventsConsumer(ChannelConsumer):
    """``events``: invalidations without data, for the Orchestrator UI v2 (``docs/messages.md``, sections 2 and 3)."""

    channel = Channel.EVENTS
    refused_code = POLICY_VIOLATION

    @property
    def _header(self) -> str | None:
        values = [value for name, value in self.scope["headers"] if name == b"sec-websocket-protocol"]
        return b", ".join(values).decode("latin-1") if values else None

    @property
    def subprotocol(self) -> str | None:
        """Only the fixed name is echoed, never the token."""
        return None if self._header is None else SUBPROTOCOL

    def read_token(self) -> str:
        """Return the token that travels as second subprotocol."""
        return read_subprotocol(self._header)

    async def authenticate(self, token: str) -> Caller:
        """Without subprotocol return the caller whom the session cookie names; the origin was looked at before."""
        if self._header is not None:
            return await super().authenticate(token)
        cookies = [value.decode("latin-1") for name, value in self.scope["headers"] if name == b"cookie"]
        return await authenticate_session_on_loop("; ".join(cookies))

    def join(self, manager: WebSocketManager) -> ClientQueue:
        """Pass on the position that the client was told last, if it gives one in ``?since=``."""
        return manager.connect(self.channel, self._query_value("since"))

    def answer_position(self) -> None:
        """Put the position behind all frames that wait."""
        if self._manager is not None and self._queue is not None:
            self._manager.send_position(self._queue)


class DeprecatedConsumer(ChannelConsumer):
    """What the two channels of the Orchestrator UI v1 share: the token is a mandatory query parameter."""

    refused_code = NORMAL_CLOSURE

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
