"""The three channels with a token: who is let in, and what the others are told."""

from collections.abc import AsyncIterator, Callable

import pytest

from events.websocket_manager import stop_manager
from tests.integration.access.callers import REFUSED
from tests.integration.events.clients import ENGINE_SETTINGS, EVENTS, PROCESSES, Client
from tests.issuer import Issuer

UNAUTHENTICATED = (
    '{"error":{"status_code":401,"detail":"Invalid or expired token","headers":{"WWW-Authenticate":"Bearer"}}}'
)
FORBIDDEN = '{"error":{"status_code":403,"detail":"Not authorized","headers":{},"title":"Forbidden","type":null}}'
UNAVAILABLE = (
    '{"error":{"status_code":503,"detail":"Identity provider unreachable","headers":{},'
    '"title":"Service Unavailable","type":null}}'
)
CHANNELS = {EVENTS: 1008, ENGINE_SETTINGS: 1000, PROCESSES: 1000}


@pytest.fixture(autouse=True)
async def manager_stops() -> AsyncIterator[None]:
    yield
    await stop_manager()


def client_with(path: str, token: str) -> Client:
    if path == EVENTS:
        return Client(path, sec_websocket_protocol=f"base64.bearer.token, {token}")
    return Client(path + token)


async def refusal(path: str, token: str) -> tuple[str, int]:
    """Return the one frame and the close code that a refused client gets."""
    client = client_with(path, token)
    accepted, _ = await client.connect()
    assert accepted
    frame, close = await client.frame(), await client.message()
    assert close["type"] == "websocket.close"
    await client.leave(close["code"])
    return frame, close["code"]


@pytest.mark.parametrize("path", CHANNELS)
@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
async def test_a_token_that_does_not_hold_is_refused(path: str, make: Callable[[Issuer], str], issuer: Issuer) -> None:
    assert await refusal(path, make(issuer)) == (UNAUTHENTICATED, CHANNELS[path])


@pytest.mark.parametrize("path", CHANNELS)
async def test_who_may_not_look_may_not_listen(path: str, issuer: Issuer) -> None:
    assert await refusal(path, issuer.token()) == (FORBIDDEN, CHANNELS[path])


@pytest.mark.parametrize("path", CHANNELS)
@pytest.mark.parametrize("role", ["view", "operate", "engine", "admin"])
async def test_every_role_may_listen(path: str, role: str, issuer: Issuer) -> None:
    client = client_with(path, issuer.token(role))

    accepted, _ = await client.connect()

    assert accepted
    assert (await client.ping_answers())[-1] == "__pong__"
    await client.leave()


@pytest.mark.parametrize("path", CHANNELS)
async def test_while_the_issuer_was_never_reached_nobody_can_be_judged(path: str, issuer: Issuer) -> None:
    token = issuer.token("view")
    with issuer.away():
        assert await refusal(path, token) == (UNAVAILABLE, CHANNELS[path])
