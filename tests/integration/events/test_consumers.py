"""A connected client on each of the three channels: ping and pong, what is ignored, what closes it, back-pressure."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError

from events import sources
from events.changes import Change, ChangeKind
from events.groups import Channel
from events.messages import COARSE_TAGS
from events.running_manager import running_manager
from events.websocket_manager import WebSocketManager
from orchestrator_ws.routing import websocket_application
from settings import operations as engine_operations
from tests.integration.events.clients import (
    END_OF_EVENTS,
    END_OF_PROCESSES,
    ENGINE_SETTINGS,
    EVENTS,
    PROCESSES,
    Client,
    letters,
    record_end,
    tag_of,
)
from tests.integration.events.writing import acommit, in_thread, some_change
from tests.waiting import aeventually

Connect = Callable[..., Awaitable[Client]]
Start = Callable[[], Awaitable[WebSocketManager]]

IDLE = '{"engine-status":{"global_lock":false,"global_status":"RUNNING","running_processes":0}}'
GREETINGS: dict[str, list[str]] = {EVENTS: [], ENGINE_SETTINGS: [IDLE], PROCESSES: []}
CHANNELS = list(GREETINGS)


async def count_clients() -> int:
    manager = await running_manager()
    return sum(len(clients) for clients in manager._clients.values())


def gated(gate: asyncio.Event) -> Any:
    """Return the application as a client sees it that reads no frame but pongs until the gate is open."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def send_when_read(message: dict[str, Any]) -> None:
            if message.get("text", "").startswith("{"):
                await gate.wait()
            await send(message)

        await websocket_application(scope, receive, send_when_read)

    return application


