"""Says who acts in a request (``MIDDLEWARE``, behind Django's own that reads the session's user)."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from access.principals import user_principal
from audit.actions import Way
from audit.origins import SYSTEM, Actor, Origin, acting


@sync_and_async_middleware
def origin_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Let each request run on behalf of its client; its views run in threads, which get the context of the loop."""
    if iscoroutinefunction(get_response):
        get_response_async: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            with acting(_origin(request)):
                return await get_response_async(request)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        with acting(_origin(request)):
            response: HttpResponseBase = get_response(request)
            return response

    return answer


def _origin(request: HttpRequest) -> Origin:
    return Origin(
        way=Way.REST if request.path_info.startswith("/api/") else Way.ADMIN,
        address=request.META.get("REMOTE_ADDR") or "",
        read_actor=lambda: _actor(request),
    )


def _actor(request: HttpRequest) -> Actor:
    # REST puts the caller that it authenticated in the place of the session's user.
    user: Any = request.user
    if hasattr(user, "get_username"):
        name, identity = user.get_username(), user_principal(user.pk) if user.is_authenticated else None
    else:
        name, identity = getattr(user, "name", None), getattr(user, "identity", None)
    return Actor(name=name or SYSTEM, identity=identity or "")
