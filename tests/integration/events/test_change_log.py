"""The change log: its reader returns each committed row exactly once, and expired rows are deleted in batches."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from events import change_log, conf
from events.change_log import ChangeLogReader, LogReplacedError, SerialReader, SnapshotReader
from events.changes import Change, ChangeKind, LoggedChange
from events.models import ChangeLogEntry
from events.recording import record
from tests.integration.events.writing import OpenTransaction, commit, some_change
from tests.visibility import sees
from tests.waiting import TIMEOUT_SECONDS

WRITERS = 4
ROWS_PER_WRITER = 50


def new_reader() -> ChangeLogReader:
    reader, _ = change_log.begin_reading(1)
    return reader


def changes_of(logged: list[LoggedChange]) -> list[Change]:
    return [item.change for item in logged]


def set_all_kinds(kind: ChangeKind) -> None:
    ChangeLogEntry.objects.update(kind=kind)


def failing_before(execute: Callable[..., Any], *arguments: Any) -> Any:
    raise OperationalError("the database went away")


def failing_after(execute: Callable[..., Any], *arguments: Any) -> Any:
    execute(*arguments)
    raise OperationalError("the answer was lost")


def test_what_was_committed_before_the_reader_is_not_read() -> None:
    commit(some_change())

    assert new_reader().read() == []


def test_a_reader_begins_with_the_newest_changes_in_order() -> None:
    changes = [some_change() for _ in range(4)]
    commit(*changes)

    _, newest = change_log.begin_reading(3)

    assert changes_of(newest) == changes[1:]


def test_a_reader_of_an_empty_log_begins_with_nothing() -> None:
    reader, newest = change_log.begin_reading(10)

    assert (newest, reader.read()) == ([], [])


def test_to_begin_takes_one_statement(django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(1):
        change_log.begin_reading(10)


def test_a_position_sees_what_was_read_and_not_what_comes_later() -> None:
    commit(some_change())
    reader, (before,) = change_log.begin_reading(1)
    position = reader.position
    commit(some_change())
    (later,) = reader.read()

    assert before.mark is not None
    assert later.mark is not None
    assert (sees(position, before.mark), sees(position, later.mark)) == (True, False)
    assert sees(reader.position, later.mark)


def test_a_change_committed_after_the_first_read_is_returned() -> None:
    reader, change = new_reader(), some_change()
    reader.read()

    commit(change)

    assert changes_of(reader.read()) == [change]


def test_a_change_comes_with_the_id_of_its_row() -> None:
    reader = new_reader()
    reader.read()
    commit(some_change())

    logged = reader.read()

    assert [item.log_id for item in logged] == [ChangeLogEntry.objects.get().pk]


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_kind_of_change_is_read_as_it_was_recorded(kind: ChangeKind) -> None:
    reader = new_reader()
    reader.read()
    changes = [Change(kind), Change(kind, some_change().id)]

    commit(*changes)

    assert changes_of(reader.read()) == changes


def test_each_change_is_returned_once() -> None:
    reader = new_reader()
    reader.read()
    commit(some_change())
    reader.read()

    assert reader.read() == []


def test_changes_are_returned_in_the_order_in_which_they_were_recorded() -> None:
    reader, changes = new_reader(), [some_change() for _ in range(6)]
    reader.read()

    commit(*changes[:2])
    commit(*changes[2:])

    assert changes_of(reader.read()) == changes


def test_two_readers_do_not_take_changes_from_each_other() -> None:
    one, other, change = new_reader(), new_reader(), some_change()
    one.read()
    other.read()

    commit(change)

    assert changes_of(one.read()) == changes_of(other.read()) == [change]


def test_a_change_that_was_rolled_back_is_not_returned() -> None:
    reader, kept = new_reader(), some_change()
    reader.read()
    with transaction.atomic():
        record(some_change())
        transaction.set_rollback(True)

    commit(kept)

    assert changes_of(reader.read()) == [kept]


def test_changes_of_savepoints_are_returned_but_for_those_rolled_back() -> None:
    reader, changes = new_reader(), [some_change() for _ in range(3)]
    reader.read()

    with transaction.atomic():
        record(changes[0])
        with transaction.atomic():
            record(changes[1])
        with transaction.atomic():
            record(some_change())
            transaction.set_rollback(True)
        record(changes[2])

    assert changes_of(reader.read()) == changes


@pytest.mark.parametrize("failing", [failing_before, failing_after], ids=["before", "after"])
def test_a_read_that_raises_loses_nothing(failing: Callable[..., Any]) -> None:
    reader, change = new_reader(), some_change()
    reader.read()
    commit(change)

    with connection.execute_wrapper(failing), pytest.raises(OperationalError):
        reader.read()

    assert changes_of(reader.read()) == [change]


def test_a_row_of_a_kind_that_only_a_newer_version_knows_hides_no_other_row() -> None:
    reader, change = new_reader(), some_change()
    reader.read()
    ChangeLogEntry.objects.create(kind="something_new")

    commit(change)

    assert changes_of(reader.read()) == [change]


def test_a_read_takes_one_statement(django_assert_num_queries: Callable[..., Any]) -> None:
    reader = new_reader()
    reader.read()
    commit(some_change())

    with django_assert_num_queries(1):
        reader.read()


def test_rows_that_expire_do_not_disturb_the_reader(configure: Callable[..., None]) -> None:
    reader, change = new_reader(), some_change()
    commit(some_change())
    reader.read()
    ChangeLogEntry.objects.update(recorded_at=timezone.now() - timedelta(days=1))
    change_log.delete_expired()

    commit(change)

    assert changes_of(reader.read()) == [change]


def test_the_reader_suits_the_database() -> None:
    expected = SnapshotReader if connection.vendor == "postgresql" else SerialReader

    assert isinstance(new_reader(), expected)


def test_what_writers_commit_while_a_reader_reads_is_read_once_each() -> None:
    reader = new_reader()
    reader.read()
    committed: list[Change] = []
    ended: list[int] = []

    def write(number: int) -> None:
        chance = random.Random(number)
        mine = [Change(ChangeKind.PROCESS, some_change().id) for _ in range(ROWS_PER_WRITER)]
        try:
            while mine:
                batch, mine = mine[: (size := chance.randint(1, 4))], mine[size:]
                keep = chance.random() < 0.7
                with transaction.atomic():
                    record(*batch)
                    transaction.set_rollback(not keep)
                if keep:
                    committed.extend(batch)
            ended.append(number)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    read: list[LoggedChange] = []
    while any(writer.is_alive() for writer in writers):
        read += reader.read()
    for writer in writers:
        writer.join(TIMEOUT_SECONDS)
    read += reader.read()

    assert sorted(ended) == list(range(WRITERS))
    assert len(read) == len(committed)
    assert set(changes_of(read)) == set(committed)


@pytest.mark.once
def test_a_transaction_that_commits_after_a_later_one_is_neither_missed_nor_repeated(postgresql: None) -> None:
    reader, late, later = new_reader(), some_change(), some_change()
    reader.read()

    with OpenTransaction(lambda: record(late)) as slow:
        commit(later)
        first = changes_of(reader.read())
        slow.commit()
    second, third = changes_of(reader.read()), reader.read()

    assert (first, second, third) == ([later], [late], [])


@pytest.mark.once
def test_a_transaction_that_was_open_at_the_first_read_is_returned_when_it_commits(postgresql: None) -> None:
    reader, late = new_reader(), some_change()

    with OpenTransaction(lambda: record(late)) as slow:
        reader.read()
        slow.commit()

    assert changes_of(reader.read()) == [late]


@pytest.mark.once
def test_a_transaction_stays_awaited_over_many_reads(postgresql: None) -> None:
    reader, late = new_reader(), some_change()
    reader.read()

    with OpenTransaction(lambda: record(late)) as slow:
        between = []
        for _ in range(5):
            commit(some_change())
            between.append(len(reader.read()))
        slow.commit()

    assert between == [1] * 5
    assert changes_of(reader.read()) == [late]


@pytest.mark.once
def test_a_late_rollback_returns_nothing(postgresql: None) -> None:
    reader = new_reader()
    reader.read()

    with OpenTransaction(lambda: record(some_change())) as slow:
        reader.read()
        slow.roll_back()

    assert reader.read() == []


@pytest.mark.once
def test_transactions_that_end_in_another_order_than_they_began_are_each_returned_once(postgresql: None) -> None:
    reader = new_reader()
    reader.read()
    one, two, three, four = (some_change() for _ in range(4))

    with (
        OpenTransaction(lambda: record(one)) as first,
        OpenTransaction(lambda: record(two)) as second,
        OpenTransaction(lambda: record(three)) as third,
    ):
        reads = [changes_of(reader.read())]
        third.commit()
        reads.append(changes_of(reader.read()))
        second.roll_back()
        commit(four)
        reads.append(changes_of(reader.read()))
        first.commit()
        reads.append(changes_of(reader.read()))
        reads.append(changes_of(reader.read()))

    assert reads == [[], [three], [four], [one], []]


@pytest.mark.once
def test_subtransactions_of_a_late_transaction_are_returned_with_it(postgresql: None) -> None:
    reader, changes = new_reader(), [some_change() for _ in range(3)]
    reader.read()

    def write() -> None:
        record(changes[0])
        with transaction.atomic():
            record(changes[1])
        with transaction.atomic():
            record(some_change())
            transaction.set_rollback(True)
        with transaction.atomic():
            record(changes[2])

    with OpenTransaction(write) as slow:
        commit(some_change())
        before = len(reader.read())
        slow.commit()

    assert before == 1
    assert changes_of(reader.read()) == changes


@pytest.mark.once
def test_a_transaction_that_records_only_at_its_late_end_is_not_missed(postgresql: None) -> None:
    reader, late = new_reader(), some_change()
    commit(some_change())

    with OpenTransaction(lambda: set_all_kinds(ChangeKind.PROCESS), at_the_end=lambda: record(late)) as slow:
        reader.read()
        slow.commit()

    assert changes_of(reader.read()) == [late]


@pytest.mark.once
@pytest.mark.parametrize("waiting", [0, 2], ids=["no transaction open", "two transactions open"])
def test_the_log_is_read_with_the_index_on_its_transactions(postgresql: None, waiting: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO events_changelogentry (kind) SELECT 'process' FROM generate_series(1, 5000)")
        cursor.execute("ANALYZE events_changelogentry")
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        xmax = cursor.fetchone()[0]
        in_progress = [str(number) for number in range(1, waiting + 1)]
        cursor.execute("EXPLAIN " + SnapshotReader._READ, [xmax, in_progress])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "events_changelogentry_transaction_id" in plan, plan
    assert "Seq Scan on events_changelogentry" not in plan, plan


def expire(count: int) -> list[int]:
    commit(*[some_change() for _ in range(count)])
    expired = list(ChangeLogEntry.objects.order_by("pk").values_list("pk", flat=True))
    ChangeLogEntry.objects.update(recorded_at=timezone.now() - timedelta(minutes=16))
    return expired


def test_only_expired_rows_are_deleted() -> None:
    expire(3)
    young = some_change()
    commit(young)

    deleted = change_log.delete_expired()

    assert deleted == 3
    assert [row.as_logged_change().change for row in ChangeLogEntry.objects.all()] == [young]


def test_of_a_log_in_which_all_has_expired_the_last_row_stays() -> None:
    *_, last = expire(3)

    deleted = change_log.delete_expired()

    assert deleted == 2
    assert [row.pk for row in ChangeLogEntry.objects.all()] == [last]


@pytest.mark.once
def test_a_row_stays_while_one_of_an_older_transaction_has_not_expired(postgresql: None) -> None:
    with OpenTransaction(lambda: record(some_change())) as slow:
        expire(2)
        slow.commit()
    newest = ChangeLogEntry.objects.order_by("pk")[0]
    ChangeLogEntry.objects.exclude(pk=newest.pk).update(recorded_at=timezone.now() - timedelta(minutes=16))

    assert change_log.delete_expired() == 0


@pytest.mark.once
def test_after_a_restart_of_postgresql_nothing_is_read_by_old_transaction_ids(postgresql: None) -> None:
    reader = new_reader()
    before = reader.position = replace(reader.position, epoch=reader.position.epoch - 1)

    with pytest.raises(LogReplacedError):
        reader.read()

    assert reader.position == before


def test_the_retention_time_is_configurable(configure: Callable[..., None]) -> None:
    expire(2)
    configure(events_log_retention_minutes=20)

    assert change_log.delete_expired() == 0


def test_rows_are_deleted_in_batches_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "DELETE_BATCH_ROWS", 2)
    expired = expire(5)

    deleted = change_log.delete_expired()

    assert deleted == 2
    assert list(ChangeLogEntry.objects.order_by("pk").values_list("pk", flat=True)) == expired[2:]


def test_deleting_again_and_again_leaves_one_expired_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "DELETE_BATCH_ROWS", 2)
    expire(5)

    counts = [change_log.delete_expired() for _ in range(4)]

    assert counts == [2, 2, 0, 0]
