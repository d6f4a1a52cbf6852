"""Authentication of REST requests, for Django REST framework."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from access.authentication import authenticate
from access.callers import Caller
from access.refusals import AuthenticationRefusedError
from access.roles import Role


class BearerAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer <token>``; without the header the token is empty."""

    def authenticate(self, request: Request) -> tuple[Caller, None]:
        """Return the caller, or raise the 401 of ``docs/rest.md``, section 1."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            return authenticate(token.strip() if scheme.lower() == "bearer" else ""), None
        except AuthenticationRefusedError as error:
            raise NotAuthenticated(str(error)) from error

    def authenticate_header(self, request: Request) -> str:
        """Return the value of ``WWW-Authenticate``, which makes the refusal a 401."""
        return "Bearer"


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
