"""What Django tells of its users, groups and sessions that may end a websocket: signals become changes.

Servers then ask what the sessions of their clients are still good for, so none needs to know what happened.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from access.operations import revoke
from access.principals import user_principal
from audit.origins import SYSTEM
from events.changes import Change, ChangeKind
from events.recording import record

DECISIVE_FIELDS = frozenset({"password", "is_active", "is_superuser"})
"""Fields of a user that say whether its sessions count, and what it may do."""


def connect_signals() -> None:
    """Listen from now on."""
    post_save.connect(note_saved_user, sender=User, dispatch_uid="access.endings.saved")
    for model in (User, Group):
        post_delete.connect(note_deleted, sender=model, dispatch_uid="access.endings.deleted")
    for grants in (User.user_permissions, User.groups, Group.permissions):
        m2m_changed.connect(note_grants, sender=grants.through, dispatch_uid="access.endings.grants")
    post_delete.connect(note_ended_session, sender=Session, dispatch_uid="access.endings.session")


def note_saved_user(
    instance: User, *, created: bool, raw: bool, update_fields: frozenset[str] | None, **kwargs: Any
) -> None:
    """Record that a user may have another password or fewer rights; end all that one who is inactive was granted."""
    if raw or created or (update_fields is not None and DECISIVE_FIELDS.isdisjoint(update_fields)):
        return
    if instance.is_active:
        _record()
    else:
        revoke(user_principal(instance.pk), by=SYSTEM)


def note_deleted(**kwargs: Any) -> None:
    """Record that a user or a group is gone."""
    _record()


def note_grants(action: str, **kwargs: Any) -> None:
    """Record that a user or a group has other permissions, or a user other groups."""
    if action.startswith("post_"):
        _record()


def note_ended_session(instance: Session, **kwargs: Any) -> None:
    """Record that a session ended before its time: its user logged out, or changed the password."""
    if instance.expire_date > timezone.now() and SESSION_KEY in instance.get_decoded():
        _record()


def _record() -> None:
    with transaction.atomic():
        record(Change(ChangeKind.ACCESS))
