"""The engine: its badge on every page, the button that pauses and starts it, and who works."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.callers import Caller
from access.roles import Role
from console.guards import console_page, sent_from_page
from console.rendering import attempt, render_fragment, render_page
from processes.worker_status import get_worker_status
from settings.operations import set_global_lock
from settings.queries import find_lock_entry, get_engine_status


@require_safe
@console_page()
def engine_badge(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the engine's status in a word."""
    return render_fragment(request, caller, "engine_badge.html", {"engine": get_engine_status()})


@require_safe
@console_page()
def engine_page(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the engine, its button and its workers."""
    return render_page(request, caller, "engine.html", _workers)


@require_safe
@console_page()
def engine_fragment(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show what of the engine's page changes."""
    return render_fragment(request, caller, "engine_detail.html", {"engine": get_engine_status(), **_workers()})


@sent_from_page
@console_page(sends=Role.ENGINE)
def lock(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Pause the engine (``locked=true``) or start it."""
    is_locked = request.POST.get("locked") == "true"
    attempt(
        request,
        lambda: set_global_lock(is_locked),
        "The engine pauses: processes stop before their next step." if is_locked else "The engine is running.",
    )
    return HttpResponseRedirect(reverse("console:engine"))


def _workers() -> dict[str, Any]:
    return {"workers": get_worker_status(), "lock_entry": find_lock_entry()}
