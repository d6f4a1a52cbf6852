"""The WebSocketManager: each committed change reaches every client once, whatever breaks on the way."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import dj_database_url
import pytest
from channels.layers import get_channel_layer
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.utils import timezone
from redis import asyncio as aioredis

from events import broadcast_thread as broadcast_thread_module
from events import change_log, conf, sources, subscription
from events.broadcast_thread import broadcast_thread
from events.changes import Change, ChangeKind, LoggedChange
from events.groups import CHANGES_GROUP, Channel
from events.messages import changes_message, coarse_frames
from events.models import ChangeLogEntry
from events.running_manager import running_manager, stop_manager
from events.server_loop import server_loop
from events.websocket_manager import WebSocketManager
from orchestrator_ws.contracts import JsonObject
from tests.integration.events.clients import (
    END_ID,
    END_OF_EVENTS,
    END_OF_PROCESSES,
    letters,
    next_text,
    queue_until,
    record_end,
    tag_of,
)
from tests.integration.events.layers import (
    DeadLayer,
    DroppingLayer,
    FakeLayer,
    count_members,
    count_subscriptions,
    redis_channel,
)
from tests.integration.events.writing import acommit, commit, in_thread, some_change
from tests.servers import manage
from tests.waiting import TIMEOUT_SECONDS, aeventually

pytestmark = pytest.mark.usefixtures("stopping_manager")

Start = Callable[[], Awaitable[WebSocketManager]]

HEALED_WITHIN_SECONDS = 2.0 * TIMEOUT_SECONDS / 10
"""The guarantee for a change that the fast path does not bring."""


def use_layer(monkeypatch: pytest.MonkeyPatch, layer: FakeLayer) -> None:
    monkeypatch.setattr(broadcast_thread_module, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(subscription, "get_channel_layer", lambda: layer)


async def read_log_now(manager: WebSocketManager, configure: Callable[..., None]) -> None:
    """Let the manager read the log once; its own loop sleeps, as ``slow_log`` says."""
    configure(events_log_interval_seconds=0)
    await manager._read_log()


def address_of_test_database() -> str:
    """Return the address of the database that the tests run on."""
    url = dj_database_url.parse(django_settings.ENVIRONMENT.database_url)
    name, host, port, user = (connection.settings_dict[key] for key in ("NAME", "HOST", "PORT", "USER"))
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    password = f":{url['PASSWORD']}" if url["PASSWORD"] else ""
    return f"postgresql://{user}{password}@{host}:{port}/{name}"


def run_python(code: str, **environment: str) -> str:
    """Run code in another OS process of the product, on the same database."""
    return manage("shell", "--no-imports", "-c", code, DATABASE_URL=address_of_test_database(), **environment)


RECORD = """
from uuid import UUID
from django.db import transaction
from events.changes import Change, ChangeKind
from events.recording import record
with transaction.atomic():
    record(Change(ChangeKind.PROCESS, UUID("{}")))
