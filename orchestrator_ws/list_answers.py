"""Answer a request for a list: rows asked for, ETag, range (``docs/rest.md``, section 4)."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TypeVar

from django.db.models import Model
from django.db.models.query import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.etags import list_etag, matches
from orchestrator_ws.list_query import ListQuery
from orchestrator_ws.negotiation import JsonRenderer

M = TypeVar("M", bound=Model)


def answer_list(
    request: Request,
    query: ListQuery,
    rows: QuerySet[M],
    *,
    unit: str,
    bodies: Callable[[QuerySet[M]], Sequence[JsonObject]],
) -> HttpResponse:
    """Answer the rows of the query as ``bodies`` shows them, or 304 if the client has them so."""
    listed = bodies(query.page(rows))
    content = JsonRenderer().render(listed)
    headers = {"ETag": list_etag(content)}
    if query.start is not None:
        headers["Content-Range"] = f"{unit} {query.start}-{query.end}/{query.total(rows, len(listed))}"
    if matches(request.headers.get("If-None-Match"), headers["ETag"]):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return HttpResponse(content, content_type=JsonRenderer.media_type, headers=headers)