def vanishing(vanished: asyncio.Event) -> Any:
    """Return the application as a server runs it whose client vanished: from then on sending raises."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def send_if_there(message: dict[str, Any]) -> None:
            if vanished.is_set():
                raise ConnectionResetError
            await send(message)

        await websocket_application(scope, receive, send_if_there)

    return application


# Greeting, ping and pong.


@pytest.mark.parametrize("path", CHANNELS)
async def test_a_client_is_greeted_as_its_channel_says_before_any_pong(connect: Connect, path: str) -> None:
    client = await connect(path)

    assert await client.ping_answers() == [*GREETINGS[path], "__pong__"]


async def test_the_greeting_shows_the_present_status(connect: Connect) -> None:
    await in_thread(lambda: engine_operations.set_global_lock(True))

    client = await connect(ENGINE_SETTINGS)

    assert await client.frame() == IDLE.replace("false", "true").replace("RUNNING", "PAUSED")


@pytest.mark.parametrize("path", CHANNELS)
async def test_each_ping_is_answered_by_one_pong(connect: Connect, path: str) -> None:
    client = await connect(path)

    for _ in range(3):
        await client.send("__ping__")

    expected = [*GREETINGS[path], "__pong__", "__pong__", "__pong__"]
    assert [await client.frame() for _ in expected] == expected


@pytest.mark.parametrize(
    "message",
    [
        {"text": "hello"},
        {"text": ""},
        {"text": "__PING__"},
        {"text": " __ping__"},
        {"text": "__ping__\n"},
        {"text": '"__ping__"'},
        {"text": "__pong__"},
        {"text": "shutdown"},
        {"text": '{"name":'},
        {"text": '{"name":"invalidateCache","value":{"type":"processes"}}'},
        {"text": "\u20ac" * 1000},
        {"binary": b"__ping__"},
        {"binary": b""},
        {"binary": b"\x00\xff"},
    ],
    ids=lambda message: ascii(next(iter(message.values())))[:20],
)
async def test_any_other_message_is_ignored(connect: Connect, message: dict[str, Any]) -> None:
    client = await connect(EVENTS)

    await client.send(**message)

    assert await client.ping_answers() == ["__pong__"]


@pytest.mark.parametrize("path", [ENGINE_SETTINGS, PROCESSES])
async def test_a_deprecated_channel_ignores_other_messages_too(connect: Connect, path: str) -> None:
    client = await connect(path)

    await client.send("hello")
    await client.send(binary=b"__ping__")

    assert await client.ping_answers() == [*GREETINGS[path], "__pong__"]


async def test_what_one_client_sends_reaches_no_other(connect: Connect) -> None:
    talker, listener = await connect(EVENTS), await connect(EVENTS)

    await talker.send('{"name":"invalidateCache","value":{"type":"processes"}}')
    await talker.ping_answers()

    assert await listener.ping_answers() == ["__pong__"]


# Messages that are too long.


@pytest.mark.parametrize("path", CHANNELS)
@pytest.mark.parametrize(
    "message",
    [{"text": "x" * 4097}, {"binary": b"x" * 4097}, {"text": "\u20ac" * 2000}],
    ids=["text", "binary", "text of 6000 bytes in 2000 characters"],
)
async def test_a_message_over_the_limit_closes_the_socket(connect: Connect, path: str, message: dict[str, Any]) -> None:
    client = await connect(path)
    for greeting in GREETINGS[path]:
        assert await client.frame() == greeting

    await client.send(**message)

    close = await client.message()
    assert (close["type"], close["code"]) == ("websocket.close", 1009)


@pytest.mark.parametrize("message", [{"text": "x" * 4096}, {"binary": b"x" * 4096}], ids=["text", "binary"])
async def test_a_message_of_just_the_limit_is_ignored(connect: Connect, message: dict[str, Any]) -> None:
    client = await connect(EVENTS)

    await client.send(**message)

    assert await client.ping_answers() == ["__pong__"]


async def test_nothing_is_sent_to_a_client_that_was_closed(slow_log: None, connect: Connect) -> None:
    closed, other = await connect(EVENTS), await connect(EVENTS)
    await closed.send("x" * 4097)
    await closed.message()

    await record_end()

    await other.frames_until(END_OF_EVENTS)
    assert closed.waiting == []


async def test_a_client_that_is_closed_disturbs_no_other(slow_log: None, connect: Connect) -> None:
    closed, other = await connect(EVENTS), await connect(EVENTS)
    await closed.send("x" * 4097)
    await closed.message()

    await acommit(some_change())
    await record_end()

    assert letters(await other.frames_until(END_OF_EVENTS)) == "L I"


# Clients that read slowly or go away.


async def test_a_pong_waits_for_the_frame_that_is_being_written_and_for_no_other(slow_log: None, start: Start) -> None:
    await start()
    gate = asyncio.Event()
    client = Client(EVENTS, application=gated(gate))
    await client.connect()
    await acommit(*[some_change() for _ in range(200)])
    manager = await running_manager()
    (queue,) = manager._clients[Channel.EVENTS]
    await aeventually(lambda: len(queue) > 100)
    await client.send("__ping__")
    await aeventually(lambda: len(queue._answers) == 1)

    gate.set()

    assert len(await client.frames_until("__pong__")) == 2
    await record_end()
    await client.frames_until(END_OF_EVENTS)
    await client.leave()


async def test_a_client_that_reads_nothing_delays_no_other(slow_log: None, connect: Connect) -> None:
    other = await connect(EVENTS)
    gate = asyncio.Event()
    slow = Client(EVENTS, application=gated(gate))
    await slow.connect()

    await acommit(*[some_change() for _ in range(10)])
    await record_end()

    assert letters(await other.frames_until(END_OF_EVENTS)) == " ".join(["L I"] * 10)
    assert slow.waiting == []
    gate.set()
    await slow.leave()


async def test_a_client_that_read_nothing_for_long_is_right_again_after_a_few_frames(
    slow_log: None, connect: Connect
) -> None:
    other = await connect(EVENTS)
    gate = asyncio.Event()
    slow = Client(EVENTS, application=gated(gate))
    await slow.connect()
    for _ in range(4):
        await acommit(*[some_change() for _ in range(400)])
    await record_end()
    await other.frames_until(END_OF_EVENTS)

    gate.set()

    tags = [tag_of(text) for text in await slow.frames_until(END_OF_EVENTS)]
    assert set(COARSE_TAGS) <= set(tags)
    await slow.leave()


async def test_a_deprecated_client_that_reads_nothing_is_told_to_come_again(
    slow_log: None, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start()
    body = {"current_state": "x" * 30_000}
    monkeypatch.setitem(sources._sources, Channel.PROCESSES, lambda process_id: body | {"id": str(process_id)})
    gate = asyncio.Event()
    slow = Client(PROCESSES, application=gated(gate))
    await slow.connect()
    await acommit(*[Change(ChangeKind.PROCESS_STEP, some_change().id) for _ in range(6)])
    manager = await running_manager()
    await aeventually(lambda: all(queue.close_code == 1013 for queue in manager._clients[Channel.PROCESSES]))

    gate.set()

    messages = [await slow.message()]
    while messages[-1]["type"] == "websocket.send":
        messages.append(await slow.message())
    assert (messages[-1]["type"], messages[-1]["code"]) == ("websocket.close", 1013)
    await slow.leave()


async def test_a_client_that_vanished_during_a_broadcast_disturbs_no_other(
    slow_log: None, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    before = await connect(EVENTS)
    vanished = asyncio.Event()
    gone = Client(EVENTS, application=vanishing(vanished))
    await gone.connect()
    after = await connect(EVENTS)
    vanished.set()

    await acommit(some_change())
    await record_end()

    assert letters(await before.frames_until(END_OF_EVENTS)) == "L I"
    assert letters(await after.frames_until(END_OF_EVENTS)) == "L I"
    await gone.leave(1006)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("path", CHANNELS)
async def test_a_client_that_left_is_forgotten(connect: Connect, path: str) -> None:
    client = await connect(path)
    assert await count_clients() == 1

    await client.leave()

    assert await count_clients() == 0


async def test_a_client_is_forgotten_though_its_application_is_cancelled(connect: Connect) -> None:
    client = await connect(EVENTS)

    client.cancel()

    await aeventually(lambda: client.has_ended)
    assert await count_clients() == 0


async def test_an_engine_settings_client_that_cannot_be_greeted_is_closed_and_forgotten(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise OperationalError("the database went away")

    await start()
    monkeypatch.setitem(sources._sources, Channel.ENGINE_SETTINGS, fail)
    client = Client(ENGINE_SETTINGS)
    await client.connect()

    close = await client.message()

    assert (close["type"], close["code"]) == ("websocket.close", 1011)
    await client.leave(1011)
    assert await count_clients() == 0


async def test_a_client_opens_no_channel_of_its_own_on_the_layer(connect: Connect) -> None:
    before = set(get_channel_layer().channels)

    for path in CHANNELS * 3:
        await connect(path)
    await record_end()
    await (await connect(EVENTS)).ping_answers()

    assert len(set(get_channel_layer().channels) | before) <= 1


async def test_a_connection_is_logged_without_its_token(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "events")

    client = await connect(PROCESSES + "secret-token")
    await client.leave()

    assert "Client connected to processes" in caplog.text
    assert "secret-token" not in caplog.text


async def test_a_processes_client_gets_what_is_committed_after_it_came(slow_log: None, connect: Connect) -> None:
    client = await connect(PROCESSES)

    await record_end()

    assert await client.frame() == END_OF_PROCESSES
