"""Answer a request for a list: rows asked for, ETag, range (``docs/rest.md``, section 4)."""

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model
from django.db.models.query import QuerySet
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.etags import list_etag, matches
from orchestrator_ws.list_query import ListQuery

M = TypeVar("M", bound=Model)


def answer_list(
    request: Request,
    query: ListQuery,
    rows: QuerySet[M],
    *,
    unit: str,
    body: Callable[[M], JsonObject],
) -> Response:
    """Answer the rows of the query as ``body`` shows them, or 304 if the client has them so."""
    listed, total = query.select(rows)
    bodies = [body(row) for row in listed]
    headers = {"ETag": list_etag(map(str, bodies))}
    if query.start is not None:
        headers["Content-Range"] = f"{unit} {query.start}-{query.end}/{total}"
    if matches(request.headers.get("If-None-Match"), headers["ETag"]):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(bodies, headers=headers)
