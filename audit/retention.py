"""Let go of entries whose time is over."""

from django.db import transaction
from django.db.models.functions import Now

from audit.actions import Action, Kind, Way
from audit.models import AuditEntry
from audit.origins import Origin
from audit.recording import write_entry

BATCH_ENTRIES = 10_000
"""Entries that one call deletes; the others follow at the next."""


def delete_old_entries() -> int:
    """Delete one batch of entries that were kept long enough, and return how many; the log says that it did.

    One transaction, on any host at any time. How long an entry is kept was fixed when it was written.
    """
    with transaction.atomic():
        over = AuditEntry.objects.filter(keep_until__lte=Now()).order_by("keep_until").values("pk")[:BATCH_ENTRIES]
        deleted, _ = AuditEntry.objects.filter(pk__in=over).delete()
        if deleted:
            write_entry(Origin(way=Way.SYSTEM), Action.FORGET, Kind.AUDIT_LOG, entries=deleted)
    return deleted
