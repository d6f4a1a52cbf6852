"""The REST views of processes and workers: read the request, call one operation or query, answer."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.http import HttpResponse
from pydantic import TypeAdapter
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.rest_authentication import request_caller
from orchestrator_ws.list_answers import answer_list
from orchestrator_ws.list_query import parse_list_query
from orchestrator_ws.negotiation import JsonRenderer
from orchestrator_ws.request_validation import read_json, read_reporter, validate, validate_pages, validate_uuid
from processes import callbacks, openapi, operations
from processes.authorization import user_of
from processes.list_query import PROCESS_FIELDS
from processes.models import Process
from processes.on_behalf import resume_for, start_for
from processes.queries import count_statuses, get_process_detail
from processes.resume_all import request_resume_all
from processes.serializers import NoteChange, detail_body, process_bodies
from processes.worker_status import get_worker_status
from settings.operations import require_unlocked

_NOTE = TypeAdapter(NoteChange)
_OBJECT = TypeAdapter(dict[str, Any])
_TEXT_OR_OBJECT = TypeAdapter(str | dict[str, Any])


@openapi.process_list
class ProcessListView(APIView):
    """``GET /api/processes/``: ``docs/rest.md``, section 4."""

    def get(self, request: Request) -> HttpResponse:
        """Answer the rows asked for, or 304 if the client has them."""
        query = parse_list_query(PROCESS_FIELDS, request.query_params)
        return answer_list(request, query, Process.objects.all(), unit="processes", bodies=process_bodies)


@openapi.status_counts
class StatusCountsView(APIView):
    """``GET /api/processes/status-counts``."""

    def get(self, request: Request) -> Response:
        """Answer how many processes and tasks there are per status."""
        return Response(count_statuses())


@openapi.process
class ProcessView(APIView):
    """``/api/processes/{process_id}`` and, for POST, ``/api/processes/{workflow_key}``: one path on the wire."""

    def get(self, request: Request, key: str) -> Response:
        """Answer the process object."""
        return Response(detail_body(get_process_detail(_process_id(key))))

    def post(self, request: Request, key: str) -> Response:
        """Start the workflow named ``key``."""
        body = read_json(request)
        require_unlocked()
        pages, reporter = validate_pages(body), read_reporter(request)
        process_id = start_for(request_caller(request), key, pages, reporter)
        return Response({"id": str(process_id)}, status=status.HTTP_201_CREATED)

    def patch(self, request: Request, key: str) -> Response:
        """Set the note."""
        body = read_json(request)
        process_id = _process_id(key)
        change = validate(_NOTE, body, "body")
        if "note" in change.model_fields_set:
            operations.set_note(process_id, change.note)
        return Response(detail_body(get_process_detail(process_id)))

    def delete(self, request: Request, key: str) -> Response:
        """Delete a task."""
        operations.delete_task(_process_id(key))
        return Response(status=status.HTTP_204_NO_CONTENT)


@openapi.resume
class ResumeView(APIView):
    """``PUT /api/processes/{process_id}/resume``."""

    def put(self, request: Request, key: str) -> Response:
        """Resume or retry the process; an object in place of the list counts as its only page."""
        body = read_json(request)
        require_unlocked()
        process_id = _process_id(key)
        pages = validate_pages([body] if isinstance(body, dict) else body)
        resume_for(request_caller(request), process_id, pages, read_reporter(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


@openapi.resume_all
class ResumeAllView(APIView):
    """``PUT /api/processes/resume-all``."""

    def put(self, request: Request) -> Response:
        """Answer how many tasks will be resumed."""
        require_unlocked()
        return Response({"count": request_resume_all(request_caller(request), read_reporter(request))})


@openapi.callback
class CallbackView(APIView):
    """``POST /api/processes/{process_id}/callback/{token}``: the token is the right, beside the caller's role."""

    def post(self, request: Request, key: str, token: str) -> Response:
        """Hand the callback's body to the process that awaits it."""
        body = read_json(request)
        require_unlocked()
        callbacks.continue_awaiting_process(_process_id(key), token, validate(_OBJECT, body, "body"))
        return Response(None)


@openapi.callback_progress
class CallbackProgressView(APIView):
    """``POST /api/processes/{process_id}/callback/{token}/progress``."""

    def post(self, request: Request, key: str, token: str) -> Response:
        """Show how far the other system is."""
        body = read_json(request)
        require_unlocked()
        callbacks.update_callback_progress(_process_id(key), token, validate(_TEXT_OR_OBJECT, body, "body"))
        return Response(None)


@openapi.form
class FormView(APIView):
    """``POST /api/forms/{form_key}``: forms that belong to no workflow (``docs/rest.md``, section 5)."""

    def post(self, request: Request, key: str) -> Response:
        """Walk the form with the pages so far, and answer what it returns."""
        pages = validate_pages(read_json(request))
        result = operations.submit_form(key, pages, user_of(request_caller(request)))
        # It may be any object of an author's: only its JSON shows all keys.
        return Response(django_settings.MASKING.mask(json.loads(JsonRenderer().render(result))))


@openapi.abort
class AbortView(APIView):
    """``PUT /api/processes/{process_id}/abort``."""

    def put(self, request: Request, key: str) -> Response:
        """Abort the process."""
        operations.abort_process(_process_id(key), read_reporter(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


@openapi.worker_status
class WorkerStatusView(APIView):
    """``GET /api/settings/worker-status``: ``docs/rest.md``, section 6."""

    def get(self, request: Request) -> Response:
        """Answer from the database, which knows all hosts."""
        return Response(asdict(get_worker_status()))


def _process_id(key: str) -> UUID:
    return validate_uuid(key, "process_id")
