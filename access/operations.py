"""Disconnect a person, a program or a session, or keep it out; every server ends its websockets within seconds."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from access.models import Revocation
from audit.actions import Action, Kind
from audit.recording import audit
from events.changes import Change, ChangeKind
from events.recording import record

RETENTION = timedelta(days=30)
"""How long a revocation counts that is no block: what was granted before it must have ended by then."""

DELETE_BATCH_ROWS = 1000

logger = logging.getLogger(__name__)


def revoke(*principals: str, by: str, block: bool = False) -> None:
    """Let nothing count that the principals (``Caller.principals``) were granted until now; one transaction.

    With ``block`` nothing that they are granted later counts either, until ``forget``; who is blocked stays so.
    ``by`` says on whose behalf. Repeatable.
    """
    rows = [
        Revocation(principal=principal, revoked_at=Now(), is_blocked=block, revoked_by=by)
        for principal in dict.fromkeys(principals)
    ]
    with transaction.atomic():
        Revocation.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["principal"],
            update_fields=["revoked_at", "revoked_by", *(["is_blocked"] if block else [])],
        )
        record(Change(ChangeKind.ACCESS))
    logger.info("%s ended what was granted to %s", by, ", ".join(principals))


def disconnect(*principals: str, by: str, block: bool = False) -> None:
    """Revoke as an administrator does."""
    with transaction.atomic():
        revoke(*principals, by=by, block=block)
        for principal in principals:
            audit(Action.BLOCK if block else Action.DISCONNECT, Kind.PRINCIPAL, principal)


def forget(*principals: str) -> None:
    """Take the principals' revocations away, blocks included: whoever has a token that holds may come in again."""
    with transaction.atomic():
        Revocation.objects.filter(principal__in=principals).delete()
        record(Change(ChangeKind.ACCESS))
        for principal in principals:
            audit(Action.UNBLOCK, Kind.PRINCIPAL, principal)


def delete_expired() -> int:
    """Delete one batch of revocations older than the retention, no blocks, and return how many there were."""
    old = Revocation.objects.filter(is_blocked=False, revoked_at__lt=Now() - RETENTION).order_by("revoked_at")
    batch = list(old.values_list("pk", flat=True)[:DELETE_BATCH_ROWS])
    # One that was revoked again meanwhile is not old any more.
    return old.filter(pk__in=batch).delete()[0] if batch else 0
