"""The change log: one small row for each recorded change."""

from django.db import models
from django.db.models.functions import Now

from events.changes import Change, ChangeKind, LoggedChange


class ChangeLogEntry(models.Model):
    """One recorded change.

    On PostgreSQL the table has one column more, ``transaction_id xid8``, filled by the database and used only by
    the reader (migration 0002 and ``events.change_log``).
    """

    kind = models.CharField(max_length=32, choices=[(kind.value, kind.value) for kind in ChangeKind])
    object_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.object_id or ''}".rstrip()

    def as_logged_change(self) -> LoggedChange:
        """Return the row as the value that the delivery works with."""
        return LoggedChange(self.pk, Change(ChangeKind(self.kind), self.object_id))
