"""Messages that many hosts repeat, in a broker that nobody reads: they stay few, and nothing waits for ever."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest

from processes import reconciler
from processes.executors import celery as celery_executor
from processes.executors.base import Kind
from processes.executors.celery import CeleryExecutor, queue_for
from processes.models import Process
from processes.reconciler import Reconciler
from processes.statuses import ProcessStatus
from processes.workflow import Workflow
from tests.integration.engine.stored_processes import hold_elsewhere, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define

HOSTS = 4
LOOKS = 10
COMPLETED = UUID(int=0)


class Broker:
    """Keeps what is sent, in place of the thread that sends and of Redis; nobody reads it but the test."""

    length = 0
    """How much is on its way into it."""

    def __init__(self) -> None:
        # Of each message its queue and its process.
        self.messages: list[tuple[str, UUID]] = []

    def put(self, process_id: UUID) -> None:
        columns = Process.objects.filter(pk=process_id).values_list("workflow__target", "is_task", "last_status")
        self.messages.append((queue_for(Kind(*columns.get())), process_id))

    def count(self, queue: str) -> int:
        return Counter(name for name, _ in self.messages)[queue]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """Have every host send into a broker of the test."""
    made = Broker()
    monkeypatch.setattr(celery_executor, "Sender", lambda _: made)
    monkeypatch.setattr(celery_executor, "_count_in_broker", made.count)
    monkeypatch.setattr(reconciler, "get_executor", CeleryExecutor)
    return made


@pytest.fixture
def definition() -> Workflow:
    """Return a workflow of one step."""
    return define("waiting", adding("Work"))


def store(definition: Workflow, count: int, status: ProcessStatus = ProcessStatus.CREATED) -> list[UUID]:
    return [store_in_status(definition, status).pk for _ in range(count)]


def store_lost(definition: Workflow, count: int) -> list[UUID]:
    """Store processes whose runner was killed."""
    lost = store(definition, count, ProcessStatus.RUNNING)
    for process in Process.objects.filter(pk__in=lost):
        hold_elsewhere(process, for_seconds=-1)
    return lost


@pytest.mark.parametrize("lease_seconds", [600.0, 0.0])
def test_a_broker_that_nobody_reads_holds_one_message_per_process_however_many_hosts_look(
    lease_seconds: float, definition: Workflow, broker: Broker, configure: Callable[..., None]
) -> None:
    configure(lease_seconds=lease_seconds)
    new, lost = store(definition, 15), store_lost(definition, 5)

    for _ in range(LOOKS):
        # Workers that are killed come back and have forgotten what they sent.
        hosts = [Reconciler() for _ in range(HOSTS)]
        for host in [*hosts, *hosts, *hosts]:
            host.look()

    sent = [("new_workflows", pk) for pk in new] + [("resume_workflows", pk) for pk in lost]
    assert sorted(broker.messages) == sorted(sent)


def test_what_a_runner_lost_does_not_wait_for_a_backlog_of_new_processes(definition: Workflow, broker: Broker) -> None:
    for process_id in store(definition, 15):
        broker.put(process_id)
    broker.messages += [("new_workflows", COMPLETED)] * 15
    (lost,) = store_lost(definition, 1)

    Reconciler().look()

    assert broker.messages[30:] == [("resume_workflows", lost)]


def test_the_oldest_whose_message_is_missing_in_a_backlog_is_sent_again(definition: Workflow, broker: Broker) -> None:
    oldest, *others = store(definition, 15)
    for process_id in others:
        broker.put(process_id)
    host = Reconciler()

    for _ in range(LOOKS):
        host.look()

    assert broker.messages[14:] == [("new_workflows", oldest)]


def test_what_is_missing_behind_repeated_messages_is_sent_as_soon_as_these_are_read(
    definition: Workflow, broker: Broker
) -> None:
    (missing,) = store(definition, 1)
    repeated = [("new_workflows", COMPLETED)] * 100
    broker.messages += repeated
    hosts = [Reconciler() for _ in range(HOSTS)]
    for host in [*hosts, *hosts, *hosts]:
        host.look()
    at_first = list(broker.messages)

    broker.messages.clear()
    hosts[0].look()

    assert (at_first, broker.messages) == (repeated, [("new_workflows", missing)])


def test_a_backlog_larger_than_a_look_hides_no_missing_message(
    definition: Workflow, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "MAX_STANDING", 5)
    oldest, *others = store(definition, 15)
    for process_id in others:
        broker.put(process_id)
    host = Reconciler()

    for _ in range(LOOKS):
        host.look()

    assert broker.messages[14:] == [("new_workflows", oldest)]
