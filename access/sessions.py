"""Callers whom Django's session cookie names: users of admin and of the pages that the product serves itself."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from django.conf import settings as django_settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission, User
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from access.callers import Caller, display_name
from access.principals import session_principal, user_principal
from access.roles import Role, with_implied

LOGGED_IN_AT = "access.logged_in_at"
"""Where a session says when it began, in seconds of Unix time: the user's last login may be that of another one."""

SessionData: TypeAlias = Mapping[str, Any] | SessionBase


def note_login(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Write down when a session begins (receives Django's ``user_logged_in``)."""
    request.session[LOGGED_IN_AT] = timezone.now().timestamp()


def read_session_key(cookies: str) -> str | None:
    """Return the key of the session in a ``Cookie`` header, None if there is none."""
    key = parse_cookie(cookies).get(django_settings.SESSION_COOKIE_NAME)
    return key if key is not None and can_be_session_key(key) else None


def can_be_session_key(text: str) -> bool:
    """Return whether the text can be a key: a cookie may hold any character, and PostgreSQL fails at some."""
    return text.isascii() and text.isalnum()


def session_caller(user: AbstractBaseUser | AnonymousUser, session: SessionBase) -> Caller | None:
    """Return the caller who is the session's user; None if it has none, or one who is not active. Two queries.

    Roles are the user's permissions ``access.view`` and so on; superusers have all.
    """
    if not isinstance(user, User) or not user.is_active or session.session_key is None:
        return None
    row = _open_sessions([session.session_key]).first()
    if row is None:
        return None
    return _caller(user, _roles(user, _read_grants([] if user.is_superuser else [user.pk])), row, session)


def page_caller(request: HttpRequest) -> Caller:
    """Return who sent a request to admin or the console; as for REST, nobody who is known while authentication is off.

    Raises:
        PermissionDenied: the session has ended meanwhile.
    """
    if not django_settings.OAUTH2_ACTIVE:
        return Caller()
    caller = session_caller(request.user, request.session)
    if caller is None:
        raise PermissionDenied
    return caller


def session_identity(user: User, session: SessionBase) -> Caller:
    """Return who the session's user is to a revocation: a caller that may do nothing; no query."""
    return _identity(user, session.session_key or "", session)


def find_session_callers(session_keys: Collection[str]) -> dict[str, Caller]:
    """Return, by key, who each open session names, as ``session_caller`` does; three queries, however many there are.

    They know their key. Nothing is written: a session that the password has ended is left as it is.
    """
    sessions = [(row, row.get_decoded()) for row in _open_sessions(session_keys)]
    user_ids = {data[SESSION_KEY] for _, data in sessions if SESSION_KEY in data}
    # Read before the users: who is deleted meanwhile is one who is gone, and not one who has lost all roles.
    grants = _read_grants(user_ids)
    users = {str(user.pk): user for user in User.objects.filter(pk__in=user_ids, is_active=True)}
    callers = {}
    for row, data in sessions:
        user = users.get(data.get(SESSION_KEY, ""))
        if user is not None and _has_the_password_of(user, data):
            callers[row.session_key] = replace(
                _caller(user, _roles(user, grants), row, data), session_key=row.session_key
            )
    return callers


def _open_sessions(session_keys: Collection[str]) -> QuerySet[Session]:
    return Session.objects.filter(pk__in=session_keys, expire_date__gt=timezone.now())


def _has_the_password_of(user: User, data: Mapping[str, Any]) -> bool:
    return constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def _read_grants(user_ids: Collection[Any]) -> set[tuple[int, str]]:
    """Return who has which permission of ours, by itself or by a group: ids and codenames; one query."""
    permissions = Permission.objects.filter(content_type__app_label="access").order_by()
    own = permissions.filter(user__in=user_ids).values_list("user", "codename")
    of_groups = permissions.filter(group__user__in=user_ids).values_list("group__user", "codename")
    return set(own.union(of_groups))


def _roles(user: User, grants: set[tuple[int, str]]) -> frozenset[Role]:
    return with_implied(role for role in Role if user.is_superuser or (user.pk, role.value) in grants)


def _caller(user: User, roles: frozenset[Role], row: Session, data: SessionData) -> Caller:
    return replace(_identity(user, row.session_key, data), roles=roles, expires_at=row.expire_date)


def _identity(user: User, session_key: str, data: SessionData) -> Caller:
    began = data.get(LOGGED_IN_AT)
    return Caller(
        name=display_name(user.get_username()) or str(user.pk),
        roles=frozenset(),
        principals=frozenset({user_principal(user.pk), session_principal(session_key)}),
        issued_at=user.last_login if began is None else datetime.fromtimestamp(began, UTC),
    )
