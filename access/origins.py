"""Which web pages may open a websocket: exact origins, the server's own, and clients that are no browser."""

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import OriginValidator, WebsocketDenier


class RefuseHandshake(WebsocketDenier):
    """Answers a handshake with HTTP 403, without a channel of its own on the channel layer."""

    channel_layer_alias = ""


class ExactOriginValidator(OriginValidator):
    """Refuses a handshake whose ``Origin`` is neither allowed nor the server's own.

    Channels' validator compares scheme, host and port of the allowed origins; this one adds the same origin (the
    ``Host`` that the client asked for) and lets pass a client without ``Origin``, which no browser is.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """Pass the handshake on or refuse it."""
        headers = dict(scope["headers"])
        origin, host = headers.get(b"origin"), headers.get(b"host", b"")
        if origin is None or self._is_allowed(origin.decode("latin-1"), host.decode("latin-1")):
            return await self.application(scope, receive, send)
        return await RefuseHandshake()(scope, receive, send)

    def _is_allowed(self, origin: str, host: str) -> bool:
        try:
            parts = urlsplit(origin)
            is_origin = parts.scheme in ("http", "https") and parts.hostname is not None
            return is_origin and (parts.netloc == host or bool(self.valid_origin(parts)))
        except ValueError:
            return False
