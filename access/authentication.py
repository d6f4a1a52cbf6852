"""Who may come in, for websockets and for REST: everyone while authentication is off, else nobody yet.

Validation of OIDC tokens is not part of this version: with ``OAUTH2_ACTIVE`` on, every token is refused and the
system check ``events.W001`` says so at the start.
"""

import re

from django.conf import settings as django_settings

from access.callers import Caller

SUBPROTOCOL = "base64.bearer.token"


class AuthenticationRefusedError(Exception):
    """The token is missing, unknown or expired: the text says which, and never holds the token."""


class MalformedSubprotocolError(ValueError):
    """``Sec-WebSocket-Protocol`` must be absent, or be exactly ``base64.bearer.token, <JWT>``."""


def authenticate(token: str) -> Caller:
    """Return the caller whom the token names.

    Raises:
        AuthenticationRefusedError: authentication is on and the token names nobody.
    """
    if django_settings.OAUTH2_ACTIVE:
        raise AuthenticationRefusedError("Invalid or expired token" if token else "Not authenticated")
    return Caller()


def read_subprotocol(header: str | None) -> str:
    """Return the token in a ``Sec-WebSocket-Protocol`` header, the empty one without header.

    The form of the header is that of ``docs/messages.md``, section 1.

    Raises:
        MalformedSubprotocolError: the header has another form, whether authentication is on or off.
    """
    if header is None:
        return ""
    values = re.split(r", ?", header)
    if len(values) != 2 or values[0] != SUBPROTOCOL:
        raise MalformedSubprotocolError(MalformedSubprotocolError.__doc__)
    return values[1]
