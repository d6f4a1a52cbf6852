"""Gives each request and each websocket an id, which all that is logged on its behalf names."""

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from structlog.contextvars import bound_contextvars

from access.handshakes import header_values

Message: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

HEADER = b"x-request-id"
_OF_A_CLIENT = re.compile(r"[\w.-]{1,64}", re.ASCII)


def with_request_id(application: Application) -> Application:
    """Wrap an application of HTTP: the id is the client's or the proxy's (``X-Request-ID``), and the answer has it."""

    async def serve(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        sent = next(iter(header_values(scope, HEADER)), "")
        request_id = sent if _OF_A_CLIENT.fullmatch(sent) else uuid.uuid4().hex

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, request_id.encode())]
            await send(message)

        with bound_contextvars(request_id=request_id):
            await application(scope, receive, answer)

    return serve


def with_connection_id(application: Application) -> Application:
    """Wrap an application of websockets."""

    async def serve(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        with bound_contextvars(connection_id=uuid.uuid4().hex):
            await application(scope, receive, send)

    return serve
