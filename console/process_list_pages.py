"""The overviews of processes and of tasks: how many there are per status, and a list to search."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.callers import Caller
from console.guards import console_page, sent_from_page
from console.listing import read_listing, search_condition
from console.rendering import render_fragment, render_page, reporter_of
from orchestrator_ws.errors import OrchestratorError
from processes.authorization import user_of
from processes.list_query import PROCESS_FIELDS
from processes.models import Process
from processes.resume_all import request_resume_all
from processes.serializers import process_bodies
from processes.statuses import ProcessStatus


@require_safe
@console_page()
def process_list(request: HttpRequest, caller: Caller, *, is_task: bool) -> HttpResponse:
    """Show the overview."""
    return render_page(
        request, caller, "process_list.html", lambda: _counts(request, is_task) | _rows(request, is_task)
    )


@require_safe
@console_page()
def process_counts(request: HttpRequest, caller: Caller, *, is_task: bool) -> HttpResponse:
    """Show how many the search finds per status."""
    return render_fragment(request, caller, "process_counts.html", _counts(request, is_task))


@require_safe
@console_page()
def process_rows(request: HttpRequest, caller: Caller, *, is_task: bool) -> HttpResponse:
    """Show the rows of the list."""
    return render_fragment(request, caller, "process_rows.html", _rows(request, is_task))


@sent_from_page
@console_page()
def retry_tasks(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Retry all tasks that failed or wait, and that the caller may retry."""
    try:
        count = request_resume_all(user_of(caller), reporter_of(caller))
    except OrchestratorError as error:
        messages.error(request, str(error))
    else:
        tried = f"{count} task{pluralize(count, ' is,s are')} tried again."
        messages.success(request, tried if count else "There is no task to try again that you may retry.")
    return HttpResponseRedirect(reverse("console:tasks"))


def _counts(request: HttpRequest, is_task: bool) -> dict[str, Any]:
    found = Process.objects.filter(search_condition(request.GET, PROCESS_FIELDS), is_task=is_task)
    counted = dict(found.order_by().values_list("last_status").annotate(Count("pk")))
    chosen = _status(request)
    shown = [status for status in ProcessStatus if status in counted or status == chosen]
    return {
        "is_task": is_task,
        "status": chosen,
        "total": sum(counted.values()),
        "counts": [(status.value, counted.get(status, 0)) for status in shown],
    }


def _rows(request: HttpRequest, is_task: bool) -> dict[str, Any]:
    rows = Process.objects.filter(is_task=is_task)
    status = _status(request)
    if status:
        rows = rows.filter(last_status=status)
    listing = read_listing(request.GET, PROCESS_FIELDS, rows, process_bodies)
    return {"is_task": is_task, "status": status, "listing": listing}


def _status(request: HttpRequest) -> str:
    """Return the status to show, empty for all; what is none shows all."""
    chosen = request.GET.get("status", "")
    return chosen if chosen in set(ProcessStatus) else ""
