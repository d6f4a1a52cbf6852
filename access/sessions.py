"""Callers whom Django's session cookie names: users of admin and of the pages that the product serves itself."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.utils import timezone

from access.callers import Caller, display_name
from access.principals import session_principal, user_principal
from access.roles import Role, with_implied

LOGGED_IN_AT = "access.logged_in_at"
"""Where a session says when it began, in seconds of Unix time: the user's last login may be that of another one."""


def note_login(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Write down when a session begins (receives Django's ``user_logged_in``)."""
    request.session[LOGGED_IN_AT] = timezone.now().timestamp()


def session_caller(user: AbstractBaseUser | AnonymousUser, session: SessionBase) -> Caller | None:
    """Return the caller who is the session's user; None if it has none, or one who is not active. Queries the database.

    Roles are the user's permissions ``access.view`` and so on; superusers have all.
    """
    if not isinstance(user, User) or not user.is_active or session.session_key is None:
        return None
    expires_at = Session.objects.filter(pk=session.session_key).values_list("expire_date", flat=True).first()
    if expires_at is None:  # it ended meanwhile
        return None
    began = session.get(LOGGED_IN_AT)
    return Caller(
        name=display_name(user.get_username()) or str(user.pk),
        roles=with_implied(role for role in Role if user.has_perm(f"access.{role}")),
        principals=frozenset({user_principal(user.pk), session_principal(session.session_key)}),
        issued_at=user.last_login if began is None else datetime.fromtimestamp(began, UTC),
        expires_at=expires_at,
    )


def admin_caller(request: HttpRequest) -> Caller:
    """Return who sent a request to Django admin; as for REST, nobody who is known while authentication is off.

    Raises:
        PermissionDenied: the session has ended meanwhile.
    """
    if not django_settings.OAUTH2_ACTIVE:
        return Caller()
    caller = session_caller(request.user, request.session)
    if caller is None:
        raise PermissionDenied
    return caller


def read_session_key(cookies: str) -> str | None:
    """Return the key of the session in a ``Cookie`` header, None if there is none."""
    return parse_cookie(cookies).get(django_settings.SESSION_COOKIE_NAME)


def find_session_caller(session_key: str) -> Caller | None:
    """As ``session_caller``, by the key alone."""
    request = HttpRequest()
    request.session = SessionStore(session_key)
    return session_caller(get_user(request), request.session)