"""
SHARE_PREFIX = """
from django.conf import settings
settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = "{}"
"""
START_TASK = """
from processes.operations import start_process
print(start_process("demo_task_compare_inventory", [{}], "SYSTEM"))
"""


# The fast path.


async def test_a_change_arrives_through_the_channel_layer_at_once(slow_log: None, start: Start) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    process_id = uuid4()

    await acommit(Change(ChangeKind.PROCESS, process_id))

    assert tag_of(await next_text(client)) == ("processes", "LIST")
    assert tag_of(await next_text(client)) == ("processes", str(process_id))


async def test_the_changes_of_one_transaction_keep_their_order(slow_log: None, start: Start) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await acommit(
        Change(ChangeKind.ENGINE_STATUS), some_change(), Change(ChangeKind.PROCESS_STATUS_COUNTS), some_change()
    )
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == "G L I C L I"


async def test_the_changes_of_each_object_keep_commit_order(slow_log: None, start: Start) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    types = ["processes", "subscriptions", "subscriptions", "processes", "processes", "subscriptions"] * 4
    kinds = {"processes": ChangeKind.PROCESS, "subscriptions": ChangeKind.SUBSCRIPTION}
    object_ids = [uuid4(), uuid4()]

    def commit_all(object_id: UUID) -> None:
        for name in types:
            commit(Change(kinds[name], object_id))

    await asyncio.gather(*[in_thread(partial(commit_all, object_id)) for object_id in object_ids])
    await record_end()

    tags = [tag_of(text) for text in await queue_until(client, END_OF_EVENTS)]
    received = [[name for name, own_id in tags if own_id == str(object_id)] for object_id in object_ids]
    assert received == [types, types]


async def test_every_client_gets_every_frame(slow_log: None, start: Start) -> None:
    manager = await start()
    clients = [manager.connect(Channel.EVENTS) for _ in range(20)]

    await acommit(some_change(), Change(ChangeKind.ENGINE_STATUS))
    await record_end()

    received = [letters(await queue_until(client, END_OF_EVENTS)) for client in clients]
    assert received == ["L I G"] * 20


async def test_twenty_clients_share_one_subscription(slow_log: None, start: Start) -> None:
    manager = await start()

    for channel in Channel:
        for _ in range(20):
            manager.connect(channel)
    await asyncio.gather(*[running_manager() for _ in range(20)])

    assert (count_members(), count_subscriptions()) == (1, 1)


async def test_clients_that_come_at_once_start_one_manager() -> None:
    managers = await asyncio.gather(*[running_manager() for _ in range(20)])

    assert len(set(managers)) == 1
    await aeventually(lambda: count_subscriptions() == 1)
    assert count_members() == 1


async def test_a_client_that_left_gets_nothing_more(slow_log: None, start: Start) -> None:
    manager = await start()
    gone, other = manager.connect(Channel.EVENTS), manager.connect(Channel.EVENTS)
    manager.disconnect(gone)
    manager.disconnect(gone)

    await record_end()

    await queue_until(other, END_OF_EVENTS)
    assert len(gone) == 0


async def test_a_change_from_before_the_client_came_is_not_sent(start: Start, quick_log: None) -> None:
    await acommit(some_change())
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == ""


# A channel layer that falls silent.


class SilentLayer(DroppingLayer):
    """Takes everything and brings nothing, and counts who subscribes."""

    def __init__(self) -> None:
        super().__init__()
        self.subscriptions = 0

    async def new_channel(self) -> str:
        self.subscriptions += 1
        return await super().new_channel()


async def test_a_layer_that_brings_not_even_heartbeats_is_left_and_subscribed_to_anew(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, quick_retry: None, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(conf, "SILENCE_SECONDS", 0.05)
    layer = SilentLayer()
    use_layer(monkeypatch, layer)

    manager = await running_manager()

    await aeventually(lambda: layer.subscriptions > 1)
    await aeventually(lambda: "channel layer brings nothing" in manager.list_faults())
    assert "Channel layer failed" in caplog.text


async def test_heartbeats_keep_an_idle_subscription(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, start: Start
) -> None:
    monkeypatch.setattr(conf, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(conf, "HEARTBEAT_SECONDS", 0.05)
    heard: list[object] = []

    def read(message: object) -> list[LoggedChange]:
        heard.append(message)
        return []

    monkeypatch.setattr(subscription, "read_changes_message", read)

    manager = await start()

    await aeventually(lambda: len(heard) > 20)
    assert manager.list_faults() == []


# The log.


@pytest.mark.parametrize("layer", [DeadLayer(), DroppingLayer()], ids=["raises", "drops everything"])
async def test_a_change_arrives_within_two_seconds_though_the_channel_layer_is_dead(
    monkeypatch: pytest.MonkeyPatch, layer: FakeLayer
) -> None:
    use_layer(monkeypatch, layer)
    manager = await running_manager()
    client = manager.connect(Channel.EVENTS)

    await acommit(Change(ChangeKind.ENGINE_STATUS))

    assert tag_of(await next_text(client, within_seconds=HEALED_WITHIN_SECONDS)) == ("engineStatus", None)


async def test_a_change_arrives_within_two_seconds_though_the_broadcast_thread_is_dead(
    held_back: list[LoggedChange], start: Start
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await acommit(Change(ChangeKind.ENGINE_STATUS))

    assert tag_of(await next_text(client, within_seconds=HEALED_WITHIN_SECONDS)) == ("engineStatus", None)


async def test_the_log_brings_the_same_frames_in_the_same_order(
    held_back: list[LoggedChange], quick_log: None, start: Start
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await acommit(some_change(), Change(ChangeKind.PROCESS_STATUS_COUNTS))
    await acommit(Change(ChangeKind.PROCESS_DELETED, uuid4()))
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == "L I C C L I"


async def test_the_fast_path_works_again_once_the_layer_is_back(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, quick_retry: None
) -> None:
    with monkeypatch.context() as outage:
        use_layer(outage, DeadLayer())
        manager = await running_manager()
        await acommit(some_change())
        await aeventually(lambda: broadcast_thread.failure)
    await aeventually(lambda: count_subscriptions() == 1)
    client = manager.connect(Channel.EVENTS)

    await record_end()

    await queue_until(client, END_OF_EVENTS)


async def test_a_log_that_fails_for_a_while_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, held_back: list[LoggedChange], quick_log: None, quick_retry: None, start: Start
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    assert manager._reader is not None
    real_read, failed = manager._reader.read, asyncio.Event()

    def fail() -> list[LoggedChange]:
        loop.call_soon_threadsafe(failed.set)
        raise OperationalError("the database went away")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(manager._reader, "read", fail)
    await failed.wait()
    await acommit(some_change())
    monkeypatch.setattr(manager._reader, "read", real_read)
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == "L I"


# Both.


async def test_a_change_that_the_fast_path_brought_is_not_repeated_by_the_log(
    slow_log: None, start: Start, configure: Callable[..., None]
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    await acommit(some_change())
    await record_end()
    frames = await queue_until(client, END_OF_EVENTS)

    await read_log_now(manager, configure)

    assert letters(frames) == "L I"
    assert len(client) == 0


async def test_a_change_that_the_log_brought_is_not_repeated_by_the_fast_path(
    slow_log: None, start: Start, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    with monkeypatch.context() as late:
        held: list[LoggedChange] = []
        late.setattr(broadcast_thread, "put", held.extend)
        await acommit(some_change())
        await read_log_now(manager, configure)
    broadcast_thread.put(held)
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == "L I"


async def test_many_changes_over_both_paths_at_once_arrive_once_each(
    configure: Callable[..., None], start: Start, held_back: list[LoggedChange]
) -> None:
    configure(events_log_interval_seconds=0.001)
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    process_ids = [uuid4() for _ in range(40)]
    layer = get_channel_layer()

    for process_id in process_ids:
        await acommit(Change(ChangeKind.PROCESS, process_id))
        await layer.group_send(CHANGES_GROUP, changes_message(held_back[-1:]))
    await record_end()

    received = [tag_of(text)[1] for text in await queue_until(client, END_OF_EVENTS)]
    assert sorted(own_id for own_id in received if own_id not in ("LIST", None, str(END_ID))) == sorted(
        str(process_id) for process_id in process_ids
    )


async def test_only_so_many_changes_are_remembered(
    slow_log: None, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "MAX_HISTORY_CHANGES", 20)
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    await acommit(*[some_change() for _ in range(50)])

    await record_end()

    await queue_until(client, END_OF_EVENTS)
    assert len(manager._history._deliveries) <= 20


# Other OS processes.


async def test_a_change_of_another_os_process_without_redis_is_seen(quick_log: None, start: Start) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    process_id = uuid4()

    await asyncio.to_thread(run_python, RECORD.format(process_id), REDIS_URL="")

    assert tag_of(await next_text(client)) == ("processes", "LIST")
    assert tag_of(await next_text(client)) == ("processes", str(process_id))


async def test_a_process_that_another_os_process_runs_is_seen_step_by_step(quick_log: None, start: Start) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await asyncio.to_thread(run_python, START_TASK, EXECUTOR="immediate")
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == "L I L I L I L I L I"


@pytest.mark.once
async def test_a_change_of_another_os_process_comes_through_redis_at_once(
    redis_layer: None, slow_log: None, start: Start
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    process_id = uuid4()

    # Tests have a prefix of their own in Redis, which the other OS process must use too.
    prefix = django_settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
    await asyncio.to_thread(run_python, SHARE_PREFIX.format(prefix) + RECORD.format(process_id))

    assert tag_of(await next_text(client)) == ("processes", "LIST")
    assert tag_of(await next_text(client)) == ("processes", str(process_id))


# Garbage.


@pytest.mark.parametrize(
    "message",
    [
        {"type": "something.else"},
        {"no": "type"},
        {"type": "changes.committed"},
        {"type": "changes.committed", "entries": None},
        {"type": "changes.committed", "entries": 7},
        {"type": "changes.committed", "entries": ["ab"]},
        {"type": "changes.committed", "entries": [[1, "process"]]},
        {"type": "changes.committed", "entries": [[1, "no_kind", None]]},
        {"type": "changes.committed", "entries": [[1, [], None]]},
        {"type": "changes.committed", "entries": [["one", "process", None]]},
        {"type": "changes.committed", "entries": [[float("inf"), "process", None]]},
        {"type": "changes.committed", "entries": [[None, "process", None]]},
        {"type": "changes.committed", "entries": [[1, "process", "no-uuid"]]},
        {"type": "changes.committed", "entries": [[1, "process", 7]]},
    ],
    ids=[
        "other type",
        "no type",
        "no entries",
        "entries null",
        "entries a number",
        "entry a text",
        "entry too short",
        "unknown kind",
        "kind a list",
        "log id a text",
        "log id infinite",
        "log id null",
        "id no uuid",
        "id a number",
    ],
)
async def test_garbage_in_the_group_is_logged_and_disturbs_nothing(
    slow_log: None, start: Start, caplog: pytest.LogCaptureFixture, message: dict[str, Any]
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await get_channel_layer().group_send(CHANGES_GROUP, message)
    await aeventually(lambda: caplog.messages)
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == ""
    assert [text for text in caplog.messages if "Messages ignored: 1" in text]


@pytest.mark.once
@pytest.mark.parametrize("data", [b"\xc1", b"\x93\x01\x02\x03", b""], ids=["no message pack", "a list", "nothing"])
async def test_garbage_that_no_layer_sent_is_logged_and_disturbs_nothing(
    redis_layer: None, slow_log: None, start: Start, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    async with aioredis.Redis.from_url(str(django_settings.ENVIRONMENT.redis_url)) as redis:
        await redis.publish(redis_channel(), data)
    await aeventually(lambda: caplog.messages)
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == ""


# Start and stop.


class UnreadableLog:
    """A log that cannot be read until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_mended = False
        self._begin = change_log.begin_reading
        monkeypatch.setattr(change_log, "begin_reading", self.begin_reading)

    def begin_reading(self, limit: int) -> tuple[change_log.ChangeLogReader, list[LoggedChange]]:
        if not self.is_mended:
            raise OperationalError("the database went away")
        return self._begin(limit)


