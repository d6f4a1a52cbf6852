"""The three channels with a token: who is let in, and what the others are told."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import Permission, User
from django.db import OperationalError
from django.test import Client as Browser

from access import authentication
from events.running_manager import stop_manager
from tests.integration.access.tokens import REFUSED
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
NO_TOKEN = UNAUTHENTICATED.replace("Invalid or expired token", "Not authenticated")
OWN_PAGE = {"host": "testserver", "origin": "http://testserver"}
CHANNELS = {EVENTS: 1008, ENGINE_SETTINGS: 1000, PROCESSES: 1000}


@pytest.fixture(autouse=True)
async def manager_stops() -> AsyncIterator[None]:
    yield
    await stop_manager()


def client_with(path: str, token: str, **options: Any) -> Client:
    if path == EVENTS:
        return Client(path, sec_websocket_protocol=f"base64.bearer.token, {token}", **options)
    return Client(path + token, **options)


async def refusal(path: str, token: str) -> tuple[str, int]:
    """Return how a client with the token is refused."""
    return await refused(client_with(path, token))


async def refused(client: Client) -> tuple[str, int]:
    """Return the one frame and the close code that the client gets."""
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


class TestSessions:
    """``events`` without subprotocol also takes the cookie of Django's session."""

    @staticmethod
    def cookie(*roles: str, **fields: Any) -> str:
        user = User.objects.create_user(f"user-{uuid4()}", **fields)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="access", codename__in=roles))
        browser = Browser()
        browser.force_login(user)
        return f"theme=dark; sessionid={browser.cookies['sessionid'].value}"

    async def test_who_may_look_may_listen(self, issuer: Issuer) -> None:
        client = Client(EVENTS, cookie=await database_sync_to_async(self.cookie)("view"), **OWN_PAGE)

        assert await client.connect() == (True, None)
        assert (await client.ping_answers())[-1] == "__pong__"
        await client.leave()

    async def test_who_may_not_look_may_not_listen(self, issuer: Issuer) -> None:
        client = Client(EVENTS, cookie=await database_sync_to_async(self.cookie)(), **OWN_PAGE)

        assert await refused(client) == (FORBIDDEN, 1008)

    @pytest.mark.parametrize(
        "cookie", ["", "sessionid=", "sessionid=unknown", 'sessionid="\\000abcdefgh"', "theme=dark", "\xff=\xfe"]
    )
    async def test_a_cookie_that_names_nobody_is_as_none(self, cookie: str, issuer: Issuer) -> None:
        assert await refused(Client(EVENTS, cookie=cookie, **OWN_PAGE)) == (NO_TOKEN, 1008)

    async def test_a_cookie_without_an_origin_is_no_pages(self, issuer: Issuer) -> None:
        cookie = await database_sync_to_async(self.cookie)("view")

        assert await refused(Client(f"{EVENTS}?token=any", cookie=cookie)) == (NO_TOKEN, 1008)

    async def test_a_user_who_is_not_active_is_nobody(self, issuer: Issuer) -> None:
        cookie = await database_sync_to_async(self.cookie)("admin")
        await database_sync_to_async(User.objects.update)(is_active=False)

        assert await refused(Client(EVENTS, cookie=cookie, **OWN_PAGE)) == (NO_TOKEN, 1008)

    @pytest.mark.parametrize("token", ["", "a.b.c"])
    async def test_a_subprotocol_counts_alone(self, token: str, issuer: Issuer) -> None:
        cookie = await database_sync_to_async(self.cookie)("view")
        client = Client(EVENTS, cookie=cookie, sec_websocket_protocol=f"base64.bearer.token, {token}")

        assert await refused(client) == (UNAUTHENTICATED if token else NO_TOKEN, 1008)

    @pytest.mark.parametrize("path", [ENGINE_SETTINGS, PROCESSES])
    async def test_the_deprecated_channels_take_no_cookie(self, path: str, issuer: Issuer) -> None:
        cookie = await database_sync_to_async(self.cookie)("admin")

        assert await refused(Client(path, cookie=cookie, **OWN_PAGE)) == (NO_TOKEN, 1000)

    async def test_a_page_of_another_origin_is_refused_whatever_its_cookie(self, issuer: Issuer) -> None:
        cookie = await database_sync_to_async(self.cookie)("view")
        client = Client(EVENTS, cookie=cookie, host="orchestrator.test", origin="https://evil.test")

        accepted, _ = await client.connect()
        await client.leave()

        assert not accepted

    async def test_a_database_that_does_not_answer_closes_with_1011(
        self, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(keys: list[str]) -> NoReturn:
            raise OperationalError("gone")

        monkeypatch.setattr(authentication, "find_session_callers", fail)
        client = Client(EVENTS, cookie="sessionid=any", **OWN_PAGE)

        assert (await client.connect())[0]
        close = await client.message()
        await client.leave()

        assert (close["type"], close["code"]) == ("websocket.close", 1011)

    async def test_while_authentication_is_off_no_session_is_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(authentication, "find_session_callers", None)
        client = Client(EVENTS, cookie="sessionid=any")

        assert await client.connect() == (True, None)
        await client.leave()
