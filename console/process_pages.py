"""The page of one process: its steps, its form, and what can be done to it."""

from functools import partial
from typing import Any
from uuid import UUID
from zlib import crc32

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.callers import Caller
from console.form_walk import ShownPage, first_page, walk
from console.guards import console_page, sent_from_page
from console.rendering import attempt, render_fragment, render_page, reporter_of
from console.timeline import timeline
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.errors import NotFoundError, OrchestratorError
from processes import operations
from processes.authorization import authorize_resume
from processes.errors import ProcessNotResumableError
from processes.form_walks import get_resume_page
from processes.models import MAX_NOTE_LENGTH
from processes.queries import ProcessDetail, get_process_detail, newest_row_of
from processes.statuses import ENDED, RESUMABLE, ProcessStatus
from processes.workflow.forms import AskedPage

FORM_KEY = ".key"
"""The name of the control that says where the process stood when the page was made; no field can have it."""


@require_safe
@console_page()
def process_page(request: HttpRequest, caller: Caller, process_id: UUID) -> HttpResponse:
    """Show a process."""
    return render_page(request, caller, "process.html", lambda: _context(_get_detail(process_id)))


@require_safe
@console_page()
def process_fragment(request: HttpRequest, caller: Caller, process_id: UUID) -> HttpResponse:
    """Show what of a process changes while it runs; of one that was deleted, that it was."""
    try:
        context = _context(_get_detail(process_id))
    except Http404:
        return render_fragment(request, caller, "process_gone.html", {})
    return render_fragment(request, caller, "process_detail.html", context)


@sent_from_page
@console_page()
def resume(request: HttpRequest, caller: Caller, process_id: UUID) -> HttpResponse:
    """Resume or retry; with a form that is not filled in yet, show it again, or its next page."""

    def submit(pages: list[JsonObject]) -> None:
        operations.resume_process(
            process_id,
            pages,
            reporter_of(caller),
            only=frozenset({judged.status}),
            judged_row=judged.newest_row,
        )

    try:
        judged = authorize_resume(process_id, caller)
        key = _form_key(judged.newest_row, judged.status)
        if request.POST.get(FORM_KEY) != key:
            raise ProcessNotResumableError(judged.status)
        page = walk(request.POST, partial(get_resume_page, process_id), submit)
    except NotFoundError as error:
        raise Http404(str(error)) from error
    except ProcessNotResumableError:
        messages.error(request, "The process has gone on; look again.")
        return _to(process_id)
    except OrchestratorError as error:
        messages.error(request, str(error))
        return _to(process_id)
    if page is None:
        messages.success(request, "Resumed.")
        return _to(process_id)
    # Read anew: the page is told of nothing that was committed before its position.
    return render_page(
        request,
        caller,
        "process.html",
        lambda: _context(_get_detail(process_id), page, key),
        page.status,
    )


@sent_from_page
@console_page()
def abort(request: HttpRequest, caller: Caller, process_id: UUID) -> HttpResponse:
    """Abort the process."""
    attempt(request, lambda: operations.abort_process(process_id, reporter_of(caller)), "Aborted.")
    return _to(process_id)


@sent_from_page
@console_page()
def delete(request: HttpRequest, caller: Caller, process_id: UUID) -> HttpResponse:
    """Delete the task."""
    is_done = attempt(request, lambda: operations.delete_task(process_id), "Deleted.")
    return HttpResponseRedirect(reverse("console:tasks")) if is_done else _to(process_id)


@sent_from_page
@console_page()
def set_note(request: HttpRequest, caller: Caller, process_id: UUID) -> HttpResponse:
    """Store the note; an empty one is none."""
    # Browsers count a line's end as one character, and send two.
    note = request.POST.get("note", "").replace("\r\n", "\n").strip()
    if len(note) > MAX_NOTE_LENGTH:
        messages.error(request, f"The note has {len(note)} characters, {MAX_NOTE_LENGTH} are allowed.")
    else:
        attempt(request, lambda: operations.set_note(process_id, note or None), "The note is stored.")
    return _to(process_id)


def _to(process_id: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:process", args=[process_id]))


def _get_detail(process_id: UUID) -> ProcessDetail:
    try:
        return get_process_detail(process_id)
    except NotFoundError as error:
        raise Http404(str(error)) from error


def _form_key(newest_row: int, status: str) -> str:
    """Return another text whenever the process asks for another form; it travels with what is filled in."""
    return f"{newest_row}-{status}"


def _context(detail: ProcessDetail, page: ShownPage | None = None, form_key: str = "") -> dict[str, Any]:
    process = detail.process
    if page is None and detail.form is not None and process.status is ProcessStatus.SUSPENDED:
        page = first_page(AskedPage(detail.form, detail.form_meta))
    return {
        "process": process,
        "subscriptions": detail.subscriptions,
        "steps": timeline(detail),
        "state": detail.progress.current_state,
        "whole_at": f"/api/processes/{process.pk}",
        "form_page": page,
        # Whoever types into the form of a step keeps it while the page is refreshed, until the process has gone on.
        "form_key": form_key or _form_key(newest_row_of(detail.logged), process.last_status),
        "can_retry": process.status in RESUMABLE and page is None,
        "is_open": process.status not in ENDED,
        # What is typed into the note stays too, until somebody stores another one.
        "note_key": crc32((process.note or "").encode()),
        "max_note_length": MAX_NOTE_LENGTH,
    }
