"""As long as a socket is open: it ends with what its caller was granted, and a new token makes that later."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import F

from access import operations
from access.callers import Caller
from access.models import Revocation
from access.revocations import read_revocations
from events import conf
from events.admission import Grant
from events.refusals import RefusedError, UnauthenticatedError
from events.running_manager import running_manager, stop_manager
from tests.integration.events.clients import EVENTS, Client
from tests.integration.events.test_authentication import (
    CHANNELS,
    FORBIDDEN,
    UNAUTHENTICATED,
    client_with,
)
from tests.integration.events.test_consumers import gated
from tests.integration.events.writing import acommit, in_thread, some_change
from tests.issuer import Issuer
from tests.waiting import aeventually

Join = Callable[..., Awaitable[Client]]

SUBJECT = "subject:f3a1"


@pytest.fixture(autouse=True)
async def manager_stops(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(conf, "DEADLINE_INTERVAL_SECONDS", 0.05)
    yield
    await stop_manager()


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Return a function that lets in a client with a token; it leaves at the end of the test."""
    clients: list[Client] = []

    async def let_in(token: str, path: str = EVENTS, **options: Any) -> Client:
        client = client_with(path, token, **options)
        clients.append(client)
        accepted, _ = await client.connect()
        assert accepted
        assert (await client.ping_answers())[-1] == "__pong__"
        return client

    yield let_in
    for client in clients:
        await client.leave()


async def refused(client: Client) -> tuple[str, int]:
    """Return the error frame and the close code, which must be what comes next."""
    frame, close = await client.frame(), await client.message()
    assert close["type"] == "websocket.close", close
    return frame, close["code"]


def disconnect(*principals: str, **options: Any) -> Awaitable[None]:
    """Disconnect as an administrator does."""
    return in_thread(lambda: operations.disconnect(*principals, by="admin", **options))


async def an_hour_passes() -> None:
    """Make all that was revoked an hour older, and have it read again."""

    def age() -> None:
        Revocation.objects.update(revoked_at=F("revoked_at") - timedelta(hours=1))

    admission = (await running_manager()).admission
    await in_thread(age)
    admission.note_change()
    await aeventually(lambda: all(at < hours_ago(0.5) for at in admission._revocations.revoked_at.values()))


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


# The deadline.


@pytest.mark.parametrize("path", CHANNELS)
async def test_a_socket_ends_with_its_token(path: str, join: Join, issuer: Issuer) -> None:
    client = await join(issuer.token("view", exp=int(time.time()) + 2), path)

    assert await refused(client) == (UNAUTHENTICATED, 1008)


async def test_it_stays_until_then(join: Join, issuer: Issuer) -> None:
    client = await join(issuer.token("view", exp=int(time.time()) + 300))
    other = await join(issuer.token("view", exp=int(time.time()) + 2))

    await refused(other)

    assert await client.ping_answers() == ["__pong__"]


async def test_frames_that_wait_do_not_keep_a_socket_open(join: Join, issuer: Issuer) -> None:
    gate = asyncio.Event()
    held = client_with(EVENTS, issuer.token("view", exp=int(time.time()) + 2), application=gated(gate))
    await held.connect()
    await acommit(*[some_change() for _ in range(50)])

    close = await held.message()

    assert (close["type"], close["code"]) == ("websocket.close", 1008)
    await held.leave()


async def test_ten_thousand_deadlines_are_cheap() -> None:
    manager = await running_manager()
    hour = datetime.now(UTC) + timedelta(hours=1)
    for number in range(10_000):
        caller = Caller(principals=frozenset({f"subject:{number}"}), issued_at=hour, expires_at=hour)
        manager.admission.admit(caller, "address", lambda refusal: None)

    begin = time.thread_time()
    await manager.admission.end_expired()

    # It is done once a second.
    assert time.thread_time() - begin < 0.1


# Revocation.


@pytest.mark.parametrize("path", CHANNELS)
async def test_a_disconnected_caller_is_closed_and_others_stay(path: str, join: Join, issuer: Issuer) -> None:
    client = await join(issuer.token("view"), path)
    other = await join(issuer.token("view", sub="b202"), path)

    await disconnect(SUBJECT)

    assert await refused(client) == (UNAUTHENTICATED, 1008)
    assert (await other.ping_answers())[-1] == "__pong__"


async def test_a_token_of_before_lets_nobody_in_again_and_a_later_one_does(join: Join, issuer: Issuer) -> None:
    client = await join(issuer.token("view"))
    await disconnect(SUBJECT)
    await refused(client)

    # One that was issued now may be older, by the clock of the issuer.
    for seconds in (-60, 0, 20):
        again = client_with(EVENTS, issuer.token("view", iat=int(time.time()) + seconds))
        await again.connect()
        assert await refused(again) == (UNAUTHENTICATED, 1008)
        await again.leave()

    await an_hour_passes()
    await join(issuer.token("view"))


async def test_who_is_blocked_stays_out_until_that_is_forgotten(join: Join, issuer: Issuer) -> None:
    client = await join(issuer.token("view"))
    await disconnect(SUBJECT, block=True)
    await refused(client)

    await an_hour_passes()
    again = client_with(EVENTS, issuer.token("view"))
    await again.connect()
    assert await refused(again) == (UNAUTHENTICATED, 1008)
    await again.leave()

    await in_thread(lambda: operations.forget(SUBJECT))
    manager = await running_manager()
    await aeventually(lambda: not manager.admission._revocations.blocked)
    await join(issuer.token("view"))


