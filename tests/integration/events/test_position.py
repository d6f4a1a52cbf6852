"""A client of ``events`` that says up to where it was told gets exactly what it missed, or the coarse frames."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from events import conf
from events.changes import Change, ChangeKind, LoggedChange
from events.client_queue import ClientQueue
from events.groups import Channel
from events.messages import COARSE_TAGS, coarse_frames, invalidation_frame
from events.positions import Position
from events.recording import record
from events.running_manager import running_manager
from events.websocket_manager import WebSocketManager
from tests.integration.events.clients import END_OF_EVENTS, EVENTS, PROCESSES, Client, letters, queue_until, record_end
from tests.integration.events.writing import OpenTransaction, acommit, in_thread, some_change
from tests.visibility import sees
from tests.waiting import aeventually

pytestmark = pytest.mark.usefixtures("stopping_manager", "quick_log")

Start = Callable[[], Awaitable[WebSocketManager]]
Connect = Callable[..., Awaitable[Client]]


def has_told_all(manager: WebSocketManager) -> bool:
    """Return whether its position sees every change of its history, whatever else the database is doing."""
    position = manager._position
    return (
        position is not None
        and not manager._history._unmarked
        and all(sees(position, mark) for mark, _ in manager._history._marked)
    )


async def delivered(manager: WebSocketManager, *changes: Change) -> None:
    """Commit the changes and wait until the manager has delivered them."""
    before = len(manager._history._deliveries)
    await acommit(*changes)
    await aeventually(lambda: len(manager._history._deliveries) == before + len(changes))


async def position_now(manager: WebSocketManager) -> str:
    """Return the position of a client that was told everything there is."""
    await delivered(manager, Change(ChangeKind.ENGINE_STATUS))
    await aeventually(lambda: has_told_all(manager))
    queue = manager.connect(Channel.EVENTS, since=str(manager._position))
    manager.send_position(queue)
    *_, answer = [await queue.get() for _ in range(len(queue))]
    manager.disconnect(queue)
    assert answer is not None
    return str(json.loads(answer.text)["position"])


async def settled(queue: ClientQueue) -> str:
    """Mark the end and return, in letters, all that the client got until then."""
    await record_end()
    return letters(await queue_until(queue, END_OF_EVENTS))


async def test_a_client_gets_what_changed_since_its_position(start: Start) -> None:
    manager = await start()
    since = await position_now(manager)
    change = some_change()
    await delivered(manager, change, Change(ChangeKind.ENGINE_STATUS), change)

    client = manager.connect(Channel.EVENTS, since)

    assert await settled(client) == "G L I"


async def test_a_client_that_missed_nothing_gets_nothing(start: Start, configure: Callable[..., None]) -> None:
    configure(events_replay_on_connect_seconds=60.0)
    manager = await start()
    await delivered(manager, some_change())

    client = manager.connect(Channel.EVENTS, await position_now(manager))

    assert await settled(client) == ""


async def test_a_position_of_one_server_is_good_on_another(start: Start) -> None:
    manager = await start()
    since = await position_now(manager)
    # Others use the same cluster: what they had in progress then could belong to what a new reader cannot know.
    while any(late <= manager._history._marked[0][0] for late in Position.parse(since).in_progress):
        since = await position_now(manager)
    await acommit(some_change())
    another = WebSocketManager()
    await another.start()

    client = another.connect(Channel.EVENTS, since)

    assert letters([frame.text for frame in [await client.get() for _ in range(len(client))] if frame]) == "L I"
    await another.stop()


async def test_a_position_of_a_server_that_has_read_further_is_good(start: Start, slow_log: None) -> None:
    behind = await start()
    ahead = WebSocketManager()
    await acommit(some_change())
    await ahead.start()
    since = str(ahead._position)
    await ahead.stop()

    client = behind.connect(Channel.EVENTS, since)

    assert len(client) <= 2, "what has no mark yet may come again"


async def test_a_position_of_another_log_leads_to_the_coarse_frames(start: Start) -> None:
    manager = await start()
    assert manager._position is not None
    far = replace(manager._position, xmax=1 << 40, in_progress=frozenset())

    client = manager.connect(Channel.EVENTS, str(far))

    frames = [await client.get() for _ in COARSE_TAGS]
    assert frames == coarse_frames()
    assert await settled(client) == ""


@pytest.mark.parametrize(
    "since",
    ["", "null", "x", "0:1:", "7:99:", "1" * 5000],
    ids=["empty", "null", "x", "old", "another epoch", "long"],
)
async def test_a_position_that_cannot_be_followed_leads_to_the_coarse_frames(start: Start, since: str) -> None:
    await acommit(some_change())
    manager = await start()

    client = manager.connect(Channel.EVENTS, since)

    assert [await client.get() for _ in COARSE_TAGS] == coarse_frames()
    assert await settled(client) == ""


async def test_missing_more_than_a_client_may_have_waiting_leads_to_the_coarse_frames(start: Start) -> None:
    manager = await start()
    since = await position_now(manager)
    await delivered(manager, *[some_change() for _ in range(conf.MAX_CLIENT_QUEUE_BYTES // 80)])

    client = manager.connect(Channel.EVENTS, since)

    assert set(coarse_frames()) <= {await client.get() for _ in range(len(client))}


@pytest.mark.once
async def test_what_was_in_progress_at_the_position_and_commits_late_is_not_missed(
    postgresql: None, start: Start
) -> None:
    manager = await start()
    late = some_change()
    slow = await in_thread(OpenTransaction(lambda: record(late)).__enter__)
    since = await position_now(manager)
    await acommit(some_change())
    await in_thread(slow.commit)

    client = manager.connect(Channel.EVENTS, since)

    await record_end()
    assert invalidation_frame(("processes", str(late.id))).text in await queue_until(client, END_OF_EVENTS)


async def test_no_connect_asks_the_database(
    start: Start, slow_log: None, django_assert_num_queries: Callable[..., object]
) -> None:
    manager = await start()
    calls: list[object] = []

    async def run(function: object) -> object:
        calls.append(function)
        raise AssertionError

    manager._log_thread.run = run  # type: ignore[method-assign,assignment]
    for since in (None, "", "0:1:", str(manager._position)):
        manager.connect(Channel.EVENTS, since)

    assert calls == []


async def test_the_answer_comes_behind_what_waits(start: Start, held_back: list[LoggedChange]) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    await acommit(Change(ChangeKind.ENGINE_STATUS))
    await aeventually(lambda: len(client) == 1)

    manager.send_position(client)

    frames = [await client.get() for _ in range(2)]
    assert [frame.key[0] for frame in frames if frame] == ["engineStatus", "position"]


async def test_what_a_throttle_holds_back_comes_before_the_answer(start: Start, configure: Callable[..., None]) -> None:
    configure(events_list_throttle_ms=60_000)
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    process_id = uuid4()
    await acommit(Change(ChangeKind.PROCESS, process_id))
    await acommit(Change(ChangeKind.PROCESS, process_id))
    await aeventually(lambda: len(client) == 3)

    manager.send_position(client)

    frames = [await client.get() for _ in range(len(client))]
    assert [frame.key[1] for frame in frames if frame][:-1] == ["LIST", str(process_id), str(process_id), "LIST"]


async def test_positions_of_a_client_that_is_behind_never_promise_too_much(start: Start) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    for number in range(conf.MERGE_ABOVE_FRAMES):
        client.put(invalidation_frame(("processes", str(UUID(int=number)))))
    manager.send_position(client)
    await delivered(manager, Change(ChangeKind.WORKER_STATUS))
    await aeventually(lambda: has_told_all(manager))

    manager.send_position(client)

    keys = [frame.key for frame in [await client.get() for _ in range(len(client))] if frame]
    assert [key[0] for key in keys[conf.MERGE_ABOVE_FRAMES :]] == ["position", "workerStatus", "position"]


async def test_over_the_wire(connect: Connect) -> None:
    manager = await running_manager()
    since = await position_now(manager)
    await acommit(Change(ChangeKind.WORKER_STATUS))
    client = await connect(f"{EVENTS}?since={quote(since)}")
    frame = await client.frame()

    await client.send("__position__")

    assert frame == '{"name":"invalidateCache","value":{"type":"workerStatus"}}'
    assert (await client.frame()).startswith('{"position":"')


async def test_the_answer_before_the_log_could_be_read_is_null(start: Start, slow_log: None) -> None:
    manager = await start()
    manager._position = None
    client = manager.connect(Channel.EVENTS)

    manager.send_position(client)

    answer = await client.get()
    assert answer is not None
    assert answer.text == '{"position":null}'


async def test_the_deprecated_channels_know_no_position(connect: Connect) -> None:
    client = await connect(f"{PROCESSES}&since=0:1:")

    await client.send("__position__")

    assert await client.ping_answers() == ["__pong__"]
