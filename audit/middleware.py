"""Says who acts in a request (``MIDDLEWARE``, behind Django's own that reads the session's user)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_only_middleware

from access.principals import user_principal
from audit.actions import Way
from audit.origins import SYSTEM, Actor, Origin, acting

_WAYS = {"api": Way.REST, "admin": Way.ADMIN}


@sync_only_middleware
def origin_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let each request run on behalf of its client.

    Knows one way only, in a thread, so that Django takes the middleware around it there in one go: before and after the
    view, each of them would go there and back by itself.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        with acting(_origin(request)):
            return get_response(request)

    return answer


def _origin(request: HttpRequest) -> Origin:
    return Origin(
        # ``OPTIONS *`` has a path without a slash.
        way=_WAYS.get(request.path_info.strip("/").partition("/")[0], Way.CONSOLE),
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
