"""The lease by which one host at a time, among all that share the database, does maintenance."""

import uuid
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from processes import lease_times
from processes.models import MaintenanceLease


def take(holder: str) -> UUID | None:
    """Take maintenance over for a host and return the token that proves it; None while a living host has it.

    One query in that case.
    """
    if MaintenanceLease.objects.filter(expires_at__gt=Now()).exists():
        return None
    token = uuid.uuid4()
    with transaction.atomic():
        MaintenanceLease.objects.get_or_create(pk=MaintenanceLease.ONLY_ID)
        taken = MaintenanceLease.objects.filter(Q(expires_at=None) | Q(expires_at__lte=Now())).update(
            holder=holder, token=token, held_since=Now(), expires_at=lease_times.expiry()
        )
    return token if taken else None


def renew(token: UUID) -> bool:
    """Let the lease last from now on, and return whether it still was this token's."""
    return bool(MaintenanceLease.objects.filter(token=token).update(expires_at=lease_times.expiry()))


def release(token: UUID) -> None:
    """Let another host take maintenance at once; does nothing if the lease is gone."""
    MaintenanceLease.objects.filter(token=token).update(holder=None, token=None, held_since=None, expires_at=None)
