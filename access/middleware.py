"""The user of a request, who is nobody once the session is revoked (``MIDDLEWARE``, in place of Django's own)."""

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from access.revocations import is_revoked
from access.sessions import can_be_session_key, session_identity


class RevocableAuthenticationMiddleware(AuthenticationMiddleware):
    """Ends a session that somebody disconnected or blocked, when a view looks who its user is."""

    def process_request(self, request: HttpRequest) -> None:
        """Give the request its user; a cookie that can name no session names none."""
        super().process_request(request)
        key = request.session.session_key
        if key is not None and not can_be_session_key(key):
            request.session = SessionStore()
        request.user = SimpleLazyObject(lambda: _valid_user(request))  # type: ignore[assignment]  # as Django's
        request.auser = sync_to_async(lambda: _valid_user(request))


def _valid_user(request: HttpRequest) -> User | AnonymousUser:
    """Return the session's user; one query more than Django, none without a session."""
    user = get_user(request)
    if isinstance(user, User) and is_revoked(session_identity(user, request.session)):
        request.session.flush()
        return AnonymousUser()
    return user
