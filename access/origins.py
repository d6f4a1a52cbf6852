"""Which web pages may open a websocket or write by REST: exact origins, the server's own, and what is no browser."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple, Self

from channels.security.websocket import WebsocketDenier
from django.conf import settings as django_settings
from django.http import HttpRequest
from django.http.request import validate_host
from rest_framework.permissions import SAFE_METHODS

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


class AllowedOrigins:
    """The one rule by which pages are told apart, for both transports (RFC 6455, section 10.2; RFC 6454).

    A page is let through if its origin is one of a list, or the server's own: what stands in ``Host``, if that is one
    of ``ALLOWED_HOSTS``. By a name that leads to the server only because its owner says so, any page could make itself
    the server's own.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Let these origins through, of which one may be ``*``."""
        listed = set(texts)
        self._allows_all = EVERY_ORIGIN in listed
        self._listed = frozenset(Origin.parse(text) for text in listed - {EVERY_ORIGIN})

    def allow(self, text: str, host: str, *, by_tls: bool) -> bool:
        """Return whether a page that names itself so may send this, to a server that it calls ``host``.

        ``by_tls`` is whether it came to the server so, or to a proxy that says so.
        """
        try:
            origin = Origin.parse(text)
        except ValueError:
            return False
        return self._allows_all or origin in self._listed or _is_own(origin, host, by_tls=by_tls)


class RefuseHandshake(WebsocketDenier):
    """Answers a handshake with HTTP 403, without a channel of its own on the channel layer."""

    channel_layer_alias = ""


class ExactOriginValidator:
    """Refuses a handshake whose ``Origin`` is neither allowed nor the server's own.

    A client without ``Origin`` is no browser, and must show a token that no browser adds by itself.
    """

    def __init__(self, application: Any, allowed: Iterable[str]) -> None:
        """Pass on to ``application`` the pages of the allowed origins."""
        self._application = application
        self._origins = AllowedOrigins(allowed)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """Pass the handshake on or refuse it."""
        application = self._application if self._is_allowed(scope) else RefuseHandshake()
        return await application(scope, receive, send)

    def _is_allowed(self, scope: dict[str, Any]) -> bool:
        match header_values(scope, b"origin"):
            case []:
                return not django_settings.OAUTH2_ACTIVE or _shows_token(scope)
            case [text]:
                hosts = header_values(scope, b"host")
                host = hosts[0] if len(hosts) == 1 else ""
                return self._origins.allow(text, host, by_tls=scope.get("scheme") == "wss")
            case _:
                return False


def may_write(request: HttpRequest) -> bool:
    """Return whether no foreign page sends the request: it only reads, has no ``Origin``, or that of an allowed page.

    Who sends none is no browser: browsers name the page of everything that they send and that may write.
    """
    origin = request.headers.get("Origin")
    if origin is None or request.method in SAFE_METHODS:
        return True
    allowed = allowed_origins(django_settings.ENVIRONMENT.cors_origins)
    return allowed.allow(origin, request.headers.get("Host", ""), by_tls=request.is_secure())


@cache
def allowed_origins(texts: tuple[str, ...]) -> AllowedOrigins:
    """Return the rule for these origins."""
    return AllowedOrigins(texts)


def _shows_token(scope: dict[str, Any]) -> bool:
    """Return whether the handshake carries a token; whether that holds is seen later."""
    return bool(header_values(scope, b"sec-websocket-protocol")) or any(query_values(scope, "token"))


def _is_own(origin: Origin, text: str, *, by_tls: bool) -> bool:
    if (found := re.fullmatch(_HOST, text.lower())) is None:
        return False
    host, port = found["host"], int(found["port"] or _DEFAULT_PORTS[origin.scheme])
    # Without TLS it may have ended before the server, at a proxy that does not say so.
    is_same_scheme = origin.scheme == "https" or not by_tls
    is_ours = validate_host(host, django_settings.ALLOWED_HOSTS)
    return is_ours and is_same_scheme and (origin.host, origin.port) == (host, port)
