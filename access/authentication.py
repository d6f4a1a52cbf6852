"""Who may come in, for websockets and for REST: whom a token of the identity provider names, or a session of Django's.

Everyone while ``OAUTH2_ACTIVE`` is off. Keys that must be fetched first are waited for.
"""

import asyncio
import logging
import re
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager

from django.conf import settings as django_settings
from django.db import connection

from access import conf, metrics
from access.callers import Caller
from access.claims import caller_of
from access.refusals import AuthenticationRefusedError, IdentityProviderUnreachableError, Reason
from access.sessions import find_session_callers, read_session_key
from access.tokens import TokenHeader, read_header, verify

logger = logging.getLogger(__name__)

SUBPROTOCOL = "base64.bearer.token"

WAIT_SECONDS = 10.0
"""How long a caller waits for keys; a fetch that takes longer goes on without it."""


class MalformedSubprotocolError(ValueError):
    """``Sec-WebSocket-Protocol`` must be absent, or be exactly ``base64.bearer.token, <JWT>``."""


def authenticate(token: str) -> Caller:
    """Return the caller whom the token names. Any thread but a loop's: it may wait for keys.

    Raises:
        AuthenticationRefusedError: authentication is on and the token names nobody.
        IdentityProviderUnreachableError: the keys to judge it by were never had.
    """
    if not django_settings.OAUTH2_ACTIVE:
        return Caller()
    with _told():
        header = _read_header(token)
        if (fetch := _fetch_for(header)) is not None:
            futures.wait([fetch], WAIT_SECONDS)
        return _judge(token, header)


async def authenticate_on_loop(token: str) -> Caller:
    """As ``authenticate``, on an event loop, which it never holds up."""
    if not django_settings.OAUTH2_ACTIVE:
        return Caller()
    with _told():
        header = _read_header(token)
        if (fetch := _fetch_for(header)) is not None:
            await asyncio.wait([asyncio.wrap_future(fetch)], timeout=WAIT_SECONDS)
        return _judge(token, header)


async def authenticate_session_on_loop(cookies: str) -> Caller:
    """Return the caller whom the session in a ``Cookie`` header names; asks the database in a thread.

    Raises:
        AuthenticationRefusedError: authentication is on and it names nobody.
        django.db.Error: the database does not answer.
    """
    if not django_settings.OAUTH2_ACTIVE:
        return Caller()
    with _told():
        session_key = read_session_key(cookies)
        caller = None if session_key is None else await asyncio.to_thread(_find_session_caller, session_key)
        if caller is None:
            raise AuthenticationRefusedError(Reason.MISSING)
        return caller


def fetch_ahead() -> None:
    """Begin to fetch the keys, so that the first caller need not wait; does not wait itself."""
    if django_settings.OAUTH2_ACTIVE:
        conf.key_cache().refresh()


def list_faults() -> list[str]:
    """Return what is wrong with the identity provider, for health."""
    return conf.key_cache().list_faults() if django_settings.OAUTH2_ACTIVE else []


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


def _find_session_caller(session_key: str) -> Caller | None:
    # Any of many threads, which may not be asked again for long: none keeps its connection.
    try:
        return find_session_callers([session_key]).get(session_key)
    finally:
        connection.close()


def _read_header(token: str) -> TokenHeader:
    return read_header(token, conf.token_rules().algorithms)


def _fetch_for(header: TokenHeader) -> "futures.Future[None] | None":
    """Return the fetch that has to end before a token with the header can be judged."""
    return conf.key_cache().fetch_for(header.key_id, header.algorithm)


def _judge(token: str, header: TokenHeader) -> Caller:
    keys = conf.key_cache()
    key = keys.find(header.key_id, header.algorithm)
    if key is None and not keys.has_keys:
        raise IdentityProviderUnreachableError
    if key is None:
        raise AuthenticationRefusedError(Reason.UNKNOWN_KEY)
    claims = verify(token, key, conf.token_rules())
    try:
        return caller_of(claims, conf.claim_rules())
    except ValueError as error:
        raise AuthenticationRefusedError(Reason.CLAIMS) from error


@contextmanager
def _told() -> Iterator[None]:
    """Count whoever is not let in, and say why in the log."""
    try:
        yield
    except (AuthenticationRefusedError, IdentityProviderUnreachableError) as error:
        metrics.AUTHENTICATION_FAILURES.labels(error.reason.value).inc()
        logger.info("A caller is not let in: %s", error.reason.value)
        raise
