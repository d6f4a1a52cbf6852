"""Sockets that Django's session opened: they end with whatever the session is good for, and no sooner."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import authentication
from access.callers import Caller
from access.roles import Role
from access.sessions import find_session_callers
from events import conf
from events.running_manager import running_manager, stop_manager
from tests.integration.events.clients import EVENTS, Client
from tests.integration.events.test_authentication import FORBIDDEN, OWN_PAGE, UNAUTHENTICATED
from tests.integration.events.writing import in_thread
from tests.issuer import Issuer
from tests.waiting import aeventually

Join = Callable[[str], Awaitable[Client]]
Change = Callable[[], Any]

pytestmark = pytest.mark.usefixtures("issuer")


@pytest.fixture(autouse=True)
async def manager_stops(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    # What is heard of must not wait for it.
    monkeypatch.setattr(conf, "SESSION_INTERVAL_SECONDS", 3600)
    yield
    await stop_manager()


@pytest.fixture
def reading_often(manager_stops: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "SESSION_INTERVAL_SECONDS", 0.05)


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Return a function that lets in a client by the key of a session; it leaves at the end of the test."""
    clients: list[Client] = []

    async def let_in(key: str) -> Client:
        client = Client(EVENTS, cookie=f"sessionid={key}", **OWN_PAGE)
        clients.append(client)
        assert (await client.connect())[0]
        await client.ping_answers()
        return client

    yield let_in
    for client in clients:
        await client.leave()


def two_sessions() -> tuple[str, str]:
    """Make a user who has the role ``view`` by a group and ``operate`` by a permission; sign in twice."""
    user, group = User.objects.create_user("ada"), Group.objects.create(name="noc")
    group.permissions.add(permission("view"))
    user.groups.add(group)
    user.user_permissions.add(permission("operate"))
    return signed_in(user), signed_in(user)


def signed_in(user: User) -> str:
    browser = Browser()
    browser.force_login(user)
    return browser.cookies["sessionid"].value


def permission(role: str) -> Permission:
    return Permission.objects.get(content_type__app_label="access", codename=role)


def save(**fields: Any) -> None:
    user = User.objects.get()
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()


def take_operate() -> None:
    User.objects.get().user_permissions.clear()


def take_all_roles() -> None:
    take_operate()
    User.objects.get().groups.clear()


async def refused(client: Client) -> tuple[str, int]:
    frame, close = await client.frame(), await client.message()
    assert close["type"] == "websocket.close", close
    return frame, close["code"]


@pytest.mark.parametrize(
    ("change", "frame"),
    [
        (lambda: save(is_active=False), UNAUTHENTICATED),
        (lambda: save(password="!another one"), UNAUTHENTICATED),
        (lambda: User.objects.get().delete(), UNAUTHENTICATED),
        (take_all_roles, FORBIDDEN),
    ],
    ids=["inactive", "password", "deleted", "no role"],
)
async def test_what_ends_all_sessions_of_a_user_ends_their_sockets(change: Change, frame: str, join: Join) -> None:
    clients = [await join(key) for key in await in_thread(two_sessions)]

    await in_thread(change)

    assert [await refused(client) for client in clients] == [(frame, 1008)] * 2


async def test_a_logout_closes_the_sockets_of_its_session_and_no_others(join: Join) -> None:
    keys = await in_thread(two_sessions)
    one, other = [await join(key) for key in keys]

    await in_thread(lambda: Session.objects.get(pk=keys[0]).delete())

    assert await refused(one) == (UNAUTHENTICATED, 1008)
    assert await other.ping_answers() == ["__pong__"]


async def test_who_has_fewer_roles_but_may_look_stays(join: Join) -> None:
    client = await join((await in_thread(two_sessions))[0])
    (grant,) = (await running_manager()).admission._grants
    assert grant.caller.roles == {Role.VIEW, Role.OPERATE}

    await in_thread(take_operate)
    await aeventually(lambda: grant.caller.roles == {Role.VIEW})

    assert await client.ping_answers() == ["__pong__"]


async def test_who_is_no_superuser_any_more_has_the_roles_of_the_others(join: Join) -> None:
    key = await in_thread(lambda: signed_in(User.objects.create_superuser("ada")))
    client = await join(key)

    await in_thread(lambda: save(is_superuser=False))

    assert await refused(client) == (FORBIDDEN, 1008)


