"""``POST /api/graphql``."""

import json
from typing import Any

from pydantic import TypeAdapter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.rest_authentication import request_caller
from access.roles import Role
from graphql_api import openapi
from graphql_api.answers import GraphqlRequest, execute, refusal
from orchestrator_ws.request_validation import read_json, validate

_REQUEST = TypeAdapter(GraphqlRequest)


@openapi.graphql
class GraphqlView(APIView):
    """Answers what the role ``view`` may see; every answer has the shape of GraphQL, refusals too."""

    roles = {"POST": Role.VIEW}

    def post(self, request: Request) -> Response:
        """Answer a query."""
        return Response(execute(validate(_REQUEST, read_json(request), "body"), request_caller(request)))

    def handle_exception(self, exc: Exception) -> Response:
        """Answer what REST would answer, in the shape of GraphQL."""
        response = super().handle_exception(exc)
        detail: Any = response.data["detail"]
        response.data = refusal(response.status_code, detail if isinstance(detail, str) else json.dumps(detail))
        return response
