"""The broadcast thread: sends in order and in batches, outlives every failure, and tells of each."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from channels.layers import get_channel_layer

from events import broadcast_thread as broadcast_thread_module
from events import conf
from events.broadcast_thread import ProcessDataBroadcastThread
from events.changes import Change, ChangeKind, LoggedChange
from events.groups import CHANGES_GROUP
from events.messages import changes_message
from events.server_loop import server_loop
from tests.integration.events.layers import FakeLayer, GatedLayer, HangingLayer, count_subscriptions
from tests.waiting import TIMEOUT_SECONDS, aeventually, eventually


def logged(*log_ids: int) -> list[LoggedChange]:
    return [LoggedChange(log_id, Change(ChangeKind.WORKER_STATUS)) for log_id in log_ids]


def running_broadcast_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "ProcessDataBroadcastThread"}


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeLayer], None]:
    """Return a function that puts a layer in the place of the real one."""

    def replace(layer: FakeLayer) -> None:
        monkeypatch.setattr(broadcast_thread_module, "get_channel_layer", lambda: layer)

    return replace


@pytest.fixture
def gated(use: Callable[[FakeLayer], None]) -> Iterator[GatedLayer]:
    layer = GatedLayer()
    use(layer)
    yield layer
    layer.gate.set()


@pytest.fixture
def thread() -> Iterator[ProcessDataBroadcastThread]:
    broadcaster = ProcessDataBroadcastThread()
    yield broadcaster
    broadcaster.stop()


@pytest.fixture
async def receive() -> AsyncIterator[Callable[[], Awaitable[dict[str, Any]]]]:
    """Return a function that waits for the next message to the changes group on the real layer."""
    layer = get_channel_layer()
    server_loop.adopt()
    channel_name = await layer.new_channel()
    await layer.group_add(CHANGES_GROUP, channel_name)
    await aeventually(lambda: count_subscriptions() == 1)
    yield lambda: asyncio.wait_for(layer.receive(channel_name), TIMEOUT_SECONDS)
    server_loop.release()
    await layer.flush()


async def test_a_change_reaches_the_group(
    thread: ProcessDataBroadcastThread, receive: Callable[[], Awaitable[dict[str, Any]]]
) -> None:
    thread.put(logged(1))

    assert await receive() == changes_message(logged(1))


async def test_changes_reach_the_group_in_order(
    thread: ProcessDataBroadcastThread, receive: Callable[[], Awaitable[dict[str, Any]]]
) -> None:
    for log_id in range(20):
        thread.put(logged(log_id))

    ids: list[int] = []
    while len(ids) < 20:
        ids += [entry[0] for entry in (await receive())["entries"]]
    assert ids == list(range(20))


async def test_the_real_layer_passes_a_probe(
    thread: ProcessDataBroadcastThread, receive: Callable[[], Awaitable[dict[str, Any]]]
) -> None:
    assert await asyncio.to_thread(thread.probe, TIMEOUT_SECONDS) is None


def test_without_a_server_in_this_os_process_a_change_is_no_failure(thread: ProcessDataBroadcastThread) -> None:
    thread.put(logged(1))

    assert thread.probe(TIMEOUT_SECONDS) is None


def test_what_is_queued_while_a_message_is_sent_goes_into_one_message(
    thread: ProcessDataBroadcastThread, gated: GatedLayer
) -> None:
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)
    thread.put(logged(2, 3))
    thread.put(logged(4))

    gated.gate.set()
    thread.stop()

    assert gated.sent == [changes_message(logged(1)), changes_message(logged(2, 3, 4))]


def test_a_message_holds_a_bounded_number_of_changes(
    thread: ProcessDataBroadcastThread, gated: GatedLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "MAX_BROADCAST_BATCH", 2)
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)
    thread.put(logged(2, 3, 4, 5, 6))

    gated.gate.set()
    thread.stop()

    assert [len(message["entries"]) for message in gated.sent] == [1, 2, 2, 1]


@pytest.mark.parametrize(
    "failure",
    [ConnectionError("refused"), TimeoutError("slow"), RuntimeError("a library's fault"), AssertionError("odd")],
    ids=lambda failure: type(failure).__name__,
)
def test_the_thread_outlives_a_failure_of_the_layer(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None], failure: Exception
) -> None:
    layer = FakeLayer(failure, failure, failure)
    use(layer)
    for _ in range(3):
        thread.probe(TIMEOUT_SECONDS)

    thread.put(logged(1))

    eventually(lambda: layer.sent_ids == [1])
    assert len(layer.senders) == 1


def test_the_thread_outlives_a_layer_that_cannot_be_made(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> FakeLayer:
        raise ValueError("no such layer")

    monkeypatch.setattr(broadcast_thread_module, "get_channel_layer", broken)
    thread.put(logged(1))
    eventually(lambda: thread.failure)
    layer = FakeLayer()
    use(layer)

    thread.put(logged(2))

    eventually(lambda: layer.sent_ids == [2])


def test_a_layer_that_hangs_is_given_up_after_the_timeout(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "SEND_TIMEOUT_SECONDS", 0.05)
    use(HangingLayer())
    thread.put(logged(1))
    eventually(lambda: thread.failure == "channel layer unreachable (TimeoutError)")
    layer = FakeLayer()
    use(layer)

    thread.put(logged(2))

    eventually(lambda: layer.sent_ids == [2])


def test_a_failure_is_visible(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None], caplog: pytest.LogCaptureFixture
) -> None:
    use(FakeLayer(ConnectionError("refused")))

    thread.put(logged(1, 2))

    eventually(lambda: thread.failure == "channel layer unreachable (ConnectionError)")
    eventually(lambda: "the change log delivers" in caplog.text)
    assert caplog.records[-1].levelno == logging.WARNING


def test_the_next_success_clears_the_failure(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None]
) -> None:
    use(FakeLayer(ConnectionError("refused")))
    thread.put(logged(1))
    eventually(lambda: thread.failure)

    thread.put(logged(2))

    eventually(lambda: thread.failure is None)


def test_a_full_queue_is_logged_and_never_raises(
    gated: GatedLayer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(conf, "MAX_QUEUED_CHANGES", 3)
    thread = ProcessDataBroadcastThread()
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)

    thread.put(logged(2, 3, 4, 5, 6))

    assert thread.failure == "broadcast queue full"
    assert "Broadcast queue is full" in caplog.text
    gated.gate.set()
    thread.stop()
    assert gated.sent_ids == [1, 2, 3, 4]


def test_put_never_raises_when_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = ProcessDataBroadcastThread()

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        thread.put(logged(1))

    assert thread.failure is not None


def test_the_queue_tells_its_length_and_age(thread: ProcessDataBroadcastThread, gated: GatedLayer) -> None:
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)
    thread.put(logged(2, 3))

    assert thread.queue_length == 2
    assert thread.queue_age_seconds > 0


def test_an_empty_queue_has_no_age(thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None]) -> None:
    use(FakeLayer())
    thread.put(logged(1))
    thread.probe(TIMEOUT_SECONDS)

    assert (thread.queue_length, thread.queue_age_seconds) == (0, 0)


def test_a_probe_tells_why_the_layer_fails(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None]
) -> None:
    use(FakeLayer(ConnectionError("refused")))

    assert thread.probe(TIMEOUT_SECONDS) == "channel layer unreachable (ConnectionError)"


def test_a_probe_after_the_layer_recovered_tells_nothing(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None]
) -> None:
    use(FakeLayer(ConnectionError("refused")))
    thread.probe(TIMEOUT_SECONDS)

    assert thread.probe(TIMEOUT_SECONDS) is None


def test_a_probe_does_not_wait_for_ever(thread: ProcessDataBroadcastThread, gated: GatedLayer) -> None:
    assert thread.probe(0.05) == "broadcast thread is behind"


def test_a_probe_of_a_full_queue_returns_at_once(gated: GatedLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "MAX_QUEUED_CHANGES", 1)
    thread = ProcessDataBroadcastThread()
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)
    thread.put(logged(2))

    assert thread.probe(TIMEOUT_SECONDS) == "broadcast queue full"

    gated.gate.set()
    thread.stop()


def test_stop_sends_what_is_queued(thread: ProcessDataBroadcastThread, gated: GatedLayer) -> None:
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)
    thread.put(logged(2, 3))

    gated.gate.set()
    thread.stop()

    assert gated.sent_ids == [1, 2, 3]


def test_stop_ends_the_thread(thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None]) -> None:
    layer = FakeLayer()
    use(layer)
    thread.put(logged(1))

    thread.stop()

    (sender,) = layer.senders
    assert not sender.is_alive()


def test_stop_of_a_thread_that_never_ran_does_nothing(thread: ProcessDataBroadcastThread) -> None:
    thread.stop()
    thread.stop()

    assert thread.queue_length == 0


def test_stop_waits_only_so_long(
    thread: ProcessDataBroadcastThread, gated: GatedLayer, caplog: pytest.LogCaptureFixture
) -> None:
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)

    thread.stop(timeout_seconds=0.05)

    assert gated.sent == []


def test_a_stop_that_finds_the_queue_full_says_that_it_did_not_drain(
    gated: GatedLayer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(conf, "MAX_QUEUED_CHANGES", 1)
    thread = ProcessDataBroadcastThread()
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)
    thread.put(logged(2))

    thread.stop(timeout_seconds=0.05)

    assert "did not drain" in caplog.text


def test_the_thread_starts_again_after_a_stop(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None]
) -> None:
    layer = FakeLayer()
    use(layer)
    thread.put(logged(1))
    thread.stop()

    thread.put(logged(2))

    eventually(lambda: layer.sent_ids == [1, 2])


def test_a_change_put_while_the_old_thread_still_sends_leaves_one_thread(
    thread: ProcessDataBroadcastThread, gated: GatedLayer
) -> None:
    others = running_broadcast_threads()
    thread.put(logged(1))
    gated.held.wait(TIMEOUT_SECONDS)
    thread.stop(timeout_seconds=0.01)
    thread.put(logged(2))
    gated.gate.set()
    eventually(lambda: sorted(gated.sent_ids) == [1, 2])

    thread.put(logged(3))

    eventually(lambda: sorted(gated.sent_ids) == [1, 2, 3])
    eventually(lambda: len(running_broadcast_threads() - others) == 1, within_seconds=1)


def test_concurrent_first_changes_start_one_thread(
    thread: ProcessDataBroadcastThread, use: Callable[[FakeLayer], None]
) -> None:
    layer = FakeLayer()
    use(layer)
    together = threading.Barrier(8)

    def put_first(log_id: int) -> None:
        together.wait(TIMEOUT_SECONDS)
        thread.put(logged(log_id))

    callers = [threading.Thread(target=put_first, args=(log_id,)) for log_id in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(TIMEOUT_SECONDS)

    eventually(lambda: sorted(layer.sent_ids) == list(range(8)))
    assert len(layer.senders) == 1
