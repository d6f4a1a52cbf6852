"""What Django tells of its users and sessions that ends what they were granted: signals become operations."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from access.operations import revoke
from access.principals import session_principal, user_principal
from audit.origins import SYSTEM


def connect_signals() -> None:
    """Listen from now on."""
    post_save.connect(end_inactive_user, sender=User, dispatch_uid="access.endings.inactive")
    post_delete.connect(end_deleted_user, sender=User, dispatch_uid="access.endings.user")
    post_delete.connect(end_session, sender=Session, dispatch_uid="access.endings.session")


def end_inactive_user(instance: User, *, raw: bool, **kwargs: Any) -> None:
    """Disconnect a user that was saved as inactive."""
    if not (instance.is_active or raw):
        revoke(user_principal(instance.pk), by=SYSTEM)


def end_deleted_user(instance: User, **kwargs: Any) -> None:
    """Disconnect a user that was deleted."""
    revoke(user_principal(instance.pk), by=SYSTEM)


def end_session(instance: Session, **kwargs: Any) -> None:
    """Disconnect a session that ended before its time: its user logged out, or changed the password."""
    if instance.expire_date > timezone.now() and SESSION_KEY in instance.get_decoded():
        revoke(session_principal(instance.session_key), by=SYSTEM)
