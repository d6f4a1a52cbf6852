"""What the three channels share: who is let in, and until when; ping and pong; the task that writes to the client."""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseFailure
from websockets.frames import CloseCode

from access.authentication import MalformedSubprotocolError, authenticate_on_loop
from access.callers import Caller
from access.handshakes import header_values, query_values
from access.refusals import AuthenticationRefusedError, IdentityProviderUnreachableError
from events import conf, metrics
from events.admission import Grant
from events.client_queue import WRITE_EXTENSION, ClientQueue, Write
from events.groups import Channel
from events.limits import MinuteCounter, counted_address
from events.messages import ASK_POSITION, PING, PONG_FRAME, read_token_message
from events.refusals import LimitExceededError, RefusedError, UnauthenticatedError, UnavailableError
from events.running_manager import running_manager
from events.websocket_manager import WebSocketManager

logger = logging.getLogger(__name__)


class ChannelConsumer(AsyncWebsocketConsumer):
    """One client of a channel (``docs/messages.md``, section 1).

    It has no channel of its own on the channel layer: that would be one Redis subscription per client. The
    WebSocketManager subscribes once and writes to the client, or fills the queue that the writer task empties.
    """

    channel: Channel
    refused_code: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Set once the client is let in, None before.
        self._manager: WebSocketManager | None = None
        self._grant: Grant | None = None
        self._queue: ClientQueue | None = None
        # Writes to the client; None until that may begin.
        self._writer: asyncio.Task[None] | None = None
        # Whether it is not served any more, though its connection may last a little.
        self._is_over = False
        # Why that is, if it is to be told.
        self._refusal: RefusedError | None = None
        self._messages = MinuteCounter()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """Serve one client until it leaves; whatever ends that, the client is forgotten.

        Channels would wait for the client and for a channel layer at a time, by two tasks that take 4 KB per client.
        """
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            return
        finally:
            self._stop_writing()
            if self._manager is not None and self._grant is not None and self._queue is not None:
                self._manager.admission.leave(self._grant)
                self._manager.disconnect(self._queue)
                # It knows how to end this consumer: a circle would stay until it is looked for.
                self._grant = None

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
            manager, queue = await self._let_in()
        except MalformedSubprotocolError:
            await self.close(CloseCode.PROTOCOL_ERROR)
            return
        except RefusedError as refusal:
            await self.accept(self.subprotocol)
            await self._refuse(refusal, CloseCode.POLICY_VIOLATION if refusal.is_limit else self.refused_code)
            return
        except DatabaseFailure:
            logger.warning("The session of a client of %s cannot be read", self.channel, exc_info=True)
            await self.accept(self.subprotocol)
            await self.close(CloseCode.INTERNAL_ERROR)
            return
        await self.accept(self.subprotocol)
        logger.info("Client connected to %s", self.channel)
        # What the client was granted may have ended meanwhile.
        work = self._write(manager, queue) if self._refusal is None else self._refuse(self._refusal)
        self._writer = asyncio.create_task(work)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a ping, past all waiting events; close on too much; ignore what no channel knows."""
        if self._queue is None or self._is_over:
            return
        if self._messages.add() > (limit := conf.messages_per_minute()):
            self._expel(LimitExceededError(limit, "messages a minute on one connection"))
        elif len(bytes_data or (text_data or "").encode()) > conf.max_incoming_bytes():
            self._is_over = True
            self._stop_writing()
            await self.close(CloseCode.MESSAGE_TOO_BIG)
        elif text_data == PING:
            self._queue.put_first(PONG_FRAME)
        elif not (text_data == ASK_POSITION and self.answer_position()) and not await self._renew(text_data or ""):
            metrics.MESSAGES_IGNORED.labels(self.channel).inc()

    async def disconnect(self, code: int) -> None:
        """Note that the client left."""
        logger.info("Client left %s with code %s", self.channel, code)

    async def _let_in(self) -> tuple[WebSocketManager, ClientQueue]:
        """Return the manager, and the queue of a client that is let in.

        Raises:
            MalformedSubprotocolError: it cannot say who it is.
            RefusedError: it is not let in for any other reason.
        """
        host, _ = self.scope.get("client") or ("", 0)
        address = counted_address(host)
        self._manager = await running_manager()
        refusal = self._manager.admission.knock(address)
        token = self.read_token()
        if refusal is not None:
            raise refusal
        caller = await _judged(self.authenticate(token))
        self._grant = self._manager.admission.admit(caller, address, self._expel)
        self._queue = self.join(self._manager)
        return self._manager, self._queue

    async def _renew(self, text: str) -> bool:
        """Let a new token count, if the text holds one; return whether it does. One that does not hold ends it all."""
        if (token := read_token_message(text)) is None or self._manager is None or self._grant is None:
            return False
        try:
            # Whatever let it in: with a session no token is of the same principal.
            self._manager.admission.renew(self._grant, await _judged(authenticate_on_loop(token)))
        except RefusedError as refusal:
            self._expel(refusal)
        return True

    def _expel(self, refusal: RefusedError) -> None:
        """Close the client at once, whatever waits for it."""
        if self._is_over:
            return
        self._is_over, self._refusal = True, refusal
        if self._writer is not None:
            self._writer.cancel()
            self._writer = asyncio.create_task(self._refuse(refusal))

    async def _refuse(self, refusal: RefusedError, code: int = CloseCode.POLICY_VIOLATION) -> None:
        logger.info("Client of %s is refused: %s", self.channel, refusal)
        metrics.REFUSALS.labels(self.channel, refusal.status.value).inc()
        with suppress(OSError):
            # One that does not read what was sent before is not waited for.
            with suppress(TimeoutError):
                await asyncio.wait_for(self.send(refusal.frame), conf.REFUSAL_SECONDS)
            await self.close(code)

    async def _write(self, manager: WebSocketManager, queue: ClientQueue) -> None:
        sent = metrics.FRAMES_SENT.labels(self.channel)
        # A server raises OSError when the client has gone; its disconnect message is on the way.
        with suppress(OSError):
            try:
                await self.greet(manager)
            except DatabaseFailure:
                logger.warning("Client of %s cannot be greeted and is closed", self.channel, exc_info=True)
                await self.close(CloseCode.INTERNAL_ERROR)
                return
            while (frame := await queue.get()) is not None:
                await self.send(frame.text)
                sent.inc()
            logger.info("Client of %s is closed with code %s", self.channel, queue.close_code)
            await self.close(queue.close_code)

    def _header_values(self, name: bytes) -> list[str]:
        return header_values(self.scope, name)

    def _query_value(self, name: str) -> str | None:
        return next(reversed(query_values(self.scope, name)), None)

    def _stop_writing(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.cancel()

    @property
    def write(self) -> Write | None:
        """What the server offers to send encoded frames with; None for a server that has no such extension."""
        extension = self.scope.get("extensions", {}).get(WRITE_EXTENSION)
        return None if extension is None else extension["write"]

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol to select at the accept."""
        return None

    def read_token(self) -> str:
        """Return the token of the handshake, perhaps empty; raise MalformedSubprotocolError if the form is wrong."""
        raise NotImplementedError

    async def authenticate(self, token: str) -> Caller:
        """Return the caller of the handshake; raise as ``authenticate_on_loop`` does."""
        return await authenticate_on_loop(token)

    def join(self, manager: WebSocketManager) -> ClientQueue:
        """Return the queue that gets this client's frames."""
        return manager.connect(self.channel, write=self.write)

    async def greet(self, manager: WebSocketManager) -> None:
        """Send what this channel sends right after the accept, before any pong."""

    def answer_position(self) -> bool:
        """Answer ``__position__`` and return True, where the channel knows such a thing."""
        return False


async def _judged(asked: Awaitable[Caller]) -> Caller:
    """Return the caller; raise RefusedError if that is nobody."""
    try:
        return await asked
    except AuthenticationRefusedError as error:
        raise UnauthenticatedError(str(error)) from error
    except IdentityProviderUnreachableError as error:
        raise UnavailableError(str(error)) from error
