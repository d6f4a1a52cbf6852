"""The table is append-only on both databases, and lets go of entries in their time."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.actions import Action, Kind, Way
from audit.models import AuditEntry
from audit.origins import Actor, Origin, acting
from audit.recording import AuditOutsideTransactionError, audit
from audit.retention import delete_old_entries

COMMAND = Origin(way=Way.COMMAND)
COMMITS = pytest.mark.usefixtures("transactional_db")
Audited = Callable[[], list[AuditEntry]]


def write(object_id: str = "", **detail: Any) -> AuditEntry:
    with acting(COMMAND), transaction.atomic():
        audit(Action.LOCK, Kind.ENGINE, object_id, **detail)
    return AuditEntry.objects.latest("pk")


def write_one_whose_time_is_over() -> AuditEntry:
    over = timezone.now() - timedelta(seconds=1)
    return AuditEntry.objects.create(keep_until=over, actor="jane", action="lock", kind="engine", way="rest")


def test_an_entry_is_never_changed() -> None:
    for entry in (write(), write_one_whose_time_is_over()):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).update(actor="somebody else")


def test_an_entry_is_not_deleted_before_its_time() -> None:
    entry = write()

    with pytest.raises(DatabaseError, match="not deleted before its time"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).delete()


def test_the_table_is_not_emptied() -> None:
    write()
    statement = {"postgresql": "TRUNCATE audit_auditentry", "sqlite": "DELETE FROM audit_auditentry"}[connection.vendor]

    with pytest.raises(DatabaseError, match="not deleted before its time"), transaction.atomic():
        connection.cursor().execute(statement)


def test_an_entry_is_kept_as_long_as_the_setting_said_when_it_was_written(configure: Callable[..., None]) -> None:
    configure(audit_retention_days=40)
    entry = write()
    configure(audit_retention_days=1)

    assert delete_old_entries() == 0
    assert timedelta(days=39, hours=23) < entry.keep_until - entry.at < timedelta(days=40, hours=1)


def test_the_log_says_how_much_it_let_go_of(audited: Audited) -> None:
    old, kept = write_one_whose_time_is_over(), write()
    audited()

    assert delete_old_entries() == 1
    assert delete_old_entries() == 0

    assert not AuditEntry.objects.filter(pk=old.pk).exists()
    assert AuditEntry.objects.filter(pk=kept.pk).exists()
    (entry,) = audited()
    assert (entry.action, entry.actor, entry.way, entry.detail) == ("forget", "SYSTEM", "system", {"entries": 1})


@COMMITS
def test_a_rollback_takes_the_entry_and_its_line_along(audited: Audited, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "audit"), acting(COMMAND), transaction.atomic():
        audit(Action.LOCK, Kind.ENGINE)
        transaction.set_rollback(True)

    assert (audited(), caplog.messages) == ([], [])


@COMMITS
def test_an_entry_is_a_line_of_the_log_without_its_detail(caplog: pytest.LogCaptureFixture) -> None:
    jane = Actor(name="ja\nne", identity="subject:47' 11")
    origin = Origin(way=Way.REST, address="192.0.2.7", read_actor=lambda: jane)
    with caplog.at_level(logging.INFO, "audit"), acting(origin), transaction.atomic():
        audit(Action.START, Kind.PROCESS, 7, reporter="bob", workflow="broken")

    assert caplog.messages == ["""start process 7 by 'ja\\nne' as "subject:47' 11" for 'bob', rest from 192.0.2.7"""]


@COMMITS
def test_nobody_is_not_audited_and_a_transaction_is_needed(audited: Audited) -> None:
    audit(Action.LOCK, Kind.ENGINE)
    with acting(COMMAND), pytest.raises(AuditOutsideTransactionError):
        audit(Action.LOCK, Kind.ENGINE)

    assert audited() == []
