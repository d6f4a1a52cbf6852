"""Fill in a form of several pages, one page after another; all that was filled in travels with each."""

import json
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from django.conf import settings as django_settings
from django.http import QueryDict
from pydantic_forms.exceptions import FormNotCompleteError, FormOverflowError, FormValidationError

from console.form_fields import Errors, FormField, form_fields, group_errors
from console.moments import put_in_utc
from console.sent_pages import read_page
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.errors import BadRequestError, ConflictError, OrchestratorError
from orchestrator_ws.request_validation import RequestInvalidError, validate_pages
from orchestrator_ws.storable import require_storable
from processes.workflow.forms import AskedPage

T = TypeVar("T")

PAGES = ".pages"
"""The name of the control that holds the pages before this one, as JSON; no field can have it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPage:
    """A page to fill in."""

    title: str
    description: str
    fields: Sequence[FormField]
    errors: Sequence[str]
    """What is wrong with the page as a whole."""
    number: int
    is_last: bool | None
    """None where the form does not say so."""
    pages: str
    """Those before this one, as JSON."""
    status: HTTPStatus
    """That of the answer which shows it."""

    @property
    def has_errors(self) -> bool:
        """Whether it was sent, and refused."""
        return self.status is not HTTPStatus.OK


def first_page(asked: AskedPage, values: JsonObject | None = None) -> ShownPage:
    """Return the first page, not yet sent; ``values`` are what it holds besides its defaults."""
    fields = asked.schema.get("properties", {})
    defaults = {key: own["default"] for key, own in fields.items() if "default" in own}
    return _shown(asked, [], values=None if values is None else defaults | values)


def walk(
    sent: QueryDict,
    ask: Callable[[list[JsonObject]], AskedPage | None],
    submit: Callable[[list[JsonObject]], object],
) -> ShownPage | None:
    """Submit a page with those before it; return what is to be filled in next, or again, and None after the last page.

    ``ask`` returns the page that the form asks for after some pages, None after its last one.

    Raises:
        BadRequestError: what was sent is no page.
        ConflictError: as ``submit``, which leaves nothing to fill in.
        All that ``ask`` raises, and ``submit`` where there is nothing to fill in.
    """
    before = _pages_before(sent)
    try:
        asked = ask(before)
    except (FormValidationError, FormOverflowError) as refused:
        raise BadRequestError("What the pages before this one hold does not fit any more: begin again") from refused
    if asked is None:
        submit(before)
        return None
    page = _storable(read_page(asked.schema, sent))
    try:
        _submit(submit, before, page)
    except FormNotCompleteError as missing:
        return _shown(AskedPage(missing.form, missing.meta), [*before, page])
    except FormValidationError as refused:
        errors, status = group_errors(refused.errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except ConflictError:
        raise
    except OrchestratorError as refused:
        errors, status = {(): [str(refused)]}, HTTPStatus.CONFLICT
    else:
        return None
    return _shown(asked, before, page, errors, sent, status)


def _submit(submit: Callable[[list[JsonObject]], object], before: list[JsonObject], page: JsonObject) -> None:
    """Submit the page; a moment in it that must have a time zone gets one, which no schema tells."""
    try:
        submit([*before, page])
    except FormValidationError as refused:
        without_zone = [error["loc"] for error in refused.errors if error["type"] == "timezone_aware"]
        if not without_zone:
            raise
        for location in without_zone:
            put_in_utc(page, location)
        submit([*before, page])


def _pages_before(sent: QueryDict) -> list[JsonObject]:
    try:
        return validate_pages(_storable(json.loads(sent.get(PAGES) or "[]")))
    except (ValueError, RecursionError, RequestInvalidError) as error:
        raise BadRequestError("The pages before this one are no list of objects") from error


def _storable(value: T) -> T:
    """Return a value that every part can hold, as REST takes no other."""
    try:
        require_storable(value, depth=1)  # below a key of a state
    except ValueError as error:
        raise BadRequestError(f"This cannot be stored: {error}") from error
    return value


def _shown(
    asked: AskedPage,
    before: list[JsonObject],
    values: JsonObject | None = None,
    errors: Errors | None = None,
    ticked: Container[str] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> ShownPage:
    schema: JsonObject = django_settings.MASKING.mask_form(asked.schema)
    known = set(schema.get("properties", {}))
    has_next = (asked.meta or {}).get("hasNext", None if known else False)
    return ShownPage(
        title=schema.get("title", ""),
        description=schema.get("description", ""),
        fields=form_fields(schema, values, errors, ticked),
        errors=[text for at, texts in (errors or {}).items() if not at or at[0] not in known for text in texts],
        number=len(before) + 1,
        is_last=None if has_next is None else not has_next,
        pages=json.dumps(before),
        status=status,
    )
