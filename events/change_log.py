"""Write the change log, read each committed row of it exactly once, and delete what has expired."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from django.db import connection
from django.utils import timezone

from events import conf
from events.changes import Change, ChangeKind, LoggedChange
from events.models import ChangeLogEntry

logger = logging.getLogger(__name__)

_KINDS = frozenset(ChangeKind)


def append(changes: Sequence[Change]) -> list[LoggedChange]:
    """Insert one row per change, in order, in the caller's transaction; one statement."""
    rows = [ChangeLogEntry(kind=change.kind.value, object_id=change.id) for change in changes]
    return [row.as_logged_change() for row in ChangeLogEntry.objects.bulk_create(rows)]


def list_recent(seconds: float) -> list[LoggedChange]:
    """Return the changes recorded in the last ``seconds``, in order of id; one statement, which uses an index."""
    recent = ChangeLogEntry.objects.filter(recorded_at__gte=timezone.now() - timedelta(seconds=seconds))
    return _known(list(recent.order_by("pk").values_list("pk", "kind", "object_id")))


def delete_expired() -> int:
    """Delete one batch of rows older than the retention time and return how many there were."""
    expired = ChangeLogEntry.objects.filter(recorded_at__lt=timezone.now() - conf.log_retention())
    batch = list(expired.order_by("pk").values_list("pk", flat=True)[: conf.DELETE_BATCH_ROWS])
    return ChangeLogEntry.objects.filter(pk__in=batch).delete()[0] if batch else 0


class ChangeLogReader(Protocol):
    """Reads the log forward, from the moment of its first read."""

    def read(self) -> list[LoggedChange]:
        """Return, in order of id, the changes that became visible since the last read; the first returns none.

        One statement, which uses an index. Each change is returned once, however late its transaction commits.
        Call it from one thread at a time. A read that raises changes nothing: the next one returns its rows too.
        """
        ...


class SerialReader:
    """Reads by row id: exact where transactions cannot overlap, as in SQLite with its single writer."""

    def __init__(self) -> None:
        # The highest id seen; None before the first read.
        self._last_id: int | None = None

    def read(self) -> list[LoggedChange]:
        """See ``ChangeLogReader.read``."""
        if self._last_id is None:
            newest = ChangeLogEntry.objects.order_by("-pk").first()
            self._last_id = newest.pk if newest else 0
            return []
        newer = ChangeLogEntry.objects.filter(pk__gt=self._last_id).order_by("pk")
        rows = list(newer.values_list("pk", "kind", "object_id"))
        if rows:
            self._last_id = rows[-1][0]
        return _known(rows)


class SnapshotReader:
    """Reads by PostgreSQL snapshot: row ids are handed out before the commit, so they miss what commits late.

    The rows to read are those that the previous read's snapshot could not see: their transaction started after it
    (``pg_snapshot_xmax``) or was in progress then (``pg_snapshot_xip``). The rows and the next snapshot come from
    one statement, so nothing falls between two reads (PostgreSQL documentation, section 9.27, "Transaction ID and
    Snapshot Information Functions").
    """

    _FIRST = "SELECT pg_current_snapshot()::text"
    _NEXT = """
        SELECT pg_current_snapshot()::text, entry.id, entry.kind, entry.object_id
        FROM (SELECT 1) AS always
        LEFT JOIN events_changelogentry AS entry
            ON entry.transaction_id >= %s::xid8 OR entry.transaction_id = ANY(%s::xid8[])
        ORDER BY entry.id
    """

    def __init__(self) -> None:
        # The snapshot of the last read as text, "xmin:xmax:xip,xip"; None before the first read.
        self._snapshot: str | None = None

    def read(self) -> list[LoggedChange]:
        """See ``ChangeLogReader.read``."""
        with connection.cursor() as cursor:
            if self._snapshot is None:
                cursor.execute(self._FIRST)
                self._snapshot = cursor.fetchone()[0]
                return []
            _, xmax, in_progress = self._snapshot.split(":")
            cursor.execute(self._NEXT, [xmax, in_progress.split(",") if in_progress else []])
            rows: list[tuple[str, int | None, str, UUID | None]] = cursor.fetchall()
        self._snapshot = rows[0][0]
        return _known([(log_id, kind, object_id) for _, log_id, kind, object_id in rows if log_id is not None])


def _known(rows: list[tuple[int, str, UUID | None]]) -> list[LoggedChange]:
    """Return the rows as changes, without those of a kind that only a newer version of this code knows."""
    logged = []
    for log_id, kind, object_id in rows:
        if kind in _KINDS:
            logged.append(LoggedChange(log_id, Change(ChangeKind(kind), object_id)))
        else:
            logger.warning("Change %d has the unknown kind %s and is left out", log_id, kind)
    return logged


def new_reader() -> ChangeLogReader:
    """Return the reader that is exact on this installation's database."""
    return SnapshotReader() if connection.vendor == "postgresql" else SerialReader()
