"""Write down who does what: the only way to do so, inside the transaction that does it."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models.functions import Now

from audit.actions import Action, Kind
from audit.models import AuditEntry
from audit.origins import Origin, current_origin

logger = logging.getLogger("audit")


class AuditOutsideTransactionError(RuntimeError):
    """An action can only be audited inside the transaction that does it: wrap both in ``transaction.atomic()``."""


def audit(
    action: Action,
    kind: Kind,
    object_id: UUID | int | str = "",
    *,
    reporter: str | None = None,
    keep_days: int | None = None,
    **detail: Any,
) -> None:
    """Write that whoever acts here does this; nothing where nobody does (``audit.origins``). One statement.

    ``reporter`` is who was named as the doer. ``detail`` is a little JSON: never what somebody typed, nor a secret.
    ``keep_days`` is how long the entry is kept, if that is less than ``AUDIT_RETENTION_DAYS``.
    A rollback leaves no row and no line in the log.

    Raises:
        AuditOutsideTransactionError: there is no open transaction.
    """
    origin = current_origin()
    if origin is not None:
        write_entry(origin, action, kind, object_id, reporter=reporter, keep_days=keep_days, **detail)


def write_entry(
    origin: Origin,
    action: Action,
    kind: Kind,
    object_id: UUID | int | str = "",
    *,
    reporter: str | None = None,
    keep_days: int | None = None,
    **detail: Any,
) -> None:
    """Write that the origin does this; else as ``audit``."""
    if not connection.in_atomic_block:
        raise AuditOutsideTransactionError(AuditOutsideTransactionError.__doc__)
    actor, retention_days = origin.read_actor(), django_settings.ENVIRONMENT.audit_retention_days
    entry = AuditEntry.objects.create(
        keep_until=Now() + timedelta(days=retention_days if keep_days is None else min(keep_days, retention_days)),
        actor=actor.name,
        identity=actor.identity,
        reporter="" if reporter in (None, actor.name) else reporter,
        action=action,
        kind=kind,
        object_id=str(object_id),
        detail=detail,
        address=origin.address,
        way=origin.way,
    )
    transaction.on_commit(lambda: _log(entry), robust=True)


def _log(entry: AuditEntry) -> None:
    # Names are quoted: who chose them may have put a line break in.
    logger.info(
        "%s by %r%s%s, %s%s",
        entry,
        entry.actor,
        f" as {entry.identity!r}" if entry.identity else "",
        f" for {entry.reporter!r}" if entry.reporter else "",
        entry.way,
        f" from {entry.address}" if entry.address else "",
    )