async def test_what_tells_nobody_ends_sockets_too(join: Join, reading_often: None) -> None:
    client = await join((await in_thread(two_sessions))[0])

    await in_thread(lambda: User.objects.update(is_active=False))

    assert await refused(client) == (UNAUTHENTICATED, 1008)


async def test_a_session_that_is_good_for_longer_is_not_cut_short(join: Join, reading_often: None) -> None:
    await join((await in_thread(two_sessions))[0])
    (grant,) = (await running_manager()).admission._grants
    later = timezone.now() + timedelta(days=1)

    await in_thread(lambda: Session.objects.update(expire_date=later))

    await aeventually(lambda: grant.caller.expires_at == later)


async def test_who_came_in_while_the_session_ended_does_not_stay(
    reading_often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (await in_thread(two_sessions))[0]

    def end_after_reading(keys: Collection[str]) -> dict[str, Caller]:
        callers = find_session_callers(keys)
        Session.objects.filter(pk=key).delete()
        return callers

    monkeypatch.setattr(authentication, "find_session_callers", end_after_reading)

    # No ping: the refusal may be quicker than its answer.
    client = Client(EVENTS, cookie=f"sessionid={key}", **OWN_PAGE)
    assert (await client.connect())[0]
    assert await refused(client) == (UNAUTHENTICATED, 1008)
    await client.leave()


async def test_a_database_that_fails_once_is_asked_again(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "RETRY_SECONDS", 0.01)
    client = await join((await in_thread(two_sessions))[0])
    failures = [OperationalError("away")]

    def fail_once(keys: Collection[str]) -> dict[str, Caller]:
        if failures:
            raise failures.pop()
        return find_session_callers(keys)

    monkeypatch.setattr("events.admission.find_session_callers", fail_once)
    await in_thread(lambda: save(password="!another one"))

    assert await refused(client) == (UNAUTHENTICATED, 1008)
    assert failures == []


def test_many_sessions_take_three_queries() -> None:
    keys = [key for number in range(3) for key in sessions_of(f"user{number}")]

    with CaptureQueriesContext(connection) as queries:
        callers = find_session_callers(keys)

    assert (set(callers), len(queries)) == (set(keys), 3)
    assert {frozenset(caller.roles) for caller in callers.values()} == {frozenset({Role.VIEW})}
    assert {caller.session_key for caller in callers.values()} == set(keys)
    assert not any(key in repr(callers[key]) for key in keys)


def sessions_of(name: str) -> tuple[str, str]:
    user = User.objects.create_user(name)
    user.user_permissions.add(permission("view"))
    return signed_in(user), signed_in(user)


async def test_where_nobody_came_by_a_session_nothing_is_asked(
    reading_often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.admission.find_session_callers", None)
    admission = (await running_manager()).admission

    await admission.follow_sessions()


# A token on a socket that a session opened.


@pytest.mark.parametrize("roles", [["admin"], []], ids=["admin", "no role"])
async def test_a_token_is_of_somebody_else(roles: list[str], join: Join, issuer: Issuer) -> None:
    client = await join((await in_thread(two_sessions))[0])

    await client.send(json.dumps({"token": issuer.token(*roles)}))

    assert await refused(client) == (UNAUTHENTICATED, 1008)


async def test_a_token_that_does_not_hold_ends_the_socket(join: Join, issuer: Issuer) -> None:
    client = await join((await in_thread(two_sessions))[0])

    await client.send(json.dumps({"token": "a.b.c"}))

    assert await refused(client) == (UNAUTHENTICATED, 1008)


async def test_for_a_token_no_database_is_asked(join: Join, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(keys: Collection[str]) -> NoReturn:
        raise OperationalError("gone")

    client = await join((await in_thread(two_sessions))[0])
    monkeypatch.setattr(authentication, "find_session_callers", fail)

    await client.send(json.dumps({"token": issuer.token("view")}))

    assert await refused(client) == (UNAUTHENTICATED, 1008)


async def test_a_new_session_is_let_in_where_an_old_one_ended(join: Join) -> None:
    old = (await in_thread(two_sessions))[0]
    client = await join(old)

    await in_thread(lambda: save(password="!another one"))
    await refused(client)

    again = await join(await in_thread(lambda: signed_in(User.objects.get())))
    assert await again.ping_answers() == ["__pong__"]
