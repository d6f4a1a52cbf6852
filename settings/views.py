"""The REST view of the engine's status."""

from pydantic import TypeAdapter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.roles import Role
from orchestrator_ws.request_validation import read_json, validate
from settings import openapi
from settings.operations import set_global_lock
from settings.queries import get_engine_status
from settings.serializers import EngineStatusChange

_CHANGE = TypeAdapter(EngineStatusChange)


@openapi.engine_status
class EngineStatusView(APIView):
    """``/api/settings/status``: ``docs/rest.md``, section 6."""

    roles = {"PUT": Role.ENGINE}

    def get(self, request: Request) -> Response:
        """Answer the present status."""
        return Response(get_engine_status().body())

    def put(self, request: Request) -> Response:
        """Lock or unlock the engine and answer the new status."""
        change = validate(_CHANGE, read_json(request), "body")
        return Response(set_global_lock(change.global_lock).body())
