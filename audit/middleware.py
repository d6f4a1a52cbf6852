"""Says who acts in a request (``MIDDLEWARE``, behind Django's own that reads the session's user)."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from audit.actions import Way
from audit.origins import Origin, acting


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
        read_name=lambda: _name(request),
    )


def _name(request: HttpRequest) -> str:
    # REST puts the caller that it authenticated in the place of the session's user.
    user: Any = request.user
    name = user.get_username() if hasattr(user, "get_username") else getattr(user, "name", None)
    return name or ""
