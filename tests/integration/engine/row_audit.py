"""Triggers that note each change of a process row that a browser can see: what the frames are measured against."""

from collections import Counter
from typing import Any

from django.db import connection

from events.changes import ChangeKind
from events.models import ChangeLogEntry

_SEEN = ("last_status", "last_step", "assignee", "failed_reason", "traceback", "note", "last_modified_at")
_OF_PROCESSES = (ChangeKind.PROCESS, ChangeKind.PROCESS_STEP, ChangeKind.PROCESS_DELETED)


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def begin() -> None:
    """Note from now on; what was noted, and the change log, are emptied."""
    end()
    ChangeLogEntry.objects.all().delete()
    transaction = "pg_current_xact_id()::text" if _is_postgres() else "''"
    note = "INSERT INTO row_audit SELECT {process}, {before}, {after}, " + transaction + ";"
    differs = " IS DISTINCT FROM " if _is_postgres() else " IS NOT "
    when = " OR ".join(f"OLD.{column}{differs}NEW.{column}" for column in _SEEN)
    _execute("CREATE TABLE row_audit (process text, before text, after text, transaction_id text)")
    for event, condition, process, before, after in (
        ("INSERT", "true", "NEW.process_id", "''", "NEW.last_status"),
        ("UPDATE", when, "NEW.process_id", "OLD.last_status", "NEW.last_status"),
        ("DELETE", "true", "OLD.process_id", "OLD.last_status", "''"),
    ):
        statement = note.format(process=process, before=before, after=after)
        head = f"CREATE TRIGGER row_audit_{event} AFTER {event} ON processes_process FOR EACH ROW WHEN ({condition})"
        if _is_postgres():
            _execute(
                f"CREATE FUNCTION row_audit_{event}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {statement} RETURN NULL; END $$"
            )
            _execute(f"{head} EXECUTE FUNCTION row_audit_{event}()")
        else:
            _execute(f"{head} BEGIN {statement} END")


def end() -> None:
    """Note nothing any more; idempotent."""
    for event in ("INSERT", "UPDATE", "DELETE"):
        if _is_postgres():
            _execute(f"DROP FUNCTION IF EXISTS row_audit_{event} CASCADE")
        else:
            _execute(f"DROP TRIGGER IF EXISTS row_audit_{event}")
    _execute("DROP TABLE IF EXISTS row_audit")


def changed_rows() -> Counter[Any]:
    """Return each process as often as transactions changed what is seen of its row; on PostgreSQL, with which."""
    rows = _read(
        "SELECT DISTINCT process, transaction_id FROM row_audit"
        if _is_postgres()
        else "SELECT process, '' FROM row_audit"
    )
    return Counter((str(process).replace("-", ""), transaction) for process, transaction in rows)


def recorded_changes() -> Counter[Any]:
    """Return each process as often as the change log names it; on PostgreSQL, with the transactions."""
    transaction = "transaction_id::text" if _is_postgres() else "''"
    kinds = ", ".join(f"'{kind}'" for kind in _OF_PROCESSES)
    rows = _read(f"SELECT object_id, {transaction} FROM events_changelogentry WHERE kind IN ({kinds})")
    return Counter((str(process).replace("-", ""), transaction) for process, transaction in rows)


def count_entered(*statuses: str) -> int:
    """Return how often a process came to one of these statuses from another one."""
    wanted = ", ".join(f"'{status}'" for status in statuses)
    rows = _read(f"SELECT count(*) FROM row_audit WHERE after IN ({wanted}) AND before <> after")
    return int(rows[0][0])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _read(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
