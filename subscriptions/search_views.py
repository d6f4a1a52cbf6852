"""The REST views of the search by conditions."""

from pydantic import TypeAdapter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.roles import Role
from orchestrator_ws.request_validation import read_json, validate
from subscriptions import search_openapi
from subscriptions.search_body import Search
from subscriptions.structured_search import find_subscriptions

_SEARCH = TypeAdapter(Search)


@search_openapi.structured_search
class StructuredSearchView(APIView):
    """``POST /api/search/subscriptions``: ``docs/rest.md``, section 7."""

    roles = {"POST": Role.VIEW}

    def post(self, request: Request) -> Response:
        """Answer the first subscriptions that fulfil the conditions, and how many do."""
        return Response(find_subscriptions(validate(_SEARCH, read_json(request), "body")))


@search_openapi.definitions
class SearchDefinitionsView(APIView):
    """``GET /api/search/definitions``."""

    def get(self, request: Request) -> Response:
        """Answer that there are none: a page that asks offers no conditions then."""
        return Response({})
