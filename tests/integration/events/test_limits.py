"""What one client, one user and one address may do; each limit is a setting, and each refusal names its number."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from events import metrics
from events.groups import Channel
from events.running_manager import running_manager, stop_manager
from orchestrator_ws.routing import websocket_application
from tests.integration.events.clients import ENGINE_SETTINGS, EVENTS, PROCESSES, Client
from tests.integration.events.test_authentication import client_with
from tests.issuer import Issuer

Join = Callable[..., Awaitable[Client]]
Configure = Callable[..., None]


def at(host: str | None) -> Any:
    """Return the application as it sees clients of one address."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await websocket_application({**scope, "client": None if host is None else (host, 4711)}, receive, send)

    return application


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Return a function that connects a client; it leaves at the end of the test."""
    clients: list[Client] = []

    async def shake_hands(client: Client) -> Client:
        clients.append(client)
        accepted, _ = await client.connect()
        assert accepted
        return client

    yield shake_hands
    for client in clients:
        await client.leave()
    await stop_manager()


async def refusal(client: Client) -> tuple[int, str, int]:
    """Return status and detail of the error frame and the close code, which must be what comes next."""
    error, close = json.loads(await client.frame())["error"], await client.message()
    assert close["type"] == "websocket.close"
    return error["status_code"], error["detail"], close["code"]


# Messages.


@pytest.mark.parametrize("path", [EVENTS, PROCESSES])
async def test_a_client_that_sends_too_much_is_closed(path: str, join: Join, configure: Configure) -> None:
    configure(websocket_messages_per_minute=4)
    client = await join(Client(path))
    await client.send("anything")
    await client.send(binary=b"x")
    await client.send("{}")

    assert await client.ping_answers() == ["__pong__"]
    await client.send("__ping__")

    assert await refusal(client) == (429, "More than 4 messages a minute on one connection", 1008)


async def test_of_what_a_closed_client_sends_nothing_is_looked_at(join: Join, configure: Configure) -> None:
    configure(websocket_messages_per_minute=1)
    client = await join(Client(EVENTS))

    for _ in range(50):
        await client.send("__ping__")

    frames = []
    while (message := await client.message())["type"] == "websocket.send":
        frames.append(message["text"])
    assert [frame for frame in frames if frame != "__pong__"] == frames[-1:]
    await client.leave(1008)
    assert client.waiting == []


async def test_the_longest_message_is_a_setting(join: Join, configure: Configure) -> None:
    configure(websocket_max_message_bytes=200)
    client = await join(Client(EVENTS))

    await client.send("x" * 200)
    assert await client.ping_answers() == ["__pong__"]
    await client.send("x" * 201)

    assert (await client.message())["code"] == 1009


@pytest.mark.parametrize("message", [{"text": "hello"}, {"binary": b"x"}, {"text": '{"token":1}'}])
async def test_what_no_channel_knows_is_counted(message: dict[str, Any], join: Join) -> None:
    ignored = metrics.MESSAGES_IGNORED.labels(Channel.EVENTS)
    client, before = await join(Client(EVENTS)), ignored._value.get()

    await client.send(**message)
    await client.send("__position__")
    await client.ping_answers()

    assert ignored._value.get() - before == 1


async def test_a_deprecated_channel_knows_no_positions(join: Join) -> None:
    ignored = metrics.MESSAGES_IGNORED.labels(Channel.PROCESSES)
    client, before = await join(Client(PROCESSES)), ignored._value.get()

    await client.send("__position__")
    await client.ping_answers()

    assert ignored._value.get() - before == 1


# Handshakes and connections.


@pytest.mark.parametrize("path", [EVENTS, ENGINE_SETTINGS])
async def test_an_address_that_shakes_hands_too_often_is_refused(path: str, join: Join, configure: Configure) -> None:
    configure(websocket_handshakes_per_minute=2)
    for _ in range(2):
        await (await join(Client(path, application=at("192.0.2.1")))).leave()

    one_too_many = await join(Client(path, application=at("192.0.2.1")))
    other = await join(Client(EVENTS, application=at("192.0.2.2")))

    expected = (429, "More than 2 handshakes a minute from one address", 1008)
    assert await refusal(one_too_many) == expected
    assert await other.ping_answers() == ["__pong__"]


async def test_refused_handshakes_count_too(join: Join, configure: Configure, issuer: Issuer) -> None:
    configure(websocket_handshakes_per_minute=2)
    for _ in range(2):
        assert (await refusal(await join(client_with(EVENTS, "ey.no.token", application=at("192.0.2.1")))))[0] == 401

    client = await join(client_with(EVENTS, issuer.token("view"), application=at("192.0.2.1")))

    assert (await refusal(client))[0] == 429


@pytest.mark.parametrize("malformed", [{"sec_websocket_protocol": "one"}, {"sec_websocket_protocol": "a, b, c"}])
async def test_malformed_handshakes_count_too(malformed: dict[str, str], join: Join, configure: Configure) -> None:
    configure(websocket_handshakes_per_minute=2)
    for _ in range(3):
        client = Client(EVENTS, application=at("192.0.2.1"), **malformed)
        assert await client.connect() == (False, 1002)

    assert (await refusal(await join(Client(EVENTS, application=at("192.0.2.1")))))[0] == 429


async def test_no_page_of_another_origin_uses_up_what_its_visitor_has(join: Join, configure: Configure) -> None:
    configure(websocket_handshakes_per_minute=2)
    for _ in range(5):
        page = Client(EVENTS, application=at("192.0.2.1"), host="testserver", origin="https://evil.test")
        assert not (await page.connect())[0]

    client = await join(Client(EVENTS, application=at("192.0.2.1")))
    assert await client.ping_answers() == ["__pong__"]


async def test_an_address_has_so_many_connections_at_most(join: Join, configure: Configure) -> None:
    configure(websocket_connections_per_address=2)
    first = await join(Client(EVENTS, application=at("2001:db8::1")))
    await join(Client(PROCESSES, application=at("2001:db8::2")))

    one_too_many = await join(Client(EVENTS, application=at("2001:db8::3")))
    assert await refusal(one_too_many) == (429, "More than 2 connections from one address", 1008)

    await first.leave()
    again = await join(Client(EVENTS, application=at("2001:db8::3")))
    assert await again.ping_answers() == ["__pong__"]


async def test_clients_without_address_share_one(join: Join, configure: Configure) -> None:
    configure(websocket_connections_per_address=1)
    await join(Client(EVENTS, application=at(None)))

    assert (await refusal(await join(Client(EVENTS, application=at(None)))))[0] == 429


async def test_a_user_has_so_many_connections_at_most(join: Join, configure: Configure, issuer: Issuer) -> None:
    configure(websocket_connections_per_user=2)
    first = await join(client_with(EVENTS, issuer.token("view"), application=at("192.0.2.1")))
    await join(client_with(PROCESSES, issuer.token("view"), application=at("192.0.2.2")))

    one_too_many = await join(client_with(EVENTS, issuer.token("view"), application=at("192.0.2.3")))
    other = await join(client_with(EVENTS, issuer.token("view", sub="b202"), application=at("192.0.2.3")))

    assert await refusal(one_too_many) == (429, "More than 2 connections of one user", 1008)
    assert await other.ping_answers() == ["__pong__"]
    await first.leave()
    again = await join(client_with(EVENTS, issuer.token("view")))
    assert await again.ping_answers() == ["__pong__"]


async def test_who_came_and_went_leaves_nothing_behind(join: Join, configure: Configure, issuer: Issuer) -> None:
    configure(websocket_connections_per_user=2)
    clients = [await join(client_with(EVENTS, issuer.token("view", sub=f"s{number % 2}"))) for number in range(6)]
    for client in clients:
        await client.leave()

    admission = (await running_manager()).admission
    assert (len(admission._of_user), len(admission._of_address), len(admission._grants)) == (0, 0, 0)
