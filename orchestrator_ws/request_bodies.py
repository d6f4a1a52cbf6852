"""How much of a request's body is read, whatever the request says about its length, or does not say."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from django.conf import settings as django_settings

Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]


class BoundedBodies:
    """An ASGI application around Django's, which keeps a body on disk to its end before it refuses it."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Any) -> None:
        """Serve one request."""
        await self._application(scope, bounded(receive), send)


def bounded(receive: Receive) -> Receive:
    """Return a ``receive`` that ends a body with the part that makes it too long, and drops what still comes of it.

    Too long is over ``MAX_REQUEST_BYTES``: Django refuses what it was given of it.
    """
    limit, read = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 0

    async def receive_bounded() -> Message:
        nonlocal read
        message = await receive()
        while message["type"] == "http.request" and read > limit:
            message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > limit:
                return {**message, "more_body": False}
        return message

    return receive_bounded
