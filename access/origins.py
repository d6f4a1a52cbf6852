"""Which web pages may open a websocket: exact origins, the server's own, and clients that are no browser."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

from channels.security.websocket import WebsocketDenier
from django.conf import settings as django_settings
from django.http.request import validate_host

from access.handshakes import header_values, query_values

EVERY_ORIGIN = "*"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = r"(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://{_HOST}")


class Origin(NamedTuple):
    """What pages are told apart by (RFC 6454, section 4)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the origin that a text names as browsers do: in lower case, and with nothing around it.

        Raises:
            ValueError: it names none.
        """
        if (found := _ORIGIN.fullmatch(text)) is None:
            raise ValueError("it is no origin")
        scheme = found["scheme"]
        return cls(scheme, found["host"], int(found["port"] or _DEFAULT_PORTS[scheme]))


class RefuseHandshake(WebsocketDenier):
    """Answers a handshake with HTTP 403, without a channel of its own on the channel layer."""

    channel_layer_alias = ""


class ExactOriginValidator:
    """Refuses a handshake whose ``Origin`` is neither allowed nor the server's own (RFC 6455, section 10.2).

    The server's own is what stands in ``Host``, if that is one of ``ALLOWED_HOSTS``: by a name that leads to the server
    only because its owner says so, any page could make itself the server's own. A client without ``Origin`` is no
    browser, and must show a token that no browser adds by itself.
    """

    def __init__(self, application: Any, allowed: Iterable[str]) -> None:
        """Pass on to ``application`` the pages of the allowed origins, of which one may be ``*``."""
        texts = set(allowed)
        self._application = application
        self._allows_all = EVERY_ORIGIN in texts
        self._allowed = frozenset(Origin.parse(text) for text in texts - {EVERY_ORIGIN})

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """Pass the handshake on or refuse it."""
        application = self._application if self._is_allowed(scope) else RefuseHandshake()
        return await application(scope, receive, send)

    def _is_allowed(self, scope: dict[str, Any]) -> bool:
        match header_values(scope, b"origin"):
            case []:
                return not django_settings.OAUTH2_ACTIVE or _shows_token(scope)
            case [text]:
                try:
                    origin = Origin.parse(text)
                except ValueError:
                    return False
                return self._allows_all or origin in self._allowed or _is_own(origin, scope)
            case _:
                return False


def _shows_token(scope: dict[str, Any]) -> bool:
    """Return whether the handshake carries a token; whether that holds is seen later."""
    return bool(header_values(scope, b"sec-websocket-protocol")) or any(query_values(scope, "token"))


def _is_own(origin: Origin, scope: dict[str, Any]) -> bool:
    match header_values(scope, b"host"):
        case [text] if found := re.fullmatch(_HOST, text.lower()):
            host, port = found["host"], int(found["port"] or _DEFAULT_PORTS[origin.scheme])
        case _:
            return False
    # Without TLS it may have ended before the server, at a proxy that does not say so.
    is_same_scheme = origin.scheme == "https" or scope.get("scheme") != "wss"
    is_ours = validate_host(host, django_settings.ALLOWED_HOSTS)
    return is_ours and is_same_scheme and (origin.host, origin.port) == (host, port)
