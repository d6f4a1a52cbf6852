"""Authentication of REST requests, for Django REST framework: by a bearer token, else by Django's session."""

from copy import copy
from typing import cast

from django.conf import settings as django_settings
from django.contrib.auth import get_user
from django.http import QueryDict
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from access.authentication import authenticate
from access.callers import Caller
from access.origins import may_write
from access.refusals import AuthenticationRefusedError
from access.revocations import is_revoked
from access.roles import Role
from access.sessions import session_caller


class CallerAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer <token>``; only without one the session cookie, which needs a CSRF token to write.

    While authentication is off it looks at neither, and lets no foreign page write: a page can send a request without
    a token to any server, and only may not read the answer. One with a token the browser asks the server for first.
    """

    def authenticate(self, request: Request) -> tuple[Caller, None]:
        """Return the caller, or raise the 401 of ``docs/rest.md``, section 1."""
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        token = credentials.strip() if scheme.lower() == "bearer" else ""
        if not token and django_settings.OAUTH2_ACTIVE and django_settings.SESSION_COOKIE_NAME in request.COOKIES:
            # Of one who is revoked the request has no user any more, and the answer says something else.
            caller = session_caller(get_user(request._request), request._request.session)
            if caller is not None:
                _enforce_csrf(request)
                return _require_valid(caller), None
        try:
            caller = authenticate(token)
        except AuthenticationRefusedError as error:
            raise NotAuthenticated(str(error)) from error
        if not token and not may_write(request._request):
            raise PermissionDenied("Origin not allowed")
        return _require_valid(caller), None

    def authenticate_header(self, request: Request) -> str:
        """Return the value of ``WWW-Authenticate``, which makes the refusal a 401."""
        return "Bearer"


def _require_valid(caller: Caller) -> Caller:
    """Refuse with 401 whom somebody has disconnected."""
    if is_revoked(caller):
        raise NotAuthenticated("Invalid or expired token")
    return caller


def _enforce_csrf(request: Request) -> None:
    """Refuse with 403 what no page of ours asks for.

    The token counts in its header alone: the body is JSON whatever its type says, so Django must not look there.
    """
    without_body = copy(request._request)
    without_body.POST = QueryDict()
    SessionAuthentication().enforce_csrf(without_body)  # type: ignore[arg-type]  # it takes a request of Django too


def request_caller(request: Request) -> Caller:
    """Return who sent a request that was let in."""
    return cast("Caller", request.user)


class HasRole(BasePermission):
    """Lets in a caller with the role that the view asks for; a view's ``roles`` says so by method.

    Without an entry a method that only reads takes ``view``, any other ``operate``.
    """

    message = "Not authorized"

    def has_permission(self, request: Request, view: object) -> bool:
        """Return whether the caller has the role."""
        default = Role.VIEW if request.method in SAFE_METHODS else Role.OPERATE
        role = getattr(view, "roles", {}).get(request.method, default)
        return isinstance(request.user, Caller) and request.user.may(role)
