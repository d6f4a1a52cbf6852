"""Every error body of the REST API (``docs/rest.md``, section 1 and 5); the only place that maps errors to statuses."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic_core import to_jsonable_python
from pydantic_forms.exceptions import (
    FormException,
    FormNotCompleteError,
    FormNotFoundError,
    FormOverflowError,
    FormValidationError,
)
from rest_framework.exceptions import APIException, MethodNotAllowed, NotFound, PermissionDenied
from rest_framework.response import Response
from rest_framework.views import exception_handler

from orchestrator_ws.errors import (
    BadRequestError,
    ConflictError,
    FailedOperationError,
    ForbiddenError,
    NotFoundError,
    OrchestratorError,
    PayloadTooLargeError,
    PreconditionFailedError,
    UnavailableError,
    UnprocessableError,
)
from orchestrator_ws.request_validation import RequestInvalidError

logger = logging.getLogger(__name__)

STATUSES: dict[type[OrchestratorError], HTTPStatus] = {
    BadRequestError: HTTPStatus.BAD_REQUEST,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    UnprocessableError: HTTPStatus.UNPROCESSABLE_ENTITY,
    PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
    PayloadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    FailedOperationError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def problem(status: HTTPStatus, detail: str) -> dict[str, Any]:
    """Return the body of a problem detail; its title is the HTTP phrase, also the default of ``detail``."""
    return {"detail": detail or status.phrase, "status": status.value, "title": status.phrase}


def status_of(error: OrchestratorError) -> HTTPStatus:
    """Return the status by which an operation's refusal is answered."""
    return next(status for kind, status in STATUSES.items() if isinstance(error, kind))


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn whatever a view raised into its documented response (Django REST framework's exception handler)."""
    match error:
        case RequestInvalidError():
            return Response(
                {"detail": django_settings.MASKING.mask_faults(error.entries)}, status=HTTPStatus.UNPROCESSABLE_ENTITY
            )
        case OrchestratorError():
            status = status_of(error)
            return Response(problem(status, str(error)), status=status)
        case FormException():
            return _form_response(error)
        case MethodNotAllowed() | NotFound():
            response = exception_handler(error, context)
            if response is not None:
                response.data = {"detail": HTTPStatus(error.status_code).phrase}
            return response
        case PermissionDenied():
            return Response(problem(HTTPStatus.FORBIDDEN, str(error)), status=HTTPStatus.FORBIDDEN)
        case TooManyFieldsSent():
            return Response(problem(HTTPStatus.BAD_REQUEST, "Too many query parameters"), HTTPStatus.BAD_REQUEST)
        case APIException():
            return exception_handler(error, context)
        case _:
            logger.error("Unexpected exception in a view", exc_info=error)
            return Response(problem(HTTPStatus.INTERNAL_SERVER_ERROR, ""), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _form_response(error: FormException) -> Response:
    extra: dict[str, Any] = {}
    match error:
        case FormNotCompleteError():
            status, title = HTTPStatus.NOT_EXTENDED, "Form not complete"
            form = django_settings.MASKING.mask_form(error.form)
            extra = {"form": form, "meta": error.meta}
            error.args = (form,)  # of which the text of the error is made, as of those below
        case FormValidationError():
            status, title = HTTPStatus.BAD_REQUEST, "Form not valid"
            faults = to_jsonable_python(error.errors, fallback=str)
            extra = {"validation_errors": django_settings.MASKING.mask_faults(faults)}
            error.errors = django_settings.MASKING.mask_faults(error.errors)  # type: ignore[assignment]  # same form
        case FormNotFoundError():
            status, title = HTTPStatus.NOT_FOUND, "Form not found"
        case FormOverflowError() | _:
            status, title = HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error"
    body = {"type": type(error).__name__, "detail": str(error), "title": title, "status": status.value, **extra}
    return Response(body, status=status)


@csrf_exempt
def route_not_found(request: HttpRequest, *args: object, **kwargs: object) -> JsonResponse:
    """Answer a request for a route that does not exist."""
    compact = {"separators": (",", ":")}
    return JsonResponse({"detail": "Not Found"}, status=HTTPStatus.NOT_FOUND, json_dumps_params=compact)
