"""The OpenAPI document of the REST API and the page that shows it; open to everyone (``docs/rest.md``, section 10)."""

from functools import cache

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orchestrator_ws.contracts import JsonObject


@cache
def read_document() -> JsonObject:
    """Return the OpenAPI document; made once, of the routes and what each app says of its operations."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@extend_schema(exclude=True)
class DocumentView(APIView):
    """``GET /api/schema``."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        """Answer the document."""
        return Response(read_document())


@csp_update({"img-src": ["data:"]})
def show_document(request: HttpRequest) -> HttpResponse:
    """Answer the page ``/api/docs``, whose scripts and styles are served here; its style sheet holds small images."""
    return render(request, "api_docs.html")
