"""What every page shows around its own content, and what came of the form that a person sent."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from access.callers import Caller
from access.roles import Role
from audit.origins import SYSTEM
from events.running_manager import current_position
from orchestrator_ws.errors import OrchestratorError
from settings.queries import get_engine_status


def render_fragment(
    request: HttpRequest, caller: Caller, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Render a part of a page, told what the caller may do."""
    may = {role.value: caller.may(role) for role in Role}
    return render(request, f"console/{template}", {**context, "may": may}, status=status)


def render_page(
    request: HttpRequest, caller: Caller, template: str, read: Callable[[], Mapping[str, Any]], status: int = 200
) -> HttpResponse:
    """Render a whole page with what ``read`` returns.

    The position is taken before: the page is told of all that is committed after it.
    """
    around = {
        "position": current_position() or "",
        "section": request.path.split("/")[1],
        "engine": get_engine_status(),
        "caller": caller,
    }
    return render_fragment(request, caller, template, {**around, **read()}, status)


def attempt(request: HttpRequest, operation: Callable[[], object], done: str) -> bool:
    """Run the operation and let the next page say that it is ``done``, or why it is not; return which."""
    try:
        operation()
    except OrchestratorError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, done)
    return True


def reporter_of(caller: Caller) -> str:
    """Return who is recorded as the doer."""
    return caller.name or SYSTEM
