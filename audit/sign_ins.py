"""Who signs in to admin, and who fails to: receivers of Django's signals."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from audit.actions import Action, Kind
from audit.recording import audit


def note_login(user: AbstractBaseUser, **signal_arguments: Any) -> None:
    """Receive that the user signed in."""
    _note(Action.LOGIN, user.get_username())


def note_logout(user: AbstractBaseUser | None, **signal_arguments: Any) -> None:
    """Receive that the user signed out; None for one who was not signed in."""
    if user is not None:
        _note(Action.LOGOUT, user.get_username())


def note_failed_login(credentials: dict[str, Any], **signal_arguments: Any) -> None:
    """Receive that somebody did not get in; only a name that exists is kept, for people type passwords there."""
    users = get_user_model()
    name = str(credentials.get(users.USERNAME_FIELD, ""))
    is_known = "\0" not in name and users.objects.filter(**{users.USERNAME_FIELD: name}).exists()
    _note(Action.FAILED_LOGIN, name if is_known else "")


def _note(action: Action, name: str) -> None:
    with transaction.atomic():
        audit(action, Kind.USER, name)
