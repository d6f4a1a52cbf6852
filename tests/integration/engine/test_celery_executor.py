"""The Celery executor: what goes into which queue, and what happens to what cannot be sent."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import pytest
from kombu.exceptions import OperationalError

from processes import execution, metrics
from processes.executors import celery as celery_executor
from processes.executors import sender as sender_module
from processes.executors.base import Kind
from processes.executors.celery import CeleryExecutor, queue_for, queue_names
from processes.executors.sender import Sender
from tests.waiting import TIMEOUT_SECONDS, eventually

OWN_QUEUES = ["new_workflows", "new_tasks", "resume_workflows", "resume_tasks"]


class Broker:
    """Takes what is sent, in batches; halted it answers nobody, gone it refuses."""

    def __init__(self) -> None:
        self.received: list[UUID] = []
        self.asked = threading.Event()
        self.answering = threading.Event()
        self.answering.set()
        self.gone = False

    def send(self, process_ids: Sequence[UUID]) -> None:
        self.asked.set()
        assert self.answering.wait(TIMEOUT_SECONDS)
        if self.gone:
            raise OperationalError("gone")
        self.received.extend(process_ids)


@pytest.fixture
def broker() -> Iterator[Broker]:
    made = Broker()
    yield made
    made.answering.set()


@pytest.fixture
def sender(broker: Broker) -> Iterator[Sender]:
    made = Sender(broker.send)
    yield made
    broker.answering.set()
    made.stop(TIMEOUT_SECONDS)


def some_ids(count: int) -> list[UUID]:
    return [uuid.uuid4() for _ in range(count)]


def not_sent() -> float:
    """Return the counter of processes that could not be sent."""
    return float(metrics.NOT_SENT._value.get())


@pytest.mark.parametrize(
    ("is_task", "status", "queue"),
    [
        (False, "created", "new_workflows"),
        (True, "created", "new_tasks"),
        (False, "resumed", "resume_workflows"),
        (False, "running", "resume_workflows"),
        (True, "resumed", "resume_tasks"),
    ],
)
def test_the_queue_tells_new_from_resumed_and_workflows_from_tasks(is_task: bool, status: str, queue: str) -> None:
    assert queue_for(Kind("MODIFY", is_task, status)) == queue


@pytest.mark.parametrize("status", ["created", "resumed"])
def test_a_target_may_have_a_queue_of_its_own_for_all_that_it_has(status: str, configure: Callable[..., None]) -> None:
    configure(celery_target_queues=("CREATE=create_queue",))

    assert queue_for(Kind("CREATE", False, status)) == "create_queue"
    assert queue_for(Kind("SYSTEM", False, "created")) == "new_workflows"
    assert queue_names() == [*OWN_QUEUES, "create_queue"]


def test_two_targets_may_share_a_queue_which_is_then_served_once(configure: Callable[..., None]) -> None:
    configure(celery_target_queues=("CREATE=changes", "MODIFY=changes", "SYSTEM=new_tasks"))

    assert queue_names() == [*OWN_QUEUES, "changes"]


def test_ids_are_sent_in_order(sender: Sender, broker: Broker) -> None:
    ids = some_ids(250)
    for process_id in ids:
        sender.put(process_id)

    eventually(lambda: len(broker.received) == 250)
    assert broker.received == ids


def test_nobody_waits_for_a_broker_that_does_not_answer(sender: Sender, broker: Broker) -> None:
    broker.answering.clear()
    ids = some_ids(3)
    sender.put(ids[0])
    assert broker.asked.wait(TIMEOUT_SECONDS)
    for process_id in ids[1:]:
        sender.put(process_id)

    assert (sender.length, broker.received) == (2, [])
    broker.answering.set()
    eventually(lambda: broker.received == ids)


def test_what_a_broker_refuses_is_dropped_counted_and_logged_and_the_next_is_sent(
    sender: Sender, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    before = not_sent()
    broker.gone = True
    sender.put(uuid.uuid4())
    eventually(lambda: not_sent() == before + 1)
    broker.gone = False
    following = uuid.uuid4()

    sender.put(following)

    eventually(lambda: broker.received == [following])
    assert "1 processes could not be sent, they are submitted again later" in caplog.text


def test_what_finds_the_queue_full_is_dropped_and_counted(
    sender: Sender, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "MAX_WAITING", 1)
    small = Sender(broker.send)
    before = not_sent()
    broker.answering.clear()
    small.put(uuid.uuid4())
    assert broker.asked.wait(TIMEOUT_SECONDS)

    small.put(uuid.uuid4())
    small.put(uuid.uuid4())

    assert (small.length, not_sent()) == (1, before + 1)
    broker.answering.set()
    small.stop(TIMEOUT_SECONDS)


def test_the_end_sends_what_waits_and_takes_no_more(
    sender: Sender, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    ids = some_ids(3)
    for process_id in ids:
        sender.put(process_id)

    sender.stop(TIMEOUT_SECONDS)
    sender.put(uuid.uuid4())
    sender.stop(TIMEOUT_SECONDS)

    assert broker.received == ids
    assert "waits: this server shuts down" in caplog.text


def test_the_end_does_not_wait_for_ever(sender: Sender, broker: Broker) -> None:
    broker.answering.clear()
    sender.put(uuid.uuid4())
    assert broker.asked.wait(TIMEOUT_SECONDS)

    sender.stop(0.05)

    assert broker.received == []


@pytest.mark.parametrize(("standing", "in_broker", "room"), [(7, 0, 7), (50, 20, 30), (50, 50, 0), (50, 1000, 0)])
def test_what_waits_in_its_queue_is_not_submitted_again(
    standing: int, in_broker: int, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celery_executor, "_count_in_broker", {"new_workflows": 2000, "new_tasks": in_broker}.get)

    assert CeleryExecutor().room_in("new_tasks", standing) == room


def test_nothing_is_submitted_again_while_the_broker_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: str) -> int:
        raise OperationalError("gone")

    monkeypatch.setattr(celery_executor, "_count_in_broker", refuse)
    caplog.set_level(logging.WARNING)

    assert CeleryExecutor().room_in("new_tasks", 5) == 0
    assert "The broker does not say" in caplog.text


def test_a_server_that_drains_still_sends() -> None:
    executor = CeleryExecutor()
    try:
        executor.stop(wait=False)
        assert execution.stopping.requested
        assert not executor._sender._ended
    finally:
        executor.stop()
        execution.stopping.requested = False
