"""A client of ``events`` first gets the changes of the last seconds: nothing is missed while it connects."""

from collections.abc import Awaitable, Callable

import pytest

from events.changes import Change, ChangeKind
from events.client_queue import ClientQueue
from events.groups import Channel
from events.messages import COARSE_TAGS, coarse_frames, invalidation_frame
from events.websocket_manager import WebSocketManager
from tests.integration.events.clients import END_OF_EVENTS, letters, queue_until, record_end
from tests.integration.events.writing import acommit, some_change
from tests.waiting import aeventually

pytestmark = pytest.mark.usefixtures("stopping_manager", "quick_log")

Start = Callable[[], Awaitable[WebSocketManager]]

LONG_SECONDS = 60.0
SHORT_SECONDS = 0.05


async def start_long_ago(start: Start) -> WebSocketManager:
    """Start a manager that has followed the log for longer than it replays."""
    manager = await start()
    manager._began_at -= 2 * LONG_SECONDS
    return manager


async def settled(manager: WebSocketManager, queue: ClientQueue) -> list[str]:
    """Mark the end and return all that the client got until then."""
    await record_end()
    return await queue_until(queue, END_OF_EVENTS)


async def test_a_client_gets_what_was_committed_just_before_it_came(
    start: Start, configure: Callable[..., None]
) -> None:
    configure(events_replay_on_connect_seconds=LONG_SECONDS)
    manager = await start_long_ago(start)
    change = some_change()
    await acommit(change)
    await settled(manager, manager.connect(Channel.EVENTS))

    late = manager.connect(Channel.EVENTS)

    expected = invalidation_frame(("processes", str(change.id))).text
    frames = await queue_until(late, END_OF_EVENTS)
    assert expected in frames
    assert len(late) == 0


async def test_a_client_of_a_server_that_has_just_started_is_told_that_everything_is_stale(
    start: Start, configure: Callable[..., None]
) -> None:
    configure(events_replay_on_connect_seconds=LONG_SECONDS)
    await acommit(some_change())
    manager = await start()

    client = manager.connect(Channel.EVENTS)

    assert [await client.get() for _ in COARSE_TAGS] == coarse_frames()
    assert letters(await settled(manager, client)) == ""


async def test_each_key_is_replayed_once(start: Start, configure: Callable[..., None]) -> None:
    configure(events_replay_on_connect_seconds=LONG_SECONDS)
    manager = await start_long_ago(start)
    change, witness = some_change(), manager.connect(Channel.EVENTS)
    await acommit(change, change, Change(ChangeKind.ENGINE_STATUS), change)
    await aeventually(lambda: len(witness) == 7)

    client = manager.connect(Channel.EVENTS)

    assert letters(await settled(manager, client)) == "G L I"


async def test_older_changes_are_not_replayed(start: Start, configure: Callable[..., None]) -> None:
    configure(events_replay_on_connect_seconds=SHORT_SECONDS)
    manager = await start_long_ago(start)
    await acommit(some_change())
    await settled(manager, manager.connect(Channel.EVENTS))

    await aeventually(lambda: len(manager.connect(Channel.EVENTS)) == 0)


async def test_nothing_is_replayed_when_it_is_switched_off(start: Start, configure: Callable[..., None]) -> None:
    configure(events_replay_on_connect_seconds=0)
    await acommit(some_change())
    manager = await start()

    assert len(manager.connect(Channel.EVENTS)) == 0


@pytest.mark.parametrize("channel", [Channel.ENGINE_SETTINGS, Channel.PROCESSES])
async def test_the_deprecated_channels_replay_nothing(
    channel: Channel, start: Start, configure: Callable[..., None]
) -> None:
    configure(events_replay_on_connect_seconds=LONG_SECONDS)
    await acommit(some_change(), Change(ChangeKind.ENGINE_STATUS))
    manager = await start()

    assert len(manager.connect(channel)) == 0