async def test_a_log_unreadable_at_the_start_leads_to_the_coarse_invalidations_once_it_is_read(
    monkeypatch: pytest.MonkeyPatch, held_back: list[LoggedChange], quick_log: None, quick_retry: None
) -> None:
    log = UnreadableLog(monkeypatch)
    manager = await running_manager()
    client = manager.connect(Channel.EVENTS)
    await acommit(some_change())

    log.is_mended = True

    received = [await next_text(client) for _ in coarse_frames()]
    await record_end()
    assert received == [frame.text for frame in coarse_frames()]
    assert letters(await queue_until(client, END_OF_EVENTS)) == ""


@pytest.mark.once
async def test_a_restart_of_postgresql_makes_everything_stale(
    postgresql: None, held_back: list[LoggedChange], quick_log: None, start: Start
) -> None:
    manager = await start()
    client, deprecated = manager.connect(Channel.EVENTS), manager.connect(Channel.PROCESSES)
    assert manager._reader is not None
    manager._reader.position = replace(manager._reader.position, epoch=1)

    received = [await next_text(client) for _ in coarse_frames()]

    await record_end()
    assert received == [frame.text for frame in coarse_frames()]
    assert letters(await queue_until(client, END_OF_EVENTS)) == ""
    assert (await deprecated.get(), deprecated.close_code) == (None, 1013)


