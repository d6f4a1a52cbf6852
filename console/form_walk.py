"""Fill in a form of several pages, one page after another; all that was filled in travels with each."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import QueryDict
from pydantic_forms.exceptions import FormNotCompleteError, FormOverflowError, FormValidationError

from console.field_kinds import Schema
from console.form_fields import FormField, form_fields, group_errors
from console.sent_pages import read_page
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.errors import BadRequestError
from orchestrator_ws.request_validation import RequestInvalidError, validate_pages
from orchestrator_ws.storable import require_storable

T = TypeVar("T")

PAGES = "pages"
"""The name of the field that holds the pages before this one, as JSON."""


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
    has_errors: bool
    """Whether it was sent, and refused."""


def first_page(schema: Schema, values: JsonObject | None = None) -> ShownPage:
    """Return the first page, not yet sent; ``values`` are what it holds besides its defaults."""
    defaults = {key: own["default"] for key, own in schema.get("properties", {}).items() if "default" in own}
    return _shown(schema, [], values=None if values is None else defaults | values)


def walk(sent: QueryDict, submit: Callable[[list[JsonObject]], object], schema: Schema | None) -> ShownPage | None:
    """Submit a page with those before it; return what is to be filled in next, or again, and None after the last page.

    ``schema`` is that of the form's first page; without it there is no form, and no page is submitted.

    Raises:
        BadRequestError: what was sent is no page.
        All that ``submit`` raises, except that a page is missing or does not validate.
    """
    if schema is None:
        submit([])
        return None
    before, meta = _pages_before(sent), None
    if before:
        try:
            submit(before)
        except FormNotCompleteError as missing:
            schema, meta = missing.form, missing.meta
        except (FormValidationError, FormOverflowError) as refused:
            raise BadRequestError("What the pages before this one hold does not fit any more: begin again") from refused
        else:
            return None
    page = _storable(read_page(schema, sent))
    try:
        submit([*before, page])
    except FormNotCompleteError as missing:
        return _shown(missing.form, [*before, page], missing.meta)
    except FormValidationError as refused:
        return _shown(schema, before, meta, page, group_errors(refused.errors))
    return None


def _pages_before(sent: QueryDict) -> list[JsonObject]:
    try:
        return validate_pages(_storable(json.loads(sent.get(PAGES) or "[]")))
    except (ValueError, RequestInvalidError) as error:
        raise BadRequestError("The pages before this one are no list of objects") from error


def _storable(value: T) -> T:
    """Return a value that every part can hold, as REST takes no other."""
    try:
        require_storable(value, depth=1)  # below a key of a state
    except ValueError as error:
        raise BadRequestError(f"This cannot be stored: {error}") from error
    return value


def _shown(
    schema: Schema,
    before: list[JsonObject],
    meta: Any = None,
    values: JsonObject | None = None,
    errors: dict[tuple[str, ...], list[str]] | None = None,
) -> ShownPage:
    fields = form_fields(schema, values, errors)
    known = set(schema.get("properties", {}))
    return ShownPage(
        title=schema.get("title", ""),
        description=schema.get("description", ""),
        fields=fields,
        errors=[text for at, texts in (errors or {}).items() if not at or at[0] not in known for text in texts],
        number=len(before) + 1,
        is_last=None if not meta or "hasNext" not in meta else not meta["hasNext"],
        pages=json.dumps(before),
        has_errors=bool(errors),
    )
