"""Every trouble is counted: clients, frames, what was merged or dropped, failures, and how far the log is behind."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY

from events import broadcast_thread as broadcast_thread_module
from events import conf, subscription
from events.broadcast_thread import broadcast_thread
from events.changes import Change, ChangeKind, LoggedChange
from events.client_queue import ClientQueue
from events.groups import Channel
from events.messages import invalidation_frame
from events.running_manager import list_faults, running_manager
from events.websocket_manager import WebSocketManager
from tests.integration.events.clients import END_OF_EVENTS, EVENTS, Client, queue_until, record_end
from tests.integration.events.layers import DeadLayer, GatedLayer
from tests.integration.events.writing import acommit, some_change
from tests.waiting import aeventually

pytestmark = pytest.mark.usefixtures("stopping_manager")

Start = Callable[[], Awaitable[WebSocketManager]]
Connect = Callable[..., Awaitable[Client]]


def value(name: str, **labels: str) -> float:
    """Return what the registry says, 0 for what was never counted."""
    return REGISTRY.get_sample_value(f"orchestrator_events_{name}", labels) or 0.0


async def test_clients_are_counted_by_channel_while_they_are_there(start: Start) -> None:
    manager = await start()
    before = value("clients", channel="processes")

    client = manager.connect(Channel.PROCESSES)
    there = value("clients", channel="processes")
    manager.disconnect(client)
    manager.disconnect(client)

    assert (there - before, value("clients", channel="processes") - before) == (1, 0)


async def test_frames_are_counted_when_they_are_written(slow_log: None, connect: Connect) -> None:
    client = await connect(EVENTS)
    before = value("frames_sent_total", channel="events")

    await record_end()

    frames = await client.frames_until(END_OF_EVENTS)
    await client.ping_answers()
    assert value("frames_sent_total", channel="events") - before >= len(frames)


async def test_merged_frames_and_collapsed_queues_are_counted() -> None:
    merged, collapsed = (value(f"{name}_total", channel="events") for name in ("frames_merged", "queues_collapsed"))
    queue = ClientQueue(Channel.EVENTS)
    for _ in range(conf.MERGE_ABOVE_FRAMES + 3):
        queue.put(invalidation_frame(("processes", "LIST")))

    assert value("frames_merged_total", channel="events") - merged == 3
    for number in range(conf.MAX_CLIENT_QUEUE_BYTES // 50):
        queue.put(invalidation_frame(("processes", str(number))))
    assert value("queues_collapsed_total", channel="events") - collapsed >= 1


async def test_changes_that_only_the_log_brought_are_counted(
    held_back: list[LoggedChange], quick_log: None, start: Start
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    before = value("log_deliveries_total")

    await record_end()

    await queue_until(client, END_OF_EVENTS)
    assert value("log_deliveries_total") - before == 2


async def test_changes_that_the_channel_layer_brought_are_not_counted_again(start: Start, quick_log: None) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)
    await acommit(Change(ChangeKind.ENGINE_STATUS))
    await aeventually(lambda: len(client) == 1)
    before, read_at = value("log_deliveries_total"), value("log_read_timestamp_seconds")

    await aeventually(lambda: value("log_read_timestamp_seconds") > read_at + 0.1)

    assert value("log_deliveries_total") == before


async def test_the_log_lag_can_be_told_from_the_time_of_the_last_read(start: Start, quick_log: None) -> None:
    begin = time.time()

    await start()

    await aeventually(lambda: value("log_read_timestamp_seconds") > begin)


async def test_failures_of_the_channel_layer_are_counted_by_direction(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, quick_retry: None
) -> None:
    monkeypatch.setattr(conf, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(conf, "SUBSCRIBE_TIMEOUT_SECONDS", 0.01)
    parts = ("send", "receive", "heartbeat")
    before = [value("failures_total", part=part) for part in parts]
    for module in (broadcast_thread_module, subscription):
        monkeypatch.setattr(module, "get_channel_layer", DeadLayer)

    await running_manager()
    await acommit(some_change())

    await aeventually(lambda: all(value("failures_total", part=p) > b for p, b in zip(parts, before, strict=True)))
    assert list_faults() == ["channel layer brings nothing"]


async def test_a_log_that_is_not_read_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, slow_log: None, start: Start, configure: Callable[..., None]
) -> None:
    manager = await start()
    monkeypatch.setattr(conf, "LOG_LAG_SECONDS", 0.0)
    configure(events_log_interval_seconds=0.0)

    await asyncio.sleep(0)

    (fault,) = manager.list_faults()
    assert fault.startswith("change log not read for ")


class WatchedLayer(GatedLayer):
    """Notes what the registry says while each message is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[float, bool]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await super().group_send(group, message)
        self.seen.append((value("broadcast_queue_length"), value("broadcast_queue_age_seconds") > 0))


async def test_the_broadcast_queue_tells_its_length_and_age(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = WatchedLayer()
    monkeypatch.setattr(broadcast_thread_module, "get_channel_layer", lambda: layer)
    await acommit(some_change())
    await asyncio.to_thread(layer.held.wait)
    await acommit(some_change(), some_change())

    layer.gate.set()
    await asyncio.to_thread(broadcast_thread.stop)

    assert layer.seen[:2] == [(2, True), (0, True)]
