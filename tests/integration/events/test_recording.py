"""Recording: a change is written in the transaction that makes it and handed over only after the commit."""

import uuid
from collections.abc import Sequence

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from events import broadcast_thread as broadcast_thread_module
from events import conf, recording
from events.broadcast_thread import ProcessDataBroadcastThread
from events.changes import Change, ChangeKind, LoggedChange
from events.models import ChangeLogEntry
from events.recording import RecordingOutsideTransactionError, record
from tests.integration.events.layers import GatedLayer
from tests.integration.events.writing import commit, some_change
from tests.waiting import TIMEOUT_SECONDS


class HandedOver:
    """Stands in for the broadcast thread and keeps what it is given."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.log_ids: list[int] = []
        self.in_transaction: list[bool] = []

    def put(self, logged: Sequence[LoggedChange]) -> None:
        self.in_transaction.append(connection.in_atomic_block)
        self.changes += [item.change for item in logged]
        self.log_ids += [item.log_id for item in logged]


class Broken:
    """Stands in for a broadcast thread with a fault that nobody thought of."""

    def put(self, logged: Sequence[LoggedChange]) -> None:
        raise RuntimeError("broken")


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> HandedOver:
    thread = HandedOver()
    monkeypatch.setattr(recording, "broadcast_thread", thread)
    return thread


def logged_changes() -> list[Change]:
    return [row.as_logged_change().change for row in ChangeLogEntry.objects.order_by("pk")]


def test_recording_outside_a_transaction_is_refused(handed_over: HandedOver) -> None:
    with pytest.raises(RecordingOutsideTransactionError, match="inside the transaction"):
        record(some_change())

    assert logged_changes() == handed_over.changes == []


def test_a_commit_leaves_a_row_for_each_change_in_order() -> None:
    changes = [some_change(), Change(ChangeKind.PROCESS_STATUS_COUNTS), some_change()]

    commit(*changes)

    assert logged_changes() == changes


def test_many_changes_are_written_with_one_statement() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        record(*[some_change() for _ in range(10)])

    assert len(queries) == 1


def test_a_commit_hands_the_changes_over_in_order(handed_over: HandedOver) -> None:
    first, second, third = some_change(), some_change(), some_change()

    with transaction.atomic():
        record(first, second)
        record(third)

    assert handed_over.changes == [first, second, third]


def test_changes_are_handed_over_with_the_ids_of_their_rows(handed_over: HandedOver) -> None:
    commit(some_change(), some_change())

    assert handed_over.log_ids == list(ChangeLogEntry.objects.order_by("pk").values_list("pk", flat=True))


def test_nothing_is_handed_over_before_the_commit(handed_over: HandedOver) -> None:
    with transaction.atomic():
        record(some_change())
        before = list(handed_over.changes)

    assert before == []
    assert handed_over.in_transaction == [False]


def test_an_inner_block_hands_over_only_after_the_outer_commit(handed_over: HandedOver) -> None:
    change = some_change()

    with transaction.atomic():
        with transaction.atomic():
            record(change)
        before = list(handed_over.changes)

    assert (before, handed_over.changes) == ([], [change])


def test_a_rollback_leaves_no_row_and_hands_nothing_over(handed_over: HandedOver) -> None:
    with transaction.atomic():
        record(some_change())
        transaction.set_rollback(True)

    assert logged_changes() == handed_over.changes == []


def test_an_exception_leaves_no_row_and_hands_nothing_over(handed_over: HandedOver) -> None:
    def fail() -> None:
        with transaction.atomic():
            record(some_change())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert logged_changes() == handed_over.changes == []


def test_a_rollback_to_a_savepoint_takes_back_only_what_was_recorded_after_it(handed_over: HandedOver) -> None:
    before, after = some_change(), some_change()

    with transaction.atomic():
        record(before)
        with transaction.atomic():
            record(some_change())
            transaction.set_rollback(True)
        record(after)

    assert logged_changes() == handed_over.changes == [before, after]


def test_a_broken_broadcast_thread_does_not_fail_the_caller(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recording, "broadcast_thread", Broken())
    change = some_change()

    commit(change)

    assert logged_changes() == [change]
    assert "broken" in caplog.text


def test_what_else_waits_for_the_commit_is_done_though_the_broadcast_thread_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "broadcast_thread", Broken())
    done: list[str] = []

    with transaction.atomic():
        record(some_change())
        transaction.on_commit(lambda: done.append("submitted"))

    assert done == ["submitted"]


def test_a_full_broadcast_queue_does_not_hold_up_the_caller(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    layer = GatedLayer()
    monkeypatch.setattr(conf, "MAX_QUEUED_CHANGES", 1)
    monkeypatch.setattr(broadcast_thread_module, "get_channel_layer", lambda: layer)
    thread = ProcessDataBroadcastThread()
    monkeypatch.setattr(recording, "broadcast_thread", thread)
    changes = [some_change() for _ in range(5)]
    commit(changes[0])
    assert layer.held.wait(TIMEOUT_SECONDS)

    commit(*changes[1:])

    assert logged_changes() == changes
    assert "Broadcast queue is full" in caplog.text
    layer.gate.set()
    thread.stop()


def test_a_change_of_no_particular_object_has_no_id() -> None:
    commit(Change(ChangeKind.ENGINE_STATUS))

    assert ChangeLogEntry.objects.get().object_id is None


def test_a_row_reads_well_in_a_list() -> None:
    process_id = uuid.uuid4()

    commit(Change(ChangeKind.PROCESS, process_id), Change(ChangeKind.ENGINE_STATUS))

    first, second = ChangeLogEntry.objects.order_by("pk")
    assert (str(first), str(second)) == (f"{first.pk} process {process_id}", f"{second.pk} engine_status")