async def test_the_manager_starts_though_the_log_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    UnreadableLog(monkeypatch)
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await acommit(Change(ChangeKind.ENGINE_STATUS))

    assert tag_of(await next_text(client)) == ("engineStatus", None)
    assert "Change log cannot be read" in caplog.text


async def test_expired_changes_but_the_last_are_deleted_while_the_server_runs(start: Start) -> None:
    await acommit(some_change(), some_change())
    await in_thread(lambda: ChangeLogEntry.objects.update(recorded_at=timezone.now() - timedelta(days=1)))

    await start()

    deadline = asyncio.get_running_loop().time() + TIMEOUT_SECONDS
    while await in_thread(ChangeLogEntry.objects.count) > 1:
        assert asyncio.get_running_loop().time() < deadline


async def test_stop_leaves_the_channel_layer_and_ends_the_threads(start: Start) -> None:
    others = set(asyncio.all_tasks())
    await start()

    await stop_manager()

    assert (count_members(), server_loop._loop) == (0, None)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("events-")] == []
    assert {task for task in asyncio.all_tasks() if not task.done()} <= others


async def test_stop_without_a_manager_does_nothing() -> None:
    await stop_manager()
    await stop_manager()


async def test_the_next_client_after_a_stop_gets_a_new_manager(slow_log: None, start: Start) -> None:
    first = await start()
    await stop_manager()

    second = await start()
    client = second.connect(Channel.EVENTS)
    await record_end()

    assert second is not first
    await queue_until(client, END_OF_EVENTS)


