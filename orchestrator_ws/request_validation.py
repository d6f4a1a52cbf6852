"""Read and check what a request carries; faults become the 422 entries of ``docs/rest.md``, section 1."""

import json
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

from django.conf import settings as django_settings
from django.core.exceptions import RequestDataTooBig
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from rest_framework.request import Request

from orchestrator_ws.errors import OrchestratorError, PayloadTooLargeError
from orchestrator_ws.storable import require_storable

T = TypeVar("T")


class RequestInvalidError(OrchestratorError):
    """Path, query or body is malformed; ``entries`` has one entry per fault."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        super().__init__("Request is not valid")
        self.entries = entries


def _refuse_body(position: int, message: str) -> NoReturn:
    entry = {"type": "json_invalid", "loc": ["body", position], "msg": "JSON decode error", "input": {}}
    raise RequestInvalidError([{**entry, "ctx": {"error": message}}])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def read_json(request: Request) -> Any:
    """Return the parsed body whatever its content type, None if there is no body.

    Raises:
        RequestInvalidError: the body is not JSON, or nested too deeply, or holds text that cannot be stored.
        PayloadTooLargeError: the body is larger than ``MAX_REQUEST_BYTES``.
    """
    try:
        body = request.body
    except RequestDataTooBig as error:
        limit = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raise PayloadTooLargeError(f"Request body is larger than {limit} bytes") from error
    if not body:
        return None
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
        require_storable(value, depth=1)  # below a key of a state
    except json.JSONDecodeError as error:
        _refuse_body(error.pos, error.msg)
    except (ValueError, RecursionError) as error:
        _refuse_body(0, str(error))
    return value


def validate(adapter: TypeAdapter[T], value: Any, *location: str) -> T:
    """Return the value as the adapter's type; ``location`` is where it stood: ``path``, ``query`` or ``body`` first.

    Raises:
        RequestInvalidError: it does not fit; an absent value (None) is reported as missing.
    """
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        if value is None:
            missing = {"type": "missing", "loc": list(location), "msg": "Field required", "input": None}
            raise RequestInvalidError([missing]) from None
        entries = error.errors(include_url=False, include_context=False)
        raise RequestInvalidError([{**entry, "loc": [*location, *entry["loc"]]} for entry in entries]) from None


def _require_page(page: dict[str, Any]) -> dict[str, Any]:
    if "self" in page:  # the one name that a form page cannot take as a keyword
        raise ValueError("'self' is no field of a form")
    return page


_UUID = TypeAdapter(UUID)
_PAGES = TypeAdapter(list[Annotated[dict[str, Any], AfterValidator(_require_page)]])


def _require_storable_text(text: str) -> str:
    require_storable(text)
    return text


_REPORTER = TypeAdapter(Annotated[str, Field(max_length=100), AfterValidator(_require_storable_text)])


def validate_uuid(value: str, name: str) -> UUID:
    """Return the UUID in the path parameter ``name``; any case, hyphens optional."""
    return validate(_UUID, value, "path", name)


def validate_pages(value: Any) -> list[dict[str, Any]]:
    """Return the form pages in a body that must be a list of objects.

    Raises:
        RequestInvalidError: it is none.
        PayloadTooLargeError: there are more than ``MAX_FORM_PAGES``.
    """
    limit = django_settings.ENVIRONMENT.max_form_pages
    if isinstance(value, list) and len(value) > limit:
        raise PayloadTooLargeError(f"Request has {len(value)} form pages, {limit} are allowed")
    return validate(_PAGES, value, "body")


def read_reporter(request: Request) -> str:
    """Return who is recorded as the doer: ``?reporter=``, else the caller's name, else ``SYSTEM``."""
    reporter = request.query_params.get("reporter") or getattr(request.user, "name", None) or "SYSTEM"
    return validate(_REPORTER, reporter, "query", "reporter")
