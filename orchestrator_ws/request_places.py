"""How many HTTP requests one OS process works on at a time: each has a thread, and mostly a connection of the database.

A place is taken when a request has arrived as a whole and left when its answer is made, so that whoever sends or reads
slowly keeps nobody out (``docs/security.md``, section 5).
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeAlias

from django.conf import settings as django_settings
from prometheus_client import Counter

from access.handshakes import header_values
from access.origins import EVERY_ORIGIN
from events.limits import MinuteCounter
from orchestrator_ws.cache_control import POLICY
from orchestrator_ws.problem_details import problem

Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

HEALTH_PATHS = frozenset({"/api/health", "/api/health/live"})

RETRY_SECONDS = 1

UNREAD_SECONDS = 30.0
"""How long a client may take to read 64 KB of a static file, which is sent while it is read."""

REFUSALS = Counter("orchestrator_http_refusals", "HTTP requests that found MAX_CONCURRENT_REQUESTS others at work.")

logger = logging.getLogger(__name__)


class Places:
    """Those of one kind of requests."""

    def __init__(self) -> None:
        self._taken = 0

    def take(self) -> bool:
        """Take one, and return whether there was any."""
        if self._taken >= django_settings.ENVIRONMENT.max_concurrent_requests:
            return False
        self._taken += 1
        return True

    def leave(self) -> None:
        """Give one back."""
        self._taken -= 1


class BoundedRequests:
    """An ASGI application around Django's that answers 503 to a request beyond the limit. Only one loop may use it.

    Static files have as many places of their own. Health needs none: one at a time is answered, the others wait for
    their turn on the loop, which costs no thread.
    """

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application
        self._views, self._files = Places(), Places()
        self._health = asyncio.Lock()
        self._refusals = MinuteCounter()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["path"].startswith(django_settings.STATIC_URL):
            await self._serve(self._files, scope, receive, given_up_unread(send))
            return
        made: list[Message] = []

        async def collect(message: Message) -> None:
            made.append(message)

        if scope["path"].rstrip("/") in HEALTH_PATHS:
            async with self._health:
                await self._application(scope, without_body(receive), collect)
        else:
            await self._serve(self._views, scope, receive, collect)
        for message in made:
            await send(message)

    async def _serve(self, places: Places, scope: Message, receive: Receive, send: Send) -> None:
        is_refused = has_place = False

        async def receive_in_place() -> Message:
            nonlocal is_refused, has_place
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                has_place = places.take()
                is_refused = not has_place
            # Django begins nothing for a client that is gone.
            return {"type": "http.disconnect"} if is_refused else message

        try:
            await self._application(scope, receive_in_place, send)
        finally:
            if has_place:
                places.leave()
        if is_refused:
            self._tell()
            await refuse(scope, send)

    def _tell(self) -> None:
        REFUSALS.inc()
        if self._refusals.add() == 1:
            limit = django_settings.ENVIRONMENT.max_concurrent_requests
            logger.warning("Requests are answered 503, for %d are worked on; told once a minute", limit)


def without_body(receive: Receive) -> Receive:
    """Return a ``receive`` for a request whose body does not matter, and which need not come."""
    has_begun = False

    async def receive_nothing() -> Message:
        nonlocal has_begun
        if not has_begun:
            has_begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return receive_nothing


def given_up_unread(send: Send) -> Send:
    """Return a ``send`` for an answer that is sent while it is made: a client that does not read ends it."""

    async def send_in_time(message: Message) -> None:
        try:
            async with asyncio.timeout(UNREAD_SECONDS):
                await send(message)
        except TimeoutError:
            # As Django hears of a client that has left.
            raise asyncio.CancelledError from None

    return send_in_time


async def refuse(scope: Message, send: Send) -> None:
    """Answer 503, without Django, whose middleware would take a thread; a page that may read answers may read it."""
    limit = django_settings.ENVIRONMENT.max_concurrent_requests
    detail = f"The server works on {limit} requests already, try again"
    body = json.dumps(problem(HTTPStatus.SERVICE_UNAVAILABLE, detail), separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": POLICY,
        "Retry-After": str(RETRY_SECONDS),
        "X-Content-Type-Options": "nosniff",
    }
    allowed = django_settings.ENVIRONMENT.cors_origins
    for origin in header_values(scope, b"origin"):
        if origin in allowed or EVERY_ORIGIN in allowed:
            headers |= {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE.value, "headers": raw})
    await send({"type": "http.response.body", "body": body})
