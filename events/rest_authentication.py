"""Authentication of REST requests, for Django REST framework."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from events.authentication import AuthenticationRefusedError, Caller, authenticate


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


class IsCaller(BasePermission):
    """Lets in whoever was authenticated."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Return whether the request has a caller."""
        return isinstance(request.user, Caller)
