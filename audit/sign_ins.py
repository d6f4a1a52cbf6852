"""Who signs in to admin, and who fails to: receivers of Django's signals."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from audit.actions import Action, Kind
from audit.recording import audit

NAMELESS_DAYS = 30
"""How long it is kept that somebody failed without the name of a user: anybody can make many of these."""


def note_login(user: AbstractBaseUser, **signal_arguments: Any) -> None:
    """Receive that the user signed in."""
    _note(Action.LOGIN, user.get_username())


def note_logout(user: AbstractBaseUser | None, **signal_arguments: Any) -> None:
    """Receive that the user signed out; None for one who was not signed in."""
    if user is not None:
        _note(Action.LOGOUT, user.get_username())


def note_failed_login(credentials: dict[str, Any], **signal_arguments: Any) -> None:
    """Receive that somebody did not get in; only a name that exists is kept, for people type passwords there."""
    _note(Action.FAILED_LOGIN, _if_known(str(credentials.get(get_user_model().USERNAME_FIELD, ""))))


def note_lockout(name: str) -> None:
    """Note that logins under what was typed as a name, any for the empty one, are refused from here for a while."""
    _note(Action.LOCKOUT, _if_known(name))


def _if_known(name: str) -> str:
    users = get_user_model()
    is_known = "\0" not in name and users.objects.filter(**{users.USERNAME_FIELD: name}).exists()
    return name if is_known else ""


def _note(action: Action, name: str) -> None:
    with transaction.atomic():
        audit(action, Kind.USER, name, keep_days=None if name else NAMELESS_DAYS)