def test_the_manager_starts_again_on_another_loop(slow_log: None) -> None:
    async def serve() -> str:
        manager = await running_manager()
        await aeventually(lambda: count_subscriptions() == 1)
        client = manager.connect(Channel.EVENTS)
        await acommit(some_change())
        await record_end()
        received = letters(await queue_until(client, END_OF_EVENTS))
        await stop_manager()
        return received

    assert [asyncio.run(serve()), asyncio.run(serve())] == ["L I", "L I"]


# Data frames.


class Source:
    """A data source that raises the given errors first, and keeps what it is asked for."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.asked: list[UUID | None] = []

    def __call__(self, process_id: UUID | None) -> JsonObject | None:
        self.asked.append(process_id)
        if self.failures:
            raise self.failures.pop(0)
        return None if process_id == END_ID else {"process_id": str(process_id)}


def use_source(monkeypatch: pytest.MonkeyPatch, source: Source) -> None:
    monkeypatch.setitem(sources._sources, Channel.PROCESSES, source)


def process_ids_in(frames: list[str]) -> list[str]:
    bodies = [json.loads(text)["process"] for text in frames]
    return [body.get("process_id") or body["id"] for body in bodies]


def steps(*process_ids: UUID) -> list[Change]:
    return [Change(ChangeKind.PROCESS_STEP, process_id) for process_id in process_ids]


async def test_a_data_frame_comes_for_each_logged_step_in_order(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, start: Start
) -> None:
    use_source(monkeypatch, Source())
    manager = await start()
    client = manager.connect(Channel.PROCESSES)
    one, other = uuid4(), uuid4()

    await acommit(*steps(one, other, one, one))
    await record_end()

    received = process_ids_in(await queue_until(client, END_OF_PROCESSES))
    assert received == [str(one), str(other), str(one), str(one), str(END_ID)]


@pytest.mark.parametrize("kind", [ChangeKind.PROCESS, ChangeKind.PROCESS_STATUS_COUNTS], ids=lambda kind: kind.value)
async def test_a_change_without_a_logged_step_gives_no_data_frame(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, start: Start, kind: ChangeKind
) -> None:
    use_source(monkeypatch, Source())
    manager = await start()
    client = manager.connect(Channel.PROCESSES)

    await acommit(Change(kind, uuid4()))
    await record_end()

    assert await queue_until(client, END_OF_PROCESSES) == [END_OF_PROCESSES]


async def test_no_data_is_read_while_no_client_wants_it(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, start: Start
) -> None:
    source = Source()
    use_source(monkeypatch, source)
    manager = await start()
    events = manager.connect(Channel.EVENTS)
    await acommit(*steps(uuid4()))
    await record_end()
    await queue_until(events, END_OF_EVENTS)
    client = manager.connect(Channel.PROCESSES)

    await record_end()

    await queue_until(client, END_OF_PROCESSES)
    assert source.asked == [END_ID]


async def test_a_data_frame_is_read_once_for_all_clients(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, start: Start
) -> None:
    source = Source()
    use_source(monkeypatch, source)
    manager = await start()
    clients = [manager.connect(Channel.PROCESSES) for _ in range(5)]

    await record_end()

    for client in clients:
        await queue_until(client, END_OF_PROCESSES)
    assert source.asked == [END_ID]


async def test_a_data_frame_still_comes_after_the_database_failed_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
    slow_log: None,
    quick_retry: None,
    start: Start,
    caplog: pytest.LogCaptureFixture,
) -> None:
    use_source(monkeypatch, Source(OperationalError("gone"), OperationalError("gone"), OperationalError("gone")))
    manager = await start()
    client = manager.connect(Channel.PROCESSES)
    one, other = uuid4(), uuid4()

    await acommit(*steps(one, other))
    await record_end()

    received = process_ids_in(await queue_until(client, END_OF_PROCESSES))
    assert received == [str(one), str(other), str(END_ID)]
    assert "Data frame cannot be built" in caplog.text


async def test_a_source_with_another_fault_does_not_block_the_next_frame(
    monkeypatch: pytest.MonkeyPatch,
    slow_log: None,
    quick_retry: None,
    start: Start,
    caplog: pytest.LogCaptureFixture,
) -> None:
    use_source(monkeypatch, Source(RecursionError("an author's state")))
    manager = await start()
    client = manager.connect(Channel.PROCESSES)
    faulty, next_one = uuid4(), uuid4()

    await acommit(*steps(faulty, next_one))
    await record_end()

    received = process_ids_in(await queue_until(client, END_OF_PROCESSES))
    assert received == [str(next_one), str(END_ID)]
    assert "Data frame cannot be built" in caplog.text


async def test_a_slow_data_frame_does_not_hold_up_the_events(
    monkeypatch: pytest.MonkeyPatch, quick_log: None, held_back: list[LoggedChange], start: Start
) -> None:
    may_go_on = threading.Event()

    class SlowSource(Source):
        def __call__(self, process_id: UUID | None) -> JsonObject | None:
            assert may_go_on.wait(TIMEOUT_SECONDS)
            return super().__call__(process_id)

    use_source(monkeypatch, SlowSource())
    manager = await start()
    data, events = manager.connect(Channel.PROCESSES), manager.connect(Channel.EVENTS)

    await acommit(*steps(uuid4()))
    await record_end()

    try:
        assert letters(await queue_until(events, END_OF_EVENTS)) == "L I"
    finally:
        may_go_on.set()
    await queue_until(data, END_OF_PROCESSES)


async def test_frames_that_pile_up_are_built_once_per_process_beyond_the_bound(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, start: Start
) -> None:
    monkeypatch.setattr(conf, "MAX_WAITING_READS", 4)
    use_source(monkeypatch, Source())
    manager = await start()
    client = manager.connect(Channel.PROCESSES)
    one, other = uuid4(), uuid4()

    await acommit(*steps(one, one, one, one, one, one, other, other), Change(ChangeKind.PROCESS_DELETED, END_ID))

    received = process_ids_in(await queue_until(client, END_OF_PROCESSES))
    assert received == [str(one)] * 4 + [str(other), str(END_ID)]