async def test_a_server_that_starts_knows_who_was_disconnected_before(issuer: Issuer) -> None:
    token = issuer.token("view")
    await disconnect(SUBJECT)

    client = client_with(EVENTS, token)
    await client.connect()

    assert await refused(client) == (UNAUTHENTICATED, 1008)
    await client.leave()


async def test_who_connects_while_being_revoked_is_closed(
    join: Join, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running_manager()
    reading, read = asyncio.Event(), asyncio.Event()
    loop, original = asyncio.get_running_loop(), read_revocations

    def read_slowly() -> Any:
        loop.call_soon_threadsafe(reading.set)
        asyncio.run_coroutine_threadsafe(read.wait(), loop).result()
        return original()

    monkeypatch.setattr("events.admission.read_revocations", read_slowly)
    await disconnect(SUBJECT)
    await reading.wait()

    client = await join(issuer.token("view"))
    read.set()

    assert await refused(client) == (UNAUTHENTICATED, 1008)


async def test_a_change_is_followed_though_the_database_fails_first(
    join: Join, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RETRY_SECONDS", 0.01)
    client = await join(issuer.token("view"))
    failures, original = [OperationalError("away")], read_revocations

    def fail_once() -> Any:
        if failures:
            raise failures.pop()
        return original()

    monkeypatch.setattr("events.admission.read_revocations", fail_once)

    await disconnect(SUBJECT)

    assert await refused(client) == (UNAUTHENTICATED, 1008)
    assert failures == []


async def test_the_end_of_a_session_ends_no_other_session_of_its_user() -> None:
    manager = await running_manager()
    ended: list[str] = []

    def admit(session: str) -> Grant:
        principals = frozenset({"user:7", f"session:{session}"})
        caller = Caller(name="ada", principals=principals, issued_at=datetime.now(UTC))
        return manager.admission.admit(caller, "address", lambda refusal: ended.append(session))

    admit("one")
    admit("other")
    await disconnect("session:one")

    await aeventually(lambda: ended == ["one"])
    await disconnect("user:7")
    await aeventually(lambda: ended == ["one", "other"])


async def test_without_authentication_nobody_can_be_disconnected(issuer: Issuer, settings: Any) -> None:
    settings.OAUTH2_ACTIVE = False
    client = Client(EVENTS)
    await client.connect()

    await disconnect(SUBJECT, block=True)
    manager = await running_manager()
    await aeventually(lambda: manager.admission._revocations.blocked)

    assert await client.ping_answers() == ["__pong__"]
    await client.leave()


# A new token.


async def test_a_new_token_makes_the_deadline_later_and_is_not_answered(join: Join, issuer: Issuer) -> None:
    soon = int(time.time()) + 2
    client, witness = await join(issuer.token("view", exp=soon)), await join(issuer.token("view", exp=soon))

    await client.send(json.dumps({"token": issuer.token("view", exp=soon + 300)}))
    assert await client.ping_answers() == ["__pong__"]
    await refused(witness)

    assert await client.ping_answers() == ["__pong__"]


@pytest.mark.parametrize(
    ("roles", "claims", "frame"),
    [
        (["view"], {"sub": "b202"}, UNAUTHENTICATED),
        (["view"], {"exp": 1}, UNAUTHENTICATED),
        (["view"], {"aud": "another"}, UNAUTHENTICATED),
        ([], {}, FORBIDDEN),
    ],
    ids=["another subject", "expired", "another audience", "no role any more"],
)
async def test_a_new_token_that_does_not_hold_ends_the_socket(
    roles: list[str], claims: dict[str, Any], frame: str, join: Join, issuer: Issuer
) -> None:
    client = await join(issuer.token("view"))

    await client.send(json.dumps({"token": issuer.token(*roles, **claims)}))

    assert await refused(client) == (frame, 1008)


async def test_a_new_token_of_a_revoked_caller_ends_the_socket() -> None:
    manager = await running_manager()
    now = datetime.now(UTC)
    old = Caller(principals=frozenset({SUBJECT}), issued_at=now + timedelta(minutes=1))
    grant = manager.admission.admit(old, "address", lambda refusal: None)
    await disconnect(SUBJECT)
    await aeventually(lambda: SUBJECT in manager.admission._revocations.revoked_at)

    with pytest.raises(UnauthenticatedError):
        manager.admission.renew(grant, Caller(principals=frozenset({SUBJECT}), issued_at=now))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"token":null}',
        '{"token":["x"]}',
        '{"Token":"x"}',
        '{"token":"x","more":1}',
        '{"token":"x"',
        '["token"]',
        '{"a":' * 700,
        '{"token":{"token":"x"}}',
    ],
    ids=lambda text: text[:20],
)
async def test_what_only_looks_like_a_token_message_is_ignored(text: str, join: Join, issuer: Issuer) -> None:
    client = await join(issuer.token("view"))

    await client.send(text)

    assert await client.ping_answers() == ["__pong__"]


async def test_a_refusal_is_told_once(issuer: Issuer) -> None:
    manager = await running_manager()
    told: list[RefusedError] = []
    caller = Caller(principals=frozenset({SUBJECT}), issued_at=datetime.now(UTC) - timedelta(minutes=1))
    manager.admission.admit(caller, "address", told.append)

    await disconnect(SUBJECT)
    await aeventually(lambda: told)
    await disconnect(SUBJECT)
    other: list[RefusedError] = []
    manager.admission.admit(Caller(principals=frozenset({"user:1"}), issued_at=datetime.now(UTC)), "a", other.append)
    await disconnect("user:1")
    await aeventually(lambda: other)

    assert len(told) == 1
